"""Times as Instatus tells them: UTC with milliseconds and a `Z`."""

from __future__ import annotations

from datetime import datetime, timezone

UTC = timezone.utc


def utc_now() -> datetime:
    """Now, in whole milliseconds: the store and the API know no finer fractions."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def told(moment: datetime) -> str:
    """`2026-05-24T18:42:11.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def javascript_text(moment: datetime) -> str:
    """What `Date.toString()` prints: `Sun May 24 2026 18:42:11 GMT+0000 (Coordinated Universal Time)`."""
    return f"{moment:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def parse(text: str) -> datetime:
    """A UTC time in whole milliseconds from RFC 3339 text.

    Raises:
        ValueError: The text is not a time, or tells no offset.
    """
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} tells no offset")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
