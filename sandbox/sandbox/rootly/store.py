"""The data of the Rootly server: a table for every type of resource."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from sandbox.ids import uuids
from sandbox.memory import MemoryStore
from sandbox.rootly.description import description, singular
from sandbox.rootly.references import table_named
from sandbox.rootly.relations import CHILDREN
from sandbox.rootly.times import in_milliseconds
from sandbox.tables import Id, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.rootly.fields import Field
    from sandbox.tables import Row

NUMBERED = frozenset({"audits", "custom_field_options", "custom_fields", "users"})
"""Tables whose ids are integers; all others have UUIDs."""
_UNTOLD: Mapping[str, tuple[str, ...]] = {"incidents": ("cause_ids", "subscriber_ids")}
"""Columns of rows that are only visible in relationships."""
_ALWAYS = ("created_at", "updated_at")


def utc_now() -> datetime:
    """Now, in whole milliseconds, the precision of the API."""
    return in_milliseconds(datetime.now(timezone.utc))


def ids_of(table: str, seed: int) -> Callable[[int], Id]:
    """A function that makes a table's ids from row numbers."""
    return int if table in NUMBERED else uuids(seed, table)


def _tables(seed: int) -> dict[str, Table]:
    api = description()
    columns: dict[str, dict[str, Any]] = {table: {} for table in api.tables}
    indexes: dict[str, set[str]] = {table: set() for table in api.tables}
    for shape, fields in api.shapes.items():
        table = api.table_of(shape)
        if table is not None:
            columns[table].update(dict.fromkeys(fields))
        for name, inner in _told_of_others(fields):
            columns[name].update(dict.fromkeys(inner))
    for read in api.reads.values():
        if read.table and read.parent_column:
            columns[read.table].setdefault(read.parent_column, None)
            indexes[read.table].add(read.parent_column)
        for name in read.relationships:
            columns[read.table].setdefault(f"{name}_id", None)
        if read.only:
            indexes[read.table].add(read.only[0])
    for table, column in CHILDREN.values():
        columns[table].setdefault(column, None)
        indexes[table].add(column)
    for table, more in _UNTOLD.items():
        columns[table].update(dict.fromkeys(more))
    return {table: _table(table, columns[table], indexes[table], seed) for table in columns}


def _table(name: str, columns: dict[str, Any], indexed: set[str], seed: int) -> Table:
    columns = {column: None for column in (*columns, *_ALWAYS) if column != "id"}
    return Table(name, columns, {column: _column(column) for column in sorted(indexed)}, ids_of(name, seed))


def _column(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _told_of_others(fields: Mapping[str, Field]) -> list[tuple[str, Mapping[str, Field]]]:
    """Inline objects with some fields of another resource: its table and these fields."""
    found = []
    for name, field in fields.items():
        inner = referred(name, field)
        if inner is not None:
            found.append(inner)
            found += _told_of_others(inner[1])
    return found


def referred(name: str, field: Field) -> tuple[str, Mapping[str, Field]] | None:
    """The table and the fields of another resource that an inline object, or a list of them, contains; or None."""
    if field.kind == "list" and field.item is not None:
        return referred(singular(name), field.item)
    if not field.fields or "id" not in field.fields:
        return None
    table = table_named(name)
    tells_name = "name" in field.fields or "title" in field.fields
    return (table, field.fields) if table is not None and tells_name else None


class RootlyStore(MemoryStore):
    """Tables of plain rows, one for each type of resource, with the API's attributes as columns.

    Times are aware UTC datetimes in whole milliseconds. Where the API shows another resource inside a row (the
    severity of an incident), the row holds its id, or the list of the ids.

    Args:
        seed: The seed of the ids.
        sow: Fills the tables when they are first needed.

    Attributes:
        watchers: Called with the table and the id of every row that was added, changed or deleted.
    """

    def __init__(self, seed: int = 0, sow: Callable[[Mapping[str, Table]], None] | None = None) -> None:
        super().__init__(_grown(seed, sow), created="created_at", now=utc_now, belongings=_belongings())
        self.watchers: list[Callable[[str, Id], None]] = []

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row and return a copy of it; `created_at` and `updated_at` are now unless given."""
        with self.lock:
            row = super().insert(table, **{"updated_at": utc_now(), **values})
            self._tell(table, row["id"])
            return row

    def update(self, table: str, row_id: Id, *, touch: bool = True, **values: Any) -> Row:
        """Change a row and return a copy of it; `touch` sets `updated_at` to now unless it is given.

        Raises:
            KeyError: There is no such row or column.
        """
        with self.lock:
            row = super().update(table, row_id, **({"updated_at": utc_now(), **values} if touch else values))
            self._tell(table, row_id)
            return row

    def delete(self, table: str, row_id: Id) -> None:
        """Delete a row and all of its children.

        Raises:
            KeyError: There is no such row.
        """
        with self.lock:
            super().delete(table, row_id)
            self._tell(table, row_id)

    def _tell(self, table: str, row_id: Id) -> None:
        for watcher in self.watchers:
            watcher(table, row_id)


def _grown(seed: int, sow: Callable[[Mapping[str, Table]], None] | None) -> Iterator[Table]:
    tables = _tables(seed)
    if sow is not None:
        sow(tables)
    yield from tables.values()


def _belongings() -> dict[str, list[tuple[str, str]]]:
    """By table, the child tables that deletes cascade to, with the parent's column; alerts outlive incidents."""
    found: dict[str, set[tuple[str, str]]] = {}
    for read in description().reads.values():
        if read.parent_table and read.table and read.table != "alerts":
            found.setdefault(read.parent_table, set()).add((read.table, read.parent_column))
    for parent, name in CHILDREN:
        table, column = CHILDREN[parent, name]
        if table in description().side_loaded:
            found.setdefault(parent, set()).add((table, column))
    return {table: sorted(children) for table, children in found.items()}
