"""A stream's schema as a msgspec type that whole pages are checked against in one call.

The type may reject a value that the schema allows (a list that mixes numbers with and without a fraction): such a page
is processed value by value. It never accepts one that the schema forbids.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Union

import msgspec
from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

INSTANT = Annotated[datetime, Meta(tz=True)]
INTEGER = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""Larger ones are rare, and processed value by value."""
NOT_EMPTY = Annotated[str, Meta(min_length=1)]
KINDS = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class NotExpressible(Exception):  # noqa: N818 - not an error: the caller has a fallback
    """No msgspec type expresses the schema."""


def kinds(declared: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types that a value may have, including null; empty if it may have any."""
    kind = declared.get("type", ())
    return frozenset({kind} if isinstance(kind, str) else kind)


def page_check(properties: Mapping[str, Any], keys: Iterable[str]) -> Callable[[list[dict[str, Any]]], object] | None:
    """A check that raises for a page with rows that do not fit; None if rows have to be processed value by value.

    Args:
        properties: The fields that a row may have, as the schema declares them.
        keys: The fields that it must have.
    """
    try:
        needed = frozenset(keys)
        row = _struct(
            {name: _key(column) if name in needed else column for name, column in properties.items()},
            needed,
            closed=True,
        )
        rows = list[row]  # type: ignore[valid-type] # a type built at run time
        msgspec.convert([], rows)
    except (NotExpressible, TypeError):
        return None
    return lambda page: msgspec.convert(page, rows)


def _key(declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a usable key."""
    names = kinds(declared) - {"null"}
    if not names or not names <= {"integer", "number", "string"}:
        raise NotExpressible
    return {**declared, "type": [*names], "minLength": 1}


def _type(declared: Mapping[str, Any]) -> Any:
    names = kinds(declared)
    if not names:
        return Any
    if not names <= KINDS:
        raise NotExpressible
    # A number may be an integer, too.
    wanted = names - {"integer"} if "number" in names else names
    return Union[tuple(_TYPES[name](declared) for name in sorted(wanted))]  # noqa: UP007 - built at run time


def _string(declared: Mapping[str, Any]) -> Any:
    if declared.get("format") == "date-time":
        return INSTANT
    return NOT_EMPTY if declared.get("minLength") else str


def _array(declared: Mapping[str, Any]) -> Any:
    items = declared.get("items", {})
    if kinds(items) - {"null"} == {"number"}:
        # Numbers with and without a fraction must not be mixed: see `columns`.
        items = {"type": [name if name == "null" else "integer" for name in kinds(items)]}
    return list[_type(items)]  # type: ignore[misc] # a type built at run time


def _object(declared: Mapping[str, Any]) -> Any:
    properties, others = declared.get("properties"), declared.get("additionalProperties")
    if not properties:
        return dict[str, _type(others)] if isinstance(others, dict) else dict[str, Any]  # type: ignore[misc]
    if isinstance(others, dict) and others:
        raise NotExpressible
    return _struct(properties, (), closed=not others)


_TYPES: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "array": _array,
    "boolean": lambda _: bool,
    "integer": lambda _: INTEGER,
    "null": lambda _: None,
    "number": lambda _: float,
    "object": _object,
    "string": _string,
}


def _struct(properties: Mapping[str, Any], needed: Iterable[str], *, closed: bool) -> type[msgspec.Struct]:
    # Any string may be a field's name, but not every one an attribute's.
    attributes = {f"f{position}": name for position, name in enumerate(properties)}
    fields = {attribute: _type(properties[name]) for attribute, name in attributes.items()}
    return msgspec.defstruct(
        "Row",
        [
            (attribute, kind) if attributes[attribute] in needed else (attribute, kind, None)
            for attribute, kind in fields.items()
        ],
        rename=attributes,
        forbid_unknown_fields=closed,
        kw_only=True,
        gc=False,
    )
