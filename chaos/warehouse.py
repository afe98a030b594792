"""What the loader has made of it: a DuckDB file, read table by table."""

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
    """Return all rows of a schema, by table, with times in UTC; nothing where there is no file yet.

    A copy is read: to open the file itself would clear up what a loader that was killed has left behind, which is for
    the next loader to do.

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
    """Whether a value of the warehouse is the one that an API tells."""
    if isinstance(found, datetime) and isinstance(told, str):
        return found == moment(told)
    if isinstance(told, (dict, list)) and isinstance(found, str):
        found = json.loads(found)
    if isinstance(told, list) and isinstance(found, list):
        # The order of ids in a list means nothing.
        return sorted(found, key=str) == sorted(told, key=str)
    return bool(found == told)


def moment(text: str) -> datetime:
    """An RFC 3339 time."""
    # Python 3.10 does not know `Z`.
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def by_key(rows: list[Row], key: tuple[str, ...]) -> Mapping[tuple[Any, ...], list[Row]]:
    """Rows by what identifies them: more than one in a list is one too many."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(_identity(row[name]) for name in key), []).append(row)
    return found


def _identity(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
