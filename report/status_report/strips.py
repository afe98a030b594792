"""A component's last days as a strip, as on status pages: a bar for each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from status_report.formats import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

# Height of a bar in twentieths, so that states differ by more than colour.
STATES = {
    "operational": ("up", 20),
    "maintenance": ("maintenance", 8),
    "degraded": ("degraded", 16),
    "partial_outage": ("partial outage", 18),
    "major_outage": ("major outage", 20),
    "unknown": ("no data", 2),
}


@dataclass(frozen=True)
class Bar:
    """Consecutive days that look the same.

    Attributes:
        state: One of `STATES`.
        first: Number of the first day, from 0.
        days: Number of days.
    """

    state: str
    first: int
    days: int

    @property
    def height(self) -> int:
        """Its height in twentieths of the strip's."""
        return STATES[self.state][1]


def state_of(day: Mapping[str, Any]) -> str:
    """The worst state of a component on a day.

    Args:
        day: A row of `component_day`.
    """
    for state in ("major_outage", "partial_outage", "degraded", "maintenance"):
        if (day[f"seconds_{state}"] or 0) > 0:
            return state
    return "operational"


def strip(troubled: Mapping[date, str], first_known: date, last: date, days: int) -> list[Bar]:
    """Make the bars of a component.

    Args:
        troubled: The state of each day that was not fully operational.
        first_known: The first day with data.
        last: The last day to draw.
        days: Number of days to draw.
    """
    bars: list[Bar] = []
    for number in range(days):
        day = last - timedelta(days=days - 1 - number)
        state = "unknown" if day < first_known else troubled.get(day, "operational")
        if bars and bars[-1].state == state:
            bars[-1] = Bar(state, bars[-1].first, bars[-1].days + 1)
        else:
            bars.append(Bar(state, number, 1))
    return bars


def described(bars: list[Bar]) -> str:
    """A strip in words: `operational on 88 days, major outage on 2 days`."""
    days: dict[str, int] = {}
    for bar in bars:
        days[bar.state] = days.get(bar.state, 0) + bar.days
    return ", ".join(f"{STATES[state][0]} on {counted(days[state], 'day')}" for state in STATES if state in days)
