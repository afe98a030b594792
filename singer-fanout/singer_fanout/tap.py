"""The base class of taps, with what its streams share: client, budget, pool, writer and summary."""

from __future__ import annotations

import abc
import sys
from collections import Counter
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout.budget import RateBudget
from singer_fanout.client import Answer, ApiClient
from singer_fanout.connections import Surroundings
from singer_fanout.errors import (
    ApiError,
    PartialFailureError,
    RefusedError,
    RejectedError,
    SettingsError,
    UnauthorizedError,
)
from singer_fanout.outage import Outage
from singer_fanout.paged import PagedStream
from singer_fanout.pool import RequestPool
from singer_fanout.program import TapProgram
from singer_fanout.progress import SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_LINES_OF_A_FILE, Progress
from singer_fanout.report import COMPLETE, PARTIAL, RunOutcome, RunReport
from singer_fanout.settings import FAIL
from singer_fanout.shared import Room, SharedReading, SharedReadings
from singer_fanout.streams import ApiStream
from singer_fanout.summary import RunSummary, counted
from singer_fanout.writer import BufferedWriter

if TYPE_CHECKING:
    import re

    import requests

    from singer_fanout.readings import Reading

Authenticator = Callable[["requests.PreparedRequest"], "requests.PreparedRequest"]


