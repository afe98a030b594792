"""Incidents, their updates and the components they affect, all from the same pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_cachet.client import CachetListStream
from tap_cachet.records import number_of, owner_number
from tap_cachet.streams.links import ComponentLinks
from tap_cachet.streams.updates import Updates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_cachet.records import Row

PATH = "/incidents"
INCLUDE = ("components", "updates", "user", "meta")


class Incidents(CachetListStream):
    """An incident, with its current status."""

    name = "incidents"
    path = PATH
    include = INCLUDE
    relations = {"user": "user_id"}


class IncidentUpdates(Updates):
    """One update posted to an incident's timeline."""

    name = "incident_updates"
    path = PATH
    include = INCLUDE
    owner_key = "incident_id"


class IncidentComponents(ComponentLinks):
    """One component affected by an incident, with the status that the incident gives it."""

    name = "incident_components"
    path = PATH
    include = INCLUDE
    owner_key = "incident_id"
    primary_keys = ("incident_id", "component_id")

    def parse_page(self, page: Any) -> Iterable[Row]:
        """2.x assigns an incident to a single component, without a status of its own."""
        for incident in self.resources(page):
            if component := incident.get("component_id"):
                yield {"incident_id": owner_number(incident), "component_id": number_of(component)}


class IncidentTemplates(CachetListStream):
    """A template that incidents can be created from."""

    name = "incident_templates"
    path = "/incident-templates"
    v2_path = "/incidents/templates"
    v2_sort = False

    def finished(self, rows: list[Row], resources: Sequence[Mapping[str, Any]]) -> list[Row]:
        """2.x still lists deleted templates, marked as such."""
        if self.v2:
            for row, resource in zip(rows, resources, strict=True):
                row["deleted_at"] = self._tap.times.utc(resource.get("deleted_at"))
        return rows
