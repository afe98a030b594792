"""Emits rows a page at a time: fits, encodes and writes them.

What the SDK does per record (conformance, a message, a look at the clock) is done here once per page. Streams with
maps, and connection tests, hand their rows to the SDK instead.
"""

from __future__ import annotations

import abc
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import RESTStream
from singer_sdk.mapper import SameRecordTransform

from singer_fanout.errors import MalformedError
from singer_fanout.findings import StreamFindings
from singer_fanout.records import RecordFitter
from singer_fanout.undeclared import UNDECLARED, Leftovers, with_undeclared

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from singer_sdk.helpers.types import Context
    from singer_sdk.metrics import Counter

    from singer_fanout.tap import ApiTap

INCREMENTAL = "INCREMENTAL"
ROWS_AT_ONCE = 500
"""More than any page of a paginated API; others may send thousands of rows in one response."""
SECONDS_AT_ONCE = 1.0
"""The longest that rows which trickle in wait for the rest of their page."""
STATE_SECONDS = 300.0
"""A resumable stream writes its state at least this often: a crash costs minutes, not hours."""
SHOWN_OF_A_KEY = 40

Row = dict[str, Any]


class EmittingStream(RESTStream[int], abc.ABC):
    """A stream that writes its rows itself where they need no further processing."""

    _tap: ApiTap
    _record_counter: Counter
    _written = 0
    """Rows that were not written through the SDK."""
    _state_is_due = False
    """Whether the state has to be written between the previous row and the next."""

    def __init__(self, tap: ApiTap) -> None:
        super().__init__(tap)
        if tap.setting("keep_undeclared"):
            # Streams declare their schema on the class: an instance attribute takes precedence.
            vars(self)["schema"] = with_undeclared(self.schema)

    @property
    @abc.abstractmethod
    def is_dry_run(self) -> bool:
        """Whether this is a connection test, which needs only a first record."""

    @property
    @abc.abstractmethod
    def can_resume(self) -> bool:
        """Whether a state written in mid-stream says where to resume."""

    @abc.abstractmethod
    def leave_out(self, reason: str) -> None:
        """Note that something is missing from this read."""

    def write_state_first(self) -> None:
        """Write the state between the previous row and the next, whose part the state has to name first."""
        # Otherwise the SDK skips a state with nothing new since the last flush.
        self.state_manager.is_flushed = False
        self._state_is_due = True

    def emitted(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Write the rows; yields those that the SDK has to write.

        Writes the state when it is due, and stops between two pages when the run is asked to.
        """
        alias = None if self.is_dry_run else self._plain_alias
        written_at = time.monotonic()
        for page in self._pages(rows):
            fitted = self._fit(page.rows)
            self._tap.summary.rows[self.name] += len(fitted)
            if alias is None:
                yield from fitted
            elif fitted:
                self._tap.writer.write_records(alias, fitted, version=page.version, extracted_at=page.received_at)
                self._count(fitted)
            # Only after they are written: the bookmark may already be past them.
            self._tap.check_running()
            if self.can_resume and time.monotonic() - written_at > STATE_SECONDS:
                self._write_state_message()
                written_at = time.monotonic()

    def _pages(self, rows: Iterator[Row]) -> Iterator[_Page]:
        """Yield the rows in pages; a page also ends where the SDK would write a state."""
        tap, now = self._tap, time.monotonic
        page: _Page | None = None
        try:
            for row in rows:
                if self._state_is_due:
                    if page is not None:
                        yield page
                        page = None
                    self._state_is_due = False
                    self._write_state_message()
                if page is None or (
                    tap.extracted_at is not page.received_at
                    or self._stream_version != page.version
                    or now() > page.complete_at
                ):
                    if page is not None:
                        yield page
                    to_state = self.STATE_MSG_FREQUENCY - self._written % self.STATE_MSG_FREQUENCY
                    limit = 1 if self.is_dry_run else min(to_state, ROWS_AT_ONCE)
                    page = _Page(tap.extracted_at, self._stream_version, now() + SECONDS_AT_ONCE)
                page.rows.append(row)
                if len(page.rows) == limit:
                    yield page
                    page = None
        except Exception:
            # Rows that were read before an error still go to the target.
            if page is not None:
                yield page
            raise
        if page is not None:
            yield page

    def _count(self, rows: Sequence[Row]) -> None:
        """Do the SDK's bookkeeping for these rows."""
        self.state_manager.is_flushed = False
        self._record_counter.increment(len(rows))
        key = self.replication_key
        if key is not None and self.replication_method == INCREMENTAL:
            for row in rows:
                if row.get(key) is not None:
                    self._increment_stream_state(row)
        self._written += len(rows)
        if self._written % self.STATE_MSG_FREQUENCY == 0:
            self._write_state_message()

    # What does not fit

    @cached_property
    def _leftovers(self) -> Leftovers | None:
        if not self._tap.setting("keep_undeclared") or not self.mask.get(("properties", UNDECLARED), True):
            return None
        return Leftovers(lambda name: self._tap.is_secret_field(self.name, name))

    @cached_property
    def _fit(self) -> RecordFitter:
        findings = StreamFindings(self.name, self._tap.summary, self._leftovers, self.primary_keys)
        return RecordFitter(self.effective_schema, self.mask, self.primary_keys, findings, self._without_row)

    def _without_row(self, row: Row, unusable: Sequence[str]) -> None:
        """Leave out a row without a usable key.

        Raises:
            MalformedError: Nothing may be left out.
        """
        told = ", ".join(f"{key} {str(row.get(key))[:SHOWN_OF_A_KEY]}" for key in unusable)
        if self._tap.strict:
            raise MalformedError(f"Stream '{self.name}': the API sent a row without a usable key ({told})")
        self.leave_out(f"the API sent a row without a usable key ({told})")

    # In the SDK's loop

    @cached_property
    def _plain_alias(self) -> str | None:
        """The stream's name in the output if no map, filter or flattening changes its records."""
        maps = self.stream_maps
        same = len(maps) == 1 and type(maps[0]) is SameRecordTransform and not maps[0].flattening_enabled
        return maps[0].stream_alias if same else None

    def get_record_counter(self, **options: Any) -> Counter:
        """The SDK's counter, which also counts the rows that are not written through the SDK."""
        self._record_counter = super().get_record_counter(**options)
        return self._record_counter

    def _process_record(
        self,
        record: Row,
        child_context: Context | None = None,
        partition_context: Context | None = None,
    ) -> None:
        """Do nothing: there are no nested child streams and no partitions."""

    def _sync_records(self, context: Context | None = None, *, write_messages: bool = True) -> Generator[Row, Any, Any]:
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        finally:
            # Also when the run fails: what was read goes to the target.
            self._tap.writer.flush()


@dataclass
class _Page:
    """Rows of one response and one version."""

    received_at: str | None
    version: int | None
    complete_at: float
    rows: list[Row] = field(default_factory=list)
