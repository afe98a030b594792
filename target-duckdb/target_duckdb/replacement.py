"""What `overwrite` loads: a table of its own, beside the one whose place it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_duckdb.table import Table

if TYPE_CHECKING:
    from target_duckdb.database import Database


class Replacement:
    """Rows that may become a table's only ones.

    They wait in a temporary table, which no other connection sees, and which is gone with the process that filled it.

    Args:
        database: Where the table is.
        replaced: The table whose place may be taken.

    Attributes:
        table: The table that is filled.
        replaced: The table whose place it may take.
    """

    def __init__(self, database: Database, replaced: Table) -> None:
        self.table = Table(database, replaced.name, is_temporary=True)
        self.replaced = replaced
        self._database = database

    def rows_at_stake(self) -> int:
        """How many rows would be replaced."""
        return self.replaced.count() if self.replaced.columns() else 0

    def take_place(self) -> None:
        """Put the rows, and the columns they have, where the others were."""
        self._database.atomically(f"cannot replace the table {self.replaced.name}", self._take_place)

    def _take_place(self) -> None:
        self.replaced.drop()
        self.replaced.copy_of(self.table)
        self.table.drop()
