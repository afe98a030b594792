"""The loader's own tests, with a lake in the place of the file: what a lake cannot do is named below, with the reason."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from target_duckdb import extensions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TESTS = Path(__file__).parents[2] / "target-duckdb" / "tests"
MODULES = (
    "batch_files",
    "catalog",
    "comments",
    "cuts",
    "endings",
    "interleavings",
    "invalid_values",
    "load_methods",
    "names",
    "properties",
    "schema_changes",
    "schema_words",
    "short_way",
    "sources",
    "state",
    "tables_of_others",
    "types",
    "versions",
)
NOT_IN_A_LAKE: dict[str, str] = {}
"""Tests by name, with the reason why they do not hold for a lake."""


def imported(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"loader_{name}", TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


shared = imported("conftest")
say = shared.say


class LakeWarehouse(shared.Warehouse):  # type: ignore[misc, name-defined]
    """A lake, with its catalog in a file."""

    @property
    def filepath(self) -> str:
        return f"ducklake:{self.path}"

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        extensions.load(connection, "ducklake")
        connection.execute(f"ATTACH 'ducklake:{self.path}' AS lake")
        connection.execute("USE lake")
        return connection


@pytest.fixture
def warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> LakeWarehouse:
    return LakeWarehouse(tmp_path / "warehouse.ducklake", capsys, caplog)


def what_is_in(modules: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in modules:
        for attribute, value in vars(imported(f"test_duckdb_{name}")).items():
            if attribute.startswith("test_"):
                reason = NOT_IN_A_LAKE.get(attribute)
                yield attribute, value if reason is None else pytest.mark.skip(reason=reason)(value)
            elif type(value).__name__ == "FixtureFunctionDefinition" and attribute not in {"warehouse", "say"}:
                yield attribute, value


def collected() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in what_is_in(MODULES):
        assert name not in found, name
        found[name] = value
    assert found.keys() >= NOT_IN_A_LAKE.keys()
    return found


globals().update(collected())
