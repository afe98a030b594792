"""Nothing is deleted, and no bookmark moves on, unless everything was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from status_page import add_incident, add_metric, add_templates, route
from status_runs import TapRunner
from status_tap import Incidents, StatusTap

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from singer_sdk import Stream

    from sandbox import Sandbox

TEMPLATES, INCIDENTS, METRICS = route("/incident-templates"), route("/incidents"), route("/metrics")


def test_a_version_is_activated_after_the_last_row_and_before_the_state(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 5)
    run = tap(config(page_size=2), ["templates"])
    assert [message["type"] for message in run.messages] == [
        "SCHEMA",
        *["RECORD"] * 5,
        "ACTIVATE_VERSION",
        "STATE",
    ]
    version = run.of_type("ACTIVATE_VERSION")[0]["version"]
    assert {message["version"] for message in run.of_type("RECORD")} == {version}


def test_each_stream_activates_its_own_version(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 2)
    add_metric(box, 2)
    box.faults.add(Fault("status", status=403, route=METRICS))
    run = tap(config(), ["templates", "metrics"])
    assert run.activated == {"templates"}
    assert run.exit_code == 0


def test_an_empty_list_is_a_whole_read(box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    run = tap(config(), ["templates"])
    assert run.rows("templates") == []
    assert run.activated == {"templates"}
    assert box.requests.total == 1


def test_the_setting_switches_versions_off(box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    add_templates(box, 2)
    run = tap(config(emit_activate_version_messages=False), ["templates"])
    assert run.activated == set()
    assert all("version" not in message for message in run.of_type("RECORD"))


def test_a_page_that_fails_ends_its_stream_and_activates_nothing(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = add_templates(box, 9)
    box.faults.add(Fault("status", status=500, route=TEMPLATES, after=2, times=None))
    run = tap(config(page_size=2, max_concurrency=1, max_retries=0), ["templates"])
    assert run.exit_code == 1
    # What was read before belongs to the target.
    assert run.ids("templates") == ids[:4]
    assert run.activated == set()
    assert len(run.errors) == 1
    assert run.errors[0].startswith(
        f"GET {box.cachet.api_url}/incident-templates?sort=id&page=3&per_page=2 answered 500"
    )


@pytest.mark.parametrize("status", [403, 404])
def test_a_stream_that_is_refused_is_skipped_and_named_at_the_end(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], status: int
) -> None:
    add_templates(box, 1)
    box.faults.add(Fault("status", status=status, route=METRICS))
    run = tap(config(), ["metrics", "templates"])
    assert run.exit_code == 0
    assert run.activated == {"templates"}
    (warning,) = run.warnings
    assert warning.startswith(f"Skipped: stream 'metrics' (GET {box.cachet.api_url}/metrics")


def test_a_page_that_is_refused_in_the_middle_activates_nothing(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 9)
    box.faults.add(Fault("status", status=403, route=TEMPLATES, after=3, times=None))
    run = tap(config(page_size=2, max_concurrency=1), ["templates", "metrics"])
    assert run.exit_code == 0
    assert "templates" not in run.activated
    assert "Skipped: stream 'templates'" in run.log


@pytest.mark.parametrize("concurrency", [2, 8])
def test_a_second_page_that_is_refused_does_not_pass_for_the_end_of_the_list(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], concurrency: int
) -> None:
    add_templates(box, 3)
    box.faults.add(Fault("status", status=403, route=TEMPLATES, after=1, times=None))
    run = tap(config(page_size=2, max_concurrency=concurrency), ["templates", "metrics"])
    assert "templates" not in run.activated


def test_streams_of_one_list_are_refused_together(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 6):
        add_incident(box, day)
    box.faults.add(Fault("status", status=403, route=INCIDENTS, after=1, times=None))
    run = tap(config(page_size=2, max_concurrency=1), ["incidents", "updates", "templates"])
    assert run.activated == {"templates"}


def test_strict_makes_a_refused_stream_the_end(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    box.faults.add(Fault("status", status=403, route=METRICS))
    run = tap(config(strict=True), ["metrics", "templates"])
    assert run.exit_code == 1
    assert run.activated == set()


def test_wrong_credentials_are_always_the_end_and_say_where_to_get_better_ones(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    box.cachet.settings.api_protected = True
    run = tap(config(api_token="wrong-CANARY"), ["metrics"])
    assert run.exit_code == 1
    assert run.errors == [
        (
            f"GET {box.cachet.api_url}/metrics?sort=id&page=1&per_page=100 answered 401 Unauthorized: Unauthenticated. "
            "Check the setting api_token: tokens are made in the dashboard under Settings > API keys"
        )
    ]
    assert "CANARY" not in run.log


def test_the_next_whole_read_has_a_later_version(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 1)
    first, second = tap(config(), ["templates"]), tap(config(), ["templates"])
    versions = [run.of_type("ACTIVATE_VERSION")[0]["version"] for run in (first, second)]
    assert versions[0] < versions[1]


class RecentIncidents(Incidents):
    """A list in the order of its ids with a bookmark on another field."""

    name = "recent_incidents"
    replication_key = "occurred_at"


class RecentTap(StatusTap):
    def discover_streams(self) -> list[Stream]:
        return [RecentIncidents(self)]


@pytest.fixture
def recent(tmp_path: Path) -> TapRunner:
    return TapRunner(tmp_path, RecentTap)


def bookmark_of(state: dict[str, Any]) -> Any:
    return state["bookmarks"]["recent_incidents"].get("replication_key_value")


def test_a_whole_read_moves_the_bookmark_to_the_newest_row(
    box: Sandbox, recent: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in (3, 1, 2):
        add_incident(box, day)
    run = recent(config())
    assert bookmark_of(run.state) == "2026-01-04T00:00:00.000000Z"
    box.requests.clear()
    again = recent(config(), state=run.state)
    assert len(again.rows("recent_incidents")) == 1
    assert "2026-01-04" in box.requests.urls[0]


def test_rows_that_have_changed_get_a_later_version_which_is_not_activated(
    box: Sandbox, recent: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_incident(box, 1)
    first = recent(config())
    add_incident(box, 2)
    second = recent(config(), state=first.state)
    versions = [{message["version"] for message in run.of_type("RECORD")} for run in (first, second)]
    assert max(versions[0]) < min(versions[1])
    assert first.activated == {"recent_incidents"}
    assert second.activated == set()


@pytest.mark.parametrize("fault", ["refused", "moving"])
def test_a_partial_read_leaves_the_bookmark_where_it_was(
    box: Sandbox, recent: TapRunner, config: Callable[..., dict[str, Any]], fault: str
) -> None:
    add_incident(box, 1)
    first = recent(config())
    for day in (9, 5, 7, 3):
        add_incident(box, day)
    if fault == "refused":
        box.faults.add(Fault("status", status=403, route=INCIDENTS, after=1, times=None))
    else:

        def delete_one() -> None:
            box.cachet.store.delete("incidents", box.cachet.store.rows("incidents", deleted=False)[0]["id"])
            add_incident(box, 10)

        box.faults.add(Fault("move", route=INCIDENTS, after=1, times=None, action=delete_one))
    second = recent(config(page_size=2, max_concurrency=1), state=first.state)
    assert second.rows("recent_incidents")
    assert second.activated == set()
    assert bookmark_of(second.state) == bookmark_of(first.state)
