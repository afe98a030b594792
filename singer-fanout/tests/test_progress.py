"""A long run says how far it has got; a short one says nothing."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout import tap as tap_module
from singer_fanout.progress import SECONDS_BETWEEN_LINES_OF_A_FILE, Progress, duration
from singer_fanout.summary import RunSummary
from status_page import add_incident, add_templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import TapRunner

    from sandbox import Sandbox


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line every few milliseconds, wherever the log goes."""
    monkeypatch.setattr(tap_module, "SECONDS_BETWEEN_LINES", 0.02)
    monkeypatch.setattr(tap_module, "SECONDS_BETWEEN_LINES_OF_A_FILE", 0.02)


@pytest.mark.usefixtures("often")
def test_a_fan_out_tells_the_share_of_its_parents(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(40):
        add_incident(box, day)
    box.faults.latency = 0.01
    run = tap(config(show_progress=True, max_concurrency=2), ["updates"])
    assert re.search(
        r"Reading updates: [1-9]\d* rows, [1-9]\d* requests, \d+% of 40 parents, about \d+ s left", run.log
    )


@pytest.mark.usefixtures("often")
def test_a_list_without_a_total_tells_its_pages(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 60)
    box.faults.latency = 0.01
    run = tap(config(show_progress=True, max_concurrency=1, page_size=3), ["templates"])
    assert re.search(r"Reading templates: [1-9]\d* rows, [1-9]\d* requests, [1-9]\d* pages", run.log)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("shown", [None, False])
def test_a_log_without_a_terminal_tells_it_too_unless_it_is_switched_off(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], *, shown: bool | None
) -> None:
    add_templates(box, 30)
    box.faults.latency = 0.01
    run = tap(config(max_concurrency=1, page_size=3, show_progress=shown), ["templates"])
    assert ("Reading templates: " in run.log) == (shown is None)


def test_a_log_without_a_terminal_tells_it_once_a_minute(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 3)
    run = tap(config(), ["templates"])
    assert "Reading templates: " not in run.log
    assert SECONDS_BETWEEN_LINES_OF_A_FILE == 60


def test_lines_of_several_streams_keep_their_distance(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    shown = Progress(RunSummary(logging.getLogger("tap")), lambda: 0.0, logging.getLogger("tap"), every=0.05)
    with shown.of("long"):
        while not caplog.messages:
            time.sleep(0.01)
    for stream in "abc":
        with shown.of(stream):
            pass
    assert {text.split(":")[0] for text in caplog.messages} == {"Reading long"}


def test_the_time_left_follows_from_the_share_that_is_done() -> None:
    summary = RunSummary(logging.getLogger("tap"))
    summary.rows["updates"] = 1234
    summary.attempt("updates", 1)
    shown = Progress(summary, lambda: 61.0, logging.getLogger("tap"), every=10.0)
    shown.expect("parent", 4)
    shown.advance()
    assert shown.line("updates", 30.0) == (
        "Reading updates: 1,234 rows, 1 request, 25% of 4 parents, about 1 min 30 s left, "
        "1 min 1 s waited for the rate limit"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.0, "59 s"), (3599.0, "59 min 59 s"), (7260.0, "2 h 1 min")]
)
def test_spans_of_time_are_told_in_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text
