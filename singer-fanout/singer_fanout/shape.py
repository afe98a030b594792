"""Coerces parts of a response to their expected shape: a malformed part is dropped, not the row around it."""

from __future__ import annotations

from typing import Any


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


def is_identity(value: Any) -> bool:
    """Whether a value can be an id: a non-empty string or an integer."""
    return type(value) in {str, int} and value != ""
