"""Reads from DuckDB files and PostgreSQL databases through one interface."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import duckdb

from status_report.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg

POSTGRESQL = ("postgres", "postgresql")


class Database(Protocol):
    """A database to read from, in a consistent snapshot."""

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, by column name; times are in UTC.

        Args:
            query: SQL that works on both databases.

        Raises:
            ReportError: The database rejects the query.
        """

    def close(self) -> None:
        """Close the connection."""


def connect(address: str) -> Database:
    """Open a database for reading.

    Args:
        address: The path of a DuckDB file, or the address of a PostgreSQL database (`postgresql://...`).

    Raises:
        ReportError: It does not exist or cannot be opened.
    """
    scheme = urlsplit(address).scheme
    if scheme in POSTGRESQL:
        return _PostgreSQL(address)
    if "://" in address:
        raise ReportError(f"A database of the kind {scheme}:// cannot be read: give a DuckDB file or postgresql://...")
    return _DuckDB(address)


class _DuckDB:
    def __init__(self, path: str) -> None:
        file = Path(path).expanduser()
        if not file.is_file():
            raise ReportError(f"There is no DuckDB file {path}: load something first, then build the models.")
        try:
            self._connection = duckdb.connect(str(file), read_only=True)
        except duckdb.Error as error:
            raise ReportError(f"{path} cannot be opened: {_first_line(error)}") from error
        self._connection.execute("SET TimeZone = 'UTC'; BEGIN TRANSACTION")

    def rows(self, query: str) -> list[dict[str, Any]]:
        try:
            cursor = self._connection.execute(query)
            return _named([column[0] for column in cursor.description], cursor.fetchall())
        except duckdb.Error as error:
            raise ReportError(f"DuckDB rejected a query: {_first_line(error)}") from error

    def close(self) -> None:
        self._connection.close()


class _PostgreSQL:
    def __init__(self, address: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - not needed to read DuckDB files
        except ImportError as error:
            raise ReportError("PostgreSQL needs psycopg: pip install 'status-report[postgres]'") from error
        self._error = psycopg.Error
        options = (
            "-c TimeZone=UTC -c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
        )
        try:
            self._connection: psycopg.Connection[Any] = psycopg.connect(address, options=options)
        except psycopg.Error as error:
            # The first line contains the host and the reason, never the password.
            raise ReportError(f"PostgreSQL cannot be reached: {_first_line(error)}") from error

    def rows(self, query: str) -> list[dict[str, Any]]:
        try:
            cursor = self._connection.execute(query.encode())
            return _named([column.name for column in cursor.description or ()], cursor.fetchall())
        except self._error as error:
            raise ReportError(f"PostgreSQL rejected a query: {_first_line(error)}") from error

    def close(self) -> None:
        self._connection.close()


def _named(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows]


def _plain(value: Any) -> Any:
    # Sums of bigint are decimals in PostgreSQL and huge integers in DuckDB.
    return float(value) if isinstance(value, Decimal) else value


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
