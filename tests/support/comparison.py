"""Rows of a warehouse, made comparable with facts, whichever database they come from."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tests.support.postgresql import PostgresServer

Row: TypeAlias = "dict[str, Any]"
Tables: TypeAlias = "dict[str, list[Row]]"

METADATA = "_sdc_"


def duckdb_tables(file: Path, schema: str) -> Tables:
    """Read all tables of one schema of a DuckDB file.

    Args:
        file: The database.
        schema: The schema.

    Returns:
        Rows by table, without the loader's own columns.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [schema]).fetchall()
        tables = {}
        for (name,) in names:
            relation = connection.table(f'"{schema}"."{name}"')
            types = dict(zip(relation.columns, map(str, relation.types), strict=True))
            rows = relation.to_arrow_table().to_pylist()
            tables[name] = [
                {c: _plain(json.loads(v) if v and types[c] == "JSON" else v) for c, v in _data(row)} for row in rows
            ]
        return tables


def postgres_tables(server: PostgresServer, database: str, schema: str) -> Tables:
    """Read all tables of one schema of a PostgreSQL database.

    Args:
        server: The server.
        database: The database.
        schema: The schema.

    Returns:
        Rows by table, without the loader's own columns.
    """
    with server.connect(database) as connection, connection.cursor(row_factory=dict_row) as cursor:
        names = [
            row["tablename"]
            for row in cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        ]
        return {
            name: [
                {column: _plain(value) for column, value in _data(row)}
                for row in cursor.execute(f'SELECT * FROM "{schema}"."{name}"'.encode())  # noqa: S608
            ]
            for name in names
        }


def by_key(rows: Iterable[Row], key: Sequence[str], columns: Iterable[str] | None = None) -> dict[Any, Row]:
    """Order rows by their key.

    Args:
        rows: The rows.
        key: The columns that identify a row.
        columns: All columns to keep; the ones that a row lacks are null.

    Raises:
        AssertionError: Two rows have the same key.
    """
    wanted = None if columns is None else sorted(columns)
    found: dict[Any, Row] = {}
    for row in sorted(rows, key=lambda row: tuple(row[column] for column in key)):
        identity = tuple(row[column] for column in key)
        assert identity not in found, f"two rows have the key {identity}"
        found[identity] = row if wanted is None else {column: row.get(column) for column in wanted}
    return found


def assert_equal(found: Tables, expected: Tables, keys: Mapping[str, Sequence[str]]) -> None:
    """Compare every row of every table; columns that the expected rows lack must be null.

    Args:
        found: The rows of the warehouse.
        expected: The rows that it must have.
        keys: The key of each table.

    Raises:
        AssertionError: They differ.
    """
    assert found.keys() == expected.keys()
    for name, rows in found.items():
        columns = {column for row in rows for column in row}
        assert by_key(rows, keys[name], columns) == by_key(expected[name], keys[name], columns), name


def _data(row: Row) -> Iterable[tuple[str, Any]]:
    return ((column, value) for column, value in row.items() if not column.startswith(METADATA))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # target-postgres keeps times without a zone; they are UTC.
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    if isinstance(value, list):
        # The order of ids in a list means nothing.
        return value if any(isinstance(item, (dict, list)) for item in value) else sorted(value)
    return float(value) if isinstance(value, Decimal) else value
