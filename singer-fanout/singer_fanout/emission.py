"""How rows leave: a page at a time they are fitted, encoded and written.

What the SDK does for every record (conformance, one message, one look at the clock) is done here once for a page. A
stream whose records go through maps, and a test of the connection, hand their rows to the SDK instead.
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
"""More than any page of an API that has pages; others may give thousands of rows in one answer."""
SECONDS_AT_ONCE = 1.0
"""Rows that trickle in wait no longer than that for the others of their page."""
STATE_SECONDS = 300.0
"""A stream that can be resumed writes its state at least this often: a crash costs minutes."""
SHOWN_OF_A_KEY = 40

Row = dict[str, Any]


class EmittingStream(RESTStream[int], abc.ABC):
    """A stream that writes its rows itself, where nothing else has to be done with them."""

    _tap: ApiTap
    _record_counter: Counter
    _written = 0
    """Rows that did not pass the SDK."""
    _state_is_due = False
    """Whether the state has to be written before the next row, and after those before it."""

    def __init__(self, tap: ApiTap) -> None:
        super().__init__(tap)
        if tap.setting("keep_undeclared"):
            # Streams state their schema in their class: what the instance has goes before that.
            vars(self)["schema"] = with_undeclared(self.schema)

    @property
    @abc.abstractmethod
    def is_dry_run(self) -> bool:
        """Whether only a first record is wanted."""

    @property
    @abc.abstractmethod
    def can_resume(self) -> bool:
        """Whether the state tells, in mid-stream, where to go on."""

    @abc.abstractmethod
    def leave_out(self, reason: str) -> None:
        """Say that something is missing from this read."""

    def write_state_first(self) -> None:
        """Write the state before the next row and after those before it: it tells what that row belongs to."""
        # Nothing else may be new since the state was written last.
        self.state_manager.is_flushed = False
        self._state_is_due = True

    def emitted(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Write the rows; yields those that are the SDK's to write.

        Writes the state when it is old, and ends between two pages when the run is told to.
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
            # Not before they are written: the bookmark may have moved past them.
            self._tap.check_running()
            if self.can_resume and time.monotonic() - written_at > STATE_SECONDS:
                self._write_state_message()
                written_at = time.monotonic()

    def _pages(self, rows: Iterator[Row]) -> Iterator[_Page]:
        """Yield the rows in pages; one ends where the SDK would write a state."""
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
            # What was read before an error belongs to the target.
            if page is not None:
                yield page
            raise
        if page is not None:
            yield page

    def _count(self, rows: Sequence[Row]) -> None:
        """Do what the SDK would after each of these rows."""
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
        """Leave out a row that no target could tell apart from others.

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
        """The stream's name in the output when no map, filter or flattening changes its records."""
        maps = self.stream_maps
        same = len(maps) == 1 and type(maps[0]) is SameRecordTransform and not maps[0].flattening_enabled
        return maps[0].stream_alias if same else None

    def get_record_counter(self, **options: Any) -> Counter:
        """The SDK's counter, which is also told of the rows that do not pass the SDK."""
        self._record_counter = super().get_record_counter(**options)
        return self._record_counter

    def _process_record(
        self,
        record: Row,
        child_context: Context | None = None,
        partition_context: Context | None = None,
    ) -> None:
        """Nothing: there are no nested child streams and no partitions."""

    def _sync_records(self, context: Context | None = None, *, write_messages: bool = True) -> Generator[Row, Any, Any]:
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        finally:
            # Also when the run fails: what was read belongs to the target.
            self._tap.writer.flush()


@dataclass
class _Page:
    """Rows that came in one answer and belong to one version."""

    received_at: str | None
    version: int | None
    complete_at: float
    rows: list[Row] = field(default_factory=list)
