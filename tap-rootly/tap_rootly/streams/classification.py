"""How incidents are classified: types, roles, severities, statuses, causes."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream


class IncidentTypes(RootlyListStream):
    """A type of incident."""

    name = "incident_types"
    path = "/v1/incident_types"


class IncidentRoles(RootlyListStream):
    """A role that people can hold in an incident."""

    name = "incident_roles"
    path = "/v1/incident_roles"


class IncidentRoleTasks(RootlyFanOutStream):
    """A task of an incident role."""

    name = "incident_role_tasks"
    path = "/v1/incident_roles/{incident_role_id}/incident_role_tasks"
    parent_stream = "incident_roles"
    parent_fields = {"incident_role_id": "id"}


class Severities(RootlyListStream):
    """A severity level of incidents."""

    name = "severities"
    path = "/v1/severities"


class Statuses(RootlyListStream):
    """A status that incidents can have."""

    name = "statuses"
    path = "/v1/statuses"


class SubStatuses(RootlyListStream):
    """A sub-status that incidents can have."""

    name = "sub_statuses"
    path = "/v1/sub_statuses"


class Causes(RootlyListStream):
    """A cause that incidents can be attributed to."""

    name = "causes"
    path = "/v1/causes"


class Slas(RootlyListStream):
    """A service level agreement for follow-up work."""

    name = "slas"
    path = "/v1/slas"
