"""What a run did and what it could not do, told once, at its end."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging


class RunSummary:
    """Counts, and the warnings that must not be given twice.

    Args:
        logger: Where warnings and the summary go.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        self.rows: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}
        self.incomplete: dict[str, str] = {}
        self.drifted: dict[str, None] = {}
        self._warned: set[str] = set()

    def attempt(self, stream: str, number: int) -> None:
        """A request is about to be sent; called from any thread."""
        with self._lock:
            self.requests[stream] += 1
            self.retries[stream] += number > 1

    def skip(self, stream: str, reason: str) -> None:
        """A whole stream is left out."""
        self.skipped[stream] = reason
        self._logger.warning("Skipping stream '%s': %s", stream, reason)

    def leave_out(self, stream: str, reason: str) -> None:
        """A part of a stream could not be read: its version must not be activated."""
        if stream not in self.incomplete:
            self.incomplete[stream] = reason
            self._logger.warning("Stream '%s' is incomplete in this run: %s", stream, reason)

    def drift(self, stream: str, field: str) -> None:
        """The API sent a field that the schema lacks."""
        self.drifted.setdefault(f"{stream}.{field}")
        self.warn_once(f"schema drift: {stream}.{field} was sent by the API and is not in the schema; it is left out")

    def warn_once(self, text: str) -> None:
        """Warn, unless this was said before in this run."""
        if text not in self._warned:
            self._warned.add(text)
            self._logger.warning("%s", text)

    def log(self, outcome: str, seconds_waited: float) -> None:
        """Write the summary.

        Args:
            outcome: How the run ended.
            seconds_waited: How long requests were held back for rate limits.
        """
        self._logger.info(
            "%s: %d rows of %d streams with %d requests (%d of them repeated), %.0f s waited for the rate limit",
            outcome,
            sum(self.rows.values()),
            len(self.rows),
            sum(self.requests.values()),
            sum(self.retries.values()),
            seconds_waited,
        )
        for stream in dict.fromkeys([*self.rows, *self.requests]):
            repeated = f" ({self.retries[stream]} of them repeated)" if self.retries[stream] else ""
            self._logger.info(
                "  %s: %d rows, %d requests%s", stream, self.rows[stream], self.requests[stream], repeated
            )
        for stream, reason in self.skipped.items():
            self._logger.warning("Skipped: stream '%s' (%s)", stream, reason)
        for stream, reason in self.incomplete.items():
            self._logger.warning("Incomplete: stream '%s' keeps rows that may be deleted (%s)", stream, reason)
        if self.drifted:
            self._logger.warning("Schema drift, left out: %s", ", ".join(self.drifted))
