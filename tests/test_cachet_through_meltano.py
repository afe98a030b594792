"""tap-cachet into each loader through Meltano: every table equals what the server holds, load after load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cachet_day import CachetDay
from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import assert_equal
from tests.support.warehouses import DuckDBFile, PostgresDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.project import MeltanoProject
    from tests.support.warehouses import Warehouse

SCHEMA = "cachet"
ALL_STREAMS = {"TAP_CACHET__SELECT": '["*.*"]'}


@pytest.fixture(params=["duckdb", "postgresql"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBFile(tmp_path / "warehouse.duckdb")
    server = request.getfixturevalue("postgres")
    return PostgresDatabase(server, server.create_database())


@pytest.fixture
def tap_settings(box: Sandbox) -> dict[str, str]:
    return {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"]}


def test_every_load_makes_the_tables_equal_to_the_server(
    meltano: MeltanoProject, warehouse: Warehouse, box: Sandbox, tap_settings: dict[str, str], tmp_path: Path
) -> None:
    # The state belongs to this test, though the project is shared.
    command = ("run", f"--state-id-suffix={tmp_path.name}", "tap-cachet", warehouse.target)
    settings = {**tap_settings, **ALL_STREAMS, **warehouse.settings}

    meltano(*command, **settings)
    assert_equal(warehouse.tables(SCHEMA), expected_tables(box), KEYS)

    gone = CachetDay(box).live()
    meltano(*command, **settings)
    tables = warehouse.tables(SCHEMA)
    assert_equal(tables, expected_tables(box), KEYS)
    for table, ids in gone.items():
        assert ids.isdisjoint(row["id"] for row in tables[table])

    meltano(*command, **settings)
    assert_equal(warehouse.tables(SCHEMA), expected_tables(box), KEYS)


def test_subscribers_are_not_read_unless_they_are_selected(
    meltano: MeltanoProject, box: Sandbox, tap_settings: dict[str, str], tmp_path: Path
) -> None:
    warehouse = DuckDBFile(tmp_path / "warehouse.duckdb")

    printed = meltano("run", "--force", "tap-cachet", warehouse.target, **tap_settings, **warehouse.settings)

    tables = warehouse.tables(SCHEMA)
    assert tables.keys() == KEYS.keys() - {"subscribers"}
    assert not [text for text in box.cachet.canaries if text in printed or text in str(tables)]


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
