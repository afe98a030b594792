"""How rows come out of answers: names in snake case, times in UTC, incidents from wherever they stand."""

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
"""The year 10000: larger numbers are no times, and some of them could not even be computed with."""

INCIDENT_FIELDS = frozenset({"id", "title", "status", "severity"})
"""An object that has all of these is an incident; one of them may be missing where something else tells."""
INCIDENTS_ALONE_HAVE = frozenset({"severity", "affected_servers", "resolved_at"})
UPDATE_FIELDS = frozenset({"id", "status", "message", "created_at"})
"""One that has these, no title, and an incident around it or named in it, is an update; one of them may be missing."""
THINGS_HAVE = frozenset({"name", "hostname"})
"""What has a name is no update, unless it has everything else."""
ONE_MISSING = 3


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
                return normal_time(sent)
            is_number = isinstance(sent, (int, Decimal)) and not isinstance(sent, bool)
            if is_number and -LATEST_MILLISECONDS < sent < LATEST_MILLISECONDS:
                return utc_text(EPOCH + timedelta(milliseconds=int(sent)))
        except (ValueError, OverflowError):
            pass
        self._warn(f"the server sent {sent!r} where a time should be; it is loaded as null")
        return None


def text(sent: Any) -> str | None:
    """What identifies a thing, as a text; None where the value sent identifies nothing."""
    found = identity(sent)
    return None if found is None else str(found)


def incidents_in(answer: Any) -> list[Row]:
    """The incidents of a public answer, each once, in the order in which they are first met.

    The `id` of one that cannot be told apart is None.
    """
    return _merged(found for found, place in _objects(answer) if _is_incident(found, place))


def updates_in(answer: Any) -> list[Row]:
    """The updates of a public answer, each once and with its `incident_id`, in the order in which they are met.

    The `id` of one that comes without is None.
    """
    return _merged(
        {**found, "incident_id": text(found.get("incident_id")) or place.incident}
        for found, place in _objects(answer)
        if _is_update(found, place)
    )


def speaks_of_incidents(answer: Any) -> bool:
    """Whether a public answer tells which incidents there are, if only that there are none.

    Its form is not documented. One without an incident and without a field that is called so may be an error, or a
    form that is not known; one in which such a field holds nothing that could be read does not tell of all.
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
    """Every text and number of an answer, as texts: what is not among them is not shown in any form."""
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
    """Where in an answer an object stands.

    Attributes:
        inside: Whether an incident is around it.
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
    """Every object of a JSON value, with its place."""
    # A stack of its own: how deep an answer goes is not ours to decide.
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
    """Rows by their id: what stands in several places is told whole in one of them, perhaps."""
    merged: dict[Any, Row] = {}
    for row in rows:
        key = text(row.get("id"))
        # Of those without an id, equal ones are one that stands in several places.
        place = ("id", key) if key else ("all", repr(sorted(row.items(), key=lambda item: item[0])))
        known = {name: value for name, value in merged.get(place, {}).items() if value is not None}
        merged[place] = {**row, **known, "id": key}
    return list(merged.values())


def without_entities(row: Mapping[str, Any]) -> Row:
    """A row without the objects inside it, which are rows of other streams."""
    return {name: value for name, value in row.items() if not _holds_objects(value)}


def without_texts(sent: Any) -> Any:
    """A value with null in place of every text, at any depth."""
    if isinstance(sent, dict):
        return {name: without_texts(value) for name, value in sent.items()}
    if isinstance(sent, list):
        return [without_texts(value) for value in sent]
    return None if isinstance(sent, str) else sent


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
