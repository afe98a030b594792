"""A list that changes while its pages are read: nothing that stayed in it is missed, or the reading says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import Shelf, ShelfPaginator
from singer_fanout import ListReading, RequestPool
from singer_fanout.paged import NOT_SETTLED
from status_page import add_templates, route

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import Run, TapRunner

    from sandbox import Sandbox

TEMPLATES = route("/incident-templates")


def read(shelf: Shelf, workers: int) -> tuple[ListReading, set[int]]:
    pool = RequestPool(workers)
    reading = ListReading(shelf.fetch, ShelfPaginator(), pool, ahead=workers > 1)
    found = {row for answer in reading for row in answer.body["ids"]}
    pool.close()
    return reading, found


@pytest.mark.parametrize("workers", [1, 3])
@given(
    count=st.integers(0, 60),
    size=st.integers(1, 7),
    deletes=st.dictionaries(st.integers(0, 40), st.integers(0, 60), max_size=3),
    appends=st.frozensets(st.integers(0, 40), max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_a_row_that_stays_is_never_missed_unless_the_reading_says_that_it_may_be(
    workers: int, count: int, size: int, deletes: dict[int, int], appends: frozenset[int]
) -> None:
    shelf = Shelf(count, size, deletes, appends)
    reading, found = read(shelf, workers)
    assert shelf.always_there <= found or not reading.settled


@pytest.mark.parametrize("workers", [1, 3])
@given(
    count=st.integers(0, 60),
    size=st.integers(1, 7),
    deletes=st.dictionaries(st.integers(0, 40), st.integers(0, 60), max_size=3),
    appends=st.frozensets(st.integers(0, 40), max_size=3),
)
@settings(max_examples=150, deadline=None)
def test_totals_that_change_tell_that_rows_are_gone(
    workers: int, count: int, size: int, deletes: dict[int, int], appends: frozenset[int]
) -> None:
    shelf = Shelf(count, size, deletes, appends, totals=True)
    reading, found = read(shelf, workers)
    assert shelf.always_there <= found or not reading.settled


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("count", "fetch", "gone"), [(4, 1, 0), (9, 1, 0), (9, 3, 4), (9, 4, 2), (9, 4, 7)])
def test_a_row_that_goes_while_another_comes_is_noticed_though_the_total_is_the_same(
    workers: int, count: int, fetch: int, gone: int
) -> None:
    shelf = Shelf(count, 2, {fetch: gone}, frozenset({fetch}), totals=True)
    reading, found = read(shelf, workers)
    assert reading.settled
    assert shelf.always_there <= found


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("count", [0, 1, 5, 6, 10, 11, 37, 400])
def test_a_list_that_holds_still_is_read_once(workers: int, count: int) -> None:
    shelf = Shelf(count, 5, {}, frozenset())
    reading, found = read(shelf, workers)
    assert found == set(range(count))
    assert reading.settled


def move(box: Sandbox, action: Callable[[], object], *, after: int, times: int | None = 1) -> None:
    """Change the templates just before they are asked for again, once `after` pages of them were read."""
    box.faults.add(Fault("move", route=TEMPLATES, after=after, times=times, action=action))


def left_in(box: Sandbox) -> list[int]:
    return [row["id"] for row in box.cachet.store.rows("incident_templates", deleted=False)]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
def test_rows_behind_a_deleted_one_are_all_there(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], concurrency: int, after: int
) -> None:
    ids = add_templates(box, 11)
    move(box, lambda: box.cachet.store.delete("incident_templates", ids[0]), after=after)
    run = tap(config(page_size=2, max_concurrency=concurrency), ["templates"])
    assert set(left_in(box)) <= set(run.ids("templates"))
    assert run.activated == {"templates"}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_rows_that_are_added_meanwhile_disturb_nothing(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], concurrency: int
) -> None:
    ids = add_templates(box, 9)
    move(box, lambda: add_templates(box, 1), after=2)
    run = tap(config(page_size=2, max_concurrency=concurrency), ["templates"])
    assert run.ids("templates")[: len(ids)] == ids
    assert run.activated == {"templates"}


def test_a_list_that_never_holds_still_deletes_nothing_and_is_named_at_the_end(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    add_templates(box, 60)
    move(box, lambda: box.cachet.store.delete("incident_templates", left_in(box)[0]), after=1, times=None)
    run = tap(config(page_size=2, max_concurrency=2), ["templates"])
    assert run.exit_code == 0
    assert run.activated == set()
    assert run.warnings == [f"Incomplete: stream 'templates' keeps rows that may be deleted ({NOT_SETTLED})"]


def test_a_list_that_moved_once_is_read_again_under_one_version(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = add_templates(box, 7)
    move(box, lambda: box.cachet.store.delete("incident_templates", ids[0]), after=2)
    run = tap(config(page_size=2), ["templates"])
    assert len(run.of_type("SCHEMA")) == 1
    assert versions(run) == {run.of_type("ACTIVATE_VERSION")[0]["version"]}


def versions(run: Run) -> set[int]:
    return {message["version"] for message in run.of_type("RECORD")}
