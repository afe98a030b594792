"""Batches of rows for a table: collected one by one, applied as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from target_duckdb.column_types import TEXT, TIMESTAMP, as_instant, from_sql
from target_duckdb.errors import DatabaseError, shorten
from target_duckdb.names import quote
from target_duckdb.table import conversion

if TYPE_CHECKING:
    from target_duckdb.database import Database
    from target_duckdb.table import Column, ExistingColumn, Table

_STAGED = "singer_batch"
_CARRIED_NAME = "singer_carried"
_ROWS_AT_ONCE = 128
_WORTH_AN_IMPORT = 5_000
_WAS_THERE = "singer_was_there"
_CARRIED = f"temp.main.{_CARRIED_NAME}"

Row = Sequence[Any]


class Batch:
    """Converted rows for one table.

    The statements refer to Arrow columns by position, so no property name has to survive two quoting dialects.

    Args:
        columns: The columns of the rows, in the order of their values.
        keys: Names of the columns that identify a row; empty if there is no key.
        tombstone: Name of the column that marks a deleted row, if marked rows are to be deleted; None otherwise.
        compares_bytes: Whether to compare texts byte by byte, because the table treats some different texts as equal.

    Attributes:
        columns: The columns of the rows.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        keys: Sequence[str],
        tombstone: str | None = None,
        *,
        compares_bytes: bool = False,
    ) -> None:
        self.columns = columns
        self._values: list[list[Any]] = [[] for _ in columns]
        self._recent: list[Row] = []
        self._count = 0
        self._key_positions = [position for position, column in enumerate(columns) if column.name in keys]
        self._tombstone = tombstone
        self._compares_bytes = compares_bytes
        self._stored: dict[str, str] = {}

    def __len__(self) -> int:
        """Number of rows."""
        return self._count

    def append(self, row: Row) -> None:
        """Add a row.

        Args:
            row: Its values, in the order of the columns.
        """
        self._count += 1
        self._recent.append(row)
        if len(self._recent) == _ROWS_AT_ONCE:
            self._put_into_columns()

    def _put_into_columns(self) -> None:
        """Transpose the rows a few at a time, while they are still in the processor's cache."""
        for values, more in zip(self._values, zip(*self._recent, strict=True), strict=False):
            values.extend(more)
        self._recent.clear()

    def take_rows_of(self, other: Batch, first: int) -> None:
        """Move rows from another batch into this one, which must be empty.

        Args:
            other: A batch with the same columns.
            first: Position of the first row to move; all rows after it move, too.
        """
        other._put_into_columns()
        self._values = [values[first:] for values in other._values]
        for values in other._values:
            del values[first:]
        self._count, other._count = other._count - first, first

    def fit(self, existing: Mapping[str, ExistingColumn]) -> None:
        """Fit the rows to columns whose types another loader has widened since the rows were converted.

        Args:
            existing: The columns of the table, as they are in this transaction; none is narrower than the rows need.
        """
        self._stored = {name: column.sql_type for name, column in existing.items()}

    def append_to(self, database: Database, table: Table) -> None:
        """Insert every row.

        Args:
            database: The database, in a transaction.
            table: The table to insert into.
        """
        names = ", ".join(quote(column.name) for column in self.columns)
        with database.lend(_STAGED, self._to_arrow()):
            database.execute(f"INSERT INTO {table.sql} ({names}) {self._select()}")

    def merge_into(self, database: Database, table: Table, untouched: Sequence[str]) -> None:
        """Upsert: replace rows whose keys are in the table and insert the others. The last row of each key wins.

        Rows are deleted and inserted rather than updated: DuckDB updates rows in the order in which they arrive, and
        takes seconds for ten thousand rows that arrive in a different order than they are stored.

        Args:
            database: The database, in a transaction.
            table: The table to merge into.
            untouched: Columns of the table that the rows lack and that keep their values.
        """
        self._keep_last_of_each_key()
        staged = self._to_arrow()
        same_key = self._same_key()
        names = ", ".join(quote(column.name) for column in self.columns)
        for position in self._key_positions:
            if self.columns[position].had_times:
                self._write_times_as_sent(database, table, position)
        alive = "" if self._tombstone is None else f" AND {quote(self._tombstone)} IS NULL"
        with database.lend(_STAGED, staged):
            source = f"({self._select()})"
            if untouched:
                database.execute(self._carry_over(table, source, same_key, untouched))
                source = _CARRIED
            database.execute(f"DELETE FROM {table.sql} AS old_row USING {source} AS new_row WHERE {same_key}")  # noqa: S608
            if untouched:
                # New rows get the default of each column they lack, as with any INSERT.
                both = ", ".join([names, *map(quote, untouched)])
                for listed, was_there in ((both, "true"), (names, "false")):
                    rows = f"SELECT {listed} FROM {source} WHERE {_WAS_THERE} = {was_there}{alive}"  # noqa: S608
                    database.execute(f"INSERT INTO {table.sql} ({listed}) {rows}")
                database.execute(f"DROP TABLE {_CARRIED}")
            else:
                database.execute(f"INSERT INTO {table.sql} ({names}) SELECT {names} FROM {source} WHERE true{alive}")  # noqa: S608

    def _write_times_as_sent(self, database: Database, table: Table, position: int) -> None:
        """Rewrite keys stored while they were date-times as the text that the tap sends now, where both are equal."""
        column = self.columns[position]
        name = quote(column.name)
        sent = self._values[position]
        there = [None if text is None else as_instant(text, column.type) for text in sent]
        others = [other for other in self._key_positions if other != position]
        arrays = self._to_arrow().select([f"c{other}" for other in others])
        for label, texts in (("sent", sent), ("there", there)):
            arrays = arrays.append_column(label, pa.array(texts, pa.string()))
        same = [f"CAST(old_row.{name} AS VARCHAR) = new_row.there AND new_row.there <> new_row.sent"]
        for other in others:
            value = f"CAST(new_row.c{other} AS {self.columns[other].type.sql})"
            same.append(f"old_row.{quote(self.columns[other].name)} IS NOT DISTINCT FROM {value}")
        update = f"UPDATE {table.sql} AS old_row SET {name} = new_row.sent FROM {_STAGED} AS new_row"  # noqa: S608
        with database.lend(_STAGED, arrays):
            database.execute(f"{update} WHERE {' AND '.join(same)}")

    def _carry_over(self, table: Table, source: str, same_key: str, untouched: Sequence[str]) -> str:
        """Stage the new rows together with the untouched values of the rows they replace, if there are any."""
        carried = ", ".join(f"old_row.{quote(name)}" for name in untouched)
        partition = ", ".join(self._compared("new_row", position) for position in self._key_positions)
        return (
            f"CREATE TEMP TABLE {_CARRIED_NAME} AS SELECT new_row.*, {carried},"  # noqa: S608
            f" old_row.rowid IS NOT NULL AS {_WAS_THERE}"
            f" FROM {source} AS new_row LEFT JOIN {table.sql} AS old_row ON {same_key}"
            f" QUALIFY row_number() OVER (PARTITION BY {partition}) = 1"
        )

    def _keep_last_of_each_key(self) -> None:
        self._put_into_columns()
        keys: Sequence[Any] = [self._values[position] for position in self._key_positions]
        each = keys[0] if len(keys) == 1 else zip(*keys, strict=True)
        last = {key: index for index, key in enumerate(each)}
        if len(last) < len(self):
            kept = sorted(last.values())
            self._values = [[values[index] for index in kept] for values in self._values]

    def _same_key(self) -> str:
        pairs = [
            (self._compared("old_row", position), self._compared("new_row", position))
            for position in self._key_positions
        ]
        if any(None in self._values[position] for position in self._key_positions):
            # Null equals null only inside a row value. IS NOT DISTINCT FROM means the same but compares every pair of
            # rows, which takes minutes instead of milliseconds.
            old, new = (", ".join(side) for side in zip(*pairs, strict=True))
            return f"row({old}) = row({new})"
        return " AND ".join(f"{old} = {new}" for old, new in pairs)

    def _compared(self, side: str, position: int) -> str:
        column = self.columns[position]
        name = f"{side}.{quote(column.name)}"
        return f"encode({name})" if self._compares_bytes and column.type == TEXT else name

    def _to_arrow(self) -> pa.Table:
        self._put_into_columns()
        arrays = [_to_array(column, values) for column, values in zip(self.columns, self._values, strict=True)]
        return pa.Table.from_arrays(arrays, names=[f"c{position}" for position in range(len(self.columns))])

    def _select(self) -> str:
        listed = ", ".join(
            f"{self._value(position, column)} AS {quote(column.name)}" for position, column in enumerate(self.columns)
        )
        return f"SELECT {listed} FROM {_STAGED}"  # noqa: S608

    def _value(self, position: int, column: Column) -> str:
        value = f"CAST(c{position} AS {column.type.sql})"
        stored = self._stored.get(column.name, column.type.sql)
        wider = None if stored == column.type.sql else from_sql(stored)
        return value if wider is None else conversion(value, column.type, wider)


def _to_array(column: Column, values: Sequence[Any]) -> pa.Array:
    try:
        if column.type == TIMESTAMP and (array := _read_by_arrow(values)) is not None:
            return array
        return pa.array(values, column.type.arrow)
    except (pa.ArrowException, UnicodeError, OverflowError) as error:
        raise DatabaseError(f"column {quote(column.name)}: {shorten(str(error), 200)}") from error


def _read_by_arrow(values: Sequence[Any]) -> pa.Array | None:
    """Parse times that are still texts, and known to be valid, into instants; None if there are none.

    Arrow takes a tenth of the time that Python does, once it has imported what it needs to parse them.
    """
    if not any(type(value) is str for value in values):
        return None
    if len(values) >= _WORTH_AN_IMPORT:
        with suppress(pa.ArrowException, TypeError):
            return pa.array(values, pa.string()).cast(TIMESTAMP.arrow)
    return pa.array([TIMESTAMP.convert(value) if type(value) is str else value for value in values], TIMESTAMP.arrow)
