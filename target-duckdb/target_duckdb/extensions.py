"""DuckDB's extensions: from a Python package where one is installed, else from DuckDB's own repository."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from target_duckdb.errors import DatabaseError
from target_duckdb.names import literal

if TYPE_CHECKING:
    from collections.abc import Iterator


def load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension.

    Args:
        connection: Where to load it.
        name: The extension's name.

    Raises:
        DatabaseError: It is neither in a Python package nor can it be downloaded.
    """
    version = str(connection.execute("SELECT library_version FROM pragma_version()").fetchall()[0][0])
    package = f"duckdb_extension_{name}"
    packaged = next(_packaged(package, version, name), None)
    source = name if packaged is None else literal(str(packaged))
    try:
        try:
            connection.execute(f"LOAD {source}")
        except duckdb.Error:
            if packaged is not None:
                raise
            connection.execute(f"INSTALL {name}")
            connection.execute(f"LOAD {name}")
    except duckdb.Error as error:
        number = version.removeprefix("v")
        raise DatabaseError(
            f"DuckDB {number} has no extension {name} here, and cannot fetch it: pip install"
            f" {package.replace('_', '-')}=={number}, with the same version of duckdb, or run INSTALL {name} where"
            " there is a network"
        ) from error


def _packaged(package: str, version: str, name: str) -> Iterator[Path]:
    """The extension's file in a Python package, if it is for this version of DuckDB."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder) / "extensions" / version / f"{name}.duckdb_extension"
        if file.is_file():
            yield file
