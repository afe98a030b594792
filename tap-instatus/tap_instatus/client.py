"""The base classes of Instatus's streams: lists of the key and of each page, refusals, and which rows are emitted."""

from __future__ import annotations

import abc
import itertools
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout import (
    Answer,
    ApiError,
    ApiStream,
    FanOutStream,
    MalformedError,
    NumberedPaginator,
    PagedStream,
    RefusedError,
    UnauthorizedError,
    as_list,
    identity,
)
from singer_sdk import SchemaDirectory, StreamSchema

from tap_instatus import schemas
from tap_instatus.bookmarks import Bookmarks
from tap_instatus.pagination import InstatusPaginator, UntoldReading, WrappedPaginator, WrappedReading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from singer_fanout import Reading

    from tap_instatus.records import Row
    from tap_instatus.streams.pages import Pages
    from tap_instatus.tap import TapInstatus

UPDATED_AT = "updated_at"


class InstatusStream(ApiStream):
    """A stream of Instatus.

    The API has no time filters, so every run reads everything. With the setting `incremental_emit` a stream whose rows
    have a time of change emits only changed rows, and detects no deletes.
    """

    schema = StreamSchema(SchemaDirectory(schemas))
    primary_keys: Sequence[str] = ("id",)
    page_column = "id"
    """The column with the page of a row, for the bookmarks."""
    without: ClassVar[frozenset[str]] = frozenset()
    """Fields that are rows of other streams."""
    _tap: TapInstatus

    def __init__(self, tap: TapInstatus) -> None:
        super().__init__(tap)
        if tap.setting("incremental_emit") and UPDATED_AT in self.schema["properties"]:
            self.replication_key = UPDATED_AT

    def row(self, resource: Mapping[str, Any]) -> Row:
        """Turn a resource into a row."""
        return self._tap.records.row(resource, without=self.without)

    def check_is(self, answer: Answer, fits: Callable[[Any], bool]) -> None:
        """Check that a response has the expected shape.

        Raises:
            MalformedError: It does not.
        """
        if not fits(answer.body):
            raise MalformedError(f"GET {answer.url} did not answer as Instatus does. Check the setting api_url")

    def ids(self, column: str, told: Any, identify: Callable[[Any], str | int | None] = identity) -> list[Any] | None:
        """The ids of a resource's list, whose elements are either objects or bare ids.

        Args:
            column: The column of the list in the row.
            told: The list.
            identify: Returns the id of an element.
        """
        if told is None:
            return None
        found = [identify(item) for item in as_list(told)]
        if None in found:
            self._tap.summary.warn_once(f"Instatus sent {self.name} with {column} that tell no id: they are left out")
        return [key for key in found if key is not None]

    def starting_bookmark(self) -> None:
        """None: lists are always read in full."""

    @property
    def emits_changes(self) -> bool:
        """Whether only changed rows are emitted."""
        return self.replication_key == UPDATED_AT and self.replication_method == "INCREMENTAL"

    @property
    def saw_all(self) -> bool:
        """Whether nothing is missing from the last list."""
        return self.is_complete

    def changed(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of a list that are to be emitted.

        The bookmarks advance when all of them were emitted and nothing was missing.
        """
        if not self.emits_changes:
            yield from rows
            return
        bookmarks = Bookmarks(self.name, self.stream_state)
        newest, began, pages = "", "", set()
        for row in rows:
            began = began or str(self._tap.extracted_at)
            page, updated_at = row.get(self.page_column), row.get(UPDATED_AT)
            if not isinstance(page, str):
                yield row
                continue
            pages.add(page)
            newest = max(newest, updated_at or "")
            if bookmarks.is_new(page, updated_at):
                yield row
        if newest and self.saw_all:
            bookmarks.move(pages, newest, began)
            self.state_manager.is_flushed = False

    def _begin_version(self) -> bool:
        if not self.emits_changes:
            return super()._begin_version()
        # Unchanged rows are missing from the output although they were not deleted.
        self._stream_version = None
        return False

    def _increment_stream_state(self, latest_record: Row, *, context: Any = None) -> None:
        """Do nothing: bookmarks advance when a list was read to its end."""


class InstatusListStream(InstatusStream, PagedStream, abc.ABC):
    """A list of the key: a bare array."""

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a list or one of its records, and check its shape."""
        answer = super().get(path, params, **keys)
        self.check_is(answer, is_object if "id" in keys else self.is_list)
        return answer

    def get_new_paginator(self) -> NumberedPaginator:
        """The paginator of this list."""
        return InstatusPaginator()

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """Create a reading that finds the end of the list whatever its page size."""
        return UntoldReading(
            get, self._tap.pool, InstatusPaginator(), warn=self._tap.summary.warn_once, dry_run=self.is_dry_run
        )

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows to emit."""
        yield from self.changed(super().read_rows())

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each resource."""
        return (self.row(resource) for resource in self.resources(page))

    def is_list(self, body: Any) -> bool:
        """Whether this can be a page of the list."""
        return isinstance(body, list) and (not body or any(row is None or is_object(row) for row in body))

    def resources(self, page: Any) -> list[Any]:
        """The resources of a page, or the single one of a record's route.

        Anything but an object becomes one without an id, which makes no row: it is left out and reported.
        """
        return [row if is_object(row) else {} for row in self.rows_of(page)]

    def rows_of(self, page: Any) -> list[Any]:
        """The rows of a page."""
        return page if isinstance(page, list) else [page]


class InstatusFanOutStream(InstatusListStream, FanOutStream, abc.ABC):
    """A list of every status page; streams with the same path share one reading of it."""

    primary_keys: Sequence[str] = ("page_id", "id")
    page_column = "page_id"
    parent_stream = "pages"
    parent_fields: ClassVar[Mapping[str, str]] = {"page_id": "id"}
    # A person may own only one of many pages.
    most_refused = None

    def __init__(self, tap: TapInstatus) -> None:
        super().__init__(tap)
        self.children_key = self.path

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get a route below a page.

        Raises:
            RefusedError: This key has no access, even if Instatus answers 401 although the key is valid.
        """
        try:
            return super().get(path, params, **keys)
        except UnauthorizedError:
            page = str(keys["page_id"])
            self._tap.check_key(self.name, page)
            raise RefusedError(
                f"GET {self._tap.client.url(path, None, **keys)} answered 401: the owner of the key does not own the "
                "page",
                status=401,
            ) from None

    def parents(self) -> list[Row]:
        """The pages."""
        listing = cast("Pages", self.parent)
        parents = list(self.parent_keys(None))
        for page in sorted(listing.not_chosen):
            self.parts.leave_out(f"page {page}", page)
        if listing.is_complete:
            self.parts.list_whole(listing.listed)
        self.announce_parts(str(parent["page_id"]) for parent in parents)
        return parents

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows of all pages, page by page."""
        parents = self.parents()
        self._tap.progress.expect("status page", len(parents))
        for parent, pages in self.fan_out(parents):
            self.parts.begin(parent["page_id"])
            yield from self.changed({**row, **parent} for page in pages for row in self.parse_page(page))
            if self.read_whole:
                self.parts.end(parent["page_id"])
            self._tap.progress.advance()
        if self.emits_changes and self.is_complete:
            Bookmarks(self.name, self.stream_state).forget_all_but(parent["page_id"] for parent in parents)

    @property
    def saw_all(self) -> bool:
        """Whether nothing is missing from the last page."""
        return self.read_whole and self.record_ids is None

    def without_parent(self, parent: Row, error: ApiError) -> None:
        """Continue without a page, or without the rest of one.

        Raises:
            RefusedError: Nothing may be left out.
        """
        page = str(parent["page_id"])
        self.without_part(f"page {page}", page, error)

    # Single records

    @property
    def record_ids(self) -> tuple[str, ...] | None:
        """The records to read, from the setting; None for all."""
        return self._tap.record_ids(self.path)

    def fan_out(self, parents: Iterable[Row]) -> Iterator[tuple[Row, Iterator[Any]]]:
        """Yield each page with its list, or with the single records that the setting names."""
        if self.record_ids is None:
            yield from super().fan_out(parents)
            return
        self.leave_out("record_ids reads single records only")
        missing = set(self.record_ids)
        wanted = itertools.product(parents, self.record_ids)
        for (parent, key), answer in self.concurrently(lambda pair: (pair, self._single(*pair)), wanted):
            if isinstance(answer, Answer):
                missing.discard(key)
                self._tap.extracted_at = answer.received_at
                yield parent, iter((answer.body,))
            elif answer.status != 404:  # noqa: PLR2004 - it belongs to another page
                self.without_parent(parent, answer)
        for key in sorted(missing):
            self._tap.summary.warn_once(
                f"record_ids: no page has {key!r} among its {self.path.rsplit('/', maxsplit=1)[-1]}"
            )

    def _single(self, parent: Row, key: str) -> Answer | ApiError:
        return self.attempted(lambda: self.get(f"{self.path}/{{id}}", id=key, **parent))


class InstatusWrappedStream(InstatusFanOutStream, abc.ABC):
    """A newer list: an object with the rows, and with totals if it is paginated."""

    rows_key: ClassVar[str]
    page_size: ClassVar[int | None] = None
    """Rows in a full page; None if the list is not paginated."""
    at_once = False
    """Whether to request all rows at once, because no pagination is documented."""
    record_ids = None

    def get_new_paginator(self) -> NumberedPaginator:
        """The paginator for pages with totals."""
        return WrappedPaginator(self.rows_key, self.page_size)

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """Create a reading by the totals, if a page reports any."""
        if self.page_size is None:
            return PagedStream.reading_of(self, get)
        return WrappedReading(
            get,
            self._tap.pool,
            WrappedPaginator(self.rows_key, self.page_size),
            at_once=self.at_once,
            warn=self._tap.summary.warn_once,
            dry_run=self.is_dry_run,
        )

    def is_list(self, body: Any) -> bool:
        """Whether this can be a page of the list."""
        return isinstance(body, dict) and isinstance(body.get(self.rows_key), list)

    def rows_of(self, page: Any) -> list[Any]:
        """The rows of a page."""
        return list(page[self.rows_key])


def is_object(body: Any) -> bool:
    """Whether this can be a resource of Instatus."""
    return isinstance(body, dict)
