"""An upgrade from 0.1 takes tables and states over: no row goes that the source has, none is read that need not be."""

from __future__ import annotations

import shutil
from copy import copy
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from singer_fanout.testing import TapRunner

from sandbox import Fault, Sandbox
from tests.support.comparison import duckdb_tables
from tests.support.first_release import (
    BOXWATCH,
    CACHET,
    INSTATUS,
    INSTATUS_CHANGES,
    ROOTLY,
    SIGRYL,
    UPGRADES,
    Upgrade,
    a_small_box,
)
from tests.support.loading import FILE, SCHEMA, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from singer_fanout.testing import Run

    from tests.support.comparison import Row, Tables

    Upgrades: TypeAlias = Callable[[Upgrade], "Upgraded"]

NOT_COMPARED = {"public_status", "endpoint_metrics", "incident_departures", "ip_ranges"}
"""Streams that are no rows of the source's tables."""
INCREMENTAL = {
    CACHET.name: {"metric_points"},
    INSTATUS_CHANGES.name: {"components", "incidents", "incident_updates", "maintenances", "monitors"},
    ROOTLY.name: {"incidents", "incident_events", "alerts", "alert_events"},
    SIGRYL.name: {"incident_updates"},
}
"""Streams of which a run brings what is new."""


LATER = {"shifts": {"assignee_type"}}
"""Columns that are new, of streams whose rows are not read again before they change."""


class Upgraded:
    """A file that the first release has filled and this one goes on to fill.

    Args:
        upgrade: What is loaded.
        box: Where it is read.
        folder: A folder of its own.
    """

    def __init__(self, upgrade: Upgrade, box: Sandbox, folder: Path) -> None:
        self.box = box
        self.before = upgrade.written(box)
        self._upgrade, self._folder = upgrade, folder
        self._tap = TapRunner(upgrade.tap, folder)
        self._state = self.before.state
        self._load(self.before)

    def copy(self) -> Upgraded:
        """The same file and state, to go on from in another way."""
        folder = self._folder / "copy"
        folder.mkdir()
        shutil.copy(self._folder / FILE, folder)
        twin = copy(self)
        twin._folder, twin._tap = folder, TapRunner(self._upgrade.tap, folder)
        return twin

    @property
    def known_streams(self) -> set[str]:
        """The streams that the first release has read."""
        return {message["stream"] for message in self.before.messages if message["type"] == "SCHEMA"}

    def run(self, only: Iterable[str] | None = None, **settings: Any) -> Run:
        """Run the tap from the state that is there, and load what it writes."""
        self.box.requests.clear()
        config = {**self._upgrade.settings(self.box), "requests_per_minute": 0, "max_retries": 0, **settings}
        run = self._tap(config, only=only, state=self._state)
        assert run.exit_code == 0, run.log
        self._load(run)
        self._state = run.state
        return run

    def live(self) -> None:
        """Let things happen at the source."""
        self._upgrade.live(self.box)

    def tables(self) -> Tables:
        """What the file holds."""
        tables = duckdb_tables(self._folder / FILE, SCHEMA)
        return {name: rows for name, rows in tables.items() if name not in NOT_COMPARED}

    def check(self, *, deletes: bool = True, as_written: bool = False) -> None:
        """Compare all tables with the source.

        Args:
            deletes: Whether nothing else may stand in the tables.
            as_written: Whether no more than what the first release knew is there.
        """
        keys, tables, facts = self._upgrade.keys, self.tables(), self._upgrade.expected(self.box)
        expected = {name: facts[name] for name in tables}
        for name in LATER.keys() & tables.keys():
            there = {key_of(row, keys[name]): row for row in tables[name]}
            expected[name] = [
                {
                    column: value
                    for column, value in row.items()
                    if column not in LATER[name] or there.get(key_of(row, keys[name]), row).get(column) is not None
                }
                for row in expected[name]
            ]
        if as_written:
            expected = {name: as_far_as(tables[name], rows, keys[name]) for name, rows in expected.items()}
        if not deletes:
            known = {name: {key_of(row, keys[name]) for row in rows} for name, rows in expected.items()}
            tables = {
                name: [row for row in rows if key_of(row, keys[name]) in known[name]] for name, rows in tables.items()
            }
        self._upgrade.check(tables, expected, keys)

    def _load(self, run: Run) -> None:
        loaded = load(run, self._folder, hard_delete=True)
        assert loaded.exit_code == 0, loaded.log


