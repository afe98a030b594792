"""Bodies of write requests: their fields, the valid values, and validation errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Kind: TypeAlias = Literal["text", "integer", "flag", "bool", "texts", "integers"]
Reader: TypeAlias = "Callable[[Any], Any]"
"""Converts a value of a body, or raises `Unfit`."""


@dataclass(frozen=True)
class Field:
    """A field of a body.

    Attributes:
        name: Its name.
        kind: Its type: a `flag` is true, false, 1 or 0, a `bool` is true or false. A custom reader of the API is
            possible, too.
        required: Whether a body needs it.
        nullable: Whether it may be null.
        choices: The valid strings; empty for any.
        pattern: What a string has to match as a whole; empty for any.
        between: The smallest and the largest valid integer.
    """

    name: str
    kind: Kind | Reader = "text"
    required: bool = False
    nullable: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""
    between: tuple[int, int] | None = None


@dataclass(frozen=True)
class Complaint:
    """A validation error of a field.

    Attributes:
        field: The field's name; empty for the body as a whole.
        reason: What it should be instead.
    """

    field: str
    reason: str


def read_body(content: bytes, fields: Sequence[Field]) -> tuple[dict[str, Any], list[Complaint]]:
    """The values of a body by name, and all of its errors; a missing body counts as an empty object."""
    try:
        body = msgspec.json.decode(content) if content else {}
    except msgspec.DecodeError:
        return {}, [Complaint("", "is not JSON")]
    if not isinstance(body, dict):
        return {}, [Complaint("", "is not an object")]
    known = {field.name: field for field in fields}
    complaints = [Complaint(name, "is not a field") for name in body if name not in known]
    complaints += [
        Complaint(field.name, "is required") for field in fields if field.required and field.name not in body
    ]
    values = {}
    for name, value in body.items():
        if name in known:
            try:
                values[name] = _value(known[name], value)
            except Unfit as unfit:
                complaints.append(Complaint(name, str(unfit)))
    return values, complaints


class Unfit(ValueError):  # noqa: N818 - it becomes a complaint
    """A value that does not fit its field; the message says what it has to be."""


def _value(field: Field, value: Any) -> Any:
    if value is None and field.nullable:
        return None
    converted = field.kind(value) if callable(field.kind) else _READERS[field.kind](value)
    if field.choices and converted not in field.choices:
        raise Unfit(f"must be one of {', '.join(field.choices)}")
    if field.pattern and not re.fullmatch(field.pattern, converted):
        raise Unfit(f"must match {field.pattern}")
    if field.between is not None and not field.between[0] <= converted <= field.between[1]:
        raise Unfit(f"integer {field.between[0]}..{field.between[1]}")
    return converted


def _exactly(kind: type, words: str) -> Callable[[Any], Any]:
    def reader(value: Any) -> Any:
        # A bool is an int in Python, but not in JSON.
        if type(value) is not kind:
            raise Unfit(f"must be {words}")
        return value

    return reader


def _list_of(kind: type, words: str) -> Callable[[Any], Any]:
    def reader(value: Any) -> Any:
        if type(value) is not list or any(type(item) is not kind for item in value):
            raise Unfit(f"must be a list of {words}")
        return value

    return reader


def _flag(value: Any) -> bool:
    if value not in (0, 1):
        raise Unfit("must be true or false")
    return bool(value)


_READERS: Mapping[Kind, Reader] = {
    "text": _exactly(str, "a text"),
    "integer": _exactly(int, "an integer"),
    "flag": _flag,
    "bool": _exactly(bool, "true or false"),
    "texts": _list_of(str, "texts"),
    "integers": _list_of(int, "integers"),
}
