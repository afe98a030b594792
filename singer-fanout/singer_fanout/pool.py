"""The engine's only primitive: an ordered, windowed, concurrent map over requests.

Requests run in threads and their responses come back in request order, with at most `width` of them in flight or
waiting. So memory is bounded, and everything downstream runs in one thread.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, TimeoutError  # noqa: A004 - differs from the built-in in Python 3.10
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from singer_fanout.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_here = threading.local()
"""Thread-local: whether the result of what it fetches is still wanted."""

WINDOW_PER_WORKER = 2
"""Responses that may wait behind a slow one: enough to keep the workers busy, few enough to keep in memory."""
STOP_SECONDS = 0.5
"""How long it may take a waiting run to notice that it was asked to stop."""
FEWEST_THREADS = 2
"""Enough to keep up with a server that answers at once."""
LATE_SECONDS = 0.005
MOST_LATE = 10
"""Late responses, net of those in time, before threads are added: a slow moment is not a slow server."""


def is_given_up() -> bool:
    """Whether what this thread fetches is no longer wanted, because the caller has failed or moved on."""
    given_up: threading.Event | None = getattr(_here, "given_up", None)
    return given_up is not None and given_up.is_set()


class RequestPool:
    """Threads that fetch on behalf of any thread.

    Args:
        workers: Requests in flight at once; 1 means strictly sequential, with nothing fetched ahead.
        stop: Set when the run ends early; requests still in flight are then not waited for.
    """

    def __init__(self, workers: int, stop: threading.Event | None = None) -> None:
        self.workers = workers
        self._stop = stop or threading.Event()
        self._threads = _Threads(workers)

    @property
    def window(self) -> int:
        """The widest useful window: requests in flight plus responses waiting."""
        return 1 if self.workers == 1 else self.workers * WINDOW_PER_WORKER

    def in_order(
        self,
        fetch: Callable[[Item], Answer],
        items: Iterable[Item],
        width: Callable[[int], int] | None = None,
    ) -> Iterator[Answer]:
        """Yield `fetch(item)` for each item, in the order of the items.

        Args:
            fetch: Runs in a thread.
            items: Consumed in the caller's thread, no further than the window reaches.
            width: The window's width after a given number of responses; the widest if omitted.

        Yields:
            The results. An error in `fetch` is raised in its place, and requests not yet answered are given up.
        """
        given_up = threading.Event()
        pending: deque[Future[Answer]] = deque()
        source = iter(items)
        answered = 0
        try:
            while True:
                limit = self.window if width is None else min(width(answered), self.window)
                for item in islice(source, max(limit - len(pending), 0)):
                    pending.append(self._threads.submit(fetch, item, given_up))
                if not pending:
                    return
                yield self._result(pending.popleft())
                answered += 1
        finally:
            given_up.set()
            for future in pending:
                future.cancel()

    def begin(self, fetch: Callable[[Item], Answer], item: Item) -> Future[Answer]:
        """Start `fetch(item)`, ahead of anything requested later."""
        return self._threads.submit(fetch, item, threading.Event())

    def _result(self, future: Future[Answer]) -> Answer:
        threads = self._threads
        is_late = False
        while not self._stop.is_set():
            try:
                future.exception(LATE_SECONDS if threads.may_be_more else STOP_SECONDS)
            except TimeoutError:
                threads.late()
                is_late = True
                continue
            if not is_late:
                threads.in_time()
            return future.result()
        raise StoppedError

    def close(self) -> None:
        """Let the threads end."""
        self._threads.close()


class _Threads:
    """Daemon threads; those of an executor would delay the exit until their last response arrives.

    There are few until responses are late: with a server that answers at once, more would only contend for the GIL, at
    a fifth of the total cost of a read.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._wanted = min(FEWEST_THREADS, most)
        self._started = 0
        self._late = 0
        self._starting = threading.Lock()
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    @property
    def may_be_more(self) -> bool:
        return self._wanted < self._most

    def submit(self, fetch: Callable[[Item], Answer], item: Item, given_up: threading.Event) -> Future[Answer]:
        future: Future[Answer] = Future()
        self._tasks.put(partial(_run, future, fetch, item, given_up))
        with self._starting:
            if self._started < self._wanted:
                self._start()
        return future

    def in_time(self) -> None:
        """Note that a response was there in time."""
        self._late = max(self._late - 1, 0)

    def late(self) -> None:
        """Note that a response has to be waited for."""
        with self._starting:
            self._late += 1
            if self.may_be_more and self._late >= MOST_LATE:
                self._late = 0
                self._wanted = min(2 * self._wanted, self._most)
                # Queued requests may be waiting for them.
                while self._started < self._wanted:
                    self._start()

    def close(self) -> None:
        for _ in range(self._started):
            self._tasks.put(None)

    def _start(self) -> None:
        self._started += 1
        threading.Thread(target=self._work, name=f"request-{self._started}", daemon=True).start()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            # So that an idle thread keeps no response alive.
            del task


def _run(future: Future[Answer], fetch: Callable[[Item], Answer], item: Item, given_up: threading.Event) -> None:
    if not future.set_running_or_notify_cancel():
        return
    _here.given_up = given_up
    try:
        answer = fetch(item)
    except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
        future.set_exception(error)
    else:
        future.set_result(answer)
