"""A long list needs no more memory than a short one; what is kept for other streams is kept on disk."""

from __future__ import annotations

import gc
import json
import tracemalloc
from typing import TYPE_CHECKING

import singer_fanout.shared
from shelf import ShelfPaginator
from singer_fanout import Answer, ListReading, RequestPool, Room
from singer_fanout.shared import SharedReading, SharedReadings

if TYPE_CHECKING:
    import pytest

PAGE_BYTES = 20_000


def long_list(pages: int, pool: RequestPool) -> ListReading:
    def fetch(number: int) -> Answer:
        body = {"ids": [number] if number <= pages else [], "more": number < pages, "text": "x" * PAGE_BYTES}
        return Answer("", 200, {}, json.dumps(body).encode(), "")

    return ListReading(fetch, ShelfPaginator(), pool)


def peak_bytes(reading: ListReading | SharedReading) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        for _ in reading:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_list_of_many_pages_needs_the_memory_of_a_few(pool: RequestPool) -> None:
    assert peak_bytes(long_list(800, pool)) < 4 * pool.window * PAGE_BYTES


def test_what_is_kept_for_other_streams_goes_to_disk(pool: RequestPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(singer_fanout.shared, "IN_MEMORY", 10 * PAGE_BYTES)
    shared = SharedReading(long_list(600, pool), keep=True)
    assert peak_bytes(shared) < 150 * PAGE_BYTES
    assert [answer.body["ids"] for answer in shared] == [[number] for number in range(1, 601)]
    shared.close()


def test_a_second_walk_sees_what_the_first_saw_also_when_it_begins_in_its_middle(pool: RequestPool) -> None:
    shared = SharedReading(long_list(9, pool), keep=True)
    first, second = iter(shared), iter(shared)
    ahead = [next(first).body["ids"] for _ in range(4)]
    assert [next(second).body["ids"] for _ in range(6)] == [[number] for number in range(1, 7)]
    assert [answer.body["ids"] for answer in first] == [[number] for number in range(5, 10)]
    assert ahead == [[1], [2], [3], [4]]
    shared.close()


def test_what_nobody_else_wants_is_not_kept(pool: RequestPool) -> None:
    shared = SharedReading(long_list(300, pool), keep=False)
    assert peak_bytes(shared) < 4 * pool.window * PAGE_BYTES


def test_a_reading_that_nobody_closes_is_closed_when_it_is_forgotten(pool: RequestPool) -> None:
    shared = SharedReading(long_list(3, pool), keep=True)
    assert len(list(shared)) == 3
    file = shared._kept._file
    assert file is not None
    # As in a run that has failed: the reading is part of a circle.
    shared.itself = shared  # type: ignore[attr-defined]
    del shared
    gc.collect()
    assert file.closed


def test_what_there_is_no_room_for_is_read_again_by_whoever_wants_it(pool: RequestPool) -> None:
    room, begun = Room(20 * PAGE_BYTES), []

    def read() -> ListReading:
        begun.append(1)
        return long_list(60, pool)

    readings = SharedReadings(room)
    wanted = [[number] for number in range(1, 61)]
    for _ in range(3):
        assert [answer.body["ids"] for answer in readings.open("long", read, keep=True)] == wanted
        assert room.used == 0
    assert len(begun) == 3
    # There is room for a short one all the same.
    for _ in range(2):
        assert len(list(readings.open("short", lambda: long_list(3, pool), keep=True))) == 3
    assert 3 * PAGE_BYTES < room.used < 4 * PAGE_BYTES
    readings.close()
    assert room.used == 0


def test_lists_that_are_read_ahead_share_the_room(pool: RequestPool) -> None:
    room = Room(20 * PAGE_BYTES)
    readings = SharedReadings(room)
    for name in range(3):
        readings.read_ahead(name, lambda: long_list(15, pool), keep=False)
    for name in range(3):
        assert len(list(readings.open(name, lambda: long_list(15, pool), keep=False))) == 15
        # A page for each list that was read at that moment.
        assert room.used < 24 * PAGE_BYTES
    assert room.used == 0