class ApiTap(TapProgram, abc.ABC):
    """A tap whose streams are read by the engine."""

    message_writer_class = BufferedWriter
    unauthorized_hint: ClassVar[str]
    """What to do about a 401: the setting, and where credentials are made."""
    side_effects: ClassVar[re.Pattern[str] | None] = None
    """Paths where a GET changes something; no request is ever sent there."""
    extracted_at: str | None = None
    """When the response whose rows are being emitted arrived."""

    def __init__(self, **options: Any) -> None:
        self._clients: list[ApiClient] = []
        self._surroundings = Surroundings()
        self._budgets: list[RateBudget] = []
        self._is_announced = False
        super().__init__(**options)

    @abc.abstractmethod
    def authenticator(self) -> Authenticator | None:
        """Adds the credentials to a request; None if there are none."""

    def request_headers(self) -> dict[str, str]:
        """Headers of every request."""
        return {"Accept": "application/json", "User-Agent": f"{self.name}/{self.plugin_version}"}

    def is_secret_field(self, stream: str, name: str) -> bool:  # noqa: ARG002
        """Whether a field of this name must never be emitted, at any depth of undeclared data.

        Args:
            stream: The stream.
            name: The field's name, in the API or in a row.
        """
        return False

    @property
    def strict(self) -> bool:
        """Whether a refused stream ends the run."""
        return bool(self.setting("strict"))

    # What the streams share

    @cached_property
    def summary(self) -> RunSummary:
        """The summary of this run."""
        return RunSummary(self.logger)

    @cached_property
    def outage(self) -> Outage:
        """Detects that the server as a whole is failing."""
        return Outage()

    @cached_property
    def progress(self) -> Progress:
        """The progress lines of this run."""
        shown = self.setting("show_progress")
        every: float | None = SECONDS_BETWEEN_LINES if shown else None
        if shown is None:
            every = SECONDS_BETWEEN_LINES if sys.stderr.isatty() else SECONDS_BETWEEN_LINES_OF_A_FILE
        return Progress(self.summary, self.seconds_waited, self.logger, every=every)

    def announce(self) -> None:
        """Log what this run reads, before its first stream."""
        if self._is_announced:
            return
        self._is_announced = True
        selected = [stream for stream in self.streams.values() if stream.selected]
        incremental = sum(isinstance(stream, ApiStream) and not stream.bookmark.reads_all for stream in selected)
        self.logger.info(
            "Reading %d of %s: %d incrementally, %d in full",
            len(selected),
            counted(len(self.streams), "stream"),
            incremental,
            len(selected) - incremental,
        )

    def seconds_waited(self) -> float:
        """How long requests were held back by rate limits."""
        return sum(budget.seconds_waited for budget in self._budgets)

    @cached_property
    def budget(self) -> RateBudget:
        """The request budget."""
        return self.new_budget()

    def new_budget(self) -> RateBudget:
        """Create another budget, for an API that counts requests per key."""
        budget = RateBudget(self.setting("requests_per_minute"), stop=self.stop)
        self._budgets.append(budget)
        return budget

    @cached_property
    def client(self) -> ApiClient:
        """The client of the API."""
        return self.new_client(self.setting("api_url"), authenticator=self.authenticator())

    def new_client(
        self, base_url: str, *, authenticator: Authenticator | None = None, budget: RateBudget | None = None
    ) -> ApiClient:
        """Create another client, for another host or key; closed at the end of the run.

        Args:
            base_url: The only origin that gets the credentials.
            authenticator: Adds the credentials; None for none.
            budget: Its own, from `new_budget`; None for that of the tap.
        """
        workers = self.setting("max_concurrency")
        client = ApiClient(
            base_url,
            budget=budget or self.budget,
            authenticator=authenticator,
            headers=self.request_headers(),
            timeout=self.setting("request_timeout"),
            max_retries=self.setting("max_retries"),
            # The main thread sends requests, too: to check a page again, and before the first list.
            connections=workers + 1,
            stop=self.stop,
            secrets=self._secrets(),
            side_effects=self.side_effects,
            surroundings=self._surroundings,
        )
        self._clients.append(client)
        return client

    @cached_property
    def pool(self) -> RequestPool:
        """The threads that fetch."""
        # Create what the threads share before there are threads.
        _ = self.client, self.summary, self.outage
        return RequestPool(self.setting("max_concurrency"), self.stop)

    @property
    def writer(self) -> BufferedWriter:
        """Where messages go."""
        return cast("BufferedWriter", self.message_writer)

    def get(self, stream: str, url: str, *, max_retries: int | None = None, client: ApiClient | None = None) -> Answer:
        """Get a URL on behalf of a stream, from any thread; with the tap's own client unless another is given."""
        usual = self.setting("max_retries") if max_retries is None else max_retries
        try:
            answer = (client or self.client).get(
                url,
                max_retries=self.outage.retries(usual),
                on_attempt=lambda number: self.summary.attempt(stream, number),
            )
        except UnauthorizedError as error:
            raise UnauthorizedError(
                f"{str(error).rstrip('.')}. {self.unauthorized_hint}", status=error.status
            ) from None
        except (RefusedError, RejectedError):
            self.outage.answered()
            raise
        self.outage.answered()
        if answer.was_cut:
            self.summary.cut(stream)
        return answer

    def paged_stream(self, name: str) -> PagedStream:
        """A stream that others build on, by name."""
        stream = self.streams[name]
        if not isinstance(stream, PagedStream):
            raise TypeError(f"{name} is not a list that other streams can build on")
        return stream

    def shared_reading(
        self, key: Hashable, read: Callable[[], Reading], *, wanted_as: Hashable = None
    ) -> SharedReading:
        """The reading of a list, kept for this run if several selected streams need it.

        Args:
            key: What identifies the list.
            read: Creates the reading.
            wanted_as: Its key in the streams' `reading_keys`, if different.
        """
        return self._readings.open(key, read, keep=self._readers[wanted_as or key] > 1)

    def read_ahead(self, key: Hashable, read: Callable[[], Reading]) -> None:
        """Start reading a list that selected streams need later, while earlier streams have their turn.

        For lists that are read sequentially: several of them together keep the pool busy. Nothing is read ahead if
        only one request at a time is allowed.
        """
        if self._readers[key] and self.pool.workers > 1:
            self._readings.read_ahead(key, read, keep=self._readers[key] > 1)

    @cached_property
    def _readings(self) -> SharedReadings:
        return SharedReadings(self.room)

    @cached_property
    def room(self) -> Room:
        """The storage shared by all lists of the run."""
        return Room()

    @cached_property
    def _readers(self) -> Counter[Hashable]:
        """How many selected streams need each list."""
        return Counter(
            key
            for stream in self.streams.values()
            if stream.selected and isinstance(stream, ApiStream)
            for key in set(stream.reading_keys())
        )

    def finish(self) -> None:
        """End a run that read everything it could.

        Raises:
            ApiError: Nothing could be read.
            PartialFailureError: Something could not be read, and the setting `partial_failure` makes that a failure.
            SettingsError: No stream is selected.
        """
        if not any(stream.selected for stream in self.streams.values()):
            raise SettingsError("No stream is selected, so nothing was read. Select some in the catalog")
        try:
            self._finish()
        except ApiError as error:
            self.report(error)
            raise
        self.report(None)

    def _finish(self) -> None:
        failures, failed = self.summary.failures, self.summary.failed
        outcome = "Finished, but not everything was read" if failures else "Finished"
        is_the_only = len(self._selected) == 1 and bool(failed)
        self.summary.log(outcome, self.seconds_waited(), failures=not is_the_only)
        # Stops reading ahead for streams that were then skipped.
        self.stop.set()
        self.pool.close()
        for client in self._clients:
            client.close()
        self._readings.close()
        self.check_that_something_was_read()
        if failures and self.setting("partial_failure") == FAIL:
            raise PartialFailureError(
                f"{len(failures)} of {counted(len(self._selected), 'stream')} could not be read, or only in part "
                f"({', '.join(map(repr, failures))}); everything else was read and written. The reasons are above"
            )

    @cached_property
    def _run_report(self) -> RunReport:
        return RunReport(self.config.get("summary_file"), (self.name, self.plugin_version))

    def report(self, error: BaseException | None) -> None:
        """Write the file that `summary_file` names, once per run.

        Args:
            error: What ended the run; None if it completed.
        """
        if error is None:
            outcome = RunOutcome(PARTIAL if self.summary.failures else COMPLETE, retryable=self.summary.may_pass)
        else:
            (text,) = self.without_secrets([str(error) or type(error).__name__])
            outcome = RunOutcome.of(error, text, may_pass=self.summary.may_pass)
        waited = {"seconds_waited": round(self.seconds_waited(), 3)}
        self._run_report.write(outcome, {**waited, **self.summary.for_programs()})

    @property
    def _selected(self) -> set[str]:
        return {stream.name for stream in self.streams.values() if stream.selected}

    def check_that_something_was_read(self) -> None:
        """Raise if no stream could be read.

        Raises:
            ApiError: All selected streams failed or were skipped.
        """
        failed, skipped, selected = self.summary.failed, self.summary.skipped, self._selected
        if not selected or not selected <= failed.keys() | skipped.keys():
            return
        if not failed:
            raise RefusedError("Nothing was read: the API refused every selected stream (the reasons are above)")
        first = next(iter(failed.values())).error
        if len(selected) == 1:
            raise first
        raise ApiError(f"Nothing was read: every selected stream failed. The first failure: {first}")
