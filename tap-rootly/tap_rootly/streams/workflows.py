"""Workflows and playbooks: automated and manual procedures."""

from __future__ import annotations

from tap_rootly.client import GrowingFanOutStream, RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream, UndescribedStream


class Workflows(RootlyListStream):
    """A workflow: automated steps, and what triggers them."""

    name = "workflows"
    path = "/v1/workflows"
    sort = "created_at"


class WorkflowGroups(RootlyListStream):
    """A folder of workflows."""

    name = "workflow_groups"
    path = "/v1/workflow_groups"


class WorkflowTasks(RootlyFanOutStream):
    """One task of a workflow, with its position."""

    name = "workflow_tasks"
    path = "/v1/workflows/{workflow_id}/workflow_tasks"
    parent_stream = "workflows"
    parent_fields = {"workflow_id": "id"}


class WorkflowFormFieldConditions(SideLoadedStream):
    """A workflow's condition on a form field."""

    name = "workflow_form_field_conditions"
    path = "/v1/workflows/{workflow_id}/form_field_conditions"
    parent_stream = "workflows"
    parent_fields = {"workflow_id": "id"}
    include = "form_field_conditions"
    selected_by_default = False


class WorkflowAlertFieldConditions(UndescribedStream):
    """A workflow's condition on a field of alerts."""

    name = "workflow_alert_field_conditions"
    path = "/v1/workflows"
    parent_stream = "workflows"
    parent_fields = {"workflow_id": "id"}
    include = "alert_field_conditions"


class WorkflowActionItemFormFieldConditions(RootlyFanOutStream):
    """A workflow's condition on a form field of action items."""

    name = "workflow_action_item_form_field_conditions"
    path = "/v1/workflows/{workflow_id}/action_item_form_field_conditions"
    parent_stream = "workflows"
    parent_fields = {"workflow_id": "id"}
    selected_by_default = False


class WorkflowCustomFieldSelections(RootlyFanOutStream):
    """A workflow's condition on a custom field."""

    name = "workflow_custom_field_selections"
    path = "/v1/workflows/{workflow_id}/custom_field_selections"
    parent_stream = "workflows"
    parent_fields = {"workflow_id": "id"}
    selected_by_default = False


class Playbooks(RootlyListStream):
    """A playbook for certain types of incidents."""

    name = "playbooks"
    path = "/v1/playbooks"


class PlaybookTasks(RootlyFanOutStream):
    """One task of a playbook."""

    name = "playbook_tasks"
    path = "/v1/playbooks/{playbook_id}/playbook_tasks"
    parent_stream = "playbooks"
    parent_fields = {"playbook_id": "id"}


class WorkflowRuns(GrowingFanOutStream):
    """One run of a workflow; runs of the last day are read again, because they may have been in progress.

    The filter is by time of creation, which a run does not have; its start is later than that.
    """

    name = "workflow_runs"
    path = "/v1/workflows/{workflow_id}/workflow_runs"
    parent_stream = "workflows"
    parent_fields = {"workflow_id": "id"}
    replication_key = "started_at"
    created_filter = "filter[created_at][gte]"
    lookback_days = 1
    selected_by_default = False
