"""The data of the Instatus server: rows with the API's column names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.ids import opaque_ids
from sandbox.instatus.columns import COLUMNS, DEPENDENTS, parent_columns
from sandbox.instatus.times import utc_now
from sandbox.memory import MemoryStore
from sandbox.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from sandbox.tables import Id, Row

_ID_LENGTH = 24


class InstatusStore(MemoryStore):
    """Tables of plain rows: ids are strings, times aware UTC datetimes in whole milliseconds.

    The columns with a row's parents are indexed: `find("incidents", "siteId", page_id)`. Deletes are hard and cascade.

    Args:
        seed: The seed of the ids.
    """

    def __init__(self, seed: int) -> None:
        tables = [_table(name, columns, seed) for name, columns in COLUMNS.items()]
        super().__init__(tables, created="createdAt", now=utc_now, belongings=DEPENDENTS)

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row, created and changed now unless the values say otherwise, and return a copy of it.

        Raises:
            KeyError: There is no such table or column.
        """
        if "updatedAt" in self.tables[table].columns:
            values = {"createdAt": (now := utc_now()), "updatedAt": now, **values}
        return super().insert(table, **values)

    def update(self, table: str, row_id: Id, **values: Any) -> Row:
        """Change a row and return a copy of it; `updatedAt` is now unless given.

        Raises:
            KeyError: There is no such table, row or column.
        """
        if "updatedAt" in self.tables[table].columns:
            values = {"updatedAt": utc_now(), **values}
        return super().update(table, row_id, **values)

    def delete(self, table: str, row_id: Id) -> None:
        """Delete a row and its children; the members of a group stay, without a group.

        Raises:
            KeyError: There is no such table or row.
        """
        with self.lock:
            super().delete(table, row_id)
            if table == "components":
                for member in self.find("components", "groupId", row_id):
                    self.update("components", member["id"], groupId=None)


def _table(name: str, columns: Mapping[str, Any], seed: int) -> Table:
    new_id = opaque_ids(seed, name, prefix="c", length=_ID_LENGTH)
    return Table(name, columns, {column: _key(column) for column in parent_columns(name)}, new_id)


def _key(column: str) -> Callable[[Row], Hashable]:
    return lambda row: row[column]
