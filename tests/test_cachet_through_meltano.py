"""tap-cachet into each loader through Meltano: every table equals what the server holds, load after load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.cachet_day import CachetDay
from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import assert_equal
from tests.support.small_box import small_box
from tests.support.warehouses import DuckDBFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.comparison import Tables
    from tests.support.project import MeltanoProject
    from tests.support.warehouses import Warehouse

SCHEMA = "cachet"
ALL_STREAMS = {"TAP_CACHET__SELECT": '["*.*"]'}


@dataclass(frozen=True)
class Load:
    """What a load has made of the warehouses.

    Attributes:
        expected: The rows that the server had.
        tables: The rows of each warehouse.
    """

    expected: Tables
    tables: Mapping[str, Tables]


@dataclass(frozen=True)
class Loads:
    """Three loads, into every kind of warehouse in the same runs; a day has passed between the first and the second.

    Attributes:
        all: The loads.
        gone: The ids that were deleted on that day, by table.
    """

    all: Sequence[Load]
    gone: Mapping[str, set[int]]


@pytest.fixture(scope="module")
def loads(meltano: MeltanoProject, every_warehouse: Callable[[], dict[str, Warehouse]]) -> Loads:
    warehouses = every_warehouse()
    pairs = [name for warehouse in warehouses.values() for name in ("tap-cachet", warehouse.target)]
    # The state belongs to these loads, though the project is shared.
    command = ("run", "--state-id-suffix=every-load", *pairs)

    with small_box() as box:
        settings = {**settings_of(box), **ALL_STREAMS}
        for warehouse in warehouses.values():
            settings.update(warehouse.settings)

        def load() -> Load:
            meltano(*command, **settings)
            return Load(
                expected_tables(box), {kind: warehouse.tables(SCHEMA) for kind, warehouse in warehouses.items()}
            )

        first = load()
        gone = CachetDay(box).live()
        return Loads([first, load(), load()], gone)


def settings_of(box: Sandbox) -> dict[str, str]:
    return {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"]}


def test_every_load_makes_the_tables_equal_to_the_server(loads: Loads, kind: str) -> None:
    for load in loads.all:
        assert_equal(load.tables[kind], load.expected, KEYS)


def test_what_was_deleted_is_gone_with_the_next_load(loads: Loads, kind: str) -> None:
    first, second, _ = (load.tables[kind] for load in loads.all)
    for table, ids in loads.gone.items():
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
