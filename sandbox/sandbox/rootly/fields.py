"""The types of attributes, as in `routes.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields: TypeAlias = "Mapping[str, Field]"


@dataclass(frozen=True)
class Field:
    """An attribute.

    Attributes:
        kind: `string`, `integer`, `number`, `boolean`, `date-time`, `date`, `time`, `uuid`, `uri`, `any`, or
            `list`, `object`, `copy` (another resource's attributes), `document` (another resource as a document).
        nullable: Whether it may be null.
        values: The documented values; empty for any.
        item: The elements of a list.
        fields: The fields of an object; None for any.
        shape: The shape of a copy or document.
        type: The resource type of a document.
    """

    kind: str
    nullable: bool = False
    values: tuple[Any, ...] = ()
    item: Field | None = None
    fields: Fields | None = field(default=None, hash=False)
    shape: str = ""
    type: str = ""


def parse_fields(described: Mapping[str, Any]) -> dict[str, Field]:
    """Parse the fields of an object."""
    return {name: parse_field(value) for name, value in described.items()}


def parse_field(described: Any) -> Field:
    """Parse a field from its short form."""
    if isinstance(described, str):
        return Field(described.rstrip("?"), described.endswith("?"))
    if isinstance(described, list):
        kind, *values = described
        return Field(kind.rstrip("?"), kind.endswith("?"), tuple(values))
    if "any" in described:
        first, *others = (parse_field(one) for one in described["any"])
        return first if any(other.shape or other.fields for other in others) else Field("any", first.nullable)
    nullable = described.get("null", False)
    if "list" in described:
        return Field("list", nullable, item=parse_field(described["list"]))
    if "object" in described:
        return Field("object", nullable, fields=parse_fields(described["object"]))
    kind = "copy" if "copy" in described else "document"
    return Field(kind, nullable, shape=described[kind], type=described.get("type", ""))
