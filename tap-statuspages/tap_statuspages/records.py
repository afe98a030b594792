"""Turns responses into rows: names in snake case, times in UTC, incidents from anywhere in a response."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from singer_fanout import identity, normal_time, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Row = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

LATEST_MILLISECONDS = 253_402_300_800_000
"""The year 10000: larger numbers are not times, and some would overflow."""

INCIDENT_FIELDS = frozenset({"id", "title", "status", "severity"})
"""An object with all of these is an incident; one of them may be missing if there is other evidence."""
INCIDENTS_ALONE_HAVE = frozenset({"severity", "affected_servers", "resolved_at"})
UPDATE_FIELDS = frozenset({"id", "status", "message", "created_at"})
"""An object with these, no title, and an incident around or named in it, is an update; one of them may be missing."""
THINGS_HAVE = frozenset({"name", "hostname"})
"""An object with one of these is not an update, unless it has everything else."""
ONE_MISSING = 3


@cache
def snake_case(name: str) -> str:
    """Convert `displayOrder` to `display_order`, and `_id` to `id`."""
    return WORD_START.sub("_", name).lower().lstrip("_")


class Times:
    """Converts the providers' times to one form.

    Args:
        warn: Called with a line about an invalid time.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn

    def utc(self, sent: Any) -> str | None:
        """Convert milliseconds since 1970, or an ISO 8601 string, to RFC 3339 UTC."""
        if sent is None or sent == "":
            return None
        try:
            if isinstance(sent, str):
                return normal_time(sent)
            is_number = isinstance(sent, (int, Decimal)) and not isinstance(sent, bool)
            if is_number and -LATEST_MILLISECONDS < sent < LATEST_MILLISECONDS:
                return utc_text(EPOCH + timedelta(milliseconds=int(sent)))
        except (ValueError, OverflowError):
            pass
        self._warn(f"the server sent {sent!r} where a time should be; it is loaded as null")
        return None


def text(sent: Any) -> str | None:
    """An id as a string; None if the value is not usable as one."""
    found = identity(sent)
    return None if found is None else str(found)


def incidents_in(answer: Any) -> list[Row]:
    """The incidents in a public response, without duplicates, in order of first occurrence.

    The `id` of one without a usable id is None.
    """
    return _merged(found for found, place in _objects(answer) if _is_incident(found, place))


def updates_in(answer: Any) -> list[Row]:
    """The updates in a public response, without duplicates and with their `incident_id`, in order of occurrence.

    The `id` of one without an id is None.
    """
    return _merged(
        {**found, "incident_id": text(found.get("incident_id")) or place.incident}
        for found, place in _objects(answer)
        if _is_update(found, place)
    )


def speaks_of_incidents(answer: Any) -> bool:
    """Whether a public response says which incidents there are, even if there are none.

    Its shape is not documented. One without incidents and without a field of that name may be an error or an unknown
    shape; one in which such a field cannot be read may be incomplete.
    """
    speaks = False
    for found, place in _objects(answer):
        speaks = speaks or _is_incident(found, place)
        for name, value in found.items():
            if name.endswith("incidents") and not isinstance(value, (int, Decimal)):
                if not _is_legible(value):
                    return False
                speaks = True
    return speaks


def _is_legible(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, dict) for item in items)


def mentioned_in(answer: Any) -> set[str]:
    """All strings and numbers in a response, as strings: an id that is not among them is not shown in any form."""
    mentioned: set[str] = set()
    waiting = [answer]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            mentioned.update(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif (told := text(value)) is not None:
            mentioned.add(told)
    return mentioned


@dataclass(frozen=True)
class _Place:
    """The place of an object in a response.

    Attributes:
        inside: Whether it is inside an incident.
        incident: The id of that incident.
    """

    inside: bool = False
    incident: str | None = None


def _is_incident(found: Row, place: _Place) -> bool:
    has = len(found.keys() & INCIDENT_FIELDS)
    if has == len(INCIDENT_FIELDS):
        return True
    return (
        has == ONE_MISSING
        and not place.inside
        and "incident_id" not in found
        and not found.keys().isdisjoint(INCIDENTS_ALONE_HAVE)
    )


def _is_update(found: Row, place: _Place) -> bool:
    if "title" in found or _is_incident(found, place) or not (place.inside or found.get("incident_id")):
        return False
    has = len(found.keys() & UPDATE_FIELDS)
    return has == len(UPDATE_FIELDS) or (has == ONE_MISSING and found.keys().isdisjoint(THINGS_HAVE))


def _objects(answer: Any) -> Iterator[tuple[Row, _Place]]:
    """Yield every object in a JSON value, with its place."""
    # An explicit stack: the depth of a response is not under our control.
    waiting: list[tuple[Any, _Place]] = [(answer, _Place())]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, list):
            waiting += ((item, place) for item in reversed(value))
        elif isinstance(value, dict):
            found = {snake_case(name): inner for name, inner in value.items()}
            yield found, place
            inside = _Place(inside=True, incident=text(found.get("id"))) if _is_incident(found, place) else place
            waiting += ((inner, inside) for inner in reversed(value.values()))


def _merged(rows: Iterator[Row]) -> list[Row]:
    """Merge rows with the same id: of several occurrences, one may be more complete."""
    merged: dict[Any, Row] = {}
    for row in rows:
        key = text(row.get("id"))
        # Equal rows without an id are occurrences of the same one.
        place = ("id", key) if key else ("all", repr(sorted(row.items(), key=lambda item: item[0])))
        known = {name: value for name, value in merged.get(place, {}).items() if value is not None}
        merged[place] = {**row, **known, "id": key}
    return list(merged.values())


def without_entities(row: Mapping[str, Any]) -> Row:
    """A row without nested objects, which are rows of other streams."""
    return {name: value for name, value in row.items() if not _holds_objects(value)}


def without_texts(sent: Any) -> Any:
    """A value with every string replaced by null, at any depth."""
    if isinstance(sent, dict):
        return {name: without_texts(value) for name, value in sent.items()}
    if isinstance(sent, list):
        return [without_texts(value) for value in sent]
    return None if isinstance(sent, str) else sent


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
