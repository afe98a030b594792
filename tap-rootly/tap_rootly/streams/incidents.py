"""Incidents and what belongs to them: events, action items, alerts, answers to forms."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

from tap_rootly.client import LinkStream, RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream, UndescribedStream

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/v1/incidents"


class Incidents(RootlyListStream):
    """What went wrong, and how it stands; in the order of their last change, so that a run can be resumed."""

    name = "incidents"
    path = PATH
    replication_key = "updated_at"
    sort = "updated_at"
    is_sorted = True
    by_cursor = True
    include = "causes"
    resource_type = "incidents"
    relations = {"causes": "cause_ids"}

    def list_params(self, since: str | None) -> dict[str, Any]:
        """The kinds of incidents that the setting names."""
        kinds = self._tap.setting("incident_kinds")
        return {**super().list_params(since), **({"filter[kind][in]": ",".join(kinds)} if kinds else {})}


class OfIncidents(RootlyFanOutStream, abc.ABC):
    """What belongs to incidents: read for those that were updated, with a bookmark of its own."""

    parent_stream = "incidents"
    parent_fields: ClassVar[Mapping[str, str]] = {"incident_id": "id", "incident_updated_at": "updated_at"}
    replication_key = "incident_updated_at"


class SentWithIncidents(OfIncidents, SideLoadedStream, abc.ABC):
    """What comes with the pages of the incidents; the timeline is the longest list that they have."""

    measured_by = "incident_events"


class IncidentEvents(SentWithIncidents):
    """The timeline of an incident."""

    name = "incident_events"
    path = f"{PATH}/{{incident_id}}/events"
    include = "events"


class IncidentActionItems(LinkStream, SentWithIncidents):
    """Which action items belong to an incident: they do not tell themselves."""

    name = "incident_action_items"
    path = f"{PATH}/{{incident_id}}/action_items"
    primary_keys = ("incident_id", "action_item_id")
    include = "action_items"


class IncidentAlerts(LinkStream, SentWithIncidents):
    """Which alerts belong to an incident: neither tells of the other."""

    name = "incident_alerts"
    path = f"{PATH}/{{incident_id}}/alerts"
    primary_keys = ("incident_id", "alert_id")
    include = "alerts"
    paged = False


class IncidentPostMortems(LinkStream, SentWithIncidents):
    """Which retrospective belongs to an incident: neither tells of the other, and no list of its own does."""

    name = "incident_post_mortems"
    path = PATH
    primary_keys = ("incident_id", "post_mortem_id")
    include = "incident_post_mortem"
    paged = False
    has_own_list = False


class IncidentRoleAssignments(SentWithIncidents):
    """Who had which role in an incident."""

    name = "incident_role_assignments"
    path = PATH
    include = "roles"
    has_own_list = False


class IncidentSubscribers(SentWithIncidents, UndescribedStream):
    """Who is kept informed of an incident."""

    name = "incident_subscribers"
    path = PATH
    primary_keys = ("incident_id", "id")
    include = "subscribers"
    selected_by_default = False


class IncidentSlackMessages(SentWithIncidents, UndescribedStream):
    """What was written about an incident in Slack, as far as Rootly keeps it."""

    name = "incident_slack_messages"
    path = PATH
    include = "slack_messages"
    selected_by_default = False


class IncidentMeetingRecordings(OfIncidents, LinkStream):
    """Which recordings belong to an incident."""

    name = "incident_meeting_recordings"
    path = f"{PATH}/{{incident_id}}/meeting_recordings"
    primary_keys = ("incident_id", "meeting_recording_id")
    selected_by_default = False


class IncidentCustomFieldSelections(SentWithIncidents):
    """What was chosen in the older kind of form fields."""

    name = "incident_custom_field_selections"
    path = f"{PATH}/{{incident_id}}/custom_field_selections"
    include = "custom_field_selections"
    selected_by_default = False


class IncidentFormFieldSelections(OfIncidents):
    """What was filled in, field by field."""

    name = "incident_form_field_selections"
    path = f"{PATH}/{{incident_id}}/form_field_selections"


class IncidentFeedbacks(SentWithIncidents):
    """What people thought of how an incident was handled."""

    name = "incident_feedbacks"
    path = f"{PATH}/{{incident_id}}/feedbacks"
    include = "feedbacks"


class IncidentStatusPageEvents(OfIncidents):
    """What the public was told."""

    name = "incident_status_page_events"
    path = f"{PATH}/{{incident_id}}/status-page-events"
    selected_by_default = False


class IncidentSubStatuses(SentWithIncidents):
    """The finer steps that an incident took."""

    name = "incident_sub_statuses"
    path = f"{PATH}/{{incident_id}}/sub_statuses"
    include = "sub_statuses"


class OfIncidentEvents(RootlyFanOutStream, abc.ABC):
    """What belongs to the events of incidents that were updated: a request for each event."""

    parent_stream = "incident_events"
    parent_fields: ClassVar[Mapping[str, str]] = {
        "incident_event_id": "id",
        "incident_id": "incident_id",
        "incident_updated_at": "incident_updated_at",
    }
    replication_key = "incident_updated_at"
    selected_by_default = False


class IncidentEventFunctionalities(OfIncidentEvents):
    """The functionalities that an event tells about, and their status."""

    name = "incident_event_functionalities"
    path = "/v1/events/{incident_event_id}/functionalities"


class IncidentEventServices(OfIncidentEvents):
    """The services that an event tells about, and their status."""

    name = "incident_event_services"
    path = "/v1/events/{incident_event_id}/services"


class ActionItems(RootlyListStream):
    """What is to be done, in an incident or after it; read whole, because it may be done without the incident."""

    name = "action_items"
    path = "/v1/action_items"


class MeetingRecordings(RootlyListStream):
    """What was said in the meetings of incidents."""

    name = "meeting_recordings"
    path = "/v1/meeting_recordings"
    paged = False
    selected_by_default = False


class Pulses(RootlyListStream):
    """Things that happened and that may explain an incident, such as deployments."""

    name = "pulses"
    path = "/v1/pulses"
    replication_key = "created_at"
    only_grows = True
