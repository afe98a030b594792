"""Incidents, their updates and the components they affect, all from the same list."""

from __future__ import annotations

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.streams.links import ComponentLinks
from tap_instatus.streams.updates import Updates

PATH = "/v1/{page_id}/incidents"


class Incidents(InstatusFanOutStream):
    """An incident, with its current status."""

    name = "incidents"
    path = PATH
    without = frozenset({"updates", "components"})


class IncidentUpdates(Updates):
    """One update posted to an incident's timeline."""

    name = "incident_updates"
    path = PATH
    owner_key = "incident_id"


class IncidentComponents(ComponentLinks):
    """One component affected by an incident."""

    name = "incident_components"
    path = PATH
    owner_key = "incident_id"
    primary_keys = ("page_id", "incident_id", "component_id")
