"""Streams of the children of many parents: fetched concurrently, emitted parent by parent, with a single bookmark."""

from __future__ import annotations

import itertools
from collections.abc import Sized
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout.errors import FATAL, ApiError, RefusedError
from singer_fanout.paged import PagedStream
from singer_fanout.shape import is_identity

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Context

    from singer_fanout.readings import Reading
    from singer_fanout.streams import Row
    from singer_fanout.tap import ApiTap

MOST_REFUSED = 10
"""After this many parents are refused with none answered, the rest are expected to be refused too."""
MOST_FAILED = 10
"""After this many parents fail in a row, the rest are expected to fail too."""


BEGUN_PER_WORKER = 4
"""Parents whose children are fetched before the stream's turn, per worker."""


class FanOutStream(PagedStream):
    """The children of every row of another stream, as one flat stream with one bookmark.

    With a `replication_key` (a field of `parent_fields` that holds the parent's replication key) the stream
    visits the parents that changed since its own bookmark, in the order of that key, and can resume anywhere.
    Without one it reads the children of all parents and replaces the table.
    """

    parent_stream: ClassVar[str]
    """Name of the stream whose rows are the parents."""

    parent_fields: ClassVar[Mapping[str, str]]
    """Fields that a child's row takes from its parent: name here -> name in the parent's row.

    They also fill the placeholders of `path`.
    """

    most_refused: ClassVar[int | None] = MOST_REFUSED
    """After this many parents are refused with none answered, the stream counts as refused; None tries all parents."""
    _misses_rows = False
    some_answered = False
    """Whether the children of any parent were received: if all fail, it is the stream that fails."""
    read_whole = True
    """Whether the last call of `children` yielded all pages."""

    def __init__(self, tap: ApiTap) -> None:
        super().__init__(tap)
        self._begun: dict[Hashable, Future[tuple[Row, Reading | ApiError]]] = {}
        """The parents whose children are being fetched before the stream's turn."""

    @property
    def parent(self) -> PagedStream:
        """The stream whose rows are the parents."""
        return self._tap.paged_stream(self.parent_stream)

    def child_params(self, parent: Row) -> dict[str, Any]:  # noqa: ARG002
        """Query parameters of one parent's list, without those for the page."""
        return {}

    children_key: Hashable = None
    """Identifies the children's lists for all streams that are built from them; None if this is the only one."""

    def reading_keys(self) -> Iterable[Hashable]:
        """The parents' list, and the children's lists if other streams are built from them too."""
        parents = self.parent.reading_key(self.starting_bookmark())
        return (parents,) if self.children_key is None else (parents, self.children_key)

    def read_rows(self) -> Iterator[Row]:
        """Yield the children of all parents, parent by parent."""
        parents = self.parents()
        self._tap.progress.expect("parent", len(parents) if isinstance(parents, Sized) else None)
        for parent, pages in self.fan_out(parents):
            for page in pages:
                for row in self.parse_page(page):
                    yield {**parent, **row}
            self.parent_done(parent)
            self._tap.progress.advance()

    def parents(self) -> Iterable[Row]:
        """The keys of the parents, in the order of their replication key if they have one."""
        keys = self.parent_keys(self.starting_bookmark())
        key = self.replication_key
        if key is None:
            return keys
        return sorted(keys, key=lambda parent: parent[key] or "")

    def parent_keys(self, since: str | None) -> Iterator[Row]:
        """The keys of the parents, in the order in which they are listed."""
        needed = [name for name in self.parent_fields if f"{{{name}}}" in self.path]
        for row in itertools.islice(self.parent_rows(since), 1 if self.is_dry_run else None):
            parent = self.parent_key(row)
            if all(is_identity(parent[name]) for name in needed):
                yield parent
            else:
                self.miss_rows(f"a row of its parents, {self.parent_stream}, has no usable key")
        if not self.parent.is_complete:
            self.miss_rows(f"not all of its parents, {self.parent_stream}, were read")

    def parent_key(self, row: Row) -> Row:
        """The fields that the children's rows take from this parent."""
        return {name: row.get(source) for name, source in self.parent_fields.items()}

    def begin(self, parents: Iterable[Row]) -> None:
        """Start fetching the children of the first parents before the stream's turn, while the rest are being listed.

        Requests that are sent early also leave a sliding rate limit early. Only a few are sent: all may be refused.
        """
        pool = self._tap.pool
        if self.is_dry_run or pool.workers == 1:
            return
        for parent in itertools.islice(parents, pool.workers * BEGUN_PER_WORKER):
            self._begun[_hashable(parent)] = pool.begin(self._fetch_first, parent)

    def parent_rows(self, since: str | None) -> Iterator[Row]:
        """The parents' rows, or at least the fields in `parent_fields`."""
        return self.parent.rows(since)

    def fan_out(self, parents: Iterable[Row]) -> Iterator[tuple[Row, Iterator[Any]]]:
        """Yield each parent with the pages of its children; first pages of many parents are fetched concurrently.

        Raises:
            ApiError: The first parents were all refused, or all or many in a row failed: the stream is left out.
        """
        refused: int | None = 0
        failed, last = 0, None
        for parent, reading in self.concurrently(self._start, parents):
            if not isinstance(reading, ApiError):
                refused, failed, self.some_answered = None, 0, True
                yield parent, self.children(parent, reading)
                continue
            self.without_parent(parent, reading)
            # The list kept changing, so a parent that is not found may really have been deleted.
            if not isinstance(reading, RefusedError):
                failed, last = failed + 1, reading
            elif refused is not None and self.parent.is_complete:
                refused += 1
            if failed == MOST_FAILED or (refused and refused == self.most_refused):
                raise reading
        if last is not None and not refused and not self.some_answered:
            raise last

    def children(self, parent: Row, reading: Reading) -> Iterator[Any]:
        """Yield the pages of a parent's children for as long as they can be read."""
        self.read_whole = True
        try:
            yield from self.walk(reading)
        except FATAL:
            raise
        except ApiError as error:
            self.read_whole = False
            self.without_parent(parent, error)
        self.read_whole = self.read_whole and reading.settled
        self._misses_rows = self._misses_rows or not reading.settled

    def without_parent(self, parent: Row, error: ApiError) -> None:
        """Continue without the children of a parent, or without the rest of them.

        Raises:
            RefusedError: Nothing may be left out.
        """
        if isinstance(error, RefusedError) and self._tap.strict:
            raise error
        # A deleted parent is not missing; one that is forbidden or failed may be readable in the next run.
        self._misses_rows = self._misses_rows or error.status != HTTPStatus.NOT_FOUND
        keys = ", ".join(f"{name} {value}" for name, value in parent.items() if f"{{{name}}}" in self.path)
        self.without_row(keys or f"one of its {self.parent_stream}", error)

    def miss_rows(self, reason: str) -> None:
        """Note that children are missing that the next run has to read: the bookmark stays before them."""
        self._misses_rows = True
        self.leave_out(reason)

    def parent_done(self, parent: Row) -> None:
        """Advance the bookmark to a parent whose children were all emitted.

        It stops advancing at the first parent that the next run has to read again.
        """
        key = self.replication_key
        if key is None or not parent[key] or self._misses_rows:
            return
        if self.bookmark.move(self.stream_state, parent[key]):
            self.state_manager.is_flushed = False

    @property
    def can_resume(self) -> bool:
        """Whether the stream has a bookmark, which advances from parent to parent."""
        return self.replication_key is not None

    def child_reading(self, parent: Row) -> Reading:
        """The reading of one parent's children; called in a thread."""

        def read() -> Reading:
            return self.list_reading(self.path, self.child_params(parent), **parent)

        if self.children_key is None:
            return read()
        key = self.children_key, tuple(parent.items())
        return self._tap.shared_reading(key, read, wanted_as=self.children_key)

    def _start(self, parent: Row) -> tuple[Row, Reading | ApiError]:
        """Return the reading of a parent's children, started unless `begin` did so; runs in a thread."""
        begun = self._begun.pop(_hashable(parent), None)
        return self._fetch_first(parent) if begun is None else (parent, begun.result()[1])

    def _fetch_first(self, parent: Row) -> tuple[Row, Reading | ApiError]:
        """Fetch the first page of a parent's children; runs in a thread."""

        def started() -> Reading:
            reading = self.child_reading(parent)
            reading.start()
            return reading

        return parent, self.attempted(started)

    def _increment_stream_state(self, latest_record: Row, *, context: Context | None = None) -> None:
        """Do nothing: the bookmark advances when a parent is done, not with each child."""


def _hashable(parent: Row) -> Hashable:
    return tuple(parent.items())
