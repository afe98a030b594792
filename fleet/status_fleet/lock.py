"""At most one run per account on all machines: a PostgreSQL advisory lock, held by a connection."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

LOCK_CONNECTION = "status-fleet lock"
"""Application name of the connections that hold locks."""

# The client notices within 25 seconds that the server cannot be reached, and ends the run. The server releases the lock
# of a dead machine after 60 seconds: never before the run has ended.
_CLIENT: Mapping[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "connect_timeout": 10,
}
_SERVER = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
_WAIT_SECONDS = 10


class BusyError(Exception):
    """Another run of the account is alive."""


class AccountLock:
    """A lock that is held from entering the context to leaving it, or until the process dies.

    The connection must be to the server itself or to a pooler in session mode.

    Args:
        database: Address of the fleet's database.
        account: Name of the account.

    Attributes:
        connection: The connection that holds the lock.
    """

    def __init__(self, database: str, account: str) -> None:
        self._account = account
        self._name = name_of_runs(database, account)
        self.connection = psycopg.connect(
            database, autocommit=True, options=_SERVER, application_name=LOCK_CONNECTION, **_CLIENT
        )

    def __enter__(self) -> AccountLock:  # noqa: PYI034 - Self is not in Python 3.10
        # Advisory locks belong to a database, whatever address is used to connect to it.
        found = self.connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"status-fleet {self._account}"]
        ).fetchone()
        if found is None or not found[0]:
            self.connection.close()
            raise BusyError(self._account)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.connection.close()

    def end_connections_of_dead_runs(self) -> int:
        """End server connections left by earlier runs of the account: an orphaned loader may still be writing.

        Returns:
            Number of connections ended.
        """
        found = self.connection.execute(
            "SELECT count(pg_terminate_backend(pid, %s)) FROM pg_stat_activity"
            " WHERE application_name = %s AND usename = current_user",
            [_WAIT_SECONDS * 1000, self._name],
        ).fetchone()
        return found[0] if found else 0


def name_of_runs(database: str, account: str) -> str:
    """Name for the processes and connections of an account's runs; unique, as other fleets may have the same accounts.

    Args:
        database: Address of the fleet's database.
        account: Name of the account.

    Returns:
        At most 63 bytes: libpq truncates longer names.
    """
    parts = urlsplit(database)
    fleet = hashlib.sha256(f"{parts.hostname}:{parts.port or 5432}{parts.path}".encode()).hexdigest()[:8]
    return f"{account} of fleet {fleet}"
