"""The one primitive of the engine: an ordered, windowed, concurrent map over requests.

Requests run in threads; their answers come back in the order in which they were asked for, at most `width` of
them in flight or waiting, so that memory is bounded and everything that follows runs in one thread.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, TimeoutError  # noqa: A004 - Python 3.10 has two of them
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
"""What belongs to the thread: whether anybody still wants what it fetches."""

WINDOW_PER_WORKER = 2
"""Answers that may wait behind a slow one: enough to keep the workers busy, few enough to keep in memory."""
STOP_SECONDS = 0.5
"""How long a run that is told to end may go unaware of it."""
FEWEST_THREADS = 2
"""As many as keep up with a server that answers at once."""
LATE_SECONDS = 0.005
MOST_LATE = 10
"""Answers may be late by so often so much before more threads fetch: a slow moment is no slow server."""


def is_given_up() -> bool:
    """Whether nobody wants any longer what this thread fetches: who asked for it has failed or has gone on."""
    given_up: threading.Event | None = getattr(_here, "given_up", None)
    return given_up is not None and given_up.is_set()


class RequestPool:
    """Threads that fetch, for whatever thread asks.

    Args:
        workers: Requests in flight at once; 1 means one after the other, none before it is asked for.
        stop: Set when the run ends early; a request that is still under way is then not waited for.
    """

    def __init__(self, workers: int, stop: threading.Event | None = None) -> None:
        self.workers = workers
        self._stop = stop or threading.Event()
        self._threads = _Threads(workers)

    @property
    def window(self) -> int:
        """The widest useful window: requests in flight and answers waiting."""
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
            items: Taken in the caller's thread, only as far as the window reaches.
            width: How wide the window may be after so many answers; without it the widest.

        Yields:
            The answers. An error in `fetch` is raised in its place, and what is not yet answered is given up.
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
        """Begin with `fetch(item)`, before what is asked for from now on."""
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
    """Threads that end with the process; those of an executor would hold it up until their last answer is there.

    There are few until somebody waits for answers: where a server answers at once, all of them would only take turns
    at the interpreter, at a fifth of the whole price of reading.
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
        """Somebody had no need to wait."""
        self._late = max(self._late - 1, 0)

    def late(self) -> None:
        """Somebody waits for one."""
        with self._starting:
            self._late += 1
            if self.may_be_more and self._late >= MOST_LATE:
                self._late = 0
                self._wanted = min(2 * self._wanted, self._most)
                # What is asked for already may wait for them.
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
            # An idle thread keeps no answer.
            del task


def _run(future: Future[Answer], fetch: Callable[[Item], Answer], item: Item, given_up: threading.Event) -> None:
    if not future.set_running_or_notify_cancel():
        return
    _here.given_up = given_up
    try:
        answer = fetch(item)
    except BaseException as error:  # noqa: BLE001 - it is raised where the answer is asked for
        future.set_exception(error)
    else:
        future.set_result(answer)
