"""Bodies of write requests: their fields, valid values, and validation errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from sandbox.cachet import problems
from sandbox.cachet.times import UTC, parse_local

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from sandbox.routing import Call

Kind: TypeAlias = Literal["text", "integer", "number", "bool", "visible", "time", "email", "meta", "links", "ids"]
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+$")
_TRUE: tuple[Any, ...] = (True, 1, "1", "true")
_FALSE: tuple[Any, ...] = (False, 0, "0", "false")


@dataclass(frozen=True)
class Field:
    """A field of a body.

    Attributes:
        name: Its name in the body.
        kind: Its type. `visible` is an integer or a bool, `meta` an object,
            `links` a list of objects with `id` and `status`, `ids` a list of integers.
        column: The column that it is stored in; by default the name.
        required: Whether a new row needs it.
        choices: The valid integers or strings; empty for any.
    """

    name: str
    kind: Kind = "text"
    column: str = ""
    required: bool = False
    choices: tuple[int | str, ...] = ()


def read_body(call: Call) -> dict[str, Any]:
    """The body as an object; as in PHP, anything but a JSON object counts as empty."""
    try:
        body = msgspec.json.decode(call.body)
    except msgspec.DecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def validated(
    body: Mapping[str, Any], fields: Sequence[Field], zone: ZoneInfo | None, *, creating: bool
) -> dict[str, Any]:
    """The values of a body by field name, as stored; unknown fields are dropped.

    Raises:
        Problem: 422, with all errors.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in fields:
        words = field.name.replace("_", " ")
        value = body.get(field.name)
        if value is None or value == "":
            if field.required and (creating or field.name in body):
                errors[field.name] = [f"The {words} field is required."]
            elif field.name in body:
                values[field.name] = None
            continue
        try:
            converted = _CONVERTERS[field.kind](value, zone)
        except (ValueError, TypeError, KeyError):
            errors[field.name] = [_COMPLAINTS[field.kind].format(words)]
            continue
        if field.choices and converted not in field.choices:
            errors[field.name] = [f"The selected {words} is invalid."]
            continue
        values[field.name] = converted
    if errors:
        raise problems.invalid(errors)
    return values


def _text(value: Any, _zone: ZoneInfo | None) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: Any, _zone: ZoneInfo | None) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _number(value: Any, _zone: ZoneInfo | None) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _bool(value: Any, _zone: ZoneInfo | None) -> bool:
    if value not in _TRUE and value not in _FALSE:
        raise ValueError
    return value in _TRUE


def _time(value: Any, zone: ZoneInfo | None) -> datetime:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(int(value), UTC)
    return parse_local(_text(value, zone), zone)


def _email(value: Any, zone: ZoneInfo | None) -> str:
    if not _EMAIL.match(_text(value, zone)):
        raise ValueError
    return str(value)


def _meta(value: Any, _zone: ZoneInfo | None) -> dict[str, Any]:
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise TypeError
    return value


def _links(value: Any, zone: ZoneInfo | None) -> list[tuple[int, int | None]]:
    pairs = [(_integer(link["id"], zone), link.get("status")) for link in value]
    if any(status is not None and status not in range(1, 7) for _, status in pairs):
        raise ValueError
    return pairs


def _ids(value: Any, zone: ZoneInfo | None) -> list[int]:
    return [_integer(item, zone) for item in value]


_CONVERTERS: Mapping[str, Callable[[Any, ZoneInfo | None], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "bool": _bool,
    "visible": _integer,
    "time": _time,
    "email": _email,
    "meta": _meta,
    "links": _links,
    "ids": _ids,
}
_COMPLAINTS: Mapping[str, str] = {
    "text": "The {} field must be a string.",
    "integer": "The {} field must be an integer.",
    "number": "The {} field must be a number.",
    "bool": "The {} field must be true or false.",
    "visible": "The selected {} is invalid.",
    "time": "The {} field must be a valid date.",
    "email": "The {} field must be a valid email address.",
    "meta": "The {} field must be an array.",
    "links": "The {} field must be an array.",
    "ids": "The {} field must be an array.",
}
