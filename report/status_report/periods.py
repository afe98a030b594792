"""The periods that a reader can choose, and how time is cut within them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MONTHS_FROM = 365
"""Periods of at least so many days are cut into months, shorter ones into weeks."""


@dataclass(frozen=True)
class Period:
    """The days before a moment.

    Attributes:
        days: How many.
        until: The moment, with a zone.
        zone: The zone in which weeks and months begin.
    """

    days: int
    until: datetime
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """When the period begins; that moment is not in it."""
        return self.until - timedelta(days=self.days)

    @property
    def before(self) -> datetime:
        """When the period before it begins, of the same length."""
        return self.since - timedelta(days=self.days)

    @property
    def bucket(self) -> str:
        """What its charts are cut into: `week` or `month`."""
        return "month" if self.days >= MONTHS_FROM else "week"

    @property
    def buckets(self) -> list[date]:
        """The first days of the weeks or months that the period touches, the first one whole."""
        first, last = (self._begin(moment.astimezone(self.zone).date()) for moment in (self.since, self.until))
        found = [first]
        while found[-1] < last:
            found.append(self._begin(found[-1] + timedelta(days=31 if self.bucket == "month" else 7)))
        return found

    def label(self, begins: date) -> str:
        """How a bucket is called on an axis: `2026-05` for a month, `2026-05-18` for a week."""
        return f"{begins:%Y-%m}" if self.bucket == "month" else begins.isoformat()

    def _begin(self, day: date) -> date:
        return day.replace(day=1) if self.bucket == "month" else day - timedelta(days=day.weekday())
