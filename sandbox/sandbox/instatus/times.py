"""Instatus's time formats: UTC with milliseconds and a `Z`, or JavaScript's."""

from __future__ import annotations

from datetime import datetime, timezone

UTC = timezone.utc


def utc_now() -> datetime:
    """Now, in whole milliseconds, the precision of the store and the API."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def told(moment: datetime) -> str:
    """Format a time as `2026-05-24T18:42:11.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def javascript_text(moment: datetime) -> str:
    """What `Date.toString()` prints: `Sun May 24 2026 18:42:11 GMT+0000 (Coordinated Universal Time)`."""
    return f"{moment:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def parse(text: str) -> datetime:
    """Parse an RFC 3339 string to a UTC time in whole milliseconds.

    Raises:
        ValueError: The text is not a time, or has no offset.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} tells no offset")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
