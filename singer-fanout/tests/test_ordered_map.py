"""The one primitive: answers in the order of the questions, a bounded window, nothing asked for in vain."""

from __future__ import annotations

import threading
import time

import pytest
from singer_fanout import RequestPool, StoppedError


class Gauge:
    """A fetch that counts how many of its like run at once.

    Args:
        seconds: How long it takes.
        together: How many have to have run at once before any ends.
    """

    def __init__(self, seconds: float = 0.005, together: int = 1) -> None:
        self.fetched: list[int] = []
        self.most = 0
        self._seconds = seconds
        self._together = together
        self._met = threading.Event()
        self._now = 0
        self._lock = threading.Lock()

    def fetch(self, item: int) -> int:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.fetched.append(item)
            if self.most >= self._together:
                self._met.set()
        self._met.wait(20)
        time.sleep(self._seconds)
        with self._lock:
            self._now -= 1
        return item


def test_answers_come_in_the_order_of_the_questions(pool: RequestPool) -> None:
    def slow_when_even(item: int) -> int:
        time.sleep(0.01 if item % 2 == 0 else 0)
        return item * item

    assert list(pool.in_order(slow_when_even, range(30))) == [item * item for item in range(30)]


def test_no_more_than_the_workers_are_in_flight_and_all_of_them_are_used(pool: RequestPool) -> None:
    gauge = Gauge(together=4)
    list(pool.in_order(gauge.fetch, range(40)))
    assert gauge.most == 4


def test_no_more_than_the_workers_are_in_flight_when_several_threads_ask(
    pool: RequestPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = [0]

    def count_slowly(_: object) -> int:
        count = started[-1]
        time.sleep(0.002)
        return count

    count = property(count_slowly, lambda _, value: started.append(value))
    monkeypatch.setattr(type(pool._threads), "_started", count, raising=False)
    gauge = Gauge(together=4)
    asking = [threading.Thread(target=lambda: list(pool.in_order(gauge.fetch, range(10)))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(gauge.fetched) == 80
    assert gauge.most == 4


def test_no_more_than_the_window_is_asked_for_before_an_answer_is_taken(pool: RequestPool) -> None:
    gauge = Gauge(seconds=0)
    answers = pool.in_order(gauge.fetch, iter(range(1000)))
    for taken in range(1, 20):
        next(answers)
        time.sleep(0.002)
        assert len(gauge.fetched) <= taken - 1 + pool.window


def test_a_narrower_window_is_kept(pool: RequestPool) -> None:
    gauge = Gauge(together=2)
    list(pool.in_order(gauge.fetch, range(10), width=lambda _: 2))
    assert gauge.most == 2


def test_one_worker_asks_for_nothing_before_its_turn() -> None:
    pool, gauge = RequestPool(1), Gauge(seconds=0)
    answers = pool.in_order(gauge.fetch, range(10))
    assert gauge.fetched == []
    for item in range(10):
        assert next(answers) == item
        assert gauge.fetched == list(range(item + 1))
    pool.close()


def test_an_error_is_raised_in_its_place_and_what_is_unsent_is_given_up(pool: RequestPool) -> None:
    asked = []

    def fetch(item: int) -> int:
        asked.append(item)
        time.sleep(0.01)
        if item == 3:
            raise ValueError("item 3")
        return item

    answers = pool.in_order(fetch, range(100))
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="item 3"):
        next(answers)
    time.sleep(0.05)
    assert len(asked) <= 3 + pool.window


def test_a_reader_that_leaves_early_gives_up_what_is_unsent(pool: RequestPool) -> None:
    gauge = Gauge(seconds=0.02)
    answers = pool.in_order(gauge.fetch, range(100))
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    time.sleep(0.05)
    assert len(gauge.fetched) <= 2 * pool.workers


def test_two_maps_may_run_one_inside_the_other(pool: RequestPool) -> None:
    found = [
        (outer, inner)
        for outer in pool.in_order(lambda item: item, range(20))
        for inner in pool.in_order(lambda item: item, range(20))
    ]
    assert found == [(outer, inner) for outer in range(20) for inner in range(20)]


def test_a_run_that_is_told_to_end_does_not_wait_for_an_answer() -> None:
    stop, released = threading.Event(), threading.Event()
    pool = RequestPool(2, stop)
    answers = pool.in_order(lambda _: released.wait(20), range(4))
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(StoppedError):
        next(answers)
    assert time.monotonic() - begun < 10
    released.set()
    pool.close()


def test_a_run_that_is_told_to_end_takes_no_further_answer() -> None:
    stop = threading.Event()
    stopped = RequestPool(2, stop)
    answers = stopped.in_order(lambda item: item, range(100))
    next(answers)
    time.sleep(0.01)
    stop.set()
    with pytest.raises(StoppedError):
        next(answers)
    stopped.close()


def test_few_threads_fetch_what_is_answered_at_once() -> None:
    pool, used = RequestPool(8), set()
    list(pool.in_order(lambda _: used.add(threading.get_ident()), range(200)))
    assert len(used) <= 2


def test_all_threads_fetch_what_has_to_be_waited_for() -> None:
    gauge = Gauge(together=8)
    list(RequestPool(8).in_order(gauge.fetch, range(40)))
    assert gauge.most == 8
