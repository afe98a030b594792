"""The databases that the taps are loaded into, each with its loader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from tests.support.columns import duckdb_columns, postgres_columns
from tests.support.comparison import duckdb_tables, postgres_tables
from tests.support.postgresql import HOST, USER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.comparison import Tables
    from tests.support.postgresql import PostgresServer

Columns: TypeAlias = "dict[tuple[str, str], str]"


class Warehouse(Protocol):
    """A database and the loader that fills it."""

    @property
    def target(self) -> str:
        """Name of the loader."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Environment variables for the loader."""

    def tables(self, schema: str) -> Tables:
        """Return all rows of a schema, by table."""

    def columns(self, schema: str) -> Columns:
        """Return the kind of each column of a schema: (table, column) -> kind."""


@dataclass(frozen=True)
class DuckDBFile:
    """A DuckDB file."""

    file: Path
    target: str = "target-duckdb"

    @property
    def settings(self) -> Mapping[str, str]:
        """The file."""
        return {"TARGET_DUCKDB_FILEPATH": str(self.file)}

    def tables(self, schema: str) -> Tables:
        """Return all rows of a schema, by table."""
        return duckdb_tables(self.file, schema)

    def columns(self, schema: str) -> Columns:
        """Return the kind of each column of a schema."""
        return duckdb_columns(self.file, schema)


@dataclass(frozen=True)
class PostgresDatabase:
    """A database of a running PostgreSQL server."""

    server: PostgresServer
    database: str
    target: str = "target-postgres"

    @property
    def settings(self) -> Mapping[str, str]:
        """The address; the server trusts everybody on this machine."""
        return {
            "TARGET_POSTGRES_HOST": HOST,
            "TARGET_POSTGRES_PORT": str(self.server.port),
            "TARGET_POSTGRES_USER": USER,
            "TARGET_POSTGRES_PASSWORD": "not asked for",
            "TARGET_POSTGRES_DATABASE": self.database,
        }

    def tables(self, schema: str) -> Tables:
        """Return all rows of a schema, by table."""
        return postgres_tables(self.server, self.database, schema)

    def columns(self, schema: str) -> Columns:
        """Return the kind of each column of a schema."""
        return postgres_columns(self.server, self.database, schema)
