"""Fields that the API was seen to send and the provider's document lacks, each with the source of the fact.

They are kept in a separate file of shapes, which is merged with the shapes read from the document. Fields that the
document has since gained are reported, so that they can be removed from the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from maintenance.refresh_schemas.shapes import Field, Shape

ADDENDUM = Path(__file__).with_name("addendum.json")


class Addendum:
    """The added shapes.

    Args:
        facts: By stream: `source`, a sentence, and parts of a shape: `attributes`, and for streams whose rows have no
            route in the document, `kind`, `component` and `relationships` as well.
    """

    def __init__(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        self._facts = facts

    @classmethod
    def ours(cls) -> Addendum:
        """The addendum stored beside this module."""
        return cls(json.loads(ADDENDUM.read_text(encoding="utf-8")))

    def added_to(self, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
        """The shapes of the document, completed."""
        added = dict(shapes)
        for stream, facts in self._facts.items():
            own = {name: value for name, value in facts.items() if name != "source"}
            if stream in shapes:
                own["attributes"] = _merged(shapes[stream]["attributes"], facts["attributes"])
            added[stream] = {**shapes.get(stream, {}), **own}
        return added

    def documented(self, shapes: Mapping[str, Shape]) -> Iterator[str]:
        """The fields that the document now has, too."""
        for stream, facts in self._facts.items():
            if stream in shapes:
                yield from _common(stream, shapes[stream]["attributes"], facts["attributes"])


def _inside(field: Field) -> Mapping[str, Field] | None:
    """The fields of an object, or of the objects in a list."""
    properties: Mapping[str, Field] | None = field.get("items", field).get("properties")
    return properties


def _merged(fields: Mapping[str, Field], more: Mapping[str, Field]) -> dict[str, Field]:
    return {**fields, **{name: _with(fields.get(name), field) for name, field in more.items()}}


def _with(field: Field | None, more: Field) -> Field:
    known, new = _inside(field or {}), _inside(more)
    if field is None or known is None or new is None:
        return more if field is None else field
    properties = _merged(known, new)
    if "items" in field:
        return {**field, "items": {**field["items"], "properties": properties}}
    return {**field, "properties": properties}


def _common(path: str, fields: Mapping[str, Field], more: Mapping[str, Field]) -> Iterator[str]:
    for name, field in more.items():
        if name not in fields:
            continue
        known, new = _inside(fields[name]), _inside(field)
        if known is None or new is None:
            yield f"{path}.{name}"
        else:
            yield from _common(f"{path}.{name}", known, new)
