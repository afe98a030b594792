"""Each extractor into each loader through Meltano: every table equals what the source holds, load after load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import BoxWatchSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support.columns import declared_columns
from tests.support.plugins import discovered
from tests.support.sources import SOURCES, Source
from tests.support.told import assert_tables_tell
from tests.support.warehouses import DuckDBFile, PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.comparison import Tables
    from tests.support.project import MeltanoProject
    from tests.support.warehouses import Warehouse

NOT_LISTS = {
    "rootly": {"current_user", "ip_ranges", "*_charts"},
    "boxwatch": {"public_status", "endpoint_metrics", "incident_departures"},
}
"""Streams that are no rows of the server's tables; the taps' own tests look at them."""


@pytest.fixture
def full_box() -> Iterator[Sandbox]:
    """A sandbox in which nothing is refused."""
    with Sandbox(
        seed=7,
        instatus=InstatusSeed(unowned_pages=0, forbidden_pages=0),
        rootly=RootlySeed(),
        sigryl=SigrylSeed(pages=1),
        boxwatch=BoxWatchSeed(),
    ) as sandbox:
        yield sandbox


@pytest.fixture(params=["duckdb", "postgresql"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBFile(tmp_path / "warehouse.duckdb")
    server = request.getfixturevalue("postgres")
    return PostgresDatabase(server, server.create_database())


def lists(source: Source, tables: Tables) -> Tables:
    left_out = NOT_LISTS.get(source.schema, set())
    ends = tuple(name[1:] for name in left_out if name.startswith("*"))
    return {name: rows for name, rows in tables.items() if name not in left_out and not name.endswith(ends or ("\0",))}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.extractor)
def test_every_load_makes_the_tables_equal_to_the_source(
    meltano: MeltanoProject, warehouse: Warehouse, full_box: Sandbox, source: Source, tmp_path: Path
) -> None:
    # The state belongs to this test, though the project is shared.
    command = ("run", f"--state-id-suffix={tmp_path.name}", source.extractor, warehouse.target)
    settings = {**source.environment(full_box), **warehouse.settings}

    meltano(*command, **settings)
    assert_tables_tell(lists(source, warehouse.tables(source.schema)), source.expected(full_box), source.keys)

    streams = discovered(source.tap, source.provider)["streams"]
    declared = declared_columns(streams)
    columns = warehouse.columns(source.schema)
    assert {key: kind for key, kind in columns.items() if key in declared} == {
        key: kind for key, kind in declared.items() if key in columns
    }
    assert {table for table, _ in columns} <= {stream["tap_stream_id"] for stream in streams}

    source.live(full_box)
    meltano(*command, **settings)
    assert_tables_tell(lists(source, warehouse.tables(source.schema)), source.expected(full_box), source.keys)
