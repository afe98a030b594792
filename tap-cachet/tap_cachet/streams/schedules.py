"""Scheduled maintenance, its updates and the components it affects, all from the same pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import as_list, as_object

from tap_cachet.client import CachetListStream
from tap_cachet.records import number_of, owner_number
from tap_cachet.streams.links import ComponentLinks
from tap_cachet.streams.updates import Updates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_cachet.records import Row

PATH = "/schedules"
INCLUDE = ("components", "updates", "meta")


class Schedules(CachetListStream):
    """One scheduled maintenance: planned, in progress or completed."""

    name = "schedules"
    path = PATH
    include = INCLUDE

    def finished(self, rows: list[Row], resources: Sequence[Mapping[str, Any]]) -> list[Row]:  # noqa: ARG002
        """2.x embeds the components in the row."""
        for row in rows:
            row.pop("components", None)
        return rows


class ScheduleUpdates(Updates):
    """One update posted about scheduled maintenance."""

    name = "schedule_updates"
    path = PATH
    include = INCLUDE
    owner_key = "schedule_id"


class ScheduleComponents(ComponentLinks):
    """One component affected by scheduled maintenance, with the status that the maintenance gives it."""

    name = "schedule_components"
    path = PATH
    include = INCLUDE
    owner_key = "schedule_id"
    primary_keys = ("schedule_id", "component_id")

    def parse_page(self, page: Any) -> Iterable[Row]:
        """2.x embeds them in the maintenance's own row."""
        for schedule in self.resources(page):
            for link in as_list(schedule.get("components")):
                yield {
                    "schedule_id": owner_number(schedule),
                    "component_id": number_of(link, "component_id"),
                    "status": as_object(link).get("component_status"),
                }
