"""The base of all streams: reads and emits rows, and confines errors to the stream."""

from __future__ import annotations

import abc
import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from singer_sdk.helpers.conform import TypeConformanceLevel

from singer_fanout.bookmark import Bookmark
from singer_fanout.catalogs import complete, ignored, is_selected
from singer_fanout.emission import EmittingStream
from singer_fanout.errors import (
    FATAL,
    ApiError,
    KeyRefusedError,
    MalformedError,
    RefusedError,
    SettingsError,
    StoppedError,
)
from singer_fanout.parts import Parts
from singer_fanout.writer import discard_output

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping

    import requests
    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import Catalog

    from singer_fanout.client import Answer

FULL_TABLE = "FULL_TABLE"

Row = dict[str, Any]
Item = TypeVar("Item")
Fetched = TypeVar("Fetched")


class ApiStream(EmittingStream, abc.ABC):
    """A stream of the API; subclasses yield the rows.

    Rows are emitted under a version, which is activated after the last row of a complete read. So a target deletes
    what is gone, and a run that dies or leaves something out deletes nothing.
    """

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    also_remembers: ClassVar[tuple[str, ...]] = ()
    """Keys in the stream's state besides the bookmark, meaningless without it."""
    _parts: Parts | None = None
    _misses_something = False

    @abc.abstractmethod
    def read_rows(self) -> Iterator[Row]:
        """Yield every row as sent by the API."""

    def reading_keys(self) -> Iterable[Hashable]:
        """The keys of the lists that this stream reads; a list shared by several streams is read once."""
        return ()

    @property
    def url_base(self) -> str:
        """The base URL of the API."""
        return self._tap.client.base_url

    @property
    def emit_activate_version_messages(self) -> bool:
        """Always false for the SDK, which would activate a version before its first row is read."""
        return False

    def get_batch_config(self, config: Mapping[str, Any]) -> None:  # noqa: ARG002
        """No batches: their records would bypass both the schema and the version."""
        return

    def apply_catalog(self, catalog: Catalog) -> None:
        """Apply the catalog; errors about a stream that is not selected are ignored.

        Unlike the SDK's method, this makes no dictionary of the schema, which takes longest and which only streams that
        write rows need.
        """
        self._tap_input_catalog = catalog
        entry = catalog.get_stream(self.name)
        if entry is None:
            return
        try:
            complete(entry, self)
        except SettingsError as error:
            if is_selected(entry.metadata):
                raise
            self.logger.warning(ignored(error))
            del catalog[self.name]
            return
        self.primary_keys = entry.key_properties or ()
        self.replication_key = entry.replication_key or entry.metadata.root.replication_key
        method = entry.replication_method or entry.metadata.root.forced_replication_method
        if method:
            self.forced_replication_method = method

    @cached_property
    def effective_schema(self) -> dict[str, Any]:
        """The schema of the rows: the catalog's if it has one."""
        entry = self._tap_input_catalog.get_stream(self.name) if self._tap_input_catalog else None
        return self.schema if entry is None else entry.schema.to_dict()

    @property
    def selected(self) -> bool:
        """Whether the stream is selected, which the SDK and the tap ask many times of every stream.

        The SDK resolves the mask of all fields for it. A stream that is not selected never needs one.
        """
        return self._is_selected if self._mask is None else self._mask.get((), True)

    @selected.setter
    def selected(self, value: bool | None) -> None:
        self.metadata.root.selected = value
        self._mask = self.metadata.resolve_selection()

    @cached_property
    def _is_selected(self) -> bool:
        if self._tap_input_catalog is None:
            return self.selected_by_default
        entry = self._tap_input_catalog.get_stream(self.tap_stream_id)
        return entry is not None and is_selected(entry.metadata)

    # Reading

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route of the API; `keys` fill the path's placeholders."""
        return self._tap.get(self.name, self._tap.client.url(path, params, **keys))

    @property
    def is_dry_run(self) -> bool:
        """Whether this is a connection test, which needs only a first record: nothing is fetched ahead then."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def get_records(self, context: Context | None) -> Iterator[Row]:  # noqa: ARG002
        """Yield the rows; the version is activated after a complete read.

        An error affects only this stream, unless it concerns the whole run.
        """
        try:
            if not self.is_dry_run:
                self._tap.announce()
            reads_all = self._begin_version()
            with self._tap.progress.of(self.name):
                yield from self.emitted(self._well_formed(self.read_rows()))
        except FATAL as error:
            self._end_run()
            raise (self._tap.stopped() if isinstance(error, StoppedError) else error) from None
        except RefusedError as error:
            if self._tap.strict:
                self._end_run()
                raise
            self._tap.summary.skip(self.name, str(error))
            self._end_without_version()
            if self.is_dry_run:
                # The SDK has no hook for the end of a connection test.
                self._tap.check_that_something_was_read()
        except ApiError as error:
            if self.is_dry_run or self._tap.outage.stream_failed(error):
                self._end_run()
                raise
            self._tap.summary.fail(self.name, error)
            self._end_without_version()
        else:
            self._tap.outage.stream_was_read()
            self._end_version(reads_all=reads_all)

    def attempted(self, fetch: Callable[[], Fetched]) -> Fetched | ApiError:
        """Return what was fetched, or the error if it affects nothing else; runs in a thread.

        Raises:
            ApiError: It concerns the whole run.
        """
        try:
            return fetch()
        except FATAL:
            raise
        except ApiError as error:
            return error

    def _well_formed(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows; a malformed response is an error like any other, in one line."""
        try:
            yield from rows
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            (reason,) = self._tap.without_secrets([f"{type(error).__name__}: {error}"])
            raise MalformedError(
                f"Stream '{self.name}': no rows can be made of the API's answer, or of the state ({reason}). "
                f"{self._tap.where_more_is_told}"
            ) from error

    # How a read ends

    def _end_version(self, *, reads_all: bool) -> None:
        """Activate the version if this read allows it, so that the target deletes what is gone."""
        self._tap.summary.read.add(self.name)
        held_back = list(self._parts.holding_back()) if self._parts else []
        for reason in held_back:
            self._tap.summary.hold_back(self.name, reason)
        is_whole = self.is_complete and not held_back
        activates = is_whole and reads_all and self._stream_version is not None
        if not is_whole:
            self._forget_progress()
        elif activates:
            self._write_activate_version_message(cast("int", self._stream_version))
            self._tap.summary.activated.add(self.name)
        self._settle_parts(activated=activates)

    def _end_without_version(self) -> None:
        self._misses_something = True
        self._forget_progress()
        self._settle_parts(activated=False, ended=False)

    def _end_run(self) -> None:
        """End the run: threads that wait for their next attempt give up, and the state is written."""
        self._tap.stop.set()
        self._settle_parts(activated=False, ended=False)
        self._write_state_message()
        self._tap.summary.log("Ended early", self._tap.seconds_waited())

    def _settle_parts(self, *, activated: bool, ended: bool = True) -> None:
        if self._parts is not None:
            self._parts.settle(activated=activated, ended=ended)
            self.state_manager.is_flushed = False

    def _forget_progress(self) -> None:
        """Reset the bookmark to where this run started: the newest row was seen, but not all before it."""
        self.stream_state.pop("progress_markers", None)

    # What is new

    @cached_property
    def bookmark(self) -> Bookmark:
        """The stream's bookmark."""
        return Bookmark(
            self.name,
            self._tap_state.get("bookmarks", {}).get(self.name, {}),
            key=self.replication_key,
            is_honoured=self.replication_method != FULL_TABLE,
            start_date=self.config.get("start_date"),
        )

    def _begin_version(self) -> bool:
        """Choose the version of the rows; returns whether this is a full read.

        Each run has a version of its own, so that a full read tells a target which rows are gone: those that no run has
        emitted since it began. A version kept in the state could be older than that of a full read with another
        state, which would delete the rows of this run.
        """
        self.bookmark.begin(self.stream_state, self.also_remembers)
        # Milliseconds: two runs may start in the same second.
        self._stream_version = self._initialized_at if self._tap.setting("emit_activate_version_messages") else None
        return self.bookmark.reads_all

    @property
    def can_resume(self) -> bool:
        """Whether a state written in mid-stream says where to resume."""
        return self.is_sorted

    def starting_bookmark(self) -> str | None:
        """The time to read from: the bookmark minus the look-back, or `start_date`; None for everything.

        The bookmark's own time is read again: two rows may share it. Known before the stream's turn, so that streams
        with the same starting time can share a list.
        """
        return self.bookmark.since(self.config.get("lookback_seconds", 0))

    # What is missing

    def check_attributes(self, resource: Mapping[str, Any]) -> None:
        """Note that a JSON:API resource is reduced to its key if its attributes are not an object."""
        attributes = resource.get("attributes")
        if resource and not isinstance(attributes, dict):
            self._tap.summary.mistype(self.name, "attributes", attributes)

    def concurrently(self, fetch: Callable[[Item], Fetched], items: Iterable[Item]) -> Iterator[Fetched]:
        """Fetch many items concurrently; yields the results in the order of the items."""
        return self._tap.pool.in_order(fetch, items, (lambda _: 1) if self.is_dry_run else None)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing so far, apart from whole parts that were left out."""
        return not self._misses_something

    def leave_out(self, reason: str) -> None:
        """Note that something is missing from this read, so that nothing is deleted because of it."""
        self._misses_something = True
        self._tap.summary.leave_out(self.name, reason)

    def without_row(self, name: str, error: ApiError) -> None:
        """Continue without a row, or without what belongs to it, and delete nothing because of it.

        Args:
            name: Its display name.
            error: Why it cannot be read; a refused or deleted one is not a failure.
        """
        if isinstance(error, RefusedError):
            self.leave_out(f"{name} was refused or has vanished: {error}")
        else:
            self._tap.summary.fail_in_part(self.name, name, error)
            self.leave_out(f"{name} failed: {error}")

    @property
    def parts(self) -> Parts:
        """The pages or accounts that this stream consists of; accessed before the first row, by streams with parts."""
        if self._parts is None:
            given_up = self._tap.setting("give_up_parts") or ()
            is_known = self.name in self._tap.known_streams
            self._parts = Parts(self.stream_state, is_known=is_known, given_up=given_up)
        return self._parts

    def announce_parts(self, parts: Iterable[str]) -> None:
        """Announce the parts about to be read, before the first row of any."""
        if self.parts.announce(parts):
            self.write_state_first()

    def without_part(self, name: str, part: str | None, error: ApiError) -> None:
        """Continue without a part; whether that holds back deletes is decided at the end.

        Args:
            name: Its display name.
            part: Its id; None if only the part itself could say.
            error: Why it cannot be read. A refused part, or one with a refused key, does not fail the others.

        Raises:
            RefusedError: Nothing may be left out.
        """
        if isinstance(error, RefusedError) and self._tap.strict:
            raise error
        if isinstance(error, (RefusedError, KeyRefusedError)):
            self.parts.leave_out(name, part)
        else:
            self.parts.fail(name, part)
        if isinstance(error, RefusedError):
            self._tap.summary.leave_out_part(self.name, name, str(error))
        else:
            self._tap.summary.fail_in_part(self.name, name, error)

    # In the SDK's loop

    def _sync_records(self, context: Context | None = None, *, write_messages: bool = True) -> Generator[Row, Any, Any]:
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except Exception as error:
            ending = self._ending(error)
            if not self.is_dry_run:
                self._tap.report(ending)
            if ending is error:
                raise
            raise ending from None

    def _ending(self, error: Exception) -> Exception:
        """The error to report: a broken pipe may come from a target that received the same Ctrl-C, and was faster."""
        if not isinstance(error, BrokenPipeError) or not self._tap.is_stopped:
            return error
        discard_output()
        return self._tap.stopped()

    def log_sync_costs(self) -> None:
        """End the run after its last stream: the SDK calls this once per stream."""
        super().log_sync_costs()
        if self.name == list(self._tap.streams)[-1]:
            self._tap.finish()

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Log a line, except the SDK's about an unhandled error, which the command line reports once."""
        if level < logging.ERROR or sys.exc_info()[1] is None:
            super().log(message, *args, level=level, **kwargs)

    # Required by RESTStream and not used by the engine

    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        """Rows come from pages; see `parse_page`."""
        raise NotImplementedError
