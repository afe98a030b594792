"""Generates values for any documented attribute: of its type, one of its values, and with existing ids."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.rootly.description import description, singular
from sandbox.rootly.references import table_of_class, table_of_id
from sandbox.rootly.store import NUMBERED, referred
from sandbox.rootly.undocumented import undocumented_columns
from sandbox.rootly.values import is_secret, plain, token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.rootly.fields import Field
    from sandbox.rootly.soil import Sprout
    from sandbox.rootly.values import Maker

_NULLS = 0.35


def makers(table: str) -> list[tuple[str, Maker]]:
    """The functions that generate the values of a table's columns."""
    found: dict[str, Maker] = {}
    for shape in description().shapes_of(table):
        fields = description().shapes[shape]
        known = description().documented.get(shape, {})
        apart = undocumented_columns(shape)
        for name, field in fields.items():
            if name in apart:
                found[name] = _apart(table, name, field, known.get(name))
            elif name != "id":
                found[name] = _attribute(table, name, field)
    found["created_at"] = lambda sprout: sprout.created_at
    found["updated_at"] = lambda sprout: sprout.updated_at
    return list(found.items())


def _apart(table: str, name: str, field: Field, known: Field | None) -> Maker:
    """Generates an attribute with a separate generator, so that documented data does not depend on it."""
    make, before = _maker(name, field), None if known is None else _maker(name, known)

    def make_apart(sprout: Sprout) -> Any:
        rng = random.Random(f"{table}/{name}/{sprout.number}")  # noqa: S311 - reproducible on purpose
        apart = replace(sprout, soil=replace(sprout.soil, rng=rng))
        if before is None or known is None:
            return make(apart)
        return _completed(before(sprout), known, field, apart)

    return make_apart


def _completed(value: Any, known: Field, field: Field, sprout: Sprout) -> Any:
    """A value generated as documented, completed with what the documentation lacks."""
    if isinstance(value, list) and known.item is not None and field.item is not None:
        return [_completed(item, known.item, field.item, sprout) for item in value]
    if not isinstance(value, dict) or known.fields is None or field.fields is None:
        return value
    return {
        name: _completed(value[name], known.fields[name], inner, sprout)
        if name in known.fields
        else _maker(name, inner, inside=True)(sprout)
        for name, inner in field.fields.items()
    }


def _attribute(table: str, name: str, field: Field) -> Maker:
    if is_secret(table, name):
        return lambda sprout: sprout.soil.canary(table, name)
    return _maker(name, field)


def _maker(name: str, field: Field, *, inside: bool = False) -> Maker:
    make = _told(name, field, inside=inside)
    return make if not field.nullable else lambda sprout: None if sprout.chance(_NULLS) else make(sprout)


def match_ids(sprout: Sprout, values: dict[str, Any]) -> None:
    """Make every id next to a type one of that type."""
    for name in [name for name in values if name == "type" or name.endswith("_type")]:
        column = "id" if name == "type" else name.removesuffix("_type") + "_id"
        table = table_of_class(values[name]) if column in values and isinstance(values[name], str) else None
        if table is not None:
            row_id = sprout.soil.pick(table)
            values[column] = None if row_id is None else str(row_id)


def _told(name: str, field: Field, *, inside: bool = False) -> Maker:
    if field.values:
        return lambda sprout: sprout.rng.choice(field.values)
    if field.kind == "list" and field.item is not None:
        return _list(name, field.item, inside=inside)
    table = table_of_id(name) or _shown_table(name, field)
    if table is not None and not (inside and field.fields):
        return _id(table, field)
    if field.kind in {"copy", "document"}:
        return _inline(field)
    return _object(field.fields, table) if field.fields else plain(name, field)


def _list(name: str, item: Field, *, inside: bool) -> Maker:
    table = table_of_id(name) or _shown_table(name, item)
    if table is not None and not (inside and item.fields):
        return _ids(table, item)
    if item.values:
        return lambda sprout: sprout.rng.sample(item.values, sprout.rng.randint(0, len(item.values)))
    make = _told(singular(name), item, inside=inside)
    return lambda sprout: [make(sprout) for _ in range(sprout.rng.randint(0, 2))]


def _shown_table(name: str, field: Field) -> str | None:
    """The table of the resources under a name, or None."""
    if field.shape:
        return description().table_of(field.shape)
    found = referred(name, field)
    return None if found is None else found[0]


def _id(table: str, field: Field) -> Maker:
    """The id of a row, of the documented type."""
    if field.kind in {"string", "uuid"} and table in NUMBERED:
        return lambda sprout: None if (row_id := sprout.soil.pick(table)) is None else str(row_id)
    if field.kind == "integer" and table not in NUMBERED:
        return plain("team_id", field)
    return lambda sprout: sprout.soil.pick(table)


def _ids(table: str, item: Field) -> Maker:
    """The ids of some rows, of the documented type."""
    if item.kind in {"string", "uuid"} and table in NUMBERED:
        return lambda sprout: [str(row_id) for row_id in sprout.soil.some(table)]
    if item.kind == "integer" and table not in NUMBERED:
        # Only options of custom fields are referred to by number.
        return lambda sprout: sprout.soil.some("custom_field_options")
    return lambda sprout: sprout.soil.some(table)


def _object(fields: Mapping[str, Field], table: str | None = None) -> Maker:
    """An object; one with some fields of a resource has an existing id."""
    parts = [(name, _maker(name, field, inside=True)) for name, field in fields.items()]

    def make(sprout: Sprout) -> dict[str, Any]:
        values = {name: make_part(sprout) for name, make_part in parts}
        match_ids(sprout, values)
        if table is not None:
            values["id"] = str(sprout.soil.pick(table) or values["id"])
        return values

    return make


def _inline(field: Field) -> Maker:
    """The attributes, or the document, of a resource without its own table."""
    fields = description().shapes[field.shape]
    make = _object(fields)
    if field.kind == "copy":
        return make
    return lambda sprout: {"data": {"id": token(sprout), "type": field.type, "attributes": make(sprout)}}
