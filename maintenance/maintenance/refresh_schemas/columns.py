"""Turns a shape into the columns of a stream, by the rules with which the tap makes rows of responses.

A document or a copy of a resource that has a stream of its own becomes its id and name; any other stays, without its
envelope. All columns except keys are nullable: what the document promises is not always what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from tap_rootly.left_out import is_secret_name, why_left_out
from tap_rootly.records import LABELS, singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from maintenance.refresh_schemas.shapes import Field, Shape
    from maintenance.refresh_schemas.streams import StreamFacts

Column: TypeAlias = "dict[str, Any]"

TEXT: Column = {"type": ["string", "null"]}
TIME: Column = {"type": ["string", "null"], "format": "date-time"}
JSON: Column = {"type": ["object", "null"]}

NOTES: tuple[str, ...] = ("values", "deprecated")
"""Notes of a column beside its JSON schema: the documented values, and whether it is deprecated."""
TIMES_BY_ANOTHER_NAME = frozenset({"scheduled_for", "scheduled_until"})
"""Times that cannot be recognised by their format or the ending of their name."""
COPIES_OF_USERS = frozenset({"alert_event_user", "user_flat_response"})
"""Components that repeat a user, with other names for its fields."""
PAIRED = frozenset({"labels"})
"""Objects whose keys are defined by users: they become lists of key and value."""


class Columns:
    """The columns of all streams.

    Args:
        streams: The streams of the tap.
        shapes: Their shapes in the document, by stream.
    """

    def __init__(self, streams: Iterable[StreamFacts], shapes: Mapping[str, Shape]) -> None:
        self._streams = {stream.name: stream for stream in streams}
        self._shapes = shapes
        known = [shape for shape in shapes.values() if "attributes" in shape]
        self._kinds = {shape["kind"] for shape in known}
        self._components = {shape["component"] for shape in known} | COPIES_OF_USERS
        self._resources = frozenset(singular(name) for name in self._streams)

    def of(self, name: str) -> dict[str, Column]:
        """The columns of a stream, in the order of the document.

        Args:
            name: The stream.

        Returns:
            A JSON schema without description for each column, with the notes `values`, the documented ones, and
            `deprecated`.
        """
        stream, shape = self._streams[name], self._shapes[name]
        columns: dict[str, Column] = dict.fromkeys(stream.keys, TEXT)
        if not stream.is_link:
            columns.update(self._own(stream, shape))
        columns.update(self._from_parent(stream))
        return {
            name: {**column, "type": column["type"][0]} if name in self._never_null(stream) else column
            for name, column in columns.items()
        }

    @property
    def resources(self) -> frozenset[str]:
        """Singular names of the streams' resources: `incident`, `schedule_rotation`."""
        return self._resources

    def _from_parent(self, stream: StreamFacts) -> Iterator[tuple[str, Column]]:
        parent = self.of(stream.parent) if stream.parent else {}
        for name, source in stream.parent_fields.items():
            kind = parent[source]["type"]
            yield name, {**parent[source], "type": [kind, "null"] if isinstance(kind, str) else kind}

    def _never_null(self, stream: StreamFacts) -> set[str]:
        """The keys of a row and of its parent, which no response omits."""
        parents = self._never_null(self._streams[stream.parent]) if stream.parent else set()
        return {*stream.keys, *(name for name, source in stream.parent_fields.items() if source in parents)}

    def _own(self, stream: StreamFacts, shape: Shape) -> Iterator[tuple[str, Column]]:
        if "attributes" not in shape:
            yield from self._declared(shape["parameters"])
            yield "data", JSON
            return
        fields = {
            name: field
            for name, field in shape["attributes"].items()
            if name != "id" and why_left_out(stream.name, name) is None
        }
        declared = dict(self._declared(fields))
        for name, relation in shape["relationships"].items():
            if relation == "many":
                declared.setdefault(f"{singular(name)}_ids", _list_of(TEXT))
                continue
            declared.setdefault(f"{name}_id", TEXT)
            if relation == "one_of_any_type":
                declared.setdefault(f"{name}_type", TEXT)
        for column in stream.relations.values():
            declared[column] = _list_of(TEXT) if column.endswith("_ids") else TEXT
        yield from declared.items()

    def _declared(self, fields: Mapping[str, Field]) -> Iterator[tuple[str, Column]]:
        """The columns of an object's fields; an attribute takes precedence over a copy with the same name."""
        for name, field in fields.items():
            if is_secret_name(name):
                continue
            if not self._refers(name, field):
                yield name, self._column(name, field)
                continue
            for column, declared in _references(name, field):
                if column not in fields:
                    yield column, declared

    def _refers(self, name: str, field: Field) -> bool:
        """Whether a field holds one or several resources that have a stream of their own."""
        item = field["items"] if field["type"] == "array" else field
        if item["type"] != "object":
            return False
        if "document" in item:
            return item["document"] in self._kinds or item["document"] is None
        if "copy" in item:
            return item["copy"] in self._components
        if "properties" not in item:
            return field is item and (name == "user" or name.endswith("_by"))
        return field is item and "id" in item["properties"] and name in self._resources

    def _column(self, name: str, field: Field) -> Column:
        return {**self._typed(name, field), **{note: field[note] for note in NOTES if note in field}}

    def _typed(self, name: str, field: Field) -> Column:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        if kinds == ["object"] and name in PAIRED and "properties" not in field:
            value = {"type": ["string", "number", "boolean", "null"]}
            return _list_of({"type": ["object", "null"], "properties": {"key": TEXT, "value": value}})
        if kinds == ["string"] and _is_time(name, field):
            return TIME
        column: Column = {"type": [*kinds, "null"]}
        if kinds == ["string"] and field.get("format") == "date":
            column["format"] = "date"
        if "items" in field:
            column["items"] = self._column(name, field["items"])
        if "properties" in field:
            identity = {"id": TEXT} if "document" in field else {}
            column["properties"] = {**identity, **dict(self._declared(field["properties"]))}
        return column


def _references(name: str, field: Field) -> Iterator[tuple[str, Column]]:
    """The columns for a reference: id and name of one resource, ids and names of several.

    Documents of several resources give only ids: their names are one join away, and a second list of the same length
    would be of no use. Flat copies need not have ids.
    """
    many = field["type"] == "array"
    item = field["items"] if many else field
    properties = item.get("properties", {})
    identity: Column = {"type": [properties["id"]["type"], "null"]} if "id" in properties else TEXT
    if not many:
        yield f"{name}_id", identity
        if not properties or any(label in properties for label in LABELS):
            yield f"{name}_name", TEXT
        return
    yield f"{singular(name)}_ids", _list_of(identity)
    if "document" not in item:
        yield f"{singular(name)}_names", _list_of(TEXT)


def _is_time(name: str, field: Field) -> bool:
    return field.get("format") == "date-time" or name.endswith("_at") or name in TIMES_BY_ANOTHER_NAME


def _list_of(items: Column) -> Column:
    return {"type": ["array", "null"], "items": items}
