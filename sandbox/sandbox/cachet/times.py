"""Cachet v3's time formats: a local time without an offset, and relative words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TypeAlias
from zoneinfo import ZoneInfo

TimeObject: TypeAlias = "dict[str, str | None]"

UTC = timezone.utc
NO_TIME: TimeObject = {"human": None, "string": None}
_MINUTE, _HOUR, _DAY, _WEEK, _MONTH, _YEAR = 60, 3600, 86400, 604800, 2629800, 31557600


def utc_now() -> datetime:
    """Now, in whole seconds: the store and the API have no fractions."""
    return datetime.now(UTC).replace(microsecond=0)


def local_text(moment: datetime, zone: ZoneInfo | None) -> str:
    """Format a time as `YYYY-MM-DD HH:MM:SS` in a zone; None for UTC."""
    if zone is not None:
        moment = moment.astimezone(zone)
    return moment.isoformat(" ")[:19]


def parse_local(text: str, zone: ZoneInfo | None) -> datetime:
    """Parse a local time, or one with an offset, to UTC.

    Raises:
        ValueError: The text is not a time.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone or UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


def relative_words(seconds: float) -> str:
    """How long ago (or, if negative, ahead) in words: `3 days ago`."""
    span = abs(int(seconds))
    if span < _MINUTE:
        count, unit = span, "second"
    elif span < _HOUR:
        count, unit = span // _MINUTE, "minute"
    elif span < _DAY:
        count, unit = span // _HOUR, "hour"
    elif span < _WEEK:
        count, unit = span // _DAY, "day"
    elif span < _MONTH:
        count, unit = span // _WEEK, "week"
    elif span < _YEAR:
        count, unit = span // _MONTH, "month"
    else:
        count, unit = span // _YEAR, "year"
    plural = "" if count == 1 else "s"
    return f"{count} {unit}{plural} {'ago' if seconds >= 0 else 'from now'}"


class Clock:
    """The time of a response, and the zone of its times.

    Attributes:
        now: The moment, UTC, in whole seconds.
        zone: The zone, or None for UTC.
    """

    def __init__(self, zone_name: str) -> None:
        self.now = utc_now()
        self.zone = None if zone_name == "UTC" else ZoneInfo(zone_name)

    def tell(self, moment: datetime | None) -> TimeObject:
        """The object for a time; both members are null for None."""
        if moment is None:
            return NO_TIME
        words = relative_words((self.now - moment) / timedelta(seconds=1))
        return {"human": words, "string": local_text(moment, self.zone)}
