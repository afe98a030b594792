"""Parts of an answer as they should be, whatever was sent: what is odd costs itself, not the row around it."""

from __future__ import annotations

from typing import Any


def as_object(value: Any) -> dict[str, Any]:
    """A value that should be an object; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A value that should be a list: one object alone is a list of it, and nothing is an empty one.

    Anything else is a list of something that cannot be read, None.
    """
    if isinstance(value, list):
        return value
    if value in (None, "", {}):
        return []
    return [value if isinstance(value, dict) else None]


def identity(value: Any, name: str = "id") -> str | int | None:
    """What identifies a thing that is told as an object, or by its id alone.

    Args:
        value: The object, or the id.
        name: The field of the object that holds the id.
    """
    if isinstance(value, dict):
        value = value.get(name)
    # As in `is_identity`, without the call: this is asked for several times of every row.
    return value if type(value) in {str, int} and value != "" else None


def is_identity(value: Any) -> bool:
    """Whether a value can be what identifies a thing: a text that says something, or a whole number."""
    return type(value) in {str, int} and value != ""
