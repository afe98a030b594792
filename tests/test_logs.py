"""What the hourly run logs: little enough to read, no line twice, and nothing that only the SDK understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout.testing import TapRunner
from tap_rootly.tap import TapRootly

from sandbox import Fault
from tests.support.jobs import selected
from tests.support.loading import load
from tests.support.servers import SERVERS, a_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox import Sandbox

EXTRACTOR = "tap-rootly-incidents"
MOST_LINES = 25
LINES_OF_MELTANO = 10
"""What `meltano run` itself logs about two plugins."""
ROOTLY = next(server for server in SERVERS if server.name == "rootly")


class HourlyRun:
    """The hourly load of Rootly's incidents, run in this process.

    Args:
        box: The source.
        folder: A folder of its own.
    """

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._settings = ROOTLY.settings(box)
        self._folder = folder
        self._tap = TapRunner(TapRootly, folder)
        self._streams = selected(EXTRACTOR, TapRootly(config=self._settings).streams)
        self._state: dict[str, Any] | None = None

    def __call__(self, *, exit_code: int = 0) -> list[str]:
        """Run once; returns what was logged, without times and names of loggers."""
        run = self._tap(self._settings, only=self._streams, state=self._state)
        assert run.exit_code == exit_code, run.log
        self._state = run.state
        loaded = load(run, self._folder, hard_delete=True)
        assert loaded.exit_code == 0, loaded.log
        return [line.split(" | ", 3)[-1] for line in (run.log + loaded.log).splitlines()]


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[list[str]]]:
    """The lines of four runs: the first one, one after changes, one without news, one of which a stream fails."""
    with a_box() as box:
        run = HourlyRun(box, tmp_path_factory.mktemp("hourly"))
        first = run()
        for table in ("incidents", "alerts"):
            newest = max(box.rootly.store.rows(table), key=lambda row: row["updated_at"])
            box.rootly.store.update(table, newest["id"], summary="Changed")
        changed, without_news = run(), run()
        box.faults.add(Fault("status", "/rootly/v1/alerts", times=None, status=500))
        yield [first, changed, without_news, run(exit_code=1)]


def test_an_hourly_run_logs_no_more_than_a_screen(hours: list[list[str]]) -> None:
    _, *later = hours
    assert max(len(lines) for lines in later) + LINES_OF_MELTANO <= MOST_LINES, later


def test_no_line_is_logged_twice(hours: list[list[str]]) -> None:
    for lines in hours:
        assert len(set(lines)) == len(lines), lines


def test_what_only_the_sdk_understands_is_not_logged(hours: list[list[str]]) -> None:
    logged = "\n".join(line for lines in hours for line in lines)
    assert not [text for text in ("METRIC", "deselected", "env var", "unsorted", "Beginning sync") if text in logged]


def test_the_log_begins_with_what_is_read_and_ends_with_what_was_loaded(hours: list[list[str]]) -> None:
    first, changed, *_ = hours
    assert "Reading 11 of 128 streams: 0 incrementally, 11 in full" in first
    assert "Reading 11 of 128 streams: 10 incrementally, 1 in full" in changed
    assert "  alerts: 1 row, 1 request" in changed
    assert all(lines[-1].startswith("loaded ") for lines in hours)
