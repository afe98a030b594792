"""Values that Cachet computes on read: the status of schedules, of components, of the whole page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.cachet.labels import (
    COMPLETE,
    FIXED,
    IN_PROGRESS,
    MAJOR_OUTAGE,
    OPERATIONAL,
    PARTIAL_OUTAGE,
    PERFORMANCE_ISSUES,
    UNDER_MAINTENANCE,
    UNKNOWN,
    UPCOMING,
)
from sandbox.cachet.times import UTC
from sandbox.cachet.viewers import GUEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.cachet.store import CachetStore
    from sandbox.tables import Row

_INPUTS = ("components", "incidents", "incident_components", "schedules", "schedule_components")
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_TIMETABLE = ("published_at", "scheduled_at", "completed_at")
_MAJOR_SHARE = 0.25
_SEVERITY = (
    OPERATIONAL,
    UNKNOWN,
    UNDER_MAINTENANCE,
    PERFORMANCE_ISSUES,
    PARTIAL_OUTAGE,
    MAJOR_OUTAGE,
)
"""Statuses from the best to the worst."""


def schedule_status(row: Row, now: datetime) -> int:
    """Upcoming until it starts, then in progress until it is completed."""
    completed_at = row["completed_at"]
    if completed_at is not None and completed_at <= now:
        return COMPLETE
    scheduled_at = row["scheduled_at"]
    return UPCOMING if scheduled_at is None or scheduled_at > now else IN_PROGRESS


def next_change(rows: Iterable[Row], now: datetime) -> datetime:
    """When the passage of time next publishes, starts or completes one of these rows; the maximum time if never."""
    return min(
        (row[column] for row in rows for column in _TIMETABLE if row.get(column) is not None and row[column] > now),
        default=END_OF_TIME,
    )


class LatestStatus:
    """The worst of a component's own status and those from open incidents and running maintenance.

    Only published incidents count.
    """

    def __init__(self, store: CachetStore) -> None:
        self._store = store
        self._version: tuple[int, ...] = ()
        self._valid_until = END_OF_TIME
        self._statuses: dict[int, int] = {}

    def of(self, component: Row, now: datetime) -> int:
        """The latest status of a component."""
        version = self._store.version(*_INPUTS)
        if version != self._version or now >= self._valid_until:
            tables = self._store.tables
            self._statuses = self._compute(now)
            self._version = version
            self._valid_until = min(next_change(tables[name], now) for name in ("incidents", "schedules"))
        own: int = component["status"]
        return self._statuses.get(component["id"], own)

    def _compute(self, now: datetime) -> dict[int, int]:
        tables = self._store.tables
        statuses: dict[int, int] = {row["id"]: row["status"] for row in tables["components"]}

        def worsen(component_id: int, status: int | None) -> None:
            own = statuses.get(component_id)
            if status is not None and own is not None and _SEVERITY.index(status) > _SEVERITY.index(own):
                statuses[component_id] = status

        for incident in tables["incidents"]:
            is_open = incident["deleted_at"] is None and incident["status"] != FIXED
            if is_open and incident["visible"] == GUEST and _published(incident, now):
                for link in tables["incident_components"].find("incident", incident["id"]):
                    worsen(link["component_id"], link["component_status"])
        for schedule in tables["schedules"]:
            if running(schedule, now):
                for link in tables["schedule_components"].find("schedule", schedule["id"]):
                    worsen(link["component_id"], link["component_status"])
        return statuses


def running(schedule: Row, now: datetime) -> bool:
    """Whether a schedule is public and in progress."""
    return (
        schedule["deleted_at"] is None and _published(schedule, now) and schedule_status(schedule, now) == IN_PROGRESS
    )


def _published(row: Row, now: datetime) -> bool:
    return row["published_at"] is None or row["published_at"] <= now


def system_status(statuses: Sequence[int], *, maintenance: bool) -> tuple[str, str]:
    """The status of the whole page, as a name and a sentence.

    Args:
        statuses: The latest status of each component that is shown.
        maintenance: Whether a schedule is in progress.
    """
    if sum(status == MAJOR_OUTAGE for status in statuses) > _MAJOR_SHARE * len(statuses):
        return "major_outage", "Some systems are experiencing major issues."
    if maintenance:
        return "under_maintenance", "Some systems are under maintenance."
    if all(status == OPERATIONAL for status in statuses):
        return "operational", "All systems are operational."
    return "partial_outage", "Some systems are experiencing issues."
