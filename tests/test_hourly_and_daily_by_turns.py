"""An hourly and a daily extractor fill the same tables by turns, each from a state of its own: nothing gets lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout.testing import TapRunner
from tap_cachet.tap import TapCachet
from tap_instatus.tap import TapInstatus

from sandbox import InstatusSeed, Sandbox
from tests.support.cachet_day import CachetDay
from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import assert_equal, duckdb_tables
from tests.support.jobs import selected
from tests.support.leaks import told
from tests.support.loading import SCHEMA, load
from tests.support.servers import SERVERS
from tests.support.small_box import small_box
from tests.support.sources import SOURCES
from tests.support.told import assert_tables_tell
from tests.support.warehouses import DuckDBFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from singer_fanout import ApiTap
    from singer_fanout.testing import Run

    from tests.support.comparison import Row, Tables
    from tests.support.project import MeltanoProject

LONG_PAST = datetime(2021, 3, 4, 5, 6, tzinfo=timezone.utc)
CACHET = "/cachet/api"
OWN_ROUTES = {f"{CACHET}/incidents/{{id}}", f"{CACHET}/schedules/{{id}}"}
LINKS = {"incident_components", "schedule_components"}
INSTATUS_HOURLY_ROUTES = {
    "/instatus/v2/pages",
    "/instatus/v1/{page_id}/components",
    "/instatus/v1/{page_id}/incidents",
    "/instatus/v1/{page_id}/maintenances",
}
INSTATUS = next(source for source in SOURCES if source.extractor == "tap-instatus")


class Turns:
    """Loads a source with several extractors of one tap into one file.

    Args:
        folder: A folder of its own.
        tap: The tap behind the extractors.
        settings: Its settings.
    """

    def __init__(self, folder: Path, tap: type[ApiTap], settings: Mapping[str, Any]) -> None:
        self._folder = folder
        self._tap = TapRunner(tap, folder)
        self._settings = settings
        self._streams = list(tap(config=dict(settings)).streams)
        self._states: dict[str, Any] = {}

    def streams(self, extractor: str) -> set[str]:
        """What an extractor reads."""
        return selected(extractor, self._streams)

    def __call__(self, extractor: str, *, full_refresh: bool = False) -> Tables:
        """Load with an extractor, from its own state; returns what the file holds."""
        return self.write(self.read(extractor, full_refresh=full_refresh))

    def read(self, extractor: str, *, full_refresh: bool = False) -> Run:
        """Run the tap."""
        state = None if full_refresh else self._states.get(extractor)
        run = self._tap(self._settings, only=self.streams(extractor), state=state)
        assert run.exit_code == 0, run.log
        self._states[extractor] = run.state
        return run

    def write(self, run: Run) -> Tables:
        """Load what a run has written, or a part of it; returns what the file holds."""
        loaded = load(run, self._folder, hard_delete=True)
        assert loaded.exit_code == 0, loaded.log
        return duckdb_tables(loaded.file, SCHEMA)


class CachetServer:
    """A Cachet server on which things happen, and what a warehouse must hold of it.

    Points that were deleted stay in a warehouse until all points are read again.
    """

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._unseen: list[Row] = []

    def live(self) -> None:
        """Let rows come, change and go."""
        CachetDay(self._box).live()
        store = self._box.cachet.store
        metric, other = self._metrics()[:2]
        self._add(metric, LONG_PAST)
        # Counted up: the server does so with the point that has the latest time, which is not the youngest now.
        counting = max(self._points(metric), key=lambda point: point["created_at"])
        store.update("metric_points", counting["id"], counter=counting["counter"] + 1)
        latest = max(point["created_at"] for point in self._points(other))
        for minutes in (10, 20, 30):
            self._add(other, latest + timedelta(minutes=minutes))

    def lose_a_point(self) -> None:
        """Delete the oldest point of a metric, which nobody reads again."""
        point = min(self._points(self._metrics()[0]), key=lambda row: int(row["id"]))
        self._unseen += [row for row in expected_tables(self._box)["metric_points"] if row["id"] == point["id"]]
        self._box.cachet.store.delete("metric_points", point["id"])

    def see_deleted_points(self) -> None:
        """All points are read again."""
        self._unseen.clear()

    def tables(self) -> Tables:
        """What a warehouse must hold."""
        tables = expected_tables(self._box)
        del tables["subscribers"]
        return {**tables, "metric_points": [*tables["metric_points"], *self._unseen]}

    def _metrics(self) -> list[int]:
        return sorted(row["id"] for row in expected_tables(self._box)["metrics"])

    def _points(self, metric: int) -> list[Row]:
        return [row for row in self._box.cachet.store.rows("metric_points") if row["metric_id"] == metric]

    def _add(self, metric: int, moment: datetime) -> None:
        self._box.cachet.store.insert(
            "metric_points", metric_id=metric, value=1.5, created_at=moment, updated_at=moment
        )


@pytest.fixture
def server(box: Sandbox) -> CachetServer:
    return CachetServer(box)


@pytest.fixture
def turns(box: Sandbox, tmp_path: Path) -> Turns:
    settings = {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"], "requests_per_minute": 0}
    return Turns(tmp_path, TapCachet, settings)


def only(tables: Tables, names: set[str]) -> Tables:
    return {name: rows for name, rows in tables.items() if name in names}


def without(tables: Tables, names: set[str]) -> Tables:
    return {name: rows for name, rows in tables.items() if name not in names}


def test_cachet_hour_by_hour_and_day_by_day(turns: Turns, server: CachetServer, box: Sandbox) -> None:
    hourly, daily = turns.streams("tap-cachet-hourly"), turns.streams("tap-cachet")
    held: Tables = {}

    def run(extractor: str, *, full_refresh: bool = False) -> None:
        nonlocal held
        box.requests.clear()
        before, held = held, turns(extractor, full_refresh=full_refresh)
        if full_refresh:
            server.see_deleted_points()
        read = turns.streams(extractor)
        assert_equal(only(held, read), only(server.tables(), read), KEYS)
        assert only(held, daily - read) == only(before, daily - read)
        if extractor == "tap-cachet-hourly":
            assert not OWN_ROUTES & box.requests.by_route.keys()

    assert daily - hourly == {*LINKS, "incident_templates", "version"}
    run("tap-cachet")
    server.live()
    # All points once more: this state knows none yet.
    run("tap-cachet-hourly")
    server.live()
    server.lose_a_point()
    run("tap-cachet-hourly")
    run("tap-cachet")
    server.live()
    run("tap-cachet", full_refresh=True)
    server.live()
    run("tap-cachet-hourly")
    run("tap-cachet")
    server.live()
    server.lose_a_point()
    run("tap-cachet-hourly", full_refresh=True)
    server.live()
    run("tap-cachet")
    run("tap-cachet-hourly")


def test_cachet_when_the_hourly_extractor_comes_first(turns: Turns, server: CachetServer) -> None:
    turns("tap-cachet-hourly")
    server.live()
    server.lose_a_point()
    server.see_deleted_points()
    assert_equal(only(turns("tap-cachet"), turns.streams("tap-cachet")), server.tables(), KEYS)
    server.live()
    hourly = turns.streams("tap-cachet-hourly")
    assert_equal(only(turns("tap-cachet-hourly"), hourly), only(server.tables(), hourly), KEYS)


def test_an_hour_of_metric_points_costs_one_request_a_metric_whatever_the_other_state_says(
    turns: Turns, server: CachetServer, box: Sandbox
) -> None:
    turns("tap-cachet")
    turns("tap-cachet-hourly")
    turns("tap-cachet", full_refresh=True)
    server.live()
    box.requests.clear()
    turns("tap-cachet-hourly")
    assert box.requests.count(f"{CACHET}/metrics/{{id}}/points") == len(server.tables()["metrics"])


def test_an_hour_that_falls_into_a_daily_read_of_everything_loses_nothing(turns: Turns, server: CachetServer) -> None:
    # Two programs cannot write into one DuckDB file at once; the order in which a server would get the messages can.
    hourly = turns.streams("tap-cachet-hourly")
    turns("tap-cachet-hourly")
    server.live()
    whole = turns.read("tap-cachet")
    turns.write(without_messages(whole, "ACTIVATE_VERSION"))
    turns("tap-cachet-hourly")
    held = turns.write(without_messages(whole, "RECORD"))
    assert_equal(only(held, hourly), only(server.tables(), hourly), KEYS)


def without_messages(run: Run, kind: str) -> Run:
    messages = (message for message in run.messages if message["type"] != kind)
    return replace(run, output="".join(f"{json.dumps(message)}\n" for message in messages))


def an_instatus_box() -> Sandbox:
    """An account whose key owns all pages, so that deletes are seen."""
    size = InstatusSeed(unowned_pages=0, forbidden_pages=0, incidents=20, maintenances=9)
    sandbox = Sandbox(seed=7, instatus=size, bare=True)
    sandbox.instatus.settings.rate_limit = None
    return sandbox


@pytest.fixture
def instatus_box() -> Iterator[Sandbox]:
    with an_instatus_box() as sandbox:
        yield sandbox


def test_instatus_hour_by_hour_and_day_by_day(instatus_box: Sandbox, tmp_path: Path) -> None:
    settings = next(server for server in SERVERS if server.name == "instatus").settings(instatus_box)
    settings["public_url"] = instatus_box.instatus.public_url_pattern
    turns = Turns(tmp_path, TapInstatus, settings)
    hourly, daily = turns.streams("tap-instatus-hourly"), turns.streams("tap-instatus")
    held: Tables = {}
    assert daily - hourly

    for extractor in ("daily", "hourly", "hourly", "daily", "daily", "hourly"):
        read = daily if extractor == "daily" else hourly
        instatus_box.requests.clear()
        before, held = held, turns("tap-instatus" if extractor == "daily" else "tap-instatus-hourly")
        assert_tables_tell(only(held, read), only(INSTATUS.expected(instatus_box), read), INSTATUS.keys)
        assert only(held, daily - read) == only(before, daily - read)
        if extractor == "hourly":
            assert instatus_box.requests.by_route.keys() == INSTATUS_HOURLY_ROUTES
        INSTATUS.live(instatus_box)


# Through Meltano, which keeps a state for each extractor


@dataclass(frozen=True)
class Turn:
    """What a run has made of a schema.

    Attributes:
        held: Its tables.
        expected: What they must be.
        routes: What was asked for.
        leaks: The secrets of the server that stand in the tables, or in what Meltano has printed.
    """

    held: Tables
    expected: Tables
    routes: set[str]
    leaks: list[str]


@pytest.fixture(scope="module")
def daily_hourly_daily(meltano: MeltanoProject, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Turn]]:
    """Three runs of Cachet and of Instatus, in the same runs of Meltano; things happen before the second and third."""
    folder = tmp_path_factory.mktemp("turns")
    warehouse = DuckDBFile(folder / "warehouse.duckdb")
    turns: dict[str, list[Turn]] = {"cachet": [], "instatus": []}
    with small_box() as box, an_instatus_box() as instatus_box:
        server = CachetServer(box)
        settings = {
            "TAP_CACHET_API_URL": box.cachet.api_url,
            "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"],
            **INSTATUS.environment(instatus_box),
            **warehouse.settings,
        }
        del settings["TAP_INSTATUS__SELECT"]
        for ending in ("", "-hourly", ""):
            if turns["cachet"]:
                server.live()
                INSTATUS.live(instatus_box)
            box.requests.clear()
            instatus_box.requests.clear()
            pairs = (f"tap-cachet{ending}", warehouse.target, f"tap-instatus{ending}", warehouse.target)
            printed = meltano("run", f"--state-id-suffix={folder.name}", *pairs, **settings)
            for name, facts, asked in (
                ("cachet", server.tables(), box),
                ("instatus", INSTATUS.expected(instatus_box), instatus_box),
            ):
                held, routes = warehouse.tables(name), set(asked.requests.by_route)
                leaks = told(getattr(asked, name).canaries, printed + str(held))
                turns[name].append(Turn(held, facts, routes, leaks))
    return turns


def test_cachet_by_turns_through_meltano(daily_hourly_daily: dict[str, list[Turn]]) -> None:
    before, between, after = daily_hourly_daily["cachet"]
    hourly = selected("tap-cachet-hourly", KEYS)
    assert not OWN_ROUTES & between.routes
    assert without(between.held, hourly) == without(before.held, hourly)
    assert_equal(only(between.held, hourly), only(between.expected, hourly), KEYS)
    assert_equal(after.held, after.expected, KEYS)


@pytest.mark.parametrize("name", ["cachet", "instatus"])
def test_subscribers_are_not_read_unless_they_are_selected(
    daily_hourly_daily: dict[str, list[Turn]], name: str
) -> None:
    for turn in daily_hourly_daily[name]:
        assert turn.held
        assert "subscribers" not in turn.held
        assert turn.leaks == []


def test_instatus_by_turns_through_meltano(daily_hourly_daily: dict[str, list[Turn]]) -> None:
    before, between, after = daily_hourly_daily["instatus"]
    hourly = selected("tap-instatus-hourly", INSTATUS.keys)
    daily = selected("tap-instatus", INSTATUS.keys)
    assert between.routes == INSTATUS_HOURLY_ROUTES
    assert without(between.held, hourly) == without(before.held, hourly)
    assert_tables_tell(only(between.held, hourly), only(between.expected, hourly), INSTATUS.keys)
    assert_tables_tell(after.held, only(after.expected, daily), INSTATUS.keys)
