"""What a run did and what it could not do, told once, at its end: in the log, and in a file for programs."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_fanout.decoding import DEEPEST

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping

    from singer_fanout.errors import ApiError

KINDS: Mapping[type, str] = {
    bool: "a boolean",
    dict: "an object",
    list: "a list",
    str: "a text",
    type(None): "null",
}
"""What the types of JSON values are called; all others are numbers."""
MOST_TOLD = 100
"""Failures of one stream that are told one by one."""


@dataclass(frozen=True)
class Failure:
    """Something that somebody has to see to.

    Attributes:
        part: What failed, where that is less than the stream.
        reason: One line.
        may_pass: Whether the next run may succeed without anybody mending anything.
        error: What was raised.
    """

    part: str | None
    reason: str
    may_pass: bool
    error: ApiError


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
        self.read: set[str] = set()
        """The streams that were read to their end."""
        self.activated: set[str] = set()
        self.skipped: dict[str, str] = {}
        self.failed: dict[str, Failure] = {}
        """The streams that failed as a whole."""
        self.failures: defaultdict[str, list[Failure]] = defaultdict(list)
        """All failures of each stream, those of its parts too."""
        self.left_out: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """Parts of each stream that were refused or that a setting leaves out, with the reason."""
        self.incomplete: dict[str, str] = {}
        self.drifted: dict[str, bool] = {}
        self.mistyped: Counter[str] = Counter()
        self._warned: set[str] = set()

    def attempt(self, stream: str, number: int) -> None:
        """A request is about to be sent; called from any thread."""
        with self._lock:
            self.requests[stream] += 1
            self.retries[stream] += number > 1

    def skip(self, stream: str, reason: str) -> None:
        """A whole stream is refused."""
        self.skipped[stream] = reason
        self._logger.warning("Skipping stream '%s': %s", stream, reason)

    def fail(self, stream: str, error: ApiError) -> None:
        """A whole stream has failed; the others are read."""
        self.failed[stream] = failure = Failure(None, str(error), error.may_pass, error)
        self.failures[stream].append(failure)
        self._logger.warning("Stream '%s' failed and is left out: %s", stream, error)

    def fail_in_part(self, stream: str, part: str, error: ApiError) -> None:
        """A parent or a part of a stream has failed; the rest of the stream is read."""
        self.failures[stream].append(Failure(part, str(error), error.may_pass, error))
        self.warn_once(f"Stream '{stream}' is read without {part}, which failed: {error}")

    def leave_out_part(self, stream: str, part: str, reason: str) -> None:
        """A part of a stream is refused, or a setting leaves it out."""
        if part not in self.left_out[stream]:
            self.left_out[stream][part] = reason
            self.warn_once(f"Stream '{stream}' is read without {part}: {reason}")

    def leave_out(self, stream: str, reason: str) -> None:
        """A part of a stream could not be read: its version must not be activated."""
        if stream not in self.incomplete:
            self.incomplete[stream] = reason
            self._logger.warning("Stream '%s' is incomplete in this run: %s", stream, reason)

    def hold_back(self, stream: str, reason: str) -> None:
        """A stream's version is not activated, because of what was said already; the end of the summary tells it."""
        self.incomplete.setdefault(stream, reason)

    def drift(self, stream: str, field: str, *, kept: bool = False, may_be_kept: bool = True) -> None:
        """The API sent a field that the schema lacks.

        Args:
            stream: The stream.
            field: The field, after the names of the objects around it.
            kept: Whether it stands in the column for such fields.
            may_be_kept: Whether a setting could do that.
        """
        name = f"{stream}.{field}"
        self.drifted[name] = kept or self.drifted.get(name, False)
        outcome = "it is kept in the column undeclared" if kept else "it is left out"
        hint = "; the setting keep_undeclared keeps such fields" if may_be_kept and not kept else ""
        self.warn_once(f"schema drift: {name} was sent by the API and is not in the schema; {outcome}{hint}")

    def mistype(self, stream: str, field: str, value: object) -> None:
        """The API sent a value that is not of its field's type, and cannot be converted without loss."""
        name = f"{stream}.{field}"
        self.mistyped[name] += 1
        if self.mistyped[name] == 1:
            self._logger.warning(
                "%s: the API sent %s, which is not what the schema says; it is loaded as null, as are others",
                name,
                KINDS.get(type(value), "a number"),
            )

    def cut(self, stream: str) -> None:
        """The API sent something that is nested too deep; called from any thread."""
        with self._lock:
            self.warn_once(
                f"Stream '{stream}': the API sent values that are nested more than {DEEPEST} deep; what lies deeper is "
                "loaded as null"
            )

    def warn_once(self, text: str) -> None:
        """Warn, unless this was said before in this run."""
        if text not in self._warned:
            self._warned.add(text)
            self._logger.warning("%s", text)

    def log(self, outcome: str, seconds_waited: float, *, failures: bool = True) -> None:
        """Write the summary.

        Args:
            outcome: How the run ended.
            seconds_waited: How long requests were held back for rate limits.
            failures: False leaves them out, where the run's last line tells why it ended.
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
        for stream in self._streams():
            repeated = f" ({self.retries[stream]} of them repeated)" if self.retries[stream] else ""
            self._logger.info(
                "  %s: %d rows, %d requests%s", stream, self.rows[stream], self.requests[stream], repeated
            )
        for stream, reason in self.skipped.items():
            self._logger.warning("Skipped: stream '%s' (%s)", stream, reason)
        for stream, reason in self.incomplete.items():
            self._logger.warning("Incomplete: stream '%s' keeps rows that may be deleted (%s)", stream, reason)
        self._log_fields("Schema drift, left out: %s", (name for name, kept in self.drifted.items() if not kept))
        self._log_fields(
            "Schema drift, in the column undeclared: %s", (name for name, kept in self.drifted.items() if kept)
        )
        self._log_fields(
            "Not of the declared type, loaded as null: %s",
            (f"{name} ({count} times)" for name, count in self.mistyped.items()),
        )
        for line in self._told_failures() if failures else ():
            self._logger.error("Failed: %s", line)

    def _log_fields(self, text: str, fields: Iterable[str]) -> None:
        if listed := ", ".join(fields):
            self._logger.warning(text, listed)

    def _told_failures(self) -> Iterable[str]:
        """One line for each failure; a part that failed in several streams for one reason is one failure."""
        together: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
        for stream, failures in self.failures.items():
            whole = self.failed.get(stream)
            for failure in [whole] if whole else failures[:MOST_TOLD]:
                together[failure.part, failure.reason].append(stream)
        for (part, reason), streams in together.items():
            where = f"{part} of " if part else ""
            plural = "s" if len(streams) > 1 else ""
            yield f"{where}stream{plural} {', '.join(map(repr, streams))} ({reason})"
        for stream, failures in self.failures.items():
            if len(failures) > MOST_TOLD and stream not in self.failed:
                yield f"{len(failures) - MOST_TOLD} more in stream '{stream}'"

    @property
    def may_pass(self) -> bool:
        """Whether some failure may pass without anybody mending anything."""
        return any(failure.may_pass for failures in self.failures.values() for failure in failures)

    def for_programs(self) -> dict[str, Any]:
        """The same as JSON values: of the whole run, and of each stream."""
        return {
            "rows": sum(self.rows.values()),
            "requests": sum(self.requests.values()),
            "requests_repeated": sum(self.retries.values()),
            "streams": {stream: self._of_stream(stream) for stream in self._streams()},
        }

    def _of_stream(self, stream: str) -> dict[str, Any]:
        failures = self.failures.get(stream, [])
        return {
            "outcome": self._outcome(stream),
            "rows": self.rows[stream],
            "requests": self.requests[stream],
            "requests_repeated": self.retries[stream],
            "deletes_seen": stream in self.activated,
            "failures": [
                {"part": failure.part, "reason": failure.reason, "retryable": failure.may_pass}
                for failure in failures[:MOST_TOLD]
            ],
            "failures_not_listed": max(len(failures) - MOST_TOLD, 0),
            "left_out": [{"part": part, "reason": reason} for part, reason in self.left_out.get(stream, {}).items()],
            "reason": self.skipped.get(stream) or self.incomplete.get(stream),
            "drift": [name.partition(".")[2] for name in self.drifted if name.partition(".")[0] == stream],
            "mistyped": {
                name.partition(".")[2]: count
                for name, count in self.mistyped.items()
                if name.partition(".")[0] == stream
            },
        }

    def _outcome(self, stream: str) -> str:
        if stream in self.failed:
            return "failed"
        if stream in self.skipped:
            return "skipped"
        if stream in self.incomplete:
            return "incomplete"
        return "read" if stream in self.read else "not_read"

    def _streams(self) -> Iterable[str]:
        return dict.fromkeys([*self.rows, *self.requests, *self.skipped, *self.failures])
