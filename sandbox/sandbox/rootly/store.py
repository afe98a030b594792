"""The data of the Rootly server: a table for every type of resource."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from hashlib import md5
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sandbox.rootly.description import description
from sandbox.rootly.references import table_named
from sandbox.rootly.relations import CHILDREN
from sandbox.tables import Id, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.rootly.fields import Field
    from sandbox.tables import Row

NUMBERED = frozenset({"audits", "custom_field_options", "custom_fields", "users"})
"""Tables whose ids are integers; all others have UUIDs."""
MORE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "alerts": ("source_id",),
    "escalation_policies": ("created_at",),
    "incidents": ("cause_ids", "subscriber_ids", "role_user_ids"),
    "shifts": ("created_at", "updated_at"),
    "users": ("role_id", "on_call_role_id"),
}
"""What rows hold beside what the API tells of them."""
ALWAYS = ("created_at", "updated_at")


def utc_now() -> datetime:
    """Now, in whole milliseconds: the API knows nothing finer."""
    now = datetime.now(timezone.utc)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def ids_of(table: str, seed: int) -> Callable[[int], Id]:
    """What makes the ids of a table out of the numbers of its rows."""
    if table in NUMBERED:
        return int
    return lambda number: str(
        UUID(bytes=md5(f"{seed}/{table}/{number}".encode(), usedforsecurity=False).digest(), version=4)
    )


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
    for table, more in MORE_COLUMNS.items():
        columns[table].update(dict.fromkeys(more))
    return {table: _table(table, columns[table], indexes[table], seed) for table in columns}


def _table(name: str, columns: dict[str, Any], indexed: set[str], seed: int) -> Table:
    columns = {column: None for column in (*columns, *ALWAYS) if column != "id"}
    return Table(name, columns, {column: _column(column) for column in sorted(indexed)}, ids_of(name, seed))


def _column(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]


def _told_of_others(fields: Mapping[str, Field]) -> list[tuple[str, Mapping[str, Field]]]:
    """Inline objects that tell some facts of another resource: its table and these facts."""
    found = []
    for name, field in fields.items():
        inner = referred(name, field)
        if inner is not None:
            found.append(inner)
            found += _told_of_others(inner[1])
    return found


def referred(name: str, field: Field) -> tuple[str, Mapping[str, Field]] | None:
    """The table and the facts that an inline object, or a list of them, tells of another resource; or None."""
    if field.kind == "list" and field.item is not None:
        return referred(_one_of(name), field.item)
    if not field.fields or "id" not in field.fields:
        return None
    table = table_named(name)
    tells_name = "name" in field.fields or "title" in field.fields
    return (table, field.fields) if table is not None and tells_name else None


def _one_of(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


class RootlyStore:
    """Tables of plain rows, one for each type of resource, with the API's attributes as columns.

    Times are aware UTC datetimes in whole milliseconds. Where the API shows another resource inside a row (the
    severity of an incident), the row holds its id, or the list of the ids. Rows that are handed out are copies;
    change them with `update`, which keeps the caches right.

    Args:
        seed: The seed of the ids.
        sow: Fills the tables when they are first asked for.

    Attributes:
        lock: Held while a request is answered and while a row is changed.
        watchers: Called with the table and the id of every row that was added, changed or deleted.
    """

    def __init__(self, seed: int = 0, sow: Callable[[Mapping[str, Table]], None] | None = None) -> None:
        self._seed = seed
        self._sow = sow
        self._tables: dict[str, Table] | None = None
        self.lock = threading.RLock()
        self.watchers: list[Callable[[str, Id], None]] = []

    @property
    def tables(self) -> dict[str, Table]:
        """The tables themselves, for the code that answers requests."""
        if self._tables is None:
            with self.lock:
                if self._tables is None:
                    tables = _tables(self._seed)
                    if self._sow is not None:
                        self._sow(tables)
                    self._tables = tables
        return self._tables

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows of a table, oldest first."""
        with self.lock:
            return [dict(row) for row in self.tables[table]]

    def get(self, table: str, row_id: Id) -> Row | None:
        """A copy of a row, or None."""
        with self.lock:
            row = self.tables[table].get(row_id)
            return None if row is None else dict(row)

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row and return a copy of it; `created_at` and `updated_at` are now unless given."""
        with self.lock:
            now = utc_now()
            row = self.tables[table].insert({"created_at": now, "updated_at": now, **values})
            self._tell(table, row["id"])
            return dict(row)

    def update(self, table: str, row_id: Id, *, touch: bool = True, **values: Any) -> Row:
        """Change a row and return a copy of it; `touch` sets `updated_at` to now unless it is given.

        Raises:
            KeyError: There is no such row or column.
        """
        with self.lock:
            row = self.tables[table].update(row_id, {"updated_at": utc_now(), **values} if touch else values)
            self._tell(table, row_id)
            return dict(row)

    def delete(self, table: str, row_id: Id) -> None:
        """Delete a row and, with it, all that hangs from it.

        Raises:
            KeyError: There is no such row.
        """
        with self.lock:
            for child, column in _children(table):
                for row in self.tables[child].find(column, row_id):
                    self.delete(child, row["id"])
            self.tables[table].delete(row_id)
            self._tell(table, row_id)

    def _tell(self, table: str, row_id: Id) -> None:
        for watcher in self.watchers:
            watcher(table, row_id)


def _children(table: str) -> list[tuple[str, str]]:
    """The tables whose rows go with a row of this table, and the column that names it."""
    reads = description().reads.values()
    return sorted(
        {
            (read.table, read.parent_column)
            for read in reads
            if read.parent_table == table and read.table and read.table != "alerts"
        }
    )
