"""tap-cachet into each loader: every table equals what the server holds, load after load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cachet_rows import KEYS
from tests.support.comparison import assert_equal
from tests.support.warehouses import DuckDBFile

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.every_load import EveryLoad, Loads
    from tests.support.project import MeltanoProject

SCHEMA = "cachet"


@pytest.fixture
def loads(every_load: EveryLoad) -> Loads:
    return every_load.loads["tap-cachet"]


def test_every_load_makes_the_tables_equal_to_the_server(loads: Loads, kind: str) -> None:
    for load in (loads.first, loads.second):
        assert_equal(load.tables[kind], load.expected, KEYS)


def test_a_load_before_which_nothing_has_happened_leaves_them_equal(every_load: EveryLoad) -> None:
    # Into DuckDB, this is what the second run after an upgrade does.
    for tables in every_load.again.tables.values():
        assert_equal(tables, every_load.again.expected, KEYS)


def test_what_was_deleted_is_gone_with_the_next_load(loads: Loads, every_load: EveryLoad, kind: str) -> None:
    first, second = loads.first.tables[kind], loads.second.tables[kind]
    for table, ids in every_load.gone.items():
        assert ids <= {row["id"] for row in first[table]}
        assert ids.isdisjoint(row["id"] for row in second[table])


def test_settings_of_every_kind_can_stand_in_the_environment(
    meltano: MeltanoProject, box: Sandbox, tmp_path: Path
) -> None:
    warehouse = DuckDBFile(tmp_path / "warehouse.duckdb")
    settings = {
        "TAP_CACHET_API_URL": box.cachet.v2_api_url,
        "TAP_CACHET_API_VERSION": "2",
        "TAP_CACHET_MAX_CONCURRENCY": "2",
        "TAP_CACHET_STRICT": "true",
        "TAP_CACHET_RECORD_IDS": '{"incidents": [1]}',
        "TAP_CACHET__SELECT": '["incidents.*", "version.*"]',
    }

    meltano("run", "--force", "tap-cachet", warehouse.target, **settings, **warehouse.settings)

    tables = warehouse.tables(SCHEMA)
    assert [row["id"] for row in tables["incidents"]] == [1]
    assert tables["version"][0]["version"].startswith("2.")
