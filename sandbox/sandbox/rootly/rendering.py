"""Renders rows as in the API, serialised once and cached until they change."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from sandbox.rootly import relations
from sandbox.rootly.description import description, singular
from sandbox.rootly.store import referred
from sandbox.rootly.times import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sandbox.rootly.description import Read
    from sandbox.rootly.fields import Field
    from sandbox.rootly.settings import RootlySettings
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Id, Row

Teller: TypeAlias = "Callable[[Any], Any]"
_PLAIN = {str, int, float, bool, type(None)}
"""The types of values that are told as they are stored: most."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Renderer:
    """Renders rows as resources.

    Args:
        store: The rows; the renderer watches it for changes.
        settings: The time zone and the cap of side-loaded lists.
    """

    def __init__(self, store: RootlyStore, settings: RootlySettings) -> None:
        self._store = store
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self._tellers: dict[str, list[tuple[str, Teller]]] = {}
        self._shows: dict[str, set[str]] = defaultdict(set)
        self._attributes: dict[str, dict[tuple[str, Id], msgspec.Raw]] = defaultdict(dict)
        self._resources: dict[str, dict[tuple[Any, ...], bytes]] = defaultdict(dict)
        for shape in description().shapes:
            self._tellers[shape] = []
        for shape, fields in description().shapes.items():
            self._tellers[shape] = [(name, self._teller(shape, name, field)) for name, field in fields.items()]
        self._shown_in = _closure(self._shows)
        store.watchers.append(self._forget)

    def resource(self, read: Read, row: Row, includes: Sequence[str] = (), only: frozenset[str] | None = None) -> bytes:
        """A row as a resource object, as JSON; `only` names the wanted attributes and relationships."""
        self._follow_settings()
        key = (read.shape, read.typed, row["id"], *includes, self._settings.include_cap if includes else None, only)
        kept = self._resources[read.table]
        found = kept.get(key)
        if found is None:
            resource = self._resource(read, row, includes)
            found = kept[key] = _encode(resource if only is None else _sparse(resource, only))
        return found

    def side_loaded(self, table: str, row: Row) -> bytes:
        """A row as a member of `included`, as JSON."""
        return self.resource(relations.home(table), row)

    def attributes(self, shape: str, table: str, row: Row) -> msgspec.Raw:
        """The attributes of a row in a shape, as JSON."""
        kept = self._attributes[table]
        key = (shape, row["id"])
        found = kept.get(key)
        if found is None:
            found = kept[key] = msgspec.Raw(_encode({name: tell(row[name]) for name, tell in self._tellers[shape]}))
        return found

    def _resource(self, read: Read, row: Row, includes: Sequence[str]) -> dict[str, Any]:
        told_row: dict[str, Any] = {"id": str(row["id"])}
        if read.typed:
            told_row["type"] = read.table
        if read.table == "alerts":
            told_row["source"] = row["source"]
        told_row["attributes"] = self.attributes(read.shape, read.table, row)
        linked = relations.always(self._store, read, row) | {
            name: relations.linked(self._store, read.table, name, row, self._settings.include_cap) for name in includes
        }
        if linked:
            told_row["relationships"] = {name: {"data": relations.linkage(found)} for name, found in linked.items()}
        return told_row

    def _teller(self, shape: str, name: str, field: Field) -> Teller:
        """A function that renders the value of a column."""
        if field.kind == "list" and field.item is not None:
            item = self._teller(shape, singular(name), field.item)
            # A deleted row is gone from the lists that referred to it.
            return lambda values: None if values is None else [told for told in map(item, values) if told is not None]
        if name == "id" and field.kind == "string":
            return lambda value: None if value is None else str(value)
        table = description().table_of(field.shape) if field.shape else None
        if table is not None:
            self._shown(shape, table)
            return self._other(table, field)
        fields = referred(name, field)
        if fields is not None:
            self._shown(shape, fields[0])
            return self._facts(shape, *fields)
        return self._plain

    def _other(self, table: str, field: Field) -> Teller:
        """Renders an id as its resource: a document, or only the attributes."""

        def tell(row_id: Any) -> Any:
            row = self._store.tables[table].get(row_id)
            if row is None:
                return None
            attributes = self.attributes(field.shape, table, row)
            if field.kind == "copy":
                return attributes
            return {"data": {"id": str(row_id), "type": field.type, "attributes": attributes}}

        return tell

    def _facts(self, shape: str, table: str, fields: Mapping[str, Field]) -> Teller:
        """Renders an id as some fields of its resource."""
        tellers = [(name, self._teller(shape, name, field)) for name, field in fields.items()]

        def tell(row_id: Any) -> Any:
            row = self._store.tables[table].get(row_id)
            return None if row is None else {name: teller(row[name]) for name, teller in tellers}

        return tell

    def _plain(self, value: Any) -> Any:
        if type(value) in _PLAIN:
            return value
        if isinstance(value, datetime):
            return told(value, self._zone)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, dict):
            return {name: self._plain(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self._plain(part) for part in value]
        return value

    def _shown(self, shape: str, table: str) -> None:
        holder = description().table_of(shape)
        if holder is not None:
            self._shows[table].add(holder)

    def _follow_settings(self) -> None:
        if self._settings.timezone != self._zone.key:
            self._zone = ZoneInfo(self._settings.timezone)
            self._attributes.clear()
            self._resources.clear()

    def _forget(self, table: str, row_id: Id) -> None:
        """Drop a changed row from the cache, and everything that may contain it."""
        for shape in description().shapes_of(table):
            self._attributes[table].pop((shape, row_id), None)
        kept = self._resources[table]
        for key in [key for key in kept if key[2] == row_id]:
            del kept[key]
        for other in self._shown_in.get(table, ()):
            self._attributes[other].clear()
            self._resources[other].clear()
        for other in relations.tables_that_link(table):
            self._resources[other].clear()


def _sparse(resource: dict[str, Any], only: frozenset[str]) -> dict[str, Any]:
    """A resource with only the wanted attributes and relationships."""
    told = {**resource, "attributes": _decode(resource["attributes"])}
    return {
        name: {field: value for field, value in part.items() if field in only} if isinstance(part, dict) else part
        for name, part in told.items()
    }


def _closure(shows: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """For every table all tables that contain its rows, at any depth."""
    found: dict[str, set[str]] = {}
    for table in shows:
        seen: set[str] = set()
        ahead = [table]
        while ahead:
            for other in shows.get(ahead.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    ahead.append(other)
        found[table] = seen
    return found
