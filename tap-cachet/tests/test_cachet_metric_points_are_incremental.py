"""Points of metrics: a run reads what is new, and the point that the server still counts up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cachet_facts import CachetFacts, Viewer, by_key, differences
from cachet_runs import settings

from sandbox import Fault

if TYPE_CHECKING:
    from cachet_runs import Row, Run, Tap

    from sandbox import Sandbox

STREAM = ("metric_points",)
ROUTE = "/cachet/api/metrics/{id}/points"
NOW = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)


class Points:
    """Reads the points of a server run by run, and keeps what a warehouse would hold."""

    def __init__(self, tap: Tap, box: Sandbox) -> None:
        self._tap = tap
        self._box = box
        self.state: dict[str, Any] = {}
        self.held: dict[Any, Row] = {}

    def __call__(self, **more: Any) -> Run:
        self._box.requests.clear()
        run = self._tap(settings(self._box, "full", **more), only=STREAM, state=self.state or None)
        self.state = run.state
        self.held.update(by_key("metric_points", unique(run.rows["metric_points"])))
        return run

    def differences(self) -> list[str]:
        """What the warehouse has wrong, rows aside that the server has deleted."""
        expected = CachetFacts(self._box, Viewer("full")).streams()["metric_points"]
        existing = {row["id"] for row in expected}
        return differences("metric_points", (row for row in self.held.values() if row["id"] in existing), expected)


def unique(rows: list[Row]) -> list[Row]:
    """The last version of each row, as a target keeps it."""
    return list({row["id"]: row for row in rows}.values())


@pytest.fixture
def points(tap: Tap, large_box: Sandbox) -> Points:
    return Points(tap, large_box)


def metrics_of(box: Sandbox) -> list[int]:
    return [row["id"] for row in CachetFacts(box, Viewer("full")).streams()["metrics"]]


def newest(box: Sandbox, metric: int) -> int:
    rows = [row for row in box.cachet.store.rows("metric_points") if row["metric_id"] == metric]
    return int(max(rows, key=lambda row: (row["created_at"], -row["id"]))["id"])


def add(box: Sandbox, metric: int, count: int = 1, *, since: datetime = NOW) -> list[int]:
    """Add points, one a minute; returns their ids."""
    return [
        box.cachet.store.insert(
            "metric_points",
            metric_id=metric,
            value=float(number),
            created_at=since + timedelta(minutes=number),
            updated_at=since + timedelta(minutes=number),
        )["id"]
        for number in range(count)
    ]


def ids(run: Run) -> set[int]:
    return {row["id"] for row in run.rows["metric_points"]}


def test_the_first_run_reads_all_points(points: Points, large_box: Sandbox) -> None:
    run = points()
    assert len(run.rows["metric_points"]) > 300
    assert points.differences() == []
    kept = run.state["bookmarks"]["metric_points"]["newest_ids"]
    with_points = {row["metric_id"] for row in large_box.cachet.store.rows("metric_points")}
    assert kept == {str(metric): newest(large_box, metric) for metric in metrics_of(large_box) if metric in with_points}


def test_a_run_without_news_costs_one_request_a_metric(points: Points, large_box: Sandbox) -> None:
    points()
    run = points()
    metrics = metrics_of(large_box)
    assert large_box.requests.count(ROUTE) == len(metrics)
    with_points = {row["metric_id"] for row in large_box.cachet.store.rows("metric_points")} & set(metrics)
    assert {newest(large_box, metric) for metric in with_points} <= ids(run)
    assert points.differences() == []


def test_new_points_come_with_the_newest_known_one(points: Points, large_box: Sandbox) -> None:
    points()
    metric = metrics_of(large_box)[0]
    known = newest(large_box, metric)
    large_box.cachet.store.update("metric_points", known, counter=9)
    added = add(large_box, metric, 3)
    run = points()
    found = [row for row in run.rows["metric_points"] if row["metric_id"] == metric]
    assert {row["id"] for row in found} == {known, *added}
    assert {row["id"]: row["counter"] for row in found}[known] == 9
    assert points.differences() == []


def test_a_point_that_is_counted_up_behind_younger_ids_is_seen(points: Points, large_box: Sandbox) -> None:
    # The server counts up the point with the latest time, and points may be entered with a time long past.
    points()
    metric = metrics_of(large_box)[0]
    live = newest(large_box, metric)
    add(large_box, metric, 3, since=NOW - timedelta(days=900))
    points()
    large_box.cachet.store.update("metric_points", live, counter=77)
    points()
    assert points.held[live,]["counter"] == 77
    assert points.differences() == []


def test_more_new_points_than_a_page_holds_are_all_read(points: Points, large_box: Sandbox) -> None:
    points()
    added = add(large_box, metrics_of(large_box)[0], 250)
    assert set(added) <= ids(points())
    assert points.differences() == []


@pytest.mark.parametrize("requests_at_once", [1, 8])
def test_points_that_are_deleted_while_pages_are_read_hide_no_other(
    points: Points, large_box: Sandbox, requests_at_once: int
) -> None:
    points()
    added = add(large_box, metrics_of(large_box)[0], 350)
    gone = iter(added[-5:])
    store = large_box.cachet.store
    large_box.faults.add(
        Fault("move", ROUTE, after=3, times=2, action=lambda: store.delete("metric_points", next(gone)))
    )
    points(max_concurrency=requests_at_once)
    assert points.differences() == []


def test_points_that_are_added_while_pages_are_read_hide_no_other(points: Points, large_box: Sandbox) -> None:
    points()
    metric = metrics_of(large_box)[0]
    add(large_box, metric, 250)
    moments = iter(range(1, 100))
    large_box.faults.add(
        Fault("move", ROUTE, times=5, action=lambda: add(large_box, metric, since=NOW + timedelta(days=next(moments))))
    )
    points()
    points()
    assert points.differences() == []


def test_a_deleted_newest_point_does_not_stop_the_next_run(points: Points, large_box: Sandbox) -> None:
    points()
    metric = metrics_of(large_box)[0]
    large_box.cachet.store.delete("metric_points", newest(large_box, metric))
    heir = newest(large_box, metric)
    points()
    large_box.cachet.store.update("metric_points", heir, counter=50)
    added = add(large_box, metric, 2)
    assert {heir, *added} <= ids(points())
    assert points.differences() == []


def test_a_metric_whose_points_are_all_gone_starts_anew(points: Points, large_box: Sandbox) -> None:
    points()
    metric = metrics_of(large_box)[0]
    for row in large_box.cachet.store.rows("metric_points"):
        if row["metric_id"] == metric:
            large_box.cachet.store.delete("metric_points", row["id"])
    points()
    assert set(add(large_box, metric, 2)) <= ids(points())
    assert points.differences() == []


def test_a_new_metric_is_read_from_its_first_point(points: Points, large_box: Sandbox) -> None:
    points()
    metric = large_box.cachet.store.insert("metrics", name="new", visible=1)["id"]
    added = add(large_box, metric, 120, since=NOW - timedelta(days=400))
    assert set(added) <= ids(points())
    assert points.differences() == []


def test_a_metric_that_is_shown_for_the_first_time_is_read_whole(points: Points, large_box: Sandbox) -> None:
    points()
    hidden = next(row["id"] for row in large_box.cachet.store.rows("metrics") if row["visible"] == 2)
    large_box.cachet.store.update("metrics", hidden, visible=1)
    points()
    assert points.differences() == []


def test_a_deleted_metric_is_forgotten(points: Points, large_box: Sandbox) -> None:
    points()
    metric = metrics_of(large_box)[0]
    large_box.cachet.store.delete("metrics", metric)
    run = points()
    assert run.exit_code == 0
    assert str(metric) not in run.state["bookmarks"]["metric_points"]["newest_ids"]


def test_without_a_state_all_points_are_read_again(points: Points, large_box: Sandbox) -> None:
    first = points()
    points.state = {}
    assert ids(points()) == ids(first)
    assert large_box.requests.count(ROUTE) > len(metrics_of(large_box))


@pytest.mark.parametrize("newest", [None, 5, {"1": "the last"}], ids=["as written", "a number", "a text"])
def test_a_state_without_the_bookmark_is_a_first_run_whatever_else_it_remembers(points: Points, newest: Any) -> None:
    first = points()
    written = points.state["bookmarks"]["metric_points"]["newest_ids"]
    points.state = {"bookmarks": {"metric_points": {"newest_ids": written if newest is None else newest}}}
    run = points()
    assert run.exit_code == 0
    assert ids(run) == ids(first)
    assert run.activated == {"metric_points"}
    assert run.state["bookmarks"]["metric_points"]["newest_ids"] == written


def test_a_run_that_fails_between_two_metrics_loses_nothing(points: Points, large_box: Sandbox) -> None:
    points()
    for metric in metrics_of(large_box):
        add(large_box, metric, 3)
    large_box.faults.add(Fault("status", ROUTE, status=500, after=1, times=None))
    before = points.state
    run = points(max_retries=0, max_concurrency=1)
    assert run.exit_code == 1
    points.state = run.state or before
    large_box.faults.clear()
    assert points().exit_code == 0
    assert points.differences() == []


def test_the_bookmark_of_one_metric_says_nothing_of_another(points: Points, large_box: Sandbox) -> None:
    points()
    one, other = metrics_of(large_box)[:2]
    add(large_box, one, 5)
    points()
    # An id below the other metric's newest one is new all the same.
    late = add(large_box, other, 1, since=NOW - timedelta(days=1))
    assert set(late) <= ids(points())


def test_all_points_are_read_each_time_from_2_x(tap: Tap, large_box: Sandbox) -> None:
    config = settings(large_box, "v2", server="v2")
    first = tap(config, only=STREAM)
    second = tap(config, only=STREAM, state=first.state)
    assert len(first.rows["metric_points"]) == len(second.rows["metric_points"]) == 900
    assert second.activated == {"metric_points"}


@pytest.mark.parametrize("answered", [1, 2, 3])
def test_a_metric_that_is_refused_between_two_of_its_pages_is_read_again_by_the_next_run(
    points: Points, large_box: Sandbox, answered: int
) -> None:
    metric = metrics_of(large_box)[0]
    points(record_ids={"metrics": [metric]})
    points()
    add(large_box, metric, 250)
    large_box.faults.add(Fault("status", route=ROUTE, status=404, after=answered, times=10))
    points(record_ids={"metrics": [metric]}, max_concurrency=1)
    large_box.faults.clear()
    points()
    assert points.differences() == []
