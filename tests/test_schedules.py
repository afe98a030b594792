"""The schedules of the project: none gets in another one's way, and each costs what the documentation says."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from singer_fanout.testing import TapRunner

from sandbox import Sandbox
from tests.support.jobs import scheduled, selected
from tests.support.project import REPOSITORY
from tests.support.servers import SERVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.servers import Server

DAILY_MINUTES = 30
"""How long a daily run has the file to itself before an hourly one begins."""
WALKED_BACK = "/rootly/v1/shifts"
"""What a first run asks for there depends on the day on which it is read."""
NAMES = sorted(scheduled())


def server_of(name: str) -> Server:
    """The server that a schedule reads from."""
    return next(server for server in SERVERS if server.name == name.split("-", maxsplit=1)[0])


def minute_of(name: str) -> int:
    interval, _ = scheduled()[name]
    minute, hour, *days = interval.split()
    assert days == ["*", "*", "*"]
    assert (hour == "*") == name.endswith("-hourly")
    return int(minute)


def readme_row(name: str) -> list[str]:
    """The cells of a schedule's row in the documentation."""
    lines = (REPOSITORY / "docs" / "every-hour.md").read_text().splitlines()
    (row,) = [line for line in lines if line.startswith(f"| `{name}` |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.fixture(scope="module")
def default_box() -> Iterator[Sandbox]:
    """A sandbox of the size that it has when it is started by hand, without limits that only take time."""
    with Sandbox(seed=0) as box:
        box.cachet.settings.rate_limit = None
        box.instatus.settings.rate_limit = None
        box.rootly.settings.rate_limit = None
        box.sigryl.settings.reads = None
        yield box


def test_no_two_schedules_begin_in_the_same_minute() -> None:
    # A DuckDB file takes one load at a time.
    hourly = [minute_of(name) for name in NAMES if name.endswith("-hourly")]
    daily = [scheduled()[name][0] for name in NAMES if name.endswith("-daily")]
    assert len(set(hourly)) == len(hourly)
    assert len(set(daily)) == len(daily)


@pytest.mark.parametrize("daily", [name for name in NAMES if name.endswith("-daily")])
def test_a_daily_run_has_half_an_hour_to_itself(daily: str) -> None:
    hourly = [minute_of(name) for name in NAMES if name.endswith("-hourly")]
    assert min((minute - minute_of(daily)) % 60 for minute in hourly) >= DAILY_MINUTES


@pytest.fixture(scope="module")
def costs(default_box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """Requests of an extractor's first run and of a later one; two schedules of one extractor cost the same."""

    @cache
    def measured(extractor: str) -> list[str]:
        server = server_of(extractor.removeprefix("tap-"))
        settings = server.settings(default_box)
        if server.name == "instatus":
            settings["public_url"] = default_box.instatus.public_url_pattern
        run_tap = TapRunner(server.tap, tmp_path_factory.mktemp(extractor))
        streams = selected(extractor, server.tap(config=settings).streams)
        found = []
        state = None
        for _ in range(2):
            default_box.requests.clear()
            run = run_tap(settings, only=streams, state=state)
            assert run.exit_code == 0, run.log
            walked_back = default_box.requests.count(WALKED_BACK) if state is None else 0
            state = run.state
            found.append(str(default_box.requests.total - walked_back))
        return found

    return measured


@pytest.mark.parametrize("name", NAMES)
def test_a_scheduled_run_costs_the_requests_that_the_readme_says(name: str, costs: Callable[[str], list[str]]) -> None:
    _, extractor = scheduled()[name]

    _, said_extractor, _, requests, first_run, _ = readme_row(name)

    assert f"`{extractor}`" == said_extractor
    assert [first_run.split(",")[0], requests] == costs(extractor)


@pytest.mark.parametrize("daily", [name for name in NAMES if name.endswith("-daily")])
def test_an_hourly_extractor_reads_some_of_the_streams_of_the_daily_one(daily: str) -> None:
    server = server_of(daily)
    streams = server.tap(config={"api_token": "none", "api_key": "none"}).streams
    hourly = daily.replace("-daily", "-hourly")
    hourly_streams, daily_streams = (selected(scheduled()[name][1], streams) for name in (hourly, daily))
    assert hourly_streams
    assert hourly_streams < daily_streams
