"""Answers as the provider's document describes them: every field filled in, copies of other resources whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maintenance.refresh_schemas.shapes import Field, Shape

TIME = "2026-03-01T09:30:00.250-08:00"
USER = {"data": {"id": "17", "type": "users", "attributes": {"full_name": "Ada Lovelace", "email": "ada@example.com"}}}
VALUES: Mapping[str, Any] = {
    "string": "text",
    "integer": 7,
    "number": 1.5,
    "boolean": True,
    "object": {"depth": {"a": 1}},
}


def resource(shape: Shape) -> dict[str, Any]:
    """A resource of this shape."""
    return {
        "id": "9c2f",
        "type": shape["kind"],
        "attributes": attributes(shape["attributes"]),
        "relationships": {
            name: {"data": {"id": "5", "type": name} if one == "one" else [{"id": "5", "type": name}]}
            for name, one in shape["relationships"].items()
        },
    }


def attributes(fields: Mapping[str, Field]) -> dict[str, Any]:
    """A value for every field."""
    return {name: value(name, field) for name, field in fields.items()}


def value(name: str, field: Field) -> Any:
    """A value that the document allows."""
    kind = field["type"] if isinstance(field["type"], str) else field["type"][0]
    if kind == "array":
        return [value(name, field["items"])]
    if kind == "object":
        return _object(name, field)
    if kind == "string" and (
        name.endswith("_at") or field.get("format") == "date-time" or name.startswith("scheduled_")
    ):
        return TIME
    return "2026-03-01" if field.get("format") == "date" else VALUES[kind]


def _object(name: str, field: Field) -> Any:
    if "document" in field:
        return {"data": {"id": "3", "type": field["document"], "attributes": attributes(field["properties"])}}
    if "properties" in field:
        return attributes(field["properties"])
    if name == "labels":
        return {"region": "eu"}
    return USER if name == "user" or name.endswith("_by") else VALUES["object"]
