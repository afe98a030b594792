"""One loader at a time for each table of a lake: locks in the PostgreSQL database that holds the lake's catalog."""

from __future__ import annotations

import hashlib
import logging
import random
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import duckdb

from target_duckdb.errors import DatabaseError, LockLostError, Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_duckdb.database import Place

logger = logging.getLogger(__name__)

_SECONDS_IN_LINE = 1
"""How long the server may keep a loader waiting before the loader asks whether it was told to stop."""
_SECONDS_OF_SILENCE = 5
_TIMED_OUT = "singer: still locked"
"""Our own message: the server's may be in another language. Errors quote the statement, so it has this in two parts."""
_CONFLICT = re.compile(r"Transaction conflict|Exceeded the maximum retry count|could not serialize access")
_ATTEMPTS = 10
_LONGEST_PAUSE = 5.0


class TableLocks:
    """Locks of tables that all loaders of a lake respect. Each is held for one transaction.

    A lake has no keys, and DuckLake lets two transactions that only insert rows both commit: two loaders that bring the
    same new row would leave two. With these locks the later one sees the row of the earlier one, and replaces it.

    The server releases a lock as soon as the connection that holds it ends, even if the process was killed.

    Args:
        connection: A connection to DuckDB that nothing else uses: while a lock is held, it has a transaction open.
        database: DuckDB's name for the PostgreSQL database.
        timeout: Seconds to wait for another loader.
        while_waiting: Called while waiting for it. An exception it raises ends the wait.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        database: str,
        timeout: float,
        while_waiting: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._database = database
        self._timeout = timeout
        self._while_waiting = while_waiting

    @contextmanager
    def held(self, place: Place) -> Iterator[Callable[[], None]]:
        """Hold the lock of a table for the duration of a ``with`` block. No lock may be held already.

        Args:
            place: Where the table is.

        Yields:
            A function that raises ``LockLostError`` if the lock is not held any more.

        Raises:
            DatabaseError: Another loader did not release it in time.
        """
        self._acquire(place)
        try:
            yield self._confirm
        finally:
            self._release()

    def until_no_conflict(self, place: Place, work: Callable[[Callable[[], None]], None]) -> None:
        """Do some work while the lock of a table is held, again if other programs have changed the lake meanwhile.

        Args:
            place: Where the table is.
            work: Does it in a transaction, and is given a function to call before the commit.

        Raises:
            DatabaseError: The lock was not released in time, or there was a conflict each time.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self.held(place) as confirm:
                    work(confirm)
            except (duckdb.Error, LockLostError) as error:
                if not isinstance(error, LockLostError) and not _CONFLICT.search(str(error)):
                    raise
                if attempt == _ATTEMPTS:
                    raise
                logger.debug("attempt %d failed, because another program has changed the lake: %s", attempt, error)
            else:
                return
            self._while_waiting()
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.1 * 2**attempt)))  # noqa: S311 - no secret

    def close(self) -> None:
        """Close the connection. Closing twice does no harm."""
        self._connection.close()

    def _acquire(self, place: Place) -> None:
        began = time.monotonic()
        told = False
        while not self._is_acquired(place):
            waited = time.monotonic() - began
            if waited >= self._timeout:
                raise DatabaseError(
                    f"{_shown(place)} has been in use by another loader for {waited:.0f} seconds: stop it, or set a"
                    " longer lock_timeout to wait for it"
                )
            if waited >= _SECONDS_OF_SILENCE and not told:
                told = True
                logger.warning(
                    "%s is in use by another loader: waiting for up to %g seconds", _shown(place), self._timeout
                )
            try:
                self._while_waiting()
            except Terminated as stop:
                stop.outcome = f"{_shown(place)} was in use by another loader: what no state covers is not committed"
                raise

    def _is_acquired(self, place: Place) -> bool:
        self._connection.begin()
        try:
            # The server hands a lock over in the order in which loaders ask; one that only tried it now and then would
            # hardly ever find it free.
            self._on_server(
                f"SET LOCAL lock_timeout = '{_SECONDS_IN_LINE}s'; SET LOCAL idle_in_transaction_session_timeout = 0;"
                f" DO $$ BEGIN PERFORM pg_advisory_xact_lock({_number(place)});"
                f" EXCEPTION WHEN lock_not_available THEN RAISE EXCEPTION 'singer: % locked', 'still'; END $$"
            )
        except duckdb.Error as error:
            self._release()
            if _TIMED_OUT in str(error):
                return False
            raise
        return True

    def _confirm(self) -> None:
        try:
            self._on_server("SELECT 1")
        except duckdb.Error as error:
            raise LockLostError(str(error)) from error

    def _on_server(self, sql: str) -> None:
        self._connection.execute("CALL postgres_execute(?, ?)", [self._database, sql])

    def _release(self) -> None:
        # The end of the transaction releases it; if the connection is broken, the server has done so already.
        with suppress(duckdb.Error):
            self._connection.rollback()


def _number(place: Place) -> int:
    """The lock's number, which is the same for all loaders."""
    name = "\0".join(("target-duckdb", *place[1:]))
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def _shown(place: Place) -> str:
    return ".".join(filter(None, place[1:])) or "the lake"
