"""Turns Cachet's responses into rows of one shape for both generations of servers.

3.x sends JSON:API resources whose values wrap a value and a label (`{value, human}`, `{string, human}`); 2.x sends
flat objects. In both, times are local and without a zone.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import repeat
from operator import add, contains, itemgetter, setitem
from typing import TYPE_CHECKING, Any

from singer_fanout import as_list, as_object, identities, identity, utc_text

if TYPE_CHECKING:
    from datetime import tzinfo

Row = dict[str, Any]
Resource = Mapping[str, Any]

SHOWN_OF_A_VALUE = 40
REMEMBERED_TIMES = 4096
REMEMBERED_NUMBERS = 1024
"""Cached ids: many rows refer to a few others, such as their author or component."""
LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")

COMPUTED = frozenset(
    {
        # 3.x: what other streams contain, and an update's parent, which is known from where it was found
        "components_count",
        "pivot",
        "updateable_id",
        "updateable_type",
        # 2.x: computed texts and values, and lists that other streams contain in full
        "default_view_name",
        "deleted_at",
        "duration",
        "enabled_components",
        "enabled_components_lowest",
        "is_resolved",
        "latest_icon",
        "latest_update_id",
        "lowest_human_status",
        "subscriptions",
        "updates",
    }
)
NOT_AS_SENT = COMPUTED | {"meta"}
FLAGS = frozenset({"notifications"})
"""Booleans, which databases without them send as 0 and 1."""
SECRET = frozenset({"verify_code", "slack_webhook_url"})
"""Secrets of subscribers that 2.x sends."""

V2_NAMES = {
    "human_status": "status_label",
    "status_name": "status_label",
    "latest_human_status": "latest_status_label",
    "component_status": "status",
}
V2_IN_WORDS = frozenset({"verified_at"})
"""Times of 3.x that 2.x sends in words, truncated to midnight."""
V2_ZERO_IS_NONE = frozenset({"group_id", "component_id"})


class LocalTimes:
    """Turns a server's times into UTC.

    Args:
        zone: The server's own time zone.
        warn: Called with a line about an invalid time.
    """

    def __init__(self, zone: tzinfo, warn: Callable[[str], None]) -> None:
        self._zone = zone
        self._warn = warn
        self._is_utc = str(zone) == "UTC"
        self._day, self._clock = _Days().__getitem__, _Clocks().__getitem__
        self._known = _Times(self._cut if self._is_utc else self._moved)

    def utc(self, text: Any) -> str | None:
        """Convert `YYYY-MM-DD HH:MM:SS` to RFC 3339 UTC.

        In the hour that occurs twice when summer time ends, the earlier instant is taken.
        """
        try:
            return self.column((text,))[0]
        except (LookupError, TypeError, ValueError, OverflowError):
            shown = repr(text)[:SHOWN_OF_A_VALUE] if isinstance(text, (str, int)) else "something else"
            self._warn(f"the server sent {shown} where a time should be; it is loaded as null")
            return None

    def column(self, texts: Sequence[Any]) -> list[str | None]:
        """Convert many times.

        Raises:
            ValueError: One is not a time. So do LookupError, TypeError and OverflowError.
        """
        if self._is_utc:
            # Nothing is called for each, unless one is null or no time.
            with suppress(TypeError, ValueError):
                return list(map(add, map(self._day, map(_DATE, texts)), map(self._clock, map(_TIME, texts))))
        # Most repeat, because rows are created, published and changed in the same second.
        if len(self._known) > REMEMBERED_TIMES:
            self._known.clear()
        return list(map(self._known.__getitem__, texts))

    def _cut(self, text: str) -> str:
        # Without an offset to subtract they are two pieces of text.
        return self._day(text[:11]) + self._clock(text[11:])

    def _moved(self, text: str) -> str:
        return utc_text(_local(text).replace(tzinfo=self._zone))


class _Names(dict[str, str]):
    """Names of columns by those of attributes."""

    def __init__(self, name: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, attribute: str) -> str:
        self[attribute] = column = self._name(attribute)
        return column


class _Times(dict[Any, "str | None"]):
    """Times in UTC by those that were sent."""

    def __init__(self, convert: Callable[[str], str]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, sent: Any) -> str | None:
        self[sent] = moment = self._convert(sent) if sent else None
        return moment


class _Days(dict[str, str]):
    """The date of a time as sent -> the same in UTC; one entry per day with a time."""

    def __missing__(self, sent: str) -> str:
        _local(f"{sent}00:00:00")
        self[sent] = day = f"{sent[:10]}T"
        return day


class _Clocks(dict[str, str]):
    """The same for the time of day; at most 86,400 entries."""

    def __missing__(self, sent: str) -> str:
        _local(f"2000-01-01 {sent}")
        self[sent] = clock = f"{sent}.000000Z"
        return clock


class V3Records:
    """Rows of 3.x.

    Args:
        times: The server's times.
    """

    def __init__(self, times: LocalTimes) -> None:
        self._times = times

    def rows(self, resources: Sequence[Resource], relations: Mapping[str, str]) -> list[Row]:
        """Turn the resources of a page into rows.

        Nearly always they are all alike: then what is done with a column is decided once, and done in C.

        Args:
            resources: `{id, type, attributes, relationships}` each.
            relations: Relationships to keep: relationship -> column.
        """
        try:
            columns = self._columns(list(map(_ATTRIBUTES, resources)))
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError):
            return [self._row(resource, relations) for resource in resources]
        for name, column in relations.items():
            linked = _all_related(resources, name)
            columns[column] = list(map(_numbers, linked)) if _is_list(column) else _all_numbers(linked)
        # Filled by columns, which takes two thirds of the time of a dictionary from each row's pairs.
        rows = list(map(dict.copy, repeat(dict.fromkeys(columns), len(resources))))
        for column, values in columns.items():
            deque(map(setitem, rows, repeat(column), values), maxlen=0)
        return rows

    def _columns(self, resources: list[Any]) -> dict[str, Sequence[Any]]:
        """The attributes of resources by column.

        Raises:
            LookupError: They are not all alike, or some need a closer look. So do the other errors.
        """
        columns: dict[str, Sequence[Any]] = {}
        for name, values in zip(_layout(resources), zip(*map(dict.values, resources), strict=True), strict=True):
            if name in NOT_AS_SENT:
                if name == "meta":
                    are_objects = all(values) and set(map(type, values)) == {dict}
                    columns[name] = values if are_objects else list(map(json_object, values))
            elif name in FLAGS:
                columns[name] = list(map(_FLAG, values, values))
            elif dict not in set(map(type, values)) or _have_not("human", values):
                columns[name] = values
            else:
                labels = list(map(_HUMAN, values))
                if _have_not("string", values):
                    columns[name] = list(map(_VALUE, values))
                    columns[_LABEL_COLUMNS[name]] = labels
                else:
                    columns[_TIME_COLUMNS[name]] = self._times.column([*map(_STRING, values)])
        if set(map(type, columns["id"])) != {int}:
            raise LookupError("id")
        return columns

    def _row(self, resource: Resource, relations: Mapping[str, str]) -> Row:
        """Turn any resource into a row."""
        row: Row = {}
        for name, value in as_object(resource.get("attributes")).items():
            if name in NOT_AS_SENT:
                if name == "meta":
                    row[name] = json_object(value)
            elif name in FLAGS:
                row[name] = flag(value)
            elif type(value) is not dict or "human" not in value:
                row[name] = value
            elif "string" in value:
                row[_TIME_COLUMNS[name]] = self._times.utc(value["string"])
            else:
                row[name] = value.get("value")
                row[_LABEL_COLUMNS[name]] = value["human"]
        if type(row.get("id")) is not int and (key := number_of(resource)) is not None:
            row["id"] = key
        for name, column in relations.items():
            linked = related(resource, name)
            row[column] = _numbers(linked) if _is_list(column) else number_of(linked)
        return row


class V2Records:
    """Rows of 2.x.

    Args:
        times: The server's times; the tap asks for them in UTC.
    """

    def __init__(self, times: LocalTimes) -> None:
        self._times = times

    def rows(self, resources: Iterable[Resource], relations: Mapping[str, str]) -> list[Row]:  # noqa: ARG002
        """Turn the flat objects of a page into rows."""
        return list(map(self._row, resources))

    def _row(self, resource: Resource) -> Row:
        row: Row = {}
        for sent, value in resource.items():
            name = V2_NAMES.get(sent, sent)
            if sent in COMPUTED or sent in SECRET or sent in V2_IN_WORDS:
                continue
            if name.endswith("_at"):
                row[name] = self._times.utc(value)
            elif name in {"meta", "tags"}:
                row[name] = json_object(value)
            elif name in FLAGS:
                row[name] = flag(value)
            else:
                row[name] = None if value == 0 and name in V2_ZERO_IS_NONE else value
        return row


def _local(text: str) -> datetime:
    # Much faster than strptime; the pattern excludes the other formats that fromisoformat accepts.
    if not LOCAL_TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _layout(objects: Sequence[Any]) -> tuple[str, ...]:
    """The names of the fields that all objects have, in the same order.

    Raises:
        LookupError: They differ in them, or some are no objects. So do the other errors.
    """
    if set(map(type, objects)) != {dict}:
        raise LookupError("object")
    first, *others = map(tuple, objects)
    if others.count(first) != len(others):
        raise LookupError("layout")
    return first


def _have_not(name: str, objects: Sequence[Any]) -> bool:
    """Whether no object has this field; False tells only of the first.

    Raises:
        LookupError: The first has none, but others do. TypeError: Some are no objects.
    """
    if name in objects[0]:
        return False
    if any(map(contains, objects, repeat(name))):
        raise LookupError(name)
    return True


_ATTRIBUTES, _RELATIONSHIPS, _DATA = map(itemgetter, ("attributes", "relationships", "data"))
_DATE, _TIME = itemgetter(slice(11)), itemgetter(slice(11, None))
_STRING, _VALUE, _HUMAN = map(itemgetter, ("string", "value", "human"))
_FLAG = {0: False, 1: True}.get
_TIME_COLUMNS = _Names(lambda name: name if name.endswith("_at") else f"{name}_at")
_LABEL_COLUMNS = _Names(lambda name: f"{name}_label")


def json_object(value: Any) -> dict[str, Any] | None:
    """Metadata as an object: PHP encodes an empty one as `[]`, and some servers store bare values."""
    if isinstance(value, dict):
        return value or None
    return None if value in (None, []) else {"value": value}


def flag(value: Any) -> Any:
    """A boolean as such, if it was sent as 0 or 1."""
    return bool(value) if value in (0, 1) else value


def number(value: Any) -> Any:
    """A number that some databases send as a string (`"28.500"`), digit by digit."""
    try:
        number = Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return None
    return None if isinstance(number, Decimal) and not number.is_finite() else number


def related(resource: Resource, name: str) -> Any:
    """The target of a relationship of a 3.x resource; None if it was not sent."""
    try:
        return resource["relationships"][name]["data"]
    except (LookupError, TypeError):
        return None


def _all_related(resources: Sequence[Resource], name: str) -> list[Any]:
    """The targets of a relationship of many resources."""
    try:
        return list(map(_DATA, map(itemgetter(name), map(_RELATIONSHIPS, resources))))
    except (LookupError, TypeError):
        return [related(resource, name) for resource in resources]


def number_of(told: Any, name: str = "id") -> int | None:
    """The numeric id of a row sent either as an object or as its bare id; 3.x sends some as strings.

    Args:
        told: The object, or the id.
        name: The field of the object that holds the id.
    """
    key = told.get(name) if isinstance(told, dict) else told
    if type(key) is str:
        return _whole_number(key)
    return key if type(key) is int else None


@lru_cache(REMEMBERED_NUMBERS)
def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def owner_number(owner: Resource) -> int | None:
    """The numeric id of a row that others belong to, in either generation."""
    key = number_of(owner)
    return number_of(owner.get("attributes")) if key is None else key


def _all_numbers(linked: Sequence[Any]) -> list[int | None]:
    """`number_of` for many rows, without a call for each where all ids are texts."""
    keys = identities(linked)
    return list(map(_whole_number if set(map(type, keys)) == {str} else number_of, keys))


def _is_list(column: str) -> bool:
    """Whether a column holds the ids of many rows."""
    return column.endswith("_ids")


def _numbers(linked: Any) -> list[int] | None:
    if linked is None:
        return None
    return [key for link in as_list(linked) if (key := number_of(link)) is not None]


def is_now(text: Any, now: datetime, tolerance: float = 5.0) -> bool:
    """Whether a time of 2.x is that of the response, which is how it sends null."""
    try:
        moment = _local(text).replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        return False
    return abs((now - moment).total_seconds()) <= tolerance


def times_that_are_now(value: Any, now: datetime) -> bool:
    """Whether a response of 2.x contains a time that may stand for null."""
    if isinstance(value, dict):
        return any(
            is_now(inner, now) if name.endswith("_at") else times_that_are_now(inner, now)
            for name, inner in value.items()
        )
    return isinstance(value, list) and any(times_that_are_now(item, now) for item in value)


def told_times(first: Any, again: Any, now: datetime, later: datetime) -> Any:
    """A response of 2.x, with null for each time that is always that of the response.

    Args:
        first: The response.
        again: The same, requested more than a second later. A time missing from it is taken for null, too.
        now: When the first was generated.
        later: When the other one was generated.
    """
    if isinstance(first, dict):
        twin = as_object(again)
        return {
            name: _told_time(value, twin.get(name), later)
            if name.endswith("_at") and is_now(value, now)
            else told_times(value, twin.get(name), now, later)
            for name, value in first.items()
        }
    if isinstance(first, list):
        twins: dict[Any, Any] = {key: item for item in as_list(again) if (key := identity(item)) is not None}
        return [told_times(item, twins.get(identity(item)), now, later) for item in first]
    return first


def _told_time(value: Any, again: Any, later: datetime) -> Any:
    # A time set in between equals neither the first value nor the time of the second response.
    return None if again != value and is_now(again, later) else again
