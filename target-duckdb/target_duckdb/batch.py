"""Rows on their way into a table: collected one by one, applied as a whole."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from target_duckdb.errors import DatabaseError, shorten
from target_duckdb.names import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_duckdb.database import Database
    from target_duckdb.table import Column, Table

_STAGED = "singer_batch"

Row = tuple[Any, ...]


class Batch:
    """Converted rows for one table.

    The statements name Arrow's columns by position, so that no property name has to survive two dialects of quoting.

    Args:
        columns: The columns of the rows, in the order of their values.
        keys: Names of the columns that identify a row; none if nothing does.
        tombstone: Name of the column that marks a deleted row, where marked rows are to be deleted; None otherwise.
    """

    def __init__(self, columns: Sequence[Column], keys: Sequence[str], tombstone: str | None = None) -> None:
        self.rows: list[Row] = []
        self._columns = columns
        self._key_positions = [position for position, column in enumerate(columns) if column.name in keys]
        self._tombstone = tombstone

    def append_to(self, database: Database, table: Table) -> None:
        """Insert every row.

        Args:
            database: The database, in a transaction.
            table: The table.
        """
        names = ", ".join(quote(column.name) for column in self._columns)
        with database.lend(_STAGED, _to_arrow(self._columns, self.rows)):
            database.execute(f"INSERT INTO {table.sql} ({names}) {self._select()}")

    def merge_into(self, database: Database, table: Table) -> None:
        """Update the rows whose keys are in the table and insert the others; the last of several rows with a key counts.

        Args:
            database: The database, in a transaction.
            table: The table.
        """
        rows = self._last_of_each_key()
        with database.lend(_STAGED, _to_arrow(self._columns, rows)):
            database.execute(self._merge_statement(table, rows))

    def _last_of_each_key(self) -> list[Row]:
        key_of = operator.itemgetter(*self._key_positions)
        last = {key_of(row): index for index, row in enumerate(self.rows)}
        return self.rows if len(last) == len(self.rows) else [self.rows[index] for index in sorted(last.values())]

    def _merge_statement(self, table: Table, rows: list[Row]) -> str:
        names = [quote(column.name) for column in self._columns]
        keys = [names[position] for position in self._key_positions]
        changed = [name for name in names if name not in keys]
        clauses = []
        insert_if = ""
        if self._tombstone is not None:
            mark = f"new_row.{quote(self._tombstone)}"
            clauses.append(f"WHEN MATCHED AND {mark} IS NOT NULL THEN DELETE")
            insert_if = f" AND {mark} IS NULL"
        if changed:
            updates = ", ".join(f"{name} = new_row.{name}" for name in changed)
            clauses.append(f"WHEN MATCHED THEN UPDATE SET {updates}")
        inserted = ", ".join(f"new_row.{name}" for name in names)
        clauses.append(f"WHEN NOT MATCHED{insert_if} THEN INSERT ({', '.join(names)}) VALUES ({inserted})")
        return (
            f"MERGE INTO {table.sql} AS old_row USING ({self._select()}) AS new_row"
            f" ON {self._same_key(keys, rows)} {' '.join(clauses)}"
        )

    def _same_key(self, keys: list[str], rows: list[Row]) -> str:
        if any(row[position] is None for row in rows for position in self._key_positions):
            # Null equals null only inside of a row value. IS NOT DISTINCT FROM says the same and compares every
            # pair of rows, which takes minutes where this takes milliseconds.
            old, new = (", ".join(f"{side}.{key}" for key in keys) for side in ("old_row", "new_row"))
            return f"row({old}) = row({new})"
        return " AND ".join(f"old_row.{key} = new_row.{key}" for key in keys)

    def _select(self) -> str:
        listed = ", ".join(
            f"CAST(c{position} AS {column.type.sql}) AS {quote(column.name)}"
            for position, column in enumerate(self._columns)
        )
        return f"SELECT {listed} FROM {_STAGED}"


def _to_arrow(columns: Sequence[Column], rows: list[Row]) -> pa.Table:
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = []
    for column, column_values in zip(columns, values, strict=True):
        try:
            arrays.append(pa.array(column_values, column.type.arrow))
        except (pa.ArrowException, UnicodeError, OverflowError) as error:
            raise DatabaseError(f"column {quote(column.name)}: {shorten(str(error), 200)}") from error
    return pa.Table.from_arrays(arrays, names=[f"c{position}" for position in range(len(columns))])
