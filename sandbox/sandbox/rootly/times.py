"""Times as Rootly tells them: in the account's zone, with its offset and with milliseconds."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

UTC = timezone.utc


def in_milliseconds(moment: datetime) -> datetime:
    """A time without what the API does not tell."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def told(moment: datetime, zone: ZoneInfo) -> str:
    """A time as text, such as `2026-05-24T11:42:11.000-07:00`."""
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def parsed(text: str) -> datetime:
    """A UTC time from a text; one without an offset is UTC.

    Raises:
        ValueError: The text is not a time.
    """
    # A plus sign that was not encoded in a query has become a space.
    moment = datetime.fromisoformat(text.strip().replace(" ", "+").replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
