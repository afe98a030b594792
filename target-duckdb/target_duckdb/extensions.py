"""DuckDB's extensions: from a Python package where one is installed, else from DuckDB's own repository."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from target_duckdb.errors import DatabaseError, shorten
from target_duckdb.names import literal


def load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension.

    Args:
        connection: Where to load it.
        name: The extension's name.

    Raises:
        DatabaseError: It is neither in a Python package nor can it be fetched, or it cannot be loaded.
    """
    version = str(connection.execute("SELECT library_version FROM pragma_version()").fetchall()[0][0])
    packaged = _packaged(name)
    if file := packaged.get(version):
        try:
            connection.execute(f"LOAD {literal(str(file))}")
        except duckdb.Error as error:
            reason = shorten(str(error), 200)
            raise DatabaseError(f"DuckDB cannot load the extension {name} of its package: {reason}") from error
        return
    try:
        _load_or_install(connection, name)
    except duckdb.Error as error:
        number = version.removeprefix("v")
        others = ", ".join(sorted(other.removeprefix("v") for other in packaged))
        hint = (
            f"the installed {_package(name)} is for DuckDB {others}: install duckdb in that version"
            if others
            else f"pip install duckdb=={number} {_package(name)}=={number}, or let DuckDB fetch it over the network"
        )
        raise DatabaseError(f"DuckDB {number} has no extension {name} here; {hint}") from error


def _load_or_install(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    try:
        connection.execute(f"LOAD {name}")
    except duckdb.Error:
        connection.execute(f"INSTALL {name}")
        connection.execute(f"LOAD {name}")


def _package(name: str) -> str:
    return f"duckdb-extension-{name.replace('_', '-')}"


def _packaged(name: str) -> dict[str, Path]:
    """The extension's files in its Python package, by the version of DuckDB that they are for."""
    spec = find_spec(f"duckdb_extension_{name}")
    folders = spec.submodule_search_locations if spec else None
    files = [file for folder in folders or () for file in Path(folder).glob(f"extensions/*/{name}.duckdb_extension")]
    return {file.parent.name: file for file in files}
