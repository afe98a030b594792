"""Incidents and what belongs to them: events, action items, alerts, form selections."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

from tap_rootly.client import LinkStream, RootlyFanOutStream, RootlyListStream
from tap_rootly.side_loading import SideLoadedStream, UndescribedStream

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/v1/incidents"


class Incidents(RootlyListStream):
    """An incident; read in order of its last update, so that an interrupted run can be resumed."""

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
        """Restrict the list to the kinds of incidents in the setting."""
        kinds = self._tap.setting("incident_kinds")
        return {**super().list_params(since), **({"filter[kind][in]": ",".join(kinds)} if kinds else {})}


class OfIncidents(RootlyFanOutStream, abc.ABC):
    """Children of incidents: read for updated incidents, with their own bookmark."""

    parent_stream = "incidents"
    parent_fields: ClassVar[Mapping[str, str]] = {"incident_id": "id", "incident_updated_at": "updated_at"}
    replication_key = "incident_updated_at"


class SentWithIncidents(OfIncidents, SideLoadedStream, abc.ABC):
    """Children included in the pages of incidents; the timeline is the longest of their lists."""

    measured_by = "incident_events"


class IncidentEvents(SentWithIncidents):
    """One entry of an incident's timeline."""

    name = "incident_events"
    path = f"{PATH}/{{incident_id}}/events"
    include = "events"


class IncidentActionItems(LinkStream, SentWithIncidents):
    """One action item of an incident: links the two, because action items do not name their incident."""

    name = "incident_action_items"
    path = f"{PATH}/{{incident_id}}/action_items"
    primary_keys = ("incident_id", "action_item_id")
    include = "action_items"


class IncidentAlerts(LinkStream, SentWithIncidents):
    """One alert attached to an incident: links the two, because neither names the other."""

    name = "incident_alerts"
    path = f"{PATH}/{{incident_id}}/alerts"
    primary_keys = ("incident_id", "alert_id")
    include = "alerts"
    paged = False


class IncidentPostMortems(LinkStream, SentWithIncidents):
    """The retrospective of an incident: links the two, because neither names the other."""

    name = "incident_post_mortems"
    path = PATH
    primary_keys = ("incident_id", "post_mortem_id")
    include = "incident_post_mortem"
    paged = False
    has_own_list = False


class IncidentRoleAssignments(SentWithIncidents):
    """One person holding one role in an incident."""

    name = "incident_role_assignments"
    path = PATH
    include = "roles"
    has_own_list = False


class IncidentSubscribers(SentWithIncidents, UndescribedStream):
    """One person who follows an incident."""

    name = "incident_subscribers"
    path = PATH
    primary_keys = ("incident_id", "id")
    include = "subscribers"
    selected_by_default = False


class IncidentSlackMessages(SentWithIncidents, UndescribedStream):
    """A Slack message about an incident, as far as Rootly keeps it."""

    name = "incident_slack_messages"
    path = PATH
    include = "slack_messages"
    selected_by_default = False


class IncidentMeetingRecordings(OfIncidents, LinkStream):
    """One meeting recording of an incident: links the two."""

    name = "incident_meeting_recordings"
    path = f"{PATH}/{{incident_id}}/meeting_recordings"
    primary_keys = ("incident_id", "meeting_recording_id")
    selected_by_default = False


class IncidentCustomFieldSelections(SentWithIncidents):
    """The value of one custom field of an incident."""

    name = "incident_custom_field_selections"
    path = f"{PATH}/{{incident_id}}/custom_field_selections"
    include = "custom_field_selections"
    selected_by_default = False


class IncidentFormFieldSelections(OfIncidents):
    """The value of one form field of an incident."""

    name = "incident_form_field_selections"
    path = f"{PATH}/{{incident_id}}/form_field_selections"


class IncidentFeedbacks(SentWithIncidents):
    """One person's feedback on how an incident was handled."""

    name = "incident_feedbacks"
    path = f"{PATH}/{{incident_id}}/feedbacks"
    include = "feedbacks"


class IncidentStatusPageEvents(OfIncidents):
    """An update about an incident, posted to a status page."""

    name = "incident_status_page_events"
    path = f"{PATH}/{{incident_id}}/status-page-events"
    selected_by_default = False


class IncidentSubStatuses(SentWithIncidents):
    """A sub-status that an incident was in, and when it entered it."""

    name = "incident_sub_statuses"
    path = f"{PATH}/{{incident_id}}/sub_statuses"
    include = "sub_statuses"


class OfIncidentEvents(RootlyFanOutStream, abc.ABC):
    """Children of the events of updated incidents: one request per event."""

    parent_stream = "incident_events"
    parent_fields: ClassVar[Mapping[str, str]] = {
        "incident_event_id": "id",
        "incident_id": "incident_id",
        "incident_updated_at": "incident_updated_at",
    }
    replication_key = "incident_updated_at"
    selected_by_default = False


class IncidentEventFunctionalities(OfIncidentEvents):
    """One functionality that an entry of an incident's timeline refers to, with its status."""

    name = "incident_event_functionalities"
    path = "/v1/events/{incident_event_id}/functionalities"


class IncidentEventServices(OfIncidentEvents):
    """One service that an entry of an incident's timeline refers to, with its status."""

    name = "incident_event_services"
    path = "/v1/events/{incident_event_id}/services"


class ActionItems(RootlyListStream):
    """An action item, from any incident; read in full, because one can change without its incident changing."""

    name = "action_items"
    path = "/v1/action_items"


class MeetingRecordings(RootlyListStream):
    """The recording of an incident's meeting, with its transcript."""

    name = "meeting_recordings"
    path = "/v1/meeting_recordings"
    paged = False
    selected_by_default = False


class Pulses(RootlyListStream):
    """A pulse: an event that may explain an incident, such as a deployment."""

    name = "pulses"
    path = "/v1/pulses"
    replication_key = "created_at"
    only_grows = True
