"""Children of many parents: one flat stream with a bookmark of its own, that a crash does not hurt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import singer_fanout.emission
from status_page import add_incident, add_metric, route

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import Run, TapRunner

    from sandbox import Sandbox

INCIDENTS, UPDATES = route("/incidents"), route("/incidents/{id}/updates")
METRICS, POINTS = route("/metrics"), route("/metrics/{id}/points")


def day_of(number: int) -> str:
    return f"2026-01-{number + 1:02}T00:00:00.000000Z"


def bookmark(run: Run) -> str | None:
    value: str | None = run.state["bookmarks"]["updates"].get("replication_key_value")
    return value


def test_children_carry_the_key_of_their_parent(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    first, empty, last = add_metric(box, 2), add_metric(box, 0), add_metric(box, 3)
    run = tap(config(page_size=2), ["points"])
    assert [row["metric_id"] for row in run.rows("points")] == [first] * 2 + [last] * 3
    assert [row["value"] for row in run.rows("points")] == [0, 1, 0, 1, 2]
    assert empty not in {row["metric_id"] for row in run.rows("points")}


def test_parents_are_walked_in_the_order_of_their_replication_key(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in (4, 1, 3, 2):
        add_incident(box, day)
    run = tap(config(), ["updates"])
    days = [row["incident_occurred_at"] for row in run.rows("updates")]
    assert days == [day_of(1), day_of(2), day_of(3), day_of(4)]
    assert bookmark(run) == day_of(4)


def test_the_next_run_reads_the_children_of_newer_parents_alone(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    first = tap(config(), ["updates"])
    add_incident(box, 6)
    box.requests.clear()
    second = tap(config(), ["updates"], state=first.state)
    # The bookmark itself is read again: another parent may share it.
    assert [row["incident_occurred_at"] for row in second.rows("updates")] == [day_of(4), day_of(6)]
    assert box.requests.count(UPDATES) == 2
    assert bookmark(second) == day_of(6)


def test_the_look_back_reads_a_little_more(box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    first = tap(config(), ["updates"])
    second = tap(config(lookback_seconds=86_400), ["updates"], state=first.state)
    assert [row["incident_occurred_at"] for row in second.rows("updates")] == [day_of(3), day_of(4)]
    assert bookmark(second) == day_of(4)


def test_a_start_date_narrows_the_first_run(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    run = tap(config(start_date="2026-01-04T00:00:00Z"), ["updates"])
    assert [row["incident_occurred_at"] for row in run.rows("updates")] == [day_of(3), day_of(4)]
    assert run.activated == set()


def test_children_that_are_selected_later_get_their_whole_history(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 4):
        add_incident(box, day)
    parents_only = tap(config(), ["incidents"])
    both = tap(config(), ["incidents", "updates"], state=parents_only.state)
    assert [row["incident_occurred_at"] for row in both.rows("updates")] == [day_of(1), day_of(2), day_of(3)]


def test_pages_of_parents_that_another_stream_has_read_are_used_again(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 6):
        add_incident(box, day)
        add_metric(box, 1)
    alone = tap(config(page_size=2), ["incidents", "metrics"])
    lists = {path: box.requests.count(path) for path in (INCIDENTS, METRICS)}
    box.requests.clear()
    together = tap(config(page_size=2), ["incidents", "metrics", "points", "updates"])
    assert {path: box.requests.count(path) for path in (INCIDENTS, METRICS)} == lists
    assert together.ids("incidents") == alone.ids("incidents")
    assert len(together.rows("updates")) == len(together.rows("points")) == 5


def test_four_thousand_parents_are_one_schema_and_few_states(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for _ in range(4000):
        add_metric(box, 1)
    run = tap(config(), ["points"])
    assert len(run.rows("points")) == 4000
    assert len(run.of_type("SCHEMA")) == 1
    assert len(run.of_type("STATE")) <= 2
    assert len(run.output) < 4000 * 200


# What goes wrong with a parent


def test_a_parent_that_has_vanished_is_left_out_and_nothing_is_deleted(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = [add_metric(box, 1) for _ in range(3)]
    box.faults.add(Fault("move", route=POINTS, action=lambda: box.cachet.store.delete("metrics", ids[2])))
    run = tap(config(max_concurrency=1), ["points"])
    assert run.exit_code == 0
    assert [row["metric_id"] for row in run.rows("points")] == ids[:2]
    assert run.activated == set()
    assert (
        f"metric_id {ids[2]} was refused or has vanished: GET {box.cachet.api_url}/metrics/{ids[2]}/points" in run.log
    )
    assert run.warnings[-1].startswith("Incomplete: stream 'points' keeps rows that may be deleted")


def test_a_parent_that_vanishes_between_its_pages_ends_nothing_else(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = [add_metric(box, 3) for _ in range(3)]
    box.faults.add(Fault("move", route=POINTS, after=1, action=lambda: box.cachet.store.delete("metrics", ids[0])))
    run = tap(config(max_concurrency=1, page_size=2), ["points"])
    assert run.exit_code == 0
    found = {(row["metric_id"], row["value"]) for row in run.rows("points")}
    assert found == {(ids[0], 0), (ids[0], 1)} | {(metric, value) for metric in ids[1:] for value in range(3)}
    assert run.activated == set()


def test_strict_makes_a_refused_parent_the_end(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_metric(box, 1)
    box.faults.add(Fault("status", status=403, route=POINTS))
    run = tap(config(strict=True), ["points"])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "/metrics/1/points" in run.errors[0]


def test_a_forbidden_parent_is_read_by_the_next_run(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    box.faults.add(Fault("status", status=403, route=UPDATES, after=2))
    first = tap(config(max_concurrency=1), ["updates"])
    assert [row["incident_occurred_at"] for row in first.rows("updates")] == [day_of(1), day_of(2), day_of(4)]
    assert bookmark(first) == day_of(2)
    second = tap(config(), ["updates"], state=first.state)
    assert [row["incident_occurred_at"] for row in second.rows("updates")] == [day_of(2), day_of(3), day_of(4)]
    assert bookmark(second) == day_of(4)


def test_a_parent_that_has_vanished_does_not_hold_the_bookmark(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 5):
        add_incident(box, day)
    box.faults.add(Fault("status", status=404, route=UPDATES, after=2))
    run = tap(config(max_concurrency=1), ["updates"])
    assert bookmark(run) == day_of(4)


@pytest.mark.parametrize("status", [403, 404])
def test_a_route_that_is_refused_for_the_first_ten_parents_is_not_asked_for_the_others(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], status: int
) -> None:
    for day in range(30):
        add_incident(box, day)
    box.faults.add(Fault("status", status=status, route=UPDATES, times=None))
    run = tap(config(max_concurrency=1), ["incidents", "updates"])
    assert run.exit_code == 0
    assert box.requests.count(UPDATES) == 10
    assert sum("Skipped: stream 'updates'" in warning for warning in run.warnings) == 1
    assert bookmark(run) is None
    assert run.activated == {"incidents"}


def test_children_of_parents_that_were_not_all_read_delete_nothing_and_keep_their_bookmark(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for day in range(1, 6):
        add_incident(box, day)

    def delete_the_first() -> None:
        living = box.cachet.store.rows("incidents", deleted=False)
        box.cachet.store.delete("incidents", living[0]["id"])
        add_incident(box, 20)

    box.faults.add(Fault("move", route=INCIDENTS, after=1, times=None, action=delete_the_first))
    run = tap(config(page_size=2, max_concurrency=1), ["updates"])
    assert run.exit_code == 0
    assert run.activated == set()
    assert bookmark(run) is None


# Crashes


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_that_fails_in_the_middle_goes_on_where_it_was(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], concurrency: int
) -> None:
    for day in range(1, 31):
        add_incident(box, day, updates=2)
    everything = tap(config(), ["updates"]).ids("updates")
    box.requests.clear()
    box.faults.add(Fault("status", status=400, route=UPDATES, after=20, times=None))
    broken = tap(config(max_concurrency=concurrency), ["updates"])
    box.faults.clear()
    assert broken.exit_code == 1
    assert broken.activated == set()
    box.requests.clear()
    rest = tap(config(), ["updates"], state=broken.state)
    assert rest.exit_code == 0
    assert set(broken.ids("updates")) | set(rest.ids("updates")) == set(everything)
    assert box.requests.count(UPDATES) < 30


def test_a_state_never_runs_ahead_of_the_rows(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(singer_fanout.emission, "STATE_SECONDS", 0.0)
    for day in range(1, 15):
        add_incident(box, day, updates=3)
    run = tap(config(), ["updates"])
    assert len(run.of_type("STATE")) > 5
    seen: list[str] = []
    for message in run.messages:
        if message["type"] == "RECORD":
            seen.append(message["record"]["incident_occurred_at"])
        elif message["type"] == "STATE":
            known = message["value"]["bookmarks"]["updates"].get("replication_key_value")
            assert known is None or seen.count(known) == 3
