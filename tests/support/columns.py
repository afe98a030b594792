"""What kind of values the columns of a warehouse hold, and what kind the streams' schemas declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.support.postgresql import PostgresServer

QUERY = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = "
KINDS = {
    "bigint": "integer",
    "hugeint": "integer",
    "boolean": "boolean",
    "double": "number",
    "double precision": "number",
    "numeric": "number",
    "date": "date",
    "timestamp with time zone": "time",
    # target-postgres keeps times without a zone, in UTC.
    "timestamp without time zone": "time",
    "json": "json",
    "jsonb": "json",
    "array": "json",
    "text": "text",
    "varchar": "text",
    "character varying": "text",
}
"""Type of a column in DuckDB or PostgreSQL -> kind."""


def duckdb_columns(file: Path, schema: str) -> dict[tuple[str, str], str]:
    """The kind of each column: (table, column) -> kind.

    Args:
        file: The database.
        schema: The schema.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        return _kinds(connection.execute(f"{QUERY} ?", [schema]).fetchall())


def postgres_columns(server: PostgresServer, database: str, schema: str) -> dict[tuple[str, str], str]:
    """The kind of each column: (table, column) -> kind.

    Args:
        server: The server.
        database: The database.
        schema: The schema.
    """
    with server.connect(database) as connection:
        return _kinds(connection.execute(f"{QUERY} %s".encode(), [schema]).fetchall())


def declared_columns(streams: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """The kind of each field of a catalog's streams that has one kind.

    Args:
        streams: The streams of a catalog.
    """
    return {
        (stream["tap_stream_id"], name): kind
        for stream in streams
        for name, schema in stream["schema"]["properties"].items()
        if (kind := _declared(schema)) is not None
    }


def _kinds(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str], str]:
    return {
        (table, column): KINDS.get(str(kind).lower(), str(kind))
        for table, column, kind in rows
        if not column.startswith("_sdc_")
    }


def _declared(schema: Mapping[str, Any]) -> str | None:
    types = set(schema["type"] if isinstance(schema["type"], list) else [schema["type"]]) - {"null"}
    if len(types) != 1:
        return None
    kind = str(types.pop())
    if kind == "string":
        return {"date-time": "time", "date": "date"}.get(schema.get("format", ""), "text")
    return {"object": "json", "array": "json"}.get(kind, kind)
