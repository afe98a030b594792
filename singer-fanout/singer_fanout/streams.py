"""Streams that read concurrently and write in order: pages ahead, children of many parents at once.

A stream states its path and its schema; its paginator and its client come from the tap. What the SDK does for every
record (selection, conformance, maps, one flush) is done here once for a stream where that is the same.
"""

from __future__ import annotations

import abc
import itertools
import logging
import sys
import time
from collections.abc import Sized
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from singer_sdk import RESTStream
from singer_sdk.helpers._state import reset_state_progress_markers
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform

from singer_fanout.errors import ApiError, MalformedError, RefusedError, SettingsError, StoppedError
from singer_fanout.pagination import CursorPaginator, CursorReading, ListReading, NumberedPaginator
from singer_fanout.records import RecordFitter
from singer_fanout.times import earlier, is_time

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping

    import requests
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import RecordMessage

    from singer_fanout.client import Answer
    from singer_fanout.pagination import Reading
    from singer_fanout.shared import SharedReading
    from singer_fanout.tap import ApiTap

FULL_TABLE = "FULL_TABLE"
MOST_REFUSED = 10
"""When so many parents are refused before the first one is answered, the others would be too."""
IDENTIFYING = frozenset({str, int, float, Decimal})
"""What the values of a key may be."""
SHOWN_OF_A_KEY = 40
STATE_SECONDS = 300.0
"""A stream that can be resumed writes its state at least this often: a crash costs minutes."""

Row = dict[str, Any]
Item = TypeVar("Item")
Fetched = TypeVar("Fetched")


