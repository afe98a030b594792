"""What `overwrite` loads into: a separate table, which may replace the stream's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_duckdb.table import Table

if TYPE_CHECKING:
    from target_duckdb.database import Database


class Replacement:
    """Rows that may replace all rows of a table.

    They are kept in a temporary table, which no other connection sees and which ends with the process.

    Args:
        database: The database of the table.
        replaced: The table that may be replaced.

    Attributes:
        table: The table that is loaded into.
        replaced: The table that it may replace.
    """

    def __init__(self, database: Database, replaced: Table) -> None:
        self.table = Table(database, replaced.name, is_temporary=True)
        self.replaced = replaced
        self._database = database

    def rows_at_stake(self) -> int:
        """Number of rows that would be replaced."""
        return self.replaced.count() if self.replaced.columns() else 0

    def take_place(self) -> None:
        """Replace the rows of the other table, with its columns, by these. It has to be called in a transaction."""
        self.replaced.drop()
        self.replaced.copy_of(self.table)
        self.table.drop()
