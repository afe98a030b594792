"""Numbers and times as text in one format everywhere: ISO dates, 24 hours, thin spaces between thousands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

THIN_SPACE = "\u202f"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOTHING = "\u2013"


def number(value: float | None) -> str:
    """A count, or a number with one decimal unless it is whole."""
    if value is None:
        return NOTHING
    text = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.1f}"  # noqa: PLR2004
    return text.replace(",", THIN_SPACE)


def counted(value: int, one: str, several: str | None = None) -> str:
    """A count with its noun: `1 incident`, `2 incidents`."""
    return f"{number(value)} {one if value == 1 else several or one + 's'}"


def duration(seconds: float | None) -> str:
    """A duration in its two largest units: `45 s`, `12 min`, `3 h 20 min`, `4 d 6 h`."""
    if seconds is None:
        return NOTHING
    seconds = round(seconds)
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < 2 * DAY:
        return _two(seconds, HOUR, "h", MINUTE, "min")
    return _two(seconds, DAY, "d", HOUR, "h")


def percent(share: float | None) -> str:
    """A share with two decimals, never rounded up: a component that was down for a second was not up for 100 %."""
    if share is None:
        return NOTHING
    if share >= 1:
        return f"100{THIN_SPACE}%"
    # In binary a share such as 0.9999 is slightly less; the tolerance makes up for it.
    return f"{math.floor(share * 10_000 + 1e-6) / 100:.2f}{THIN_SPACE}%"


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """A time in a zone, to the minute: `2026-05-24 14:05`."""
    return NOTHING if value is None else f"{value.astimezone(zone):%Y-%m-%d %H:%M}"


def day(value: date | None) -> str:
    """A day: `2026-05-24`."""
    return NOTHING if value is None else value.isoformat()


def plain(value: Any) -> str:
    """A value of the marts as plain English: `partial_outage` becomes `partial outage`."""
    return NOTHING if value is None else str(value).replace("_", " ")


def _two(seconds: int, large: int, large_name: str, small: int, small_name: str) -> str:
    whole, rest = divmod(seconds, large)
    return f"{whole} {large_name} {rest // small} {small_name}" if rest // small else f"{whole} {large_name}"
