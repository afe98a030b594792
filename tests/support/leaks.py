"""Where a secret may have got to: everything that a run leaves behind, as texts to search."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

VIRTUAL_ENVIRONMENTS = frozenset({"extractors", "loaders", "utilities", "venv"})
"""Folders of Meltano's that hold programs, and nothing that a run has written."""
SHOWN_AROUND = 100
ALL_TABLES = "SELECT table_schema, table_name FROM information_schema.tables"


def left_behind(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of every file in a folder.

    Databases are told as they stand on the disk, and row by row besides: what is compressed is not found otherwise.

    Args:
        folder: That of a Meltano project, or any other.
    """
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - VIRTUAL_ENVIRONMENTS)
        for name in sorted(files):
            path = folder.__class__(place) / name
            yield str(path), path.read_bytes().decode("utf-8", "replace")
            if path.suffix == ".db":
                yield f"{path}, dumped", _sqlite_dump(path)
            elif path.suffix == ".duckdb":
                yield f"{path}, table by table", _duckdb_dump(path)


def told(secrets: Collection[str], text: str) -> list[str]:
    """The secrets that a text holds, each with what stands around it."""
    return sorted(_with_surroundings(text, secret) for secret in secrets if secret in text)


def _with_surroundings(text: str, secret: str) -> str:
    place = text.index(secret)
    return text[max(place - SHOWN_AROUND, 0) : place + len(secret) + SHOWN_AROUND]


def _sqlite_dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def _duckdb_dump(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = connection.execute(ALL_TABLES).fetchall()
        return "\n".join(str(connection.table(f'"{schema}"."{name}"').fetchall()) for schema, name in tables)
