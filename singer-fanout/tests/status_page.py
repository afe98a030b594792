"""Fills the status page: rows that a test can count on its fingers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox import Sandbox

FIRST_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)


def add_templates(box: Sandbox, count: int) -> list[int]:
    """Incident templates; returns their ids."""
    return [
        box.cachet.store.insert("incident_templates", name=f"Template {number}", slug=f"t-{number}")["id"]
        for number in range(1, count + 1)
    ]


def add_metric(box: Sandbox, points: int) -> int:
    """A metric with points; returns its id."""
    metric_id: int = box.cachet.store.insert("metrics", name="Latency")["id"]
    for value in range(points):
        box.cachet.store.insert("metric_points", metric_id=metric_id, value=float(value))
    return metric_id


def add_incident(box: Sandbox, day: int, updates: int = 1) -> int:
    """An incident that occurred so many days after the first, with updates; returns its id."""
    occurred_at = FIRST_DAY + timedelta(days=day)
    incident_id: int = box.cachet.store.insert("incidents", name=f"Day {day}", occurred_at=occurred_at)["id"]
    for number in range(updates):
        box.cachet.store.insert("updates", updateable_id=incident_id, message=f"Update {number} of day {day}")
    return incident_id


def route(path: str) -> str:
    """A route of the status page as its log names it."""
    return f"/cachet/api{path}"
