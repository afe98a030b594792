"""Meltano's plugins start fast wherever they run: their environments are compiled as they are installed."""

from __future__ import annotations

from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.project import MeltanoProject


@pytest.mark.parametrize("plugin", ["extractors/tap-cachet", "loaders/target-duckdb", "loaders/target-postgres"])
def test_every_module_of_a_plugin_is_compiled_whether_it_was_imported_or_not(
    meltano: MeltanoProject, plugin: str
) -> None:
    (sdk,) = meltano.root.glob(f".meltano/{plugin}/venv/lib/python*/site-packages/singer_sdk")
    modules = list(sdk.rglob("*.py"))
    assert sdk / "testing" / "factory.py" in modules
    assert [str(module) for module in modules if not Path(cache_from_source(str(module))).exists()] == []
