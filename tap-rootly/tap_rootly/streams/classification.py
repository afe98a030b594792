"""How incidents are classified: types, roles, severities, statuses, causes."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream


class IncidentTypes(RootlyListStream):
    """Kinds of incidents."""

    name = "incident_types"
    path = "/v1/incident_types"


class IncidentRoles(RootlyListStream):
    """Roles that people take in an incident."""

    name = "incident_roles"
    path = "/v1/incident_roles"


class IncidentRoleTasks(RootlyFanOutStream):
    """What whoever takes a role has to do."""

    name = "incident_role_tasks"
    path = "/v1/incident_roles/{incident_role_id}/incident_role_tasks"
    parent_stream = "incident_roles"
    parent_fields = {"incident_role_id": "id"}


class Severities(RootlyListStream):
    """How bad an incident can be."""

    name = "severities"
    path = "/v1/severities"


class Statuses(RootlyListStream):
    """How far an incident can be."""

    name = "statuses"
    path = "/v1/statuses"


class SubStatuses(RootlyListStream):
    """Finer steps of the statuses."""

    name = "sub_statuses"
    path = "/v1/sub_statuses"


class Causes(RootlyListStream):
    """Why incidents happen."""

    name = "causes"
    path = "/v1/causes"


class Slas(RootlyListStream):
    """What is promised about the follow-up of incidents."""

    name = "slas"
    path = "/v1/slas"
