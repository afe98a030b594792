"""Rootly's time format: in the account's zone, with its offset and milliseconds."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

UTC = timezone.utc


def in_milliseconds(moment: datetime) -> datetime:
    """A time truncated to the API's precision."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def told(moment: datetime, zone: ZoneInfo) -> str:
    """Format a time, such as `2026-05-24T11:42:11.000-07:00`."""
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def parsed(text: str) -> datetime:
    """Parse a time to UTC; one without an offset is taken as UTC.

    Raises:
        ValueError: The text is not a time.
    """
    # A plus sign that was not encoded in a query has become a space.
    moment = datetime.fromisoformat(text.strip().replace(" ", "+").replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
