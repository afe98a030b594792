"""Runs that are cut short: a test, a discovery, a signal, a target that dies, a crash."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
import singer_fanout.emission
from singer_fanout.summary import RunSummary
from status_page import add_incident, add_metric, add_templates, route

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import TapRunner

    from sandbox import Sandbox

TEMPLATES, UPDATES = route("/incident-templates"), route("/incidents/{id}/updates")


def test_a_test_costs_at_most_a_request_for_each_stream(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 30)
    for day in range(1, 30):
        add_incident(box, day, updates=3)
        add_metric(box, 3)
    run = tap(config(page_size=2), arguments=["--test"])
    assert run.exit_code == 0
    assert {message["stream"] for message in run.of_type("RECORD")} == {
        "templates",
        "metrics",
        "points",
        "incidents",
        "updates",
    }
    assert box.requests.total <= 5
    assert run.activated == set()


def test_a_discovery_asks_for_nothing(box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    run = tap(config(), arguments=["--discover"])
    assert [stream["tap_stream_id"] for stream in json.loads(run.output)["streams"]] == [
        "incidents",
        "metrics",
        "points",
        "templates",
        "updates",
    ]
    assert box.requests.total == 0


def test_the_schema_test_asks_for_nothing(box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    run = tap(config(), arguments=["--test=schema"])
    assert len(run.of_type("SCHEMA")) == 5
    assert box.requests.total == 0


def test_a_list_of_one_page_costs_one_request(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 100)
    assert len(tap(config(), ["templates"]).ids("templates")) == 100
    assert box.requests.total == 1


@pytest.mark.parametrize(
    ("concurrency", "asked"),
    [
        (8, [1, 2, 1]),
        (8, [1, 2, 4, 3, 1, 2]),
        (8, [1, 2, 4, 8, 3, 5, 6, 7, 1, 2, 4, 8]),
        (1, [1, 2, 3, 4, 1, 2, 3]),
    ],
)
def test_the_look_ahead_grows_with_the_list(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], concurrency: int, asked: list[int]
) -> None:
    ids = add_templates(box, 5 * max(asked))
    run = tap(config(page_size=5, max_concurrency=concurrency), ["templates"])
    assert run.ids("templates") == ids
    # What is asked for at once may arrive in any order.
    assert sorted(page_of(url) for url in box.requests.urls) == sorted(asked)
    assert [page_of(url) for url in box.requests.urls[:2]] == [1, 2]


def page_of(url: str) -> int:
    return int(url.split("page=")[1].split("&", maxsplit=1)[0])


def test_long_lists_cost_little_more_than_their_pages(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = add_templates(box, 1000)
    assert tap(config(page_size=10), ["templates"]).ids("templates") == ids
    assert box.requests.total <= 115


def test_a_run_without_any_rows_is_a_good_run(tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    run = tap(config())
    assert run.exit_code == 0
    assert "Finished: 0 rows" in run.log


def test_the_summary_counts_rows_and_requests(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 3)
    add_metric(box, 2)
    run = tap(config(), ["templates", "metrics", "points"])
    assert "Finished: 6 rows from 3 streams, 3 requests\n" in run.log
    for line in ("templates: 3 rows, 1 request", "metrics: 1 row, 1 request", "points: 2 rows, 1 request"):
        assert f"  {line}\n" in run.log


def test_the_summary_says_what_was_repeated(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], waits: list[float]
) -> None:
    add_templates(box, 1)
    box.faults.add(Fault("status", status=503, route=TEMPLATES))
    run = tap(config(), ["templates"])
    assert "  templates: 1 row, 2 requests (1 of them retries)\n" in run.log
    assert len(waits) == 1


def test_the_summary_names_each_field_that_the_schemas_lack_once(caplog: pytest.LogCaptureFixture) -> None:
    summary = RunSummary(logging.getLogger("tap"))
    for field in ("new", "new", "newer"):
        summary.drift("templates", field)
    caplog.clear()
    summary.log("Finished", 0.0)
    assert caplog.messages[-1].startswith("Schema drift: the API sent fields that are not in the schema; ")
    assert caplog.messages[-1].endswith(": templates.new, templates.newer")


def test_a_run_that_ends_early_says_what_it_read(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_metric(box, 0)
    box.faults.add(Fault("status", status=401, route=TEMPLATES))
    run = tap(config(), ["templates", "metrics"])
    assert run.exit_code == 1
    assert "Ended early: 1 row from 1 stream, 2 requests" in run.log
    assert len(run.errors) == 1
    assert run.log.splitlines()[-1].endswith(run.errors[0])


# Signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_with_its_state_and_the_next_one_goes_on(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], number: signal.Signals, code: int
) -> None:
    for day in range(1, 300):
        add_incident(box, day)
    box.faults.latency = 0.02
    running = tap.start(config(max_concurrency=2), ["updates"])
    until(lambda: box.requests.count(UPDATES) > 40)
    running.send_signal(number)
    output, log = running.communicate(timeout=60)
    assert running.returncode == code
    assert output.endswith("\n")
    messages = [json.loads(line) for line in output.splitlines()]
    assert messages[-1]["type"] == "STATE"
    assert log.splitlines()[-1].endswith(
        "Stopped by a signal; the next run goes on from the last state that the target has passed on."
    )
    assert "Traceback" not in log
    before = {message["record"]["id"] for message in messages if message["type"] == "RECORD"}
    assert 0 < len(before) < 299
    box.faults.clear()
    rest = tap(config(), ["updates"], state=messages[-1]["value"])
    assert before | set(rest.ids("updates")) == set(range(1, 300))
    assert len(rest.ids("updates")) < 299


def test_a_signal_does_not_wait_for_a_server_that_hangs(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    box.faults.latency = 60
    running = tap.start(config(request_timeout=90), ["templates"])
    until(lambda: box.requests.total > 0)
    running.terminate()
    running.communicate(timeout=30)
    assert running.returncode == 143


def test_an_error_that_ends_the_run_does_not_wait_for_other_requests_that_hang(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for _ in range(10):
        add_metric(box, 1)
    box.faults.add(Fault("status", route=route("/metrics/{id}/points"), status=401))
    box.faults.add(Fault("slow", route=route("/metrics/{id}/points"), seconds=60, times=None))
    running = tap.start(config(max_concurrency=8, request_timeout=90), ["points"])
    running.communicate(timeout=30)
    assert running.returncode == 1


def test_parents_without_children_do_not_keep_a_signal_from_being_heard(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for _ in range(2000):
        add_metric(box, 0)
    box.faults.latency = 0.01
    running = tap.start(config(max_concurrency=1), ["points"])
    until(lambda: box.requests.count(route("/metrics/{id}/points")) > 5)
    running.terminate()
    running.communicate(timeout=30)
    assert running.returncode == 143
    assert box.requests.count(route("/metrics/{id}/points")) < 1500


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# The target


def test_a_target_that_dies_is_told_in_one_line(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 2000)
    reads, writes = os.pipe()
    running = tap.start(config(), ["templates"], stdout=writes)
    os.close(writes)
    os.read(reads, 100)
    os.close(reads)
    _, log = running.communicate(timeout=60)
    assert running.returncode == 1
    assert log.splitlines()[-1].endswith("The target has closed the pipe; see its log for the reason")
    assert "Traceback" not in log
    assert "BrokenPipeError" not in log


def test_a_target_that_a_signal_has_stopped_first_is_not_told_as_one_that_died(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    box.faults.latency = 60
    reads, writes = os.pipe()
    running = tap.start(config(), ["templates"], stdout=writes)
    os.close(writes)
    until(lambda: box.requests.total > 0)
    os.close(reads)
    running.send_signal(signal.SIGINT)
    _, log = running.communicate(timeout=60)
    assert running.returncode == 130
    assert log.splitlines()[-1].endswith("the next run goes on from the last state that the target has passed on.")


def test_the_output_of_a_process_is_what_it_is_in_a_test(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = add_templates(box, 3)
    running = tap.start(config(), ["templates"], stdout=subprocess.PIPE)
    output, _ = running.communicate(timeout=60)
    messages = [json.loads(line) for line in output.splitlines()]
    assert [message["record"]["id"] for message in messages if message["type"] == "RECORD"] == ids
    assert running.returncode == 0


# States in mid-stream


def test_a_stream_that_can_be_resumed_writes_its_state_when_the_last_one_is_old(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 40):
        add_incident(box, day)
    box.faults.latency = 0.02
    monkeypatch.setattr(singer_fanout.emission, "STATE_SECONDS", 0.1)
    run = tap(config(max_concurrency=2), ["updates"])
    states = [message["value"]["bookmarks"]["updates"] for message in run.of_type("STATE")]
    known = [state.get("replication_key_value") or "" for state in states]
    assert 2 <= len(known) < 20
    assert known == sorted(known)


def test_a_stream_that_cannot_be_resumed_writes_its_state_at_its_end_alone(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_templates(box, 50)
    monkeypatch.setattr(singer_fanout.emission, "STATE_SECONDS", 0.0)
    run = tap(config(), ["templates"])
    assert len(run.of_type("STATE")) == 1


def test_garbage_is_looked_for_rarely_but_only_in_a_run(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 1)
    usual, meanwhile = gc.get_threshold(), []
    box.faults.add(Fault("move", TEMPLATES, action=lambda: meanwhile.append(gc.get_threshold())))
    assert tap(config(), ["templates"]).exit_code == 0
    assert meanwhile[0] > usual
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0
