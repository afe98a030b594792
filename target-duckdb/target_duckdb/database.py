"""One DuckDB file, one connection, one transaction at a time."""

from __future__ import annotations

import functools
import logging
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb

from target_duckdb.errors import DatabaseError, LockLostError, shorten
from target_duckdb.names import fold, quote
from target_duckdb.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from target_duckdb.lake import Lake
    from target_duckdb.location import Location

logger = logging.getLogger(__name__)

Place: TypeAlias = tuple[str, str, str]
"""A table's place: the folded names of its database and schema, and its own."""

_LITTLE_MEMORY = "192MB"
_CHANGES_ROWS = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
"""Statements that leave the catalog as it is."""
_LOCKED = re.compile(r"Could not set lock|used by another process")
_LOCKED_BY = re.compile(r"PID (\d+)")
_SECONDS_BETWEEN_ATTEMPTS = 0.2
_SECRET = re.compile(r"token|secret|password|key", re.IGNORECASE)


class Database:
    """The connection that all streams of a run share.

    Args:
        location: The database. A file that does not exist is created, with its folders.
        settings: DuckDB's settings, by name.
        lock_timeout: Seconds to wait for another program that has the file open.
        while_waiting: Called while waiting for it. An exception it raises ends the wait.
        lake: Attaches the lake whose catalog is at the location; None if that is a database.

    Attributes:
        storage: What it keeps its tables in.
        catalog: DuckDB's name for the database.
        columns_sql: A relation that describes all columns.
        collates: Whether different texts may be equal by the setting ``default_collation``.

    Raises:
        DatabaseError: The file cannot be opened, or DuckDB rejects a setting or its value.
    """

    def __init__(
        self,
        location: Location,
        settings: Mapping[str, Any] | None = None,
        lock_timeout: float = 0,
        while_waiting: Callable[[], None] = lambda: None,
        lake: Lake | None = None,
    ) -> None:
        self.storage = lake.storage if lake else Storage()
        self._secrets = (*location.secrets, *(lake.secrets if lake else ()))
        is_new = lake is None and _is_missing(location.file)
        self._connection = self._open(location, lock_timeout, while_waiting, lake)
        self._locks = lake.locks(self._connection, lock_timeout, while_waiting) if lake else None
        self._catalog: dict[str, dict[Place, list[tuple[Any, ...]] | None]] = {}
        self._spares_memory = not {"memory_limit", "max_memory"} & {fold(name) for name in settings or ()}
        if self._spares_memory:
            # Otherwise DuckDB caches what it has read and written until most of the machine's memory is in use.
            self._connection.execute(f"SET memory_limit = '{_LITTLE_MEMORY}'")
        for name, value in (settings or {}).items():
            self._set(name, value)
        # Instants are exchanged in UTC, whatever the machine's zone; a progress bar would corrupt the states on stdout.
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")
        ((self.catalog, collation),) = self.rows("SELECT current_database(), current_setting('default_collation')")
        self.collates = bool(collation)
        self.columns_sql = self.storage.columns_sql(self)
        self._defined: dict[Place, set[str]] | None = {} if is_new and self._is_empty() else None

    def _set(self, name: str, value: Any) -> None:
        text = str(value).replace("'", "''")
        try:
            self._connection.execute(f"SET {quote(name)} = '{text}'")
        except duckdb.Error as error:
            self.close()
            reason = "DuckDB refuses it" if _SECRET.search(name) else self._one_line(error)
            raise DatabaseError(f"settings, {name}: {reason}") from error

    def _is_empty(self) -> bool:
        """Whether nothing was ever written to the file, not even by another program after it was looked for."""
        query = "SELECT total_blocks, wal_size FROM pragma_database_size() WHERE database_name = current_database()"
        return self.rows(query) == [(0, "0 bytes")]

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement.

        Args:
            sql: The statement.
            parameters: Values for its placeholders.
        """
        if not _CHANGES_ROWS.match(sql):
            self._catalog.clear()
            self._defined = None
        self._connection.execute(sql, list(parameters))

    def define(self, sql: str, place: Place, *queries: str) -> None:
        """Run one statement that defines or alters one table.

        Args:
            sql: The statement.
            place: Where the table is.
            queries: Those of the queries passed to `told_of` whose answer about the table it changes.
        """
        for query in queries:
            if query in self._catalog:
                self._catalog[query][place] = None
        if self._defined is not None:
            self._defined.setdefault(place, set()).update(queries)
        self._connection.execute(sql)

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement that changes rows.

        Args:
            sql: The statement.
            parameters: Values for its placeholders.

        Returns:
            Number of rows changed.
        """
        ((changed,),) = self.rows(sql, parameters)
        return int(changed)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one query.

        Args:
            sql: The query.
            parameters: Values for its placeholders.

        Returns:
            All rows of the result.
        """
        return self._connection.execute(sql, list(parameters)).fetchall()

    def names_of_columns(self, relation: str) -> list[str]:
        """Name the columns of a relation.

        Args:
            relation: The relation in SQL.

        Returns:
            The names.
        """
        described = self._connection.execute(f"SELECT * FROM {relation} LIMIT 0").description or ()  # noqa: S608
        return [name for name, *_ in described]

    def told_of(self, place: Place, query: str) -> list[tuple[Any, ...]]:
        """Query DuckDB's catalog about one table.

        DuckDB scans all tables to answer for one. So one query covers all of them, and is repeated only after a
        statement that may have changed a table: a load of a hundred tables would spend most of its time on it.

        For the first such query DuckDB parses all of its own views, and for the first about columns it plans them: that
        takes as long as all else that a small load does. So nothing is asked about what a new file cannot hold yet.

        Args:
            place: Where the table is.
            query: Asks about all tables. Its first three columns are the names of database, schema and table.

        Returns:
            The remaining columns of the rows about this table, in order.
        """
        if self._defined is not None and query not in self._defined.get(place, ()):
            return []
        told = self._catalog.get(query, {place: None}).get(place, [])
        if told is None:
            found: dict[Place, list[tuple[Any, ...]]] = {}
            for database, schema, table, *rest in self.rows(query):
                found.setdefault((database, schema, table), []).append(tuple(rest))
            self._catalog[query] = {(name, fold(schema), fold(table)): r for (name, schema, table), r in found.items()}
            told = self._catalog[query].get(place) or []
        return told

    @property
    def has_other_writers(self) -> bool:
        """Whether other programs may change the database during a run."""
        return self._locks is not None

    def atomically(self, purpose: str, work: Callable[[], None], place: Place | None = None) -> None:
        """Run some work in a transaction: all of it happens or none.

        Args:
            purpose: What is being done, for the error message.
            work: Does it. Called again if DuckDB needs more memory than it was given at first, and after conflicts with
                other programs.
            place: Where the table is that it changes; without names, the database as a whole. None if no other program
                has access to it.

        Raises:
            DatabaseError: DuckDB reported an error; nothing has changed.
        """
        try:
            try:
                self._attempts(work, place)
            except duckdb.OutOfMemoryException:
                if not self._spares_memory:
                    raise
                logger.info("DuckDB may use more memory from here on: %s was not enough", _LITTLE_MEMORY)
                self._spares_memory = False
                self._connection.execute("RESET memory_limit")
                self._attempts(work, place)
        except (duckdb.Error, LockLostError) as error:
            raise DatabaseError(f"{purpose}: {self._one_line(error)}") from error

    def _attempts(self, work: Callable[[], None], place: Place | None) -> None:
        if self._locks is None or place is None:
            self._attempt(work)
        else:
            self._locks.until_no_conflict(place, functools.partial(self._attempt_among_others, work))

    def _attempt_among_others(self, work: Callable[[], None], confirm: Callable[[], None]) -> None:
        self._catalog.clear()
        self._attempt(work, confirm)

    def _attempt(self, work: Callable[[], None], before_commit: Callable[[], None] = lambda: None) -> None:
        self._connection.begin()
        try:
            work()
            before_commit()
            self._connection.commit()
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def lend(self, name: str, table: pa.Table) -> Iterator[None]:
        """Make an Arrow table available to SQL for the duration of a ``with`` block.

        Args:
            name: The table's name in SQL.
            table: The data, which is not copied.
        """
        self._connection.register(name, table)
        try:
            yield
        finally:
            # In a failed transaction DuckDB refuses this too, which would hide the original failure.
            with suppress(duckdb.TransactionException):
                self._connection.unregister(name)

    def close(self) -> None:
        """Write everything to the file and close it. Closing twice does no harm."""
        if self._locks is not None:
            self._locks.close()
        self._connection.close()

    def _roll_back(self) -> None:
        self._catalog.clear()
        try:
            self._connection.rollback()
        except duckdb.Error:
            # DuckDB has already ended the transaction; what matters is the error that led here.
            return

    def _open(
        self, location: Location, lock_timeout: float, while_waiting: Callable[[], None], lake: Lake | None
    ) -> duckdb.DuckDBPyConnection:
        last_attempt = time.monotonic() + lock_timeout
        waits = False
        while True:
            try:
                return _connect(location, lake)
            except duckdb.IOException as error:
                if not _LOCKED.search(str(error)):
                    raise DatabaseError(f"cannot open {location.shown}: {self._one_line(error)}") from None
                holder = _LOCKED_BY.search(str(error))
                who = f"process {holder[1]}" if holder else "another process"
            except (duckdb.Error, OSError) as error:
                raise DatabaseError(f"cannot open {location.shown}: {self._one_line(error)}") from None
            if time.monotonic() >= last_attempt:
                still, more = ("still ", "a longer") if waits else ("", "a")
                raise DatabaseError(
                    f"{location.shown} is {still}in use by {who}: close it there, set {more} lock_timeout to wait for"
                    " it, or set another filepath"
                )
            if not waits:
                waits = True
                logger.warning("%s is in use by %s: waiting for up to %g seconds", location.shown, who, lock_timeout)
            while_waiting()
            time.sleep(_SECONDS_BETWEEN_ATTEMPTS)

    def _one_line(self, error: Exception) -> str:
        """The error's first paragraph; what follows is the statement, which may be thousands of columns wide."""
        text = str(error).split("\n\n", maxsplit=1)[0]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return shorten(text, 300)


def _is_missing(file: Path | None) -> bool:
    try:
        return file is not None and not file.exists()
    except OSError:
        return False  # DuckDB tells why it cannot be opened


def _connect(location: Location, lake: Lake | None) -> duckdb.DuckDBPyConnection:
    if location.file is not None:
        location.file.absolute().parent.mkdir(parents=True, exist_ok=True)
    if lake is not None:
        connection = duckdb.connect()
        try:
            lake.attach(connection)
        except BaseException:
            connection.close()
            raise
        return connection
    return duckdb.connect(
        location.address, config={} if location.token is None else {"motherduck_token": location.token}
    )
