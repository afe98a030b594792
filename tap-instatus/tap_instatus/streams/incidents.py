"""Incidents, what was told of them, and which components they affect: one reading of the same list."""

from __future__ import annotations

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.streams.links import ComponentLinks
from tap_instatus.streams.updates import Updates

PATH = "/v1/{page_id}/incidents"


class Incidents(InstatusFanOutStream):
    """What went wrong, and how it stands."""

    name = "incidents"
    path = PATH
    without = frozenset({"updates", "components"})


class IncidentUpdates(Updates):
    """What was told of an incident, in order."""

    name = "incident_updates"
    path = PATH
    owner_key = "incident_id"


class IncidentComponents(ComponentLinks):
    """Which components an incident affects."""

    name = "incident_components"
    path = PATH
    owner_key = "incident_id"
    primary_keys = ("page_id", "incident_id", "component_id")
