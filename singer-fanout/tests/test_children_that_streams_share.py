"""Streams that are made of the same children read each parent's list once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from status_page import add_metric, route
from status_tap import Metrics, Points, StatusTap

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import TapRunner

    from sandbox import Sandbox

POINTS = route("/metrics/{id}/points")
BOTH = ["counters", "points"]


class Counters(Points):
    """The same children once more."""

    name = "counters"


@pytest.fixture(autouse=True)
def sharing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tap have both streams, and say that their lists are the same."""
    monkeypatch.setattr(Points, "children_key", Points.path)
    monkeypatch.setattr(StatusTap, "discover_streams", lambda tap: [kind(tap) for kind in (Metrics, Points, Counters)])


@pytest.mark.parametrize("workers", [1, 8])
def test_each_list_is_read_once_for_all_of_them(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], workers: int
) -> None:
    for points in (2, 0, 3):
        add_metric(box, points)
    run = tap(config(max_concurrency=workers), BOTH)
    assert run.exit_code == 0
    assert [row["value"] for row in run.rows("points")] == [0, 1, 0, 1, 2]
    assert run.rows("counters") == run.rows("points")
    assert box.requests.count(POINTS) == 3


def test_a_list_of_several_pages_comes_whole_to_all_of_them(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_metric(box, 7)
    alone = tap(config(page_size=2), ["points"])
    cost = box.requests.count(POINTS)
    both = tap(config(page_size=2), BOTH)
    assert both.rows("counters") == both.rows("points") == alone.rows("points")
    assert box.requests.count(POINTS) == 2 * cost


@pytest.mark.parametrize("status", [403, 404])
def test_a_parent_that_is_refused_is_refused_once_for_all_of_them(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], status: int
) -> None:
    add_metric(box, 2)
    add_metric(box, 3)
    box.faults.add(Fault("status", POINTS, status=status))
    run = tap(config(max_concurrency=1), BOTH)
    assert run.exit_code == 0
    assert box.requests.count(POINTS) == 2
    assert [row["value"] for row in run.rows("counters")] == [0, 1, 2]
    assert run.rows("points") == run.rows("counters")
    assert not run.of_type("ACTIVATE_VERSION", "points")
    assert not run.of_type("ACTIVATE_VERSION", "counters")
