"""The one primitive of the engine: an ordered, windowed, concurrent map over requests.

Requests run in threads; their answers come back in the order in which they were asked for, at most `width` of
them in flight or waiting, so that memory is bounded and everything that follows runs in one thread.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from singer_fanout.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WINDOW_PER_WORKER = 2
"""Answers that may wait behind a slow one: enough to keep the workers busy, few enough to keep in memory."""
STOP_SECONDS = 0.5
"""How long a run that is told to end may go unaware of it."""


class RequestPool:
    """Threads that fetch.

    Args:
        workers: Requests in flight at once; 1 means one after the other, none before it is asked for.
        stop: Set when the run ends early; a request that is still under way is then not waited for.
    """

    def __init__(self, workers: int, stop: threading.Event | None = None) -> None:
        self.workers = workers
        self._stop = stop or threading.Event()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="request")

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
            The answers. An error in `fetch` is raised in its place, and what is not yet sent is given up.
        """
        pending: deque[Future[Answer]] = deque()
        source = iter(items)
        answered = 0
        try:
            while True:
                limit = self.window if width is None else min(width(answered), self.window)
                for item in islice(source, max(limit - len(pending), 0)):
                    pending.append(self._threads.submit(fetch, item))
                if not pending:
                    return
                yield self._result(pending.popleft())
                answered += 1
        finally:
            for future in pending:
                future.cancel()

    def _result(self, future: Future[Answer]) -> Answer:
        while not wait([future], STOP_SECONDS).done:
            if self._stop.is_set():
                raise StoppedError
        return future.result()

    def close(self) -> None:
        """Give up what is not yet sent and let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
