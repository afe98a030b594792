"""The loader's own tests, and a lake in the place of their file."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from target_duckdb import extensions

if TYPE_CHECKING:
    from types import ModuleType

NOT_IN_A_LAKE = re.compile(
    "(PRIMARY KEY/UNIQUE constraints|CHECK constraints|Collations) are not supported in DuckLake"
    "|DuckLake does not support (generated columns|indexes|sequences)"
)
"""What DuckLake says of things that a file may have: no test about them holds for a lake."""
TESTS = Path(__file__).parents[2] / "target-duckdb" / "tests"


def imported(name: str) -> ModuleType:
    """A module of the loader's tests. They are in a folder, not in a package."""
    spec = importlib.util.spec_from_file_location(f"loader_tests_{name}", TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


shared: Any = imported("conftest")


class Connection:
    """A connection by hand, which skips the test if the lake cannot have what the test is about."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> Connection:  # noqa: PYI034 - Python 3.10 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def execute(self, sql: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, *parameters)
        except duckdb.Error as error:
            if NOT_IN_A_LAKE.search(str(error)):
                pytest.skip(str(error))
            raise


class LakeWarehouse(shared.Warehouse):  # type: ignore[misc]
    """A lake whose catalog is a file, the target in front of it and a reader behind it."""

    @property
    def filepath(self) -> str:
        return f"ducklake:{self.path}"

    def connect(self) -> Connection:
        connection = duckdb.connect()
        extensions.load(connection, "ducklake")
        connection.execute(f"ATTACH '{self.filepath}' AS lake")
        connection.execute("USE lake")
        return Connection(connection)

    def opened(self) -> Connection:
        connection = self.connect()
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def files(self, table: str) -> list[int]:
        """The sizes of the files that hold a table's rows."""
        query = f"SELECT data_file_size_bytes FROM ducklake_list_files('lake', '{table}')"  # noqa: S608 - ours
        return [size for (size,) in self.rows(query)]
