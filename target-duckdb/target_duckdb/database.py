"""One DuckDB file, one connection, one transaction at a time."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from target_duckdb.errors import DatabaseError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

_MEMORY = ":memory:"
_LOCKED_BY = re.compile(r"PID (\d+)")


class Database:
    """The connection that all streams of a run share.

    Args:
        path: The database file, created with its folders where it does not exist, or ``:memory:``.

    Raises:
        DatabaseError: The file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = _open(path)
        # Instants come and go as UTC, whatever the machine's zone; a progress bar would write into the state.
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        self.catalog = str(self.rows("SELECT current_database()")[0][0])

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement.

        Args:
            sql: The statement.
            parameters: Values for its placeholders.
        """
        self._connection.execute(sql, list(parameters))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one query.

        Args:
            sql: The query.
            parameters: Values for its placeholders.

        Returns:
            All rows of the result.
        """
        return self._connection.execute(sql, list(parameters)).fetchall()

    @contextmanager
    def transaction(self, purpose: str) -> Iterator[None]:
        """Make everything inside happen as a whole or not at all.

        Args:
            purpose: What is being done, for the error message.

        Raises:
            DatabaseError: DuckDB refused; nothing has changed.
        """
        try:
            self._connection.begin()
            try:
                yield
                self._connection.commit()
            except BaseException:
                self._roll_back()
                raise
        except duckdb.Error as error:
            raise DatabaseError(f"{purpose}: {_one_line(error)}") from error

    @contextmanager
    def lend(self, name: str, table: pa.Table) -> Iterator[None]:
        """Let SQL read an Arrow table.

        Args:
            name: The name under which SQL finds it.
            table: The data, which is not copied.
        """
        self._connection.register(name, table)
        try:
            yield
        finally:
            self._connection.unregister(name)

    def close(self) -> None:
        """Write everything to the file and let go of it. Closing twice does no harm."""
        self._connection.close()

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
        except duckdb.Error:
            # DuckDB has already ended the transaction; what matters is the error that led here.
            return


def _open(path: str) -> duckdb.DuckDBPyConnection:
    try:
        if path != _MEMORY:
            Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(path)
    except duckdb.IOException as error:
        if "lock" in str(error):
            holder = _LOCKED_BY.search(str(error))
            who = f"process {holder[1]}" if holder else "another process"
            raise DatabaseError(f"{path} is in use by {who}: close it there, or set another filepath") from error
        raise DatabaseError(f"cannot open {path}: {_one_line(error)}") from error
    except (duckdb.Error, OSError) as error:
        raise DatabaseError(f"cannot open {path}: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    """The error's first paragraph; what follows it is the statement, thousands of columns wide."""
    return shorten(str(error).split("\n\n", maxsplit=1)[0], 300)
