"""Maintenance, what was told of it, and which components it affects: one reading of the same list."""

from __future__ import annotations

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.streams.links import ComponentLinks
from tap_instatus.streams.updates import Updates

PATH = "/v1/{page_id}/maintenances"


class Maintenances(InstatusFanOutStream):
    """Maintenance that is planned, under way or over."""

    name = "maintenances"
    path = PATH
    without = frozenset({"updates", "components"})


class MaintenanceUpdates(Updates):
    """What was told of a maintenance, in order."""

    name = "maintenance_updates"
    path = PATH
    owner_key = "maintenance_id"


class MaintenanceComponents(ComponentLinks):
    """Which components a maintenance affects."""

    name = "maintenance_components"
    path = PATH
    owner_key = "maintenance_id"
    primary_keys = ("page_id", "maintenance_id", "component_id")
