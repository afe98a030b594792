"""Coerces parts of a response to their expected shape: a malformed part is dropped, not the row around it."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_ID = itemgetter("id")
_KINDS_OF_IDS = {str, int}


def as_object(value: Any) -> dict[str, Any]:
    """Return the value if it is an object; an empty object otherwise."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return the value as a list: a single object is wrapped, and null becomes an empty list.

    Anything else becomes `[None]`, a list with one unreadable element.
    """
    if isinstance(value, list):
        return value
    if value in (None, "", {}):
        return []
    return [value if isinstance(value, dict) else None]


def identity(value: Any, name: str = "id") -> str | int | None:
    """The id of something sent either as an object or as its bare id.

    Args:
        value: The object, or the id.
        name: The field of the object that holds the id.
    """
    if isinstance(value, dict):
        value = value.get(name)
    # Same as `is_identity`, inlined because it runs several times per row.
    return value if type(value) in {str, int} and value != "" else None


def identities(values: Sequence[Any]) -> Sequence[str | int | None]:
    """The ids of many things, each as `identity` tells it, without a call for each where all are objects with an id."""
    try:
        ids = list(map(_ID, values))
    except (LookupError, TypeError):
        return [identity(value) for value in values]
    if set(map(type, values)) == {dict} and set(map(type, ids)) <= _KINDS_OF_IDS and "" not in ids:
        return ids
    return [identity(value) for value in values]


def is_identity(value: Any) -> bool:
    """Whether a value can be an id: a non-empty string or an integer."""
    return type(value) in {str, int} and value != ""
