"""The periods that a reader can choose, and how they are divided into weeks or months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MONTHS_FROM = 365
"""Periods of at least this many days are divided into months, shorter ones into weeks."""


@dataclass(frozen=True)
class Period:
    """The days before a given time.

    Attributes:
        days: Number of days.
        until: The time, with a zone.
        zone: The zone in which weeks and months begin.
    """

    days: int
    until: datetime
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """Start of the period, exclusive."""
        return self.until - timedelta(days=self.days)

    @property
    def before(self) -> datetime:
        """Start of the preceding period of the same length."""
        return self.since - timedelta(days=self.days)

    @property
    def bucket(self) -> str:
        """The unit of its charts: `week` or `month`."""
        return "month" if self.days >= MONTHS_FROM else "week"

    @property
    def buckets(self) -> list[date]:
        """First days of the weeks or months that overlap the period, including the one it begins in."""
        first, last = (self._begin(moment.astimezone(self.zone).date()) for moment in (self.since, self.until))
        found = [first]
        while found[-1] < last:
            found.append(self._begin(found[-1] + timedelta(days=31 if self.bucket == "month" else 7)))
        return found

    def label(self, begins: date) -> str:
        """The label of a bucket on an axis: `2026-05` for a month, `2026-05-18` for a week."""
        return f"{begins:%Y-%m}" if self.bucket == "month" else begins.isoformat()

    def _begin(self, day: date) -> date:
        return day.replace(day=1) if self.bucket == "month" else day - timedelta(days=day.weekday())