def key_of(row: Row, key: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[column] for column in key)


def as_far_as(known: Sequence[Row], rows: Sequence[Row], key: Sequence[str]) -> list[Row]:
    """Rows without the columns, and the fields inside them, that a table does not have."""
    there = {key_of(row, key): row for row in known}
    return [_cut(there.get(key_of(row, key), row), row) for row in rows]


def _cut(known: Any, value: Any) -> Any:
    if isinstance(known, dict) and isinstance(value, dict):
        return {name: _cut(known[name], inner) for name, inner in value.items() if name in known}
    if isinstance(known, list) and isinstance(value, list) and len(known) == len(value):
        return [_cut(*pair) for pair in zip(known, value, strict=True)]
    return value


def counted(run: Run) -> dict[str, int]:
    return {stream: len(rows) for stream, rows in run.rows.items() if rows}


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Callable[[Upgrade], Upgraded]]:
    """Loads what the first release wrote about a sandbox, which is there to be read again."""
    with a_small_box() as box:
        yield lambda upgrade: Upgraded(upgrade, box, tmp_path)


each = pytest.mark.parametrize("upgrade", UPGRADES, ids=lambda upgrade: upgrade.name)


@each
def test_nothing_is_read_again_and_what_comes_changes_and_goes_is_seen_at_once_and_later(
    upgraded: Upgrades, upgrade: Upgrade
) -> None:
    file = upgraded(upgrade)
    # If not, the sandbox's data are others now: see tests/support/first_release.py.
    file.check(as_written=True)
    not_yet_run = file.copy()
    # Streams that are new have all to read.
    first, requests = file.run(file.known_streams), file.box.requests.by_route
    second = file.run(file.known_streams)
    assert requests == file.box.requests.by_route
    assert counted(first) == counted(second)
    for stream in INCREMENTAL.get(upgrade.name, ()):
        assert len(first.rows[stream]) < len(file.before.rows[stream]), stream
    file.check()
    file.live()
    for each_file in (not_yet_run, file):
        each_file.run()
        each_file.check(deletes=upgrade is not INSTATUS_CHANGES)


def test_a_page_of_instatus_that_refuses_the_first_run_keeps_its_rows(upgraded: Upgrades) -> None:
    file = upgraded(INSTATUS)
    page = file.box.instatus.view().pages()[0]["id"]
    before = [row for row in file.tables()["incidents"] if row["page_id"] == page]
    file.box.instatus.refuse(page, 403)
    file.run()
    file.run()
    assert [row for row in file.tables()["incidents"] if row["page_id"] == page] == before
    file.box.instatus.allow(page)
    file.live()
    file.run()
    file.check()


def test_a_page_of_sigryl_that_refuses_the_first_run_keeps_its_rows(upgraded: Upgrades) -> None:
    file = upgraded(SIGRYL)
    before = len(file.tables()["components"])
    for _ in range(2):
        file.box.faults.add(Fault("status", "/sigryl/api/v1/components", status=403))
        run = file.run(max_concurrency=1)
        assert len(run.rows["components"]) < before
        assert "components" not in run.activated
    file.check()
    file.live()
    file.run()
    file.check()


def test_incidents_of_boxwatch_that_end_after_the_upgrade_stay(upgraded: Upgrades) -> None:
    file = upgraded(BOXWATCH)
    before = file.tables()["incidents"]
    file.box.boxwatch.store.delete("incidents", before[0]["id"])
    file.run()
    assert {row["id"] for row in file.tables()["incidents"]} == {row["id"] for row in before}
