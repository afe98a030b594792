"""The warehouse after a load: a DuckDB file, read table by table."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def tables_of(file: Path, schema: str) -> Tables:
    """Return all rows of a schema, by table, with times in UTC; empty if there is no file yet.

    A copy is read: opening the file itself would clean up after a loader that was killed, which the next loader has
    to do.

    Args:
        file: The database.
        schema: The schema.
    """
    if not file.exists():
        return {}
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        for part in file.parent.glob(f"{file.name}*"):
            shutil.copy(part, folder)
        return _read(Path(folder) / file.name, schema)


def _read(file: Path, schema: str) -> Tables:
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [schema]).fetchall()
        return {name: _rows(connection.table(f'"{schema}"."{name}"')) for (name,) in names}


def _rows(relation: Any) -> list[Row]:
    columns = relation.columns
    return [dict(zip(columns, map(_plain, values), strict=True)) for values in relation.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    return float(value) if isinstance(value, Decimal) else value


def same(found: Any, told: Any) -> bool:
    """Whether a value of the warehouse equals the one from the API."""
    if isinstance(found, datetime) and isinstance(told, str):
        return found == moment(told)
    if isinstance(told, (dict, list)) and isinstance(found, str):
        found = json.loads(found)
    if isinstance(told, list) and isinstance(found, list):
        # The order of ids in a list is irrelevant.
        return sorted(found, key=str) == sorted(told, key=str)
    return bool(found == told)


def moment(text: str) -> datetime:
    """Parse an RFC 3339 time."""
    # Python 3.10 does not accept `Z`.
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def by_key(rows: list[Row], key: tuple[str, ...]) -> Mapping[tuple[Any, ...], list[Row]]:
    """Group rows by key: a list with more than one contains duplicates."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(_identity(row[name]) for name in key), []).append(row)
    return found


def _identity(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
