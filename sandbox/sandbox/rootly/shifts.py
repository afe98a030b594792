"""Special rules for lists of shifts: they cover a limited period, and versions differ in pages and starts."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING

import msgspec

from sandbox.rootly.problems import Problem
from sandbox.rootly.times import parsed, told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

TABLE = "shifts"


def check_range(path: str, others: Mapping[str, str], months: Mapping[str, int]) -> None:
    """Check that the period is not too long.

    Args:
        path: The route.
        others: Its parameters; `from` and `to` are times as strings.
        months: The longest period by route.

    Raises:
        Problem: `from` and `to` are further apart.
    """
    most = months.get(path)
    if most is None or not {"from", "to"} <= others.keys():
        return
    try:
        start, end = parsed(others["from"]), parsed(others["to"])
    except ValueError:
        raise Problem(400, "from and to have to be times") from None
    if end > _later(start, most):
        raise Problem(422, f"Datetime range exceeds {most} month{'s' if most > 1 else ''}")


def cut_at(start: datetime, resource: bytes, zone: ZoneInfo) -> bytes:
    """A shift as in versions that clip shifts to the start of the requested period.

    Args:
        start: That start.
        resource: The shift, as JSON.
        zone: The account's.
    """
    shift = msgspec.json.decode(resource)
    attributes = shift["attributes"]
    if parsed(attributes["starts_at"]) >= start:
        return resource
    return msgspec.json.encode({**shift, "attributes": {**attributes, "starts_at": told(start, zone)}})


def _later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or the last day if that month is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
