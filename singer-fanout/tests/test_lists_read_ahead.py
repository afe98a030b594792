"""A list that is read before its turn: the same pages, the same error, and no more than fits."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
import singer_fanout.shared
from shelf import Shelf, ShelfPaginator
from singer_fanout import Answer, ApiError, ListReading, RefusedError, RequestPool
from singer_fanout.shared import SharedReading, SharedReadings, _State

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = 9
DEADLINE = 10.0


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(PAGES, 1, {}, frozenset(), totals=True)


def reading(fetch: Callable[[int], Answer], pool: RequestPool) -> ListReading:
    return ListReading(fetch, ShelfPaginator(), pool)


def numbers(shared: SharedReading) -> list[int]:
    return [number for answer in shared for number in answer.body["ids"]]


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("keep", [True, False])
def test_it_is_read_before_anybody_asks_and_once(shelf: Shelf, pool: RequestPool, *, keep: bool) -> None:
    shared = SharedReading(reading(shelf.fetch, pool), keep=keep)
    shared.read_ahead()
    wait_until(lambda: shared._state is not _State.AHEAD)
    cost = len(shelf.fetched)
    assert cost >= PAGES
    assert numbers(shared) == list(range(PAGES))
    assert shared.settled
    assert len(shelf.fetched) == cost
    if keep:
        assert numbers(shared) == list(range(PAGES))
    shared.close()


def test_who_asks_too_early_gets_each_page_as_it_comes(shelf: Shelf, pool: RequestPool) -> None:
    shared = SharedReading(reading(shelf.fetch, pool), keep=False)
    shared.read_ahead()
    assert numbers(shared) == list(range(PAGES))


def test_a_failure_is_raised_in_its_place(shelf: Shelf, pool: RequestPool) -> None:
    def fetch(number: int) -> Answer:
        if number == 5:
            raise RefusedError("not this page", status=403)
        return shelf.fetch(number)

    shared = SharedReading(reading(fetch, pool), keep=True)
    shared.read_ahead()
    wait_until(lambda: shared._state is not _State.AHEAD)
    for _ in range(2):
        with pytest.raises(RefusedError, match="not this page"):
            numbers(shared)
    pages = iter(shared)
    assert [next(pages).body["ids"] for _ in range(4)] == [[0], [1], [2], [3]]


@pytest.mark.parametrize("ahead", [True, False])
def test_a_page_that_cannot_be_kept_is_not_passed_over(
    shelf: Shelf, pool: RequestPool, monkeypatch: pytest.MonkeyPatch, *, ahead: bool
) -> None:
    class FullDisk(io.BytesIO):
        def write(self, content: object) -> int:
            if self.tell():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(content)  # type: ignore[arg-type]

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda _: FullDisk())
    shared = SharedReading(reading(shelf.fetch, pool), keep=True)
    if ahead:
        shared.read_ahead()
    with pytest.raises(ApiError, match=r"No space left on device.*TMPDIR"):
        numbers(shared)


def test_what_does_not_fit_is_read_when_it_is_asked_for(
    shelf: Shelf, pool: RequestPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(shelf.fetch(1).content)
    monkeypatch.setattr(singer_fanout.shared, "MOST_AHEAD", 3 * size)
    shared = SharedReading(reading(shelf.fetch, pool), keep=False)
    shared.read_ahead()
    wait_until(lambda: shared._state is not _State.AHEAD)
    assert len(shared._kept) == 3
    assert numbers(shared) == list(range(PAGES))


def test_what_has_had_its_turn_is_not_read_ahead_again(shelf: Shelf, pool: RequestPool) -> None:
    readings = SharedReadings()

    def begin() -> ListReading:
        return reading(shelf.fetch, pool)

    readings.read_ahead("list", begin, keep=False)
    readings.read_ahead("list", begin, keep=False)
    assert numbers(readings.open("list", begin, keep=False)) == list(range(PAGES))
    cost = len(shelf.fetched)
    readings.read_ahead("list", begin, keep=False)
    time.sleep(0.05)
    assert len(shelf.fetched) == cost
    readings.close()