class ApiStream(RESTStream[int], abc.ABC):
    """Anything that is read from the API: a subclass yields the rows.

    Rows are emitted under a version, and the version is activated after the last row of a complete read, so a
    target deletes what is gone, and a run that dies or leaves something out deletes nothing.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    _tap: ApiTap

    @abc.abstractmethod
    def read_rows(self) -> Iterator[Row]:
        """Yield every row as the API sends it."""

    def reading_keys(self) -> Iterable[Hashable]:
        """What identifies the lists that this stream reads; lists that streams have in common are read once."""
        return ()

    @property
    def url_base(self) -> str:
        """The whole base of the API."""
        return self._tap.client.base_url

    @property
    def emit_activate_version_messages(self) -> bool:
        """Never for the SDK, which would activate a version before its first row is read."""
        return False

    def get_batch_config(self, config: Mapping[str, Any]) -> None:  # noqa: ARG002
        """No batches: their records would pass neither the schema nor the version."""
        return

    # Reading

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route of the API; `keys` fill the path's braces."""
        return self._tap.get(self.name, self._tap.client.url(path, params, **keys))

    @property
    def is_dry_run(self) -> bool:
        """Whether only a first record is wanted: then nothing is asked for ahead."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def get_records(self, context: Context | None) -> Iterator[Row]:  # noqa: ARG002
        """Yield the rows; the version is activated when all of them were read."""
        reads_all = self._begin_version()
        try:
            with self._tap.progress.of(self.name):
                yield from self._paced(self._with_keys(self._well_formed(self.read_rows())))
        except RefusedError as error:
            if self._tap.strict:
                self._write_state_message()
                self._tap.summary.log("Ended early", self._tap.seconds_waited())
                raise
            self._forget_progress()
            self._tap.summary.skip(self.name, str(error))
            if self.is_dry_run:
                # The SDK tells nobody when a test of the connection is over.
                self._tap.check_that_something_was_read()
            return
        except ApiError as error:
            # Threads that wait for their next attempt give up.
            self._tap.stop.set()
            self._write_state_message()
            self._tap.summary.log("Ended early", self._tap.seconds_waited())
            if isinstance(error, StoppedError):
                raise self._tap.stopped() from None
            raise
        if not self.is_complete:
            self._forget_progress()
        elif reads_all and self._stream_version is not None:
            self._write_activate_version_message(self._stream_version)

    def _well_formed(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows; an answer of which none can be made is an error like any other, with one line."""
        try:
            yield from rows
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            (reason,) = self._tap.without_secrets([f"{type(error).__name__}: {error}"])
            raise MalformedError(
                f"Stream '{self.name}': no rows can be made of the API's answer, or of the state ({reason}). "
                f"{self._tap.where_more_is_told}"
            ) from error

    def _with_keys(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows that can be told apart: a target could neither update nor delete the others.

        Raises:
            MalformedError: There is another one, and nothing may be left out.
        """
        keys = tuple(self.primary_keys)
        for row in rows:
            unusable = [key for key in keys if type(row.get(key)) not in IDENTIFYING]
            if not unusable:
                yield row
                continue
            told = ", ".join(f"{key} {str(row.get(key))[:SHOWN_OF_A_KEY]}" for key in unusable)
            if self._tap.strict:
                raise MalformedError(f"Stream '{self.name}': the API sent a row that nothing identifies ({told})")
            self.leave_out(f"the API sent a row that nothing identifies ({told})")

    def _forget_progress(self) -> None:
        """Let the next run begin where this one did: the newest row was seen, but not all before it."""
        reset_state_progress_markers(self.stream_state)

    def _begin_version(self) -> bool:
        """Choose the version of the rows; returns whether this read is to bring all of them.

        An incremental stream brings all rows when it has no bookmark yet. The rows of every run get the version of that
        run, so that a whole read tells a target which ones are gone: those that no run has brought since it began. A
        version kept in the state would be older than a whole read that began with another state, and such a read
        would take the rows of this run for gone.
        """
        state = self.stream_state
        incremental = self.replication_method != FULL_TABLE
        reads_all = not incremental or not (state.get("replication_key_value") or self.config.get("start_date"))
        # Milliseconds: two runs may begin in the same second.
        self._stream_version = self._initialized_at if self._tap.setting("emit_activate_version_messages") else None
        return reads_all

    def _paced(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Write the state when it is old, and end between two rows when the run is told to."""
        told_to_end, can_resume = self._tap.stop.is_set, self.can_resume
        written_at = time.monotonic()
        for row in rows:
            if told_to_end():
                self._tap.check_running()
            yield row
            if can_resume and time.monotonic() - written_at > STATE_SECONDS:
                self._write_state_message()
                written_at = time.monotonic()

    @property
    def can_resume(self) -> bool:
        """Whether the state tells, in mid-stream, where to go on."""
        return self.is_sorted

    def starting_bookmark(self) -> str | None:
        """The time to read from: the bookmark less the look-back, or `start_date`; None for everything.

        The bookmark itself is read again: two rows may share it. Known before the stream's turn, so that streams
        that start at the same time can share a list.
        """
        if self.replication_key is None:
            return None
        state = self._tap_state.get("bookmarks", {}).get(self.name, {})
        bookmark = state.get("replication_key_value") if state.get("replication_key") == self.replication_key else None
        if bookmark and not is_time(bookmark):
            raise SettingsError(f"The state of the stream {self.name} holds {bookmark!r} where a time should be.")
        start_date = self.config.get("start_date")
        times = [earlier(str(bookmark), self.config.get("lookback_seconds", 0))] if bookmark else []
        return max([*times, *([earlier(start_date, 0)] if start_date else [])], default=None)

    def concurrently(self, fetch: Callable[[Item], Fetched], items: Iterable[Item]) -> Iterator[Fetched]:
        """Fetch for many items at once; what comes back is in the order of the items."""
        return self._tap.pool.in_order(fetch, items, (lambda _: 1) if self.is_dry_run else None)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing so far."""
        return self.name not in self._tap.summary.incomplete

    def leave_out(self, reason: str) -> None:
        """Say that something is missing from this read, so that nothing is deleted because of it."""
        self._tap.summary.leave_out(self.name, reason)

    # Writing

    @cached_property
    def _fit(self) -> RecordFitter:
        return RecordFitter(self.effective_schema, self.mask, lambda field: self._tap.summary.drift(self.name, field))

    @cached_property
    def _plain_alias(self) -> str | None:
        """The stream's name in the output when no map, filter or flattening changes its records."""
        maps = self.stream_maps
        same = len(maps) == 1 and type(maps[0]) is SameRecordTransform and not maps[0].flattening_enabled
        return maps[0].stream_alias if same else None

    def _generate_record_messages(self, record: Row) -> Generator[RecordMessage, None, None]:
        # The SDK's own path, for streams with maps: fitted here, mapped there.
        yield from super()._generate_record_messages(self._fit(record))

    def _write_record_message(self, record: Row) -> None:
        alias = self._plain_alias
        if alias is None:
            super()._write_record_message(record)
        else:
            message: dict[str, Any] = {"type": "RECORD", "stream": alias, "record": self._fit(record)}
            if self._stream_version is not None:
                message["version"] = self._stream_version
            message["time_extracted"] = self._tap.extracted_at
            self._tap.writer.write_record(message)
            self.state_manager.is_flushed = False
        self._tap.summary.rows[self.name] += 1

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

    def log_sync_costs(self) -> None:
        """The SDK's last word on each stream of a run; after the last one the run is over."""
        super().log_sync_costs()
        if self.name == list(self._tap.streams)[-1]:
            self._tap.finish()

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log a line; not the SDK's that an error is unhandled: it is told once, by the command line."""
        if level < logging.ERROR or sys.exc_info()[1] is None:
            super().log(message, *args, level=level, **kwargs)

    # What a RESTStream must have and the engine does not use

    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        """Rows come from pages; see `parse_page`."""
        raise NotImplementedError


class PagedStream(ApiStream):
    """A list of the API."""

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        """Query parameters of the list, without those that name the page.

        Args:
            since: Leave out what did not change since this time, where the API can; None for everything.
        """
        return {}

    @abc.abstractmethod
    def parse_page(self, page: Any) -> Iterable[Row]:
        """The rows of a page."""

    @abc.abstractmethod
    def get_new_paginator(self) -> NumberedPaginator | CursorPaginator:
        """How this API cuts its lists into pages."""

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows of all pages."""
        for number, page in enumerate(self.pages(self.starting_bookmark())):
            if not number:
                self._tap.progress.expect("pages", self.total_pages(page))
            yield from self.parse_page(page)
            self._tap.progress.advance()

    def total_pages(self, page: Any) -> int | None:
        """The number of pages of the whole list, where a page tells it."""
        paginator = self.get_new_paginator()
        return paginator.total_pages(page) if isinstance(paginator, NumberedPaginator) else None

    def rows(self, since: str | None = None) -> Iterator[Row]:
        """Yield the rows as they are emitted, for streams that build on them."""
        for page in self.pages(since):
            for row in self.parse_page(page):
                if (processed := self.post_process(row)) is not None:
                    yield processed

    def reading_keys(self) -> Iterable[Hashable]:
        """The list itself."""
        return (self.reading_key(self.starting_bookmark()),)

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """Yield the decoded pages; those that another stream of this run has read are not asked for again."""
        reading = self._tap.shared_reading(self.reading_key(since), lambda: self._reading(since))
        yield from self.walk(reading)

    def walk(self, reading: SharedReading | Reading) -> Iterator[Any]:
        """Yield the decoded pages of a reading; a list that would not hold still makes the stream incomplete."""
        for answer in reading:
            self._tap.check_running()
            self._tap.extracted_at = answer.received_at
            yield answer.body
        if not reading.settled:
            self.leave_out("rows moved between the pages each time the list was read")

    def reading_key(self, since: str | None) -> Hashable:
        """What identifies the list, read from a time on."""
        return self.path, tuple(sorted(self.list_params(since).items()))

    def _reading(self, since: str | None) -> Reading:
        return self.list_reading(self.path, self.list_params(since))

    def list_reading(self, path: str, params: Mapping[str, Any], **keys: object) -> Reading:
        """A reading of any list of this API."""
        return self.reading_of(lambda page: self.get(path, {**params, **page}, **keys))

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """A reading of a list that is cut into pages as this stream is.

        Args:
            get: Gets a page by the parameters that name it; runs in a thread.
        """
        paginator = self.get_new_paginator()
        if isinstance(paginator, CursorPaginator):
            return CursorReading(lambda cursor: get(paginator.params(cursor)), paginator, self._tap.pool)
        return ListReading(
            lambda number: get(paginator.params(number)), paginator, self._tap.pool, ahead=not self.is_dry_run
        )


class FanOutStream(PagedStream):
    """The children of every row of another stream: one flat stream, one bookmark.

    With a `replication_key` (a field of `parent_fields` that holds the parent's replication key) the stream
    walks the parents that changed since its own bookmark, in the order of that key, and can be resumed anywhere.
    Without one it reads the children of all parents and replaces the table.
    """

    parent_stream: ClassVar[str]
    """Name of the stream whose rows are the parents."""

    parent_fields: ClassVar[Mapping[str, str]]
    """Fields of a child's row that come from its parent: name here -> name in the parent's row.

    They also fill the braces of `path`.
    """

    most_refused: ClassVar[int | None] = MOST_REFUSED
    """When so many parents are refused before the first one is answered, the stream is; None asks for all."""
    _misses_rows = False
    read_whole = True
    """Whether nothing was missing of the pages that `children` has brought last."""

    @property
    def parent(self) -> PagedStream:
        """The stream whose rows are the parents."""
        return self._tap.paged_stream(self.parent_stream)

    def child_params(self, parent: Row) -> dict[str, Any]:  # noqa: ARG002
        """Query parameters of one parent's list, without those that name the page."""
        return {}

    children_key: Hashable = None
    """What the lists of the children are called by all streams that are made of them; None where nobody else is."""

    def reading_keys(self) -> Iterable[Hashable]:
        """The parents' list, and those of the children where other streams are made of them too."""
        parents = self.parent.reading_key(self.starting_bookmark())
        return (parents,) if self.children_key is None else (parents, self.children_key)

    def read_rows(self) -> Iterator[Row]:
        """Yield the children of all parents, parent by parent."""
        parents = self.parents()
        self._tap.progress.expect("parents", len(parents) if isinstance(parents, Sized) else None)
        for parent, pages in self.fan_out(parents):
            for page in pages:
                for row in self.parse_page(page):
                    yield {**parent, **row}
            self.parent_done(parent)
            self._tap.progress.advance()

    def parents(self) -> Iterable[Row]:
        """The keys of the parents, in the order of their replication key where there is one."""
        keys = self.parent_keys(self.starting_bookmark())
        key = self.replication_key
        if key is None:
            return keys
        return sorted(keys, key=lambda parent: parent[key] or "")

    def parent_keys(self, since: str | None) -> Iterator[Row]:
        """The keys of the parents, in the order in which they are listed."""
        for row in itertools.islice(self.parent.rows(since), 1 if self.is_dry_run else None):
            yield {name: row[source] for name, source in self.parent_fields.items()}
        if not self.parent.is_complete:
            self._misses_rows = True
            self.leave_out(f"not all of its parents, {self.parent_stream}, were read")

    def fan_out(self, parents: Iterable[Row]) -> Iterator[tuple[Row, Iterator[Any]]]:
        """Yield each parent with the pages of its children; first pages of many parents are fetched at once.

        Raises:
            RefusedError: The first parents were all refused: the whole stream is.
        """
        refused: int | None = 0
        for parent, reading in self.concurrently(self._start, parents):
            if not isinstance(reading, RefusedError):
                refused = None
                yield parent, self.children(reading)
                continue
            self._without(reading)
            # Parents of a list that would not hold still may really have vanished.
            if refused is not None and self.parent.is_complete:
                refused += 1
                if refused == self.most_refused:
                    raise reading

    def children(self, reading: Reading) -> Iterator[Any]:
        """The pages of a parent's children, for as long as there is that parent."""
        self.read_whole = True
        try:
            yield from self.walk(reading)
        except RefusedError as error:
            self.read_whole = False
            self._without(error)
        self.read_whole = self.read_whole and reading.settled
        self._misses_rows = self._misses_rows or not reading.settled

    def _without(self, refusal: RefusedError) -> None:
        if self._tap.strict:
            raise refusal
        # What has vanished is not missed; what is forbidden may be allowed by the next run.
        self._misses_rows = self._misses_rows or refusal.status != HTTPStatus.NOT_FOUND
        self.leave_out(f"a parent was refused or has vanished: {refusal}")

    def parent_done(self, parent: Row) -> None:
        """Move the bookmark to a parent whose children were all emitted.

        It stays where it is from the first parent on that the next run has to read again.
        """
        key = self.replication_key
        if key is None or not parent[key] or self._misses_rows:
            return
        state = self.stream_state
        if parent[key] > (state.get("replication_key_value") or ""):
            state["replication_key"] = key
            state["replication_key_value"] = parent[key]
            self.state_manager.is_flushed = False

    @property
    def can_resume(self) -> bool:
        """Whether the stream has a bookmark: it moves from parent to parent."""
        return self.replication_key is not None

    def child_reading(self, parent: Row) -> Reading:
        """The reading of one parent's children; runs in a thread."""

        def read() -> Reading:
            return self.list_reading(self.path, self.child_params(parent), **parent)

        if self.children_key is None:
            return read()
        key = self.children_key, tuple(parent.items())
        return self._tap.shared_reading(key, read, wanted_as=self.children_key)

    def _start(self, parent: Row) -> tuple[Row, Reading | RefusedError]:
        """Runs in a thread: fetch the first page of a parent's children."""
        reading = self.child_reading(parent)
        try:
            reading.start()
        except RefusedError as error:
            return parent, error
        return parent, reading

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Nothing: the bookmark moves when a parent is done, not with each of its children."""
