"""What a run did and could not do, reported once at its end: in the log, and in a file for programs.

During the run each finding is logged only at DEBUG: many streams often share one reason, and a single line at the end
is easier to read than one line for each in between.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_fanout.decoding import DEEPEST

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence

    from singer_fanout.errors import ApiError

KINDS: Mapping[type, str] = {
    bool: "a boolean",
    dict: "an object",
    list: "an array",
    str: "a string",
    type(None): "null",
}
"""Names of JSON types by Python type; any other is a number."""
LEAST_WAIT_LOGGED = 0.5
"""Seconds waited for rate limits."""
MOST_TOLD = 100
"""Failures of one stream that are listed individually."""


@dataclass(frozen=True)
class Failure:
    """Something that needs attention.

    Attributes:
        part: What failed, if not the whole stream.
        reason: One line.
        may_pass: Whether the next run may succeed without intervention.
        error: What was raised.
    """

    part: str | None
    reason: str
    may_pass: bool
    error: ApiError


class RunSummary:
    """Counts, omissions and failures, by stream.

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
        """The streams that were read to the end."""
        self.activated: set[str] = set()
        self.skipped: dict[str, str] = {}
        self.failed: dict[str, Failure] = {}
        """The streams that failed as a whole."""
        self.failures: defaultdict[str, list[Failure]] = defaultdict(list)
        """All failures of each stream, including those of its parts."""
        self.left_out: defaultdict[str, dict[str, str]] = defaultdict(dict)
        """Parts of each stream that were refused or are left out by a setting, with the reason."""
        self.incomplete: dict[str, str] = {}
        self.drifted: dict[str, bool] = {}
        self.mistyped: Counter[str] = Counter()
        self._first_kinds: dict[str, str] = {}
        self._drift_may_be_kept = False
        self._warned: set[str] = set()

    def attempt(self, stream: str, number: int) -> None:
        """Note that a request is about to be sent; called from any thread."""
        with self._lock:
            self.requests[stream] += 1
            self.retries[stream] += number > 1

    def skip(self, stream: str, reason: str) -> None:
        """Note that a whole stream was refused."""
        self.skipped[stream] = reason
        self._logger.debug("Skipping stream '%s': %s", stream, reason)

    def fail(self, stream: str, error: ApiError) -> None:
        """Note that a whole stream failed; the others are still read."""
        self.failed[stream] = failure = Failure(None, str(error), error.may_pass, error)
        self.failures[stream].append(failure)
        self._logger.debug("Stream '%s' failed: %s", stream, error)

    def fail_in_part(self, stream: str, part: str, error: ApiError) -> None:
        """Note that a parent or part of a stream failed; the rest of the stream is still read."""
        self.failures[stream].append(Failure(part, str(error), error.may_pass, error))
        self._logger.debug("Stream '%s' is read without %s, which failed: %s", stream, part, error)

    def leave_out_part(self, stream: str, part: str, reason: str) -> None:
        """Note that a part of a stream was refused or is left out by a setting."""
        if part not in self.left_out[stream]:
            self.left_out[stream][part] = reason
            self._logger.debug("Stream '%s' is read without %s: %s", stream, part, reason)

    def leave_out(self, stream: str, reason: str) -> None:
        """Note that something in a stream could not be read: its version must not be activated."""
        if stream not in self.incomplete:
            self.incomplete[stream] = reason
            self._logger.debug("Stream '%s' is incomplete in this run: %s", stream, reason)

    def hold_back(self, stream: str, reason: str) -> None:
        """Note that a stream's version is not activated because a part was left out or failed."""
        self.incomplete.setdefault(stream, reason)

    def drift(self, stream: str, field: str, *, kept: bool = False, may_be_kept: bool = True) -> None:
        """Note that the API sent a field that the schema lacks.

        Args:
            stream: The stream.
            field: The path of the field.
            kept: Whether it is kept in the column for undeclared fields.
            may_be_kept: Whether a setting would keep it.
        """
        name = f"{stream}.{field}"
        if name not in self.drifted:
            self._logger.debug("The API sent %s, which is not in the schema", name)
        self.drifted[name] = kept or self.drifted.get(name, False)
        self._drift_may_be_kept = may_be_kept

    def mistype(self, stream: str, field: str, value: object) -> None:
        """Note that the API sent a value that is not of its field's type and cannot be converted without loss."""
        name = f"{stream}.{field}"
        self.mistyped[name] += 1
        if self.mistyped[name] == 1:
            self._first_kinds[name] = kind = KINDS.get(type(value), "a number")
            self._logger.debug("The API sent %s for %s, which is not the type in the schema", kind, name)

    def cut(self, stream: str) -> None:
        """Note that the API sent something nested too deeply; called from any thread."""
        with self._lock:
            self.warn_once(
                f"Stream '{stream}': the API sent values nested more than {DEEPEST} levels deep; what is deeper is "
                "loaded as null"
            )

    def warn_once(self, text: str) -> None:
        """Log a warning, unless this run has logged the same one already."""
        if text not in self._warned:
            self._warned.add(text)
            self._logger.warning("%s", text)

    def log(self, outcome: str, seconds_waited: float, *, failures: bool = True) -> None:
        """Write the summary.

        Args:
            outcome: How the run ended.
            seconds_waited: How long requests were held back by rate limits.
            failures: False leaves them out, when the run's last line says why it ended.
        """
        waited = f", {seconds_waited:.0f} s waited for the rate limit" if seconds_waited >= LEAST_WAIT_LOGGED else ""
        self._logger.info(
            "%s: %s from %s, %s%s",
            outcome,
            counted(self.rows.total(), "row"),
            counted(len(self.rows), "stream"),
            _requests(self.requests.total(), self.retries.total()),
            waited,
        )
        for stream in self._streams():
            requests = self.requests[stream]
            asked = _requests(requests, self.retries[stream]) if requests else "from the requests of other streams"
            self._logger.info("  %s: %s, %s", stream, counted(self.rows[stream], "row"), asked)
        self._log_what_is_missing(failures=failures)

    def _log_what_is_missing(self, *, failures: bool) -> None:
        """Log what was skipped, left out or failed, each reason once."""
        for reason, streams in _together(self.skipped.items()):
            self._logger.warning("Skipped: %s (%s)", named(streams), reason)
        read = self.left_out.keys() - self.skipped.keys()
        for part, streams in _together(sorted((stream, part) for stream in read for part in self.left_out[stream])):
            # Their reasons differ only in the route.
            self._logger.warning("Left out: %s of %s (%s)", part, named(streams), self.left_out[streams[0]][part])
        for reason, streams in _together(self.incomplete.items()):
            verb = "keeps" if len(streams) == 1 else "keep"
            self._logger.warning("Incomplete: %s %s rows that may be deleted (%s)", named(streams), verb, reason)
        hint = " (the setting keep_undeclared keeps them)" if self._drift_may_be_kept else ""
        self._log_fields(
            f"Schema drift: the API sent fields that are not in the schema; they are left out{hint}: %s",
            (name for name, kept in self.drifted.items() if not kept),
        )
        self._log_fields(
            "Schema drift: the API sent fields that are not in the schema; they are in the column undeclared: %s",
            (name for name, kept in self.drifted.items() if kept),
        )
        self._log_fields(
            "Not of the type in the schema, loaded as null: %s",
            (
                f"{name} ({counted(count, 'value')}, the first {self._first_kinds[name]})"
                for name, count in self.mistyped.items()
            ),
        )
        for line in self._told_failures() if failures else ():
            self._logger.error("Failed: %s", line)

    def _log_fields(self, text: str, fields: Iterable[str]) -> None:
        if listed := ", ".join(fields):
            self._logger.warning(text, listed)

    def _told_failures(self) -> Iterable[str]:
        """One line for each failure; a part that failed in several streams for one reason counts once."""
        together: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
        for stream, failures in self.failures.items():
            whole = self.failed.get(stream)
            for failure in [whole] if whole else failures[:MOST_TOLD]:
                together[failure.part, failure.reason].append(stream)
        for (part, reason), streams in together.items():
            where = f"{part} of " if part else ""
            yield f"{where}{named(streams)} ({reason})"
        for stream, failures in self.failures.items():
            if len(failures) > MOST_TOLD and stream not in self.failed:
                yield f"{len(failures) - MOST_TOLD} more in stream '{stream}'"

    @property
    def may_pass(self) -> bool:
        """Whether some failure was transient."""
        return any(failure.may_pass for failures in self.failures.values() for failure in failures)

    def for_programs(self) -> dict[str, Any]:
        """The summary as JSON values, for the whole run and for each stream."""
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


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the singular or plural.

    Args:
        number: How many there are.
        noun: The noun in the singular.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def named(streams: Sequence[str]) -> str:
    """The names of streams, after the word `stream` or `streams`."""
    return f"stream{'' if len(streams) == 1 else 's'} {', '.join(map(repr, streams))}"


def _requests(number: int, retries: int) -> str:
    return f"{counted(number, 'request')}{f' ({retries:,} of them retries)' if retries else ''}"


def _together(reasons: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    """Group streams by reason, in the order in which the reasons first occurred."""
    streams: defaultdict[str, list[str]] = defaultdict(list)
    for stream, reason in reasons:
        streams[reason].append(stream)
    return streams.items()
