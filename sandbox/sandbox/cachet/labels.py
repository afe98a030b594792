"""Cachet's numeric enumerations and their labels."""

from __future__ import annotations

from typing import Any, Final

OPERATIONAL, PERFORMANCE_ISSUES, PARTIAL_OUTAGE, MAJOR_OUTAGE, UNKNOWN, UNDER_MAINTENANCE = range(1, 7)
FIXED: Final = 4
UPCOMING, IN_PROGRESS, COMPLETE = range(3)

COMPONENT_STATUS: Final[dict[int | None, str]] = {
    OPERATIONAL: "Operational",
    PERFORMANCE_ISSUES: "Performance issues",
    PARTIAL_OUTAGE: "Partial outage",
    MAJOR_OUTAGE: "Major outage",
    UNKNOWN: "Unknown",
    UNDER_MAINTENANCE: "Under maintenance",
}
INCIDENT_STATUS: Final[dict[int | None, str]] = {
    0: "Reported",
    1: "Investigating",
    2: "Identified",
    3: "Watching",
    FIXED: "Fixed",
}
SCHEDULE_STATUS: Final[dict[int | None, str]] = {
    UPCOMING: "Upcoming",
    IN_PROGRESS: "In progress",
    COMPLETE: "Complete",
}


def labelled(value: int | None, labels: dict[int | None, str]) -> dict[str, Any]:
    """The object for such a value; both members are null for None."""
    return {"human": labels.get(value), "value": value}
