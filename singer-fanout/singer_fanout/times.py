"""Times in the form that all streams emit: RFC 3339, UTC, fixed width.

The SDK compares bookmarks as strings, so `10:00:00Z` would sort after `10:00:00.500Z`.
With one width and one offset, strings sort in the order of the instants.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

REMEMBERED = 4096


def utc_text(moment: datetime) -> str:
    """Format an aware time as `2026-05-24T18:42:11.000000Z`."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_utc(text: str) -> datetime:
    """Parse an RFC 3339 time; one without an offset is taken as UTC.

    Raises:
        ValueError: The text is not an RFC 3339 time.
    """
    # Python 3.10 accepts neither `Z` nor fractions of other than 3 or 6 digits.
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@lru_cache(REMEMBERED)
def normal_time(text: str) -> str:
    """An RFC 3339 time in the form that all streams emit.

    Cached: times are most of a row's cost, and most occur several times, in a parent and its children, or as both the
    time of creation and that of the last change.

    Raises:
        ValueError: The text is not an RFC 3339 time.
    """
    return utc_text(parse_utc(text))


def earlier(text: str, seconds: float) -> str:
    """The time `seconds` before the given one, in the same form, but not before the earliest possible one."""
    try:
        return utc_text(parse_utc(text) - timedelta(seconds=seconds))
    except OverflowError:
        return utc_text(datetime.min.replace(tzinfo=timezone.utc))


def is_time(text: object) -> bool:
    """Whether this is a time as a string."""
    try:
        return isinstance(text, str) and bool(parse_utc(text))
    except ValueError:
        return False
