"""What a failure costs: a stream, a parent, or the run, and nothing beside it; and how a run tells of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from plain_server import PlainServer, Reply
from status_page import add_incident, add_metric, add_templates, route
from status_runs import TapRunner

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox import Sandbox

    Config = Callable[..., dict[str, Any]]

TEMPLATES, METRICS, INCIDENTS = route("/incident-templates"), route("/metrics"), route("/incidents")
UPDATES, POINTS = route("/incidents/{id}/updates"), route("/metrics/{id}/points")
OTHERS = {"incidents", "updates", "metrics", "points"}


def fill(box: Sandbox) -> None:
    add_templates(box, 3)
    add_metric(box, 2)
    for day in range(1, 4):
        add_incident(box, day)


def failing(kind: str) -> Fault:
    """A fault that lasts, on the list of templates."""
    if kind.isdecimal():
        return Fault("status", status=int(kind), route=TEMPLATES, times=None)
    if kind == "another shape":
        return Fault("rewrite", TEMPLATES, times=None, rewrite=lambda _: b'{"rows": []}')
    return Fault(kind, TEMPLATES, times=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["400", "405", "410", "422", "429", "500", "503", "drop", "truncated", "html", "another shape"]
)
def test_a_stream_that_fails_costs_no_other(
    box: Sandbox, tap: TapRunner, config: Config, waits: list[float], kind: str
) -> None:
    fill(box)
    before = tap(config())
    box.faults.add(failing(kind))
    run = tap(config(max_retries=1), state=before.state)
    assert run.exit_code == 1
    assert run.activated == {"incidents", "metrics", "points"}
    assert len(run.rows("points")) == 2
    assert run.state["bookmarks"] == before.state["bookmarks"]
    assert sum(error.startswith("Failed: stream 'templates' (") for error in run.errors) == 1
    assert run.errors[-1].startswith("1 of 5 streams could not be read, or only in part ('templates')")
    assert "Traceback" not in run.log
    assert len(waits) <= 1


def test_a_list_without_an_end_costs_its_stream(box: Sandbox, tap: TapRunner, config: Config) -> None:
    fill(box)
    resources = [{"id": key, "attributes": template(key)} for key in range(5)]
    pages = [json.dumps({"data": [resource], "links": {"next": "?"}}).encode() for resource in resources]
    asked: list[bytes] = []

    def shuffled(body: bytes) -> bytes:
        asked.append(body)
        return pages[len(asked) * 7 % 5]

    box.faults.add(Fault("rewrite", TEMPLATES, times=None, rewrite=shuffled))
    run = tap(config(max_concurrency=1))
    assert run.exit_code == 1
    assert run.activated >= {"incidents", "metrics", "points"}
    assert "the list has no end" in run.log
    assert len(asked) < 20


def template(key: int) -> dict[str, Any]:
    return {"id": key, "name": "", "slug": "", "template": "", "engine": ""}


def test_warn_makes_a_partial_failure_a_good_run_that_names_it(box: Sandbox, tap: TapRunner, config: Config) -> None:
    fill(box)
    box.faults.add(failing("400"))
    run = tap(config(partial_failure="warn"))
    assert run.exit_code == 0
    assert [error.partition(" (")[0] for error in run.errors] == ["Failed: stream 'templates'"]


def test_warn_does_not_make_a_run_good_in_which_nothing_was_read(box: Sandbox, tap: TapRunner, config: Config) -> None:
    box.faults.add(failing("400"))
    run = tap(config(partial_failure="warn"), ["templates"])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "answered 400" in run.errors[0]


def test_what_every_stream_meets_ends_the_run_with_its_own_words(
    box: Sandbox, tap: TapRunner, config: Config, waits: list[float]
) -> None:
    box.faults.add(Fault("status", status=500, times=None))
    run = tap(config(max_retries=3))
    assert run.exit_code == 1
    assert "answered 500" in run.errors[-1]
    # Only the first stream repeats its requests.
    assert len(waits) == 3
    assert box.requests.count(INCIDENTS) == 4
    assert box.requests.count(METRICS) == box.requests.count(TEMPLATES) == 1


def test_a_server_that_cannot_be_reached_ends_the_run_after_one_streams_retries(
    tap: TapRunner, config: Config, waits: list[float]
) -> None:
    run = tap(config(api_url="http://127.0.0.1:1/api", max_retries=2))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "got no answer" in run.errors[0]
    assert len(waits) == 2


def test_a_server_that_goes_away_in_mid_run_ends_it_soon(tmp_path: Path, waits: list[float]) -> None:
    def answer(reply: Reply) -> None:
        if "incidents" in reply.path:
            reply.json({"data": [], "links": {}})
        else:
            reply.hang_up()

    with PlainServer(answer) as server:
        run = TapRunner(tmp_path)({"api_url": server.url, "page_size": 100, "max_retries": 4})
        asked = [request.path.split("?")[0] for request in server.received]
    assert run.exit_code == 1
    assert len(waits) == 4
    assert asked == ["/incidents", *["/metrics"] * 5, "/incident-templates"]


def test_a_retry_is_worth_it_again_once_something_was_answered(
    box: Sandbox, tap: TapRunner, config: Config, waits: list[float]
) -> None:
    fill(box)
    box.faults.add(Fault("status", status=503, route=INCIDENTS, times=None))
    box.faults.add(Fault("status", status=503, route=TEMPLATES, times=2))
    run = tap(config(max_retries=2))
    assert run.activated == {"metrics", "points", "templates"}
    assert len(waits) == 4


def test_wrong_credentials_end_the_run_at_once(box: Sandbox, tap: TapRunner, config: Config) -> None:
    box.cachet.settings.api_protected = True
    run = tap(config(api_token="wrong"))
    assert run.exit_code == 1
    assert box.requests.total == 1
    assert len(run.errors) == 1


# Parents


def test_a_parent_that_fails_costs_itself(box: Sandbox, tap: TapRunner, config: Config) -> None:
    ids = [add_metric(box, 2) for _ in range(3)]
    box.faults.add(Fault("status", status=400, route=POINTS, after=1))
    run = tap(config(max_concurrency=1), ["points", "metrics"])
    assert run.exit_code == 1
    assert {point["metric_id"] for point in run.rows("points")} == {ids[0], ids[2]}
    assert run.activated == {"metrics"}
    assert f"Failed: metric_id {ids[1]} of stream 'points'" in run.log


def test_a_parent_that_failed_is_read_by_the_next_run(box: Sandbox, tap: TapRunner, config: Config) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    box.faults.add(Fault("status", status=422, route=UPDATES, after=1))
    first = tap(config(max_concurrency=1), ["updates"])
    second = tap(config(), ["updates"], state=first.state)
    assert first.exit_code == 1
    assert second.exit_code == 0
    assert len(first.rows("updates")) == 3
    assert set(first.ids("updates")) | set(second.ids("updates")) == {1, 2, 3, 4}
    assert len(second.rows("updates")) == 4


def test_many_parents_that_fail_in_a_row_end_their_stream(box: Sandbox, tap: TapRunner, config: Config) -> None:
    for _ in range(40):
        add_metric(box, 1)
    box.faults.add(Fault("status", status=500, route=POINTS, after=5, times=None))
    run = tap(config(max_concurrency=1, max_retries=0), ["points", "metrics"])
    assert run.exit_code == 1
    assert box.requests.count(POINTS) == 5 + 10
    assert sum(error.startswith("Failed: stream 'points'") for error in run.errors) == 1


# A state that disagrees with itself, a catalog that overrides


def test_a_bookmark_is_not_honoured_where_the_catalog_wants_a_full_table(
    box: Sandbox, tap: TapRunner, config: Config
) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    first = tap(config(), ["updates"])
    catalog = tap.catalog(config(), ["updates"])
    (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == "updates")
    whole = next(each for each in entry["metadata"] if not each["breadcrumb"])
    whole["metadata"]["replication-method"] = "FULL_TABLE"
    again = tap(config(), catalog=catalog, state=first.state)
    assert again.ids("updates") == first.ids("updates")
    assert again.activated == {"updates"}
    assert tap(config(), ["updates"], state=again.state).exit_code == 0


# The file for programs


def test_the_summary_file_tells_programs_what_happened(
    box: Sandbox, tap: TapRunner, config: Config, tmp_path: Path, waits: list[float]
) -> None:
    fill(box)
    box.faults.add(failing("503"))
    box.faults.add(Fault("status", status=403, route=METRICS))
    file = tmp_path / "summary.json"
    run = tap(config(summary_file=str(file)), ["templates", "metrics", "incidents"])
    told = json.loads(file.read_bytes())
    assert (told["tap"], told["outcome"], told["exit_code"]) == ("tap-status", "partial_failure", run.exit_code)
    assert told["retryable"] is True
    assert told["rows"] == 3
    assert told["requests"] == box.requests.total
    assert {name: stream["outcome"] for name, stream in told["streams"].items()} == {
        "incidents": "read",
        "metrics": "skipped",
        "templates": "failed",
    }
    (failure,) = told["streams"]["templates"]["failures"]
    assert failure["retryable"] is True
    assert "answered 503" in failure["reason"]
    assert told["streams"]["incidents"]["deletes_seen"] is True
    assert len(waits) == 1


@pytest.mark.parametrize("settings", [{}, {"api_url": "no address"}, {"strict": True}, {"page_size": "many"}])
def test_the_summary_file_is_written_by_every_run(
    box: Sandbox, tap: TapRunner, config: Config, tmp_path: Path, settings: dict[str, Any]
) -> None:
    fill(box)
    box.faults.add(Fault("status", status=404, route=METRICS, times=None))
    file = tmp_path / "summary.json"
    file.write_text("of a run long ago")
    run = tap(config(summary_file=str(file), **settings))
    told = json.loads(file.read_bytes())
    assert told["outcome"] == ("failed" if settings else "complete")
    assert told["exit_code"] == run.exit_code == int(bool(settings))
    assert bool(told["error"]) == bool(settings)


def test_a_summary_file_that_cannot_be_written_is_told_before_the_first_request(
    box: Sandbox, tap: TapRunner, config: Config, tmp_path: Path
) -> None:
    run = tap(config(summary_file=str(tmp_path / "nowhere" / "summary.json")), ["templates"])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "summary_file" in run.errors[0]
    assert box.requests.total == 0
