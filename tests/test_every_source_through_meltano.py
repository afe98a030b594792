"""Each extractor into each loader through Meltano: every table equals what the source holds, load after load."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from sandbox import BoxWatchSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support.columns import declared_columns
from tests.support.plugins import discovered
from tests.support.sources import SOURCES, Source, boxwatch_facts
from tests.support.told import assert_tables_tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.comparison import Tables
    from tests.support.project import MeltanoProject
    from tests.support.warehouses import Columns, Warehouse

NOT_LISTS = {
    "rootly": {"current_user", "ip_ranges", "*_charts"},
    "boxwatch": {"public_status", "endpoint_metrics", "incident_departures"},
}
"""Streams that are no rows of the server's tables; the taps' own tests look at them."""


@dataclass(frozen=True)
class Load:
    """What a load has made of the warehouses.

    Attributes:
        expected: The rows that the source had.
        tables: The rows of each warehouse.
        columns: The columns of each warehouse.
    """

    expected: Tables
    tables: Mapping[str, Tables]
    columns: Mapping[str, Columns]


@dataclass(frozen=True)
class Loads:
    """Two loads of a source, into every kind of warehouse in the same runs; rows have come and gone between them."""

    source: Source
    first: Load
    second: Load


def with_accounts(source: Source) -> Source:
    """BoxWatch as those have it who read two accounts: their numbers are the same, and the name is part of the key."""
    numbers = boxwatch_facts.ACCOUNTS[:2]
    named = ("servers", "cron_checks", "uptime_checks", "webhooks", "endpoint_metrics")

    def settings(box: Sandbox) -> Mapping[str, str]:
        accounts = boxwatch_facts.accounts_settings(box)["accounts"]
        single = {
            name: value for name, value in source.settings(box).items() if name not in {"API_KEY", "ENDPOINT_KEYS"}
        }
        return {**single, "ACCOUNTS": json.dumps(accounts)}

    def expected(box: Sandbox) -> Tables:
        rows = [boxwatch_facts.boxwatch_rows(box, number) for number, _ in enumerate(numbers)]
        return {
            stream: [{**row, "account": name} for name, told in zip(numbers, rows, strict=True) for row in told[stream]]
            for stream in rows[0]
        }

    keys = {stream: ("account", *key) if stream in named else key for stream, key in source.keys.items()}
    return replace(source, settings=settings, expected=expected, keys=keys)


SEVERAL = [with_accounts(source) if source.schema == "boxwatch" else source for source in SOURCES]


@pytest.fixture(scope="module")
def every_load(meltano: MeltanoProject, every_warehouse: Callable[[], dict[str, Warehouse]]) -> dict[str, Loads]:
    """The loads of all sources, by extractor: of all in one run, because each run starts Meltano."""
    warehouses = every_warehouse()
    pairs = [name for source in SEVERAL for each in warehouses.values() for name in (source.extractor, each.target)]
    # The state belongs to these loads, though the project is shared.
    command = ("run", "--state-id-suffix=every-source", *pairs)

    with full_box() as box:
        settings = {name: value for each in warehouses.values() for name, value in each.settings.items()}
        for source in SEVERAL:
            settings.update(source.environment(box))

        def load() -> dict[str, Load]:
            meltano(*command, **settings)
            return {
                source.extractor: Load(
                    source.expected(box),
                    {kind: warehouse.tables(source.schema) for kind, warehouse in warehouses.items()},
                    {kind: warehouse.columns(source.schema) for kind, warehouse in warehouses.items()},
                )
                for source in SEVERAL
            }

        first = load()
        for source in SEVERAL:
            source.live(box)
        second = load()
    return {source.extractor: Loads(source, first[source.extractor], second[source.extractor]) for source in SEVERAL}


@pytest.fixture(params=SEVERAL, ids=lambda source: source.extractor)
def loads(request: pytest.FixtureRequest, every_load: dict[str, Loads]) -> Loads:
    return every_load[request.param.extractor]


def full_box() -> Sandbox:
    """A sandbox in which nothing is refused."""
    return Sandbox(
        seed=7,
        instatus=InstatusSeed(unowned_pages=0, forbidden_pages=0),
        rootly=RootlySeed(),
        sigryl=SigrylSeed(pages=1),
        boxwatch=BoxWatchSeed(accounts=2),
    )


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
