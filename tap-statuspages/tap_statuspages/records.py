"""How rows come out of answers: names in snake case, times in UTC, incidents from wherever they stand."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from singer_fanout import parse_utc, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Row = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

INCIDENT_FIELDS = frozenset({"id", "title", "status", "severity"})
"""An object that has all of these is an incident."""
UPDATE_FIELDS = frozenset({"id", "status", "message", "created_at"})
"""One that has these, no title, and an incident around it or named in it, is an update."""


@cache
def snake_case(name: str) -> str:
    """`displayOrder` as `display_order`, `_id` as `id`."""
    return WORD_START.sub("_", name).lower().lstrip("_")


class Times:
    """Turns the providers' times into one form.

    Args:
        warn: Called with a line about a time that is none.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn

    def utc(self, sent: Any) -> str | None:
        """Milliseconds since 1970, or an ISO 8601 text, as RFC 3339 UTC."""
        if sent is None or sent == "":
            return None
        try:
            if isinstance(sent, str):
                return utc_text(parse_utc(sent))
            if isinstance(sent, (int, Decimal)) and not isinstance(sent, bool):
                return utc_text(EPOCH + timedelta(milliseconds=int(sent)))
        except (ValueError, OverflowError):
            pass
        self._warn(f"the server sent {sent!r} where a time should be; it is loaded as null")
        return None


def incidents_in(answer: Any) -> list[Row]:
    """The incidents of a public answer, each once, in the order in which they are first met."""
    return _merged(found for found, _ in _objects(answer) if found.keys() >= INCIDENT_FIELDS)


def updates_in(answer: Any) -> list[Row]:
    """The updates of a public answer, each once and with its `incident_id`, in the order in which they are met."""
    return _merged(
        {**found, "incident_id": incident}
        for found, around in _objects(answer)
        if found.keys() >= UPDATE_FIELDS
        and "title" not in found
        and (incident := found.get("incident_id") or around) is not None
    )


def _objects(answer: Any) -> Iterator[tuple[Row, Any]]:
    """Every object of a JSON value, with the id of the incident around it."""
    # A stack of its own: how deep an answer goes is not ours to decide.
    waiting: list[tuple[Any, Any]] = [(answer, None)]
    while waiting:
        value, around = waiting.pop()
        if isinstance(value, list):
            waiting += ((item, around) for item in reversed(value))
        elif isinstance(value, dict):
            found = {snake_case(name): inner for name, inner in value.items()}
            yield found, around
            inside = found["id"] if found.keys() >= INCIDENT_FIELDS else around
            waiting += ((inner, inside) for inner in reversed(value.values()))


def _merged(rows: Iterator[Row]) -> list[Row]:
    """Rows by their id: what stands in several places is told whole in one of them, perhaps."""
    merged: dict[Any, Row] = {}
    for row in rows:
        if isinstance(row["id"], (str, int)):
            known = merged.get(row["id"], {})
            merged[row["id"]] = {**row, **{name: value for name, value in known.items() if value is not None}}
    return list(merged.values())


def without_entities(row: Mapping[str, Any]) -> Row:
    """A row without the objects inside it, which are rows of other streams."""
    return {name: value for name, value in row.items() if not _holds_objects(value)}


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
