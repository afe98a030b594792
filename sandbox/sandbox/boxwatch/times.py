"""BoxWatch's time format: UTC in whole seconds with a `Z`."""

from __future__ import annotations

from datetime import datetime, timezone

UTC = timezone.utc


def utc_now() -> datetime:
    """Now, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def told(moment: datetime) -> str:
    """Format a time as `2026-05-24T18:42:11Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
