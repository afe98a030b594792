"""Each extractor into each loader through Meltano: every table equals what the source holds, load after load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.columns import declared_columns
from tests.support.every_load import SEVERAL
from tests.support.plugins import discovered
from tests.support.told import assert_tables_tell

if TYPE_CHECKING:
    from tests.support.comparison import Tables
    from tests.support.every_load import EveryLoad, Loads
    from tests.support.sources import Source

NOT_LISTS = {
    "rootly": {"current_user", "ip_ranges", "*_charts"},
    "boxwatch": {"public_status", "endpoint_metrics", "incident_departures"},
}
"""Streams that are no rows of the server's tables; the taps' own tests look at them."""


@pytest.fixture(params=SEVERAL, ids=lambda source: source.extractor)
def loads(request: pytest.FixtureRequest, every_load: EveryLoad) -> Loads:
    return every_load.loads[request.param.extractor]


def lists(source: Source, tables: Tables) -> Tables:
    left_out = NOT_LISTS.get(source.schema, set())
    ends = tuple(name[1:] for name in left_out if name.startswith("*"))
    return {name: rows for name, rows in tables.items() if name not in left_out and not name.endswith(ends or ("\0",))}


def test_every_load_makes_the_tables_equal_to_the_source(loads: Loads, kind: str) -> None:
    for load in (loads.first, loads.second):
        assert_tables_tell(lists(loads.source, load.tables[kind]), load.expected, loads.source.keys)
    assert loads.first.expected != loads.second.expected


def test_every_column_is_of_the_kind_that_the_tap_declares(loads: Loads, kind: str) -> None:
    streams = discovered(loads.source.tap, loads.source.provider)["streams"]
    declared = declared_columns(streams)
    columns = loads.first.columns[kind]
    assert {key: found for key, found in columns.items() if key in declared} == {
        key: wanted for key, wanted in declared.items() if key in columns
    }
    assert {table for table, _ in columns} <= {stream["tap_stream_id"] for stream in streams}
