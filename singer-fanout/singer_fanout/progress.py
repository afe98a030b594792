"""Progress lines in the log of a long run."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from singer_fanout.summary import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from logging import Logger

    from singer_fanout.summary import RunSummary

SECONDS_BETWEEN_LINES = 10.0
"""In a terminal."""
SECONDS_BETWEEN_LINES_OF_A_FILE = 60.0
MINUTE = 60
HOUR = 60 * MINUTE


class Progress:
    """Logs a line about the current stream every ten seconds or every minute.

    Args:
        summary: Counts rows and requests.
        waited: Returns the seconds waited for rate limits so far.
        logger: Where the lines go.
        every: Seconds between two lines, across streams; None logs nothing.
    """

    def __init__(
        self, summary: RunSummary, waited: Callable[[], float], logger: Logger, *, every: float | None
    ) -> None:
        self._summary = summary
        self._waited = waited
        self._logger = logger
        self._every = every
        self._due_at = time.monotonic() + (every or 0)
        self._done = 0
        self._total: int | None = None
        self._unit = ""

    @contextmanager
    def of(self, stream: str) -> Iterator[None]:
        """Report on a stream while it is being read."""
        self._done, self._total, self._unit = 0, None, ""
        if self._every is None:
            yield
            return
        over = threading.Event()
        thread = threading.Thread(target=self._report, args=(stream, self._every, over), name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def expect(self, unit: str, total: int | None) -> None:
        """Set the unit of progress (`page`, `parent`) and the total, if known."""
        self._done, self._total, self._unit = 0, total, unit

    def advance(self) -> None:
        """Note that one more unit is done."""
        self._done += 1

    def _report(self, stream: str, every: float, over: threading.Event) -> None:
        began = time.monotonic()
        while not over.wait(max(self._due_at - time.monotonic(), 0)):
            now = time.monotonic()
            self._logger.info("%s", self.line(stream, now - began))
            self._due_at = now + every

    def line(self, stream: str, elapsed: float) -> str:
        """The progress line of a stream.

        Args:
            stream: Its name.
            elapsed: Seconds since it started.
        """
        parts = [counted(self._summary.rows[stream], "row"), counted(self._summary.requests[stream], "request")]
        if self._unit and self._total:
            parts.append(f"{self._done / self._total:.0%} of {counted(self._total, self._unit)}")
            if self._done:
                parts.append(f"about {duration(elapsed / self._done * (self._total - self._done))} left")
        elif self._unit:
            parts.append(counted(self._done, self._unit))
        if waited := self._waited():
            parts.append(f"{duration(waited)} waited for the rate limit")
        return f"Reading {stream}: {', '.join(parts)}"


def duration(seconds: float) -> str:
    """A duration in a readable form."""
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min {seconds % MINUTE:.0f} s"
    return f"{seconds // HOUR:.0f} h {seconds % HOUR // MINUTE:.0f} min"
