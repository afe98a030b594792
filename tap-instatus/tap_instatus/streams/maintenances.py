"""Maintenances, their updates and the components they affect, all from the same list."""

from __future__ import annotations

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.streams.links import ComponentLinks
from tap_instatus.streams.updates import Updates

PATH = "/v1/{page_id}/maintenances"


class Maintenances(InstatusFanOutStream):
    """A maintenance: planned, in progress or completed."""

    name = "maintenances"
    path = PATH
    without = frozenset({"updates", "components"})


class MaintenanceUpdates(Updates):
    """One update posted about a maintenance."""

    name = "maintenance_updates"
    path = PATH
    owner_key = "maintenance_id"


class MaintenanceComponents(ComponentLinks):
    """One component affected by a maintenance."""

    name = "maintenance_components"
    path = PATH
    owner_key = "maintenance_id"
    primary_keys = ("page_id", "maintenance_id", "component_id")
