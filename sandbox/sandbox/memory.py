"""An in-memory store: tables of plain rows, and their parents and children."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from datetime import datetime

    from sandbox.tables import Id, Row, Table


class MemoryStore:
    """Tables of plain rows; times are aware UTC datetimes.

    Rows returned by `rows`, `find`, `get` and the writes are copies; change them with `update`, which maintains the
    indexes.

    Args:
        tables: Returns the tables; called when they are first needed.
        created: The column with the time at which a row was created.
        now: Returns the time in the API's precision.
        belongings: By table, the tables whose rows are deleted with its rows, each with the index that finds them.

    Attributes:
        lock: Held while a request is answered and while a row is changed.
    """

    def __init__(
        self,
        tables: Iterable[Table],
        *,
        created: str,
        now: Callable[[], datetime],
        belongings: Mapping[str, Iterable[tuple[str, str]]],
    ) -> None:
        self._source = tables
        self._tables: dict[str, Table] | None = None
        self.lock = threading.RLock()
        self._created = created
        self._now = now
        self._belongings = belongings

    @property
    def tables(self) -> dict[str, Table]:
        """The tables by name, for the code that answers requests."""
        if self._tables is None:
            with self.lock:
                if self._tables is None:
                    self._tables = {table.name: table for table in self._source}
        return self._tables

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows of a table, in its order."""
        with self.lock:
            return [dict(row) for row in self.tables[table]]

    def find(self, table: str, index: str, key: Hashable) -> list[Row]:
        """Copies of the rows that an index finds, in the table's order.

        Raises:
            KeyError: There is no such table or index.
        """
        with self.lock:
            return [dict(row) for row in self.tables[table].find(index, key)]

    def get(self, table: str, row_id: Id) -> Row | None:
        """A copy of a row, or None."""
        with self.lock:
            row = self.tables[table].get(row_id)
            return None if row is None else dict(row)

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row, created now unless the values say otherwise, and return a copy of it.

        Raises:
            KeyError: There is no such table or column.
        """
        with self.lock:
            target = self.tables[table]
            if self._created in target.columns:
                values = {self._created: self._now(), **values}
            return dict(target.insert(values))

    def update(self, table: str, row_id: Id, **values: Any) -> Row:
        """Change a row and return a copy of it.

        Raises:
            KeyError: There is no such table, row or column.
        """
        with self.lock:
            return dict(self.tables[table].update(row_id, values))

    def delete(self, table: str, row_id: Id) -> None:
        """Hard-delete a row and everything that belongs to it.

        Raises:
            KeyError: There is no such table or row.
        """
        with self.lock:
            self.tables[table].delete(row_id)
            for other, index in self._belongings.get(table, ()):
                for row in self.tables[other].find(index, row_id):
                    self.delete(other, row["id"])
