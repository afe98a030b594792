"""Streams of paginated lists: path and schema are the stream's own, pagination is the API's."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from singer_fanout.divided import DividedReading
from singer_fanout.pagination import CursorPaginator, NumberedPaginator
from singer_fanout.readings import CursorReading, ListReading
from singer_fanout.streams import ApiStream

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from singer_fanout.client import Answer
    from singer_fanout.readings import Reading
    from singer_fanout.shared import SharedReading
    from singer_fanout.streams import Row

NOT_SETTLED = "rows moved between the pages each time the list was read, or it is not as long as it says"


class PagedStream(ApiStream):
    """A stream of a paginated list."""

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        """Query parameters of the list, without those for the page.

        Args:
            since: Only what changed since this time, if the API can filter by it; None for everything.
        """
        return {}

    @abc.abstractmethod
    def parse_page(self, page: Any) -> Iterable[Row]:
        """The rows of a page."""

    @abc.abstractmethod
    def get_new_paginator(self) -> NumberedPaginator | CursorPaginator:
        """The paginator for this API's lists."""

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows of all pages."""
        for number, page in enumerate(self.pages(self.starting_bookmark())):
            if not number:
                self._tap.progress.expect("page", self.total_pages(page))
            yield from self.parse_page(page)
            self._tap.progress.advance()

    def total_pages(self, page: Any) -> int | None:
        """The number of pages of the whole list, if a page says so."""
        paginator = self.get_new_paginator()
        return paginator.total_pages(page) if isinstance(paginator, NumberedPaginator) else None

    def rows(self, since: str | None = None) -> Iterator[Row]:
        """Yield the rows as emitted, for streams that build on them."""
        for page in self.pages(since):
            for row in self.parse_page(page):
                if (processed := self.post_process(row)) is not None:
                    yield processed

    def reading_keys(self) -> Iterable[Hashable]:
        """The list itself."""
        return (self.reading_key(self.starting_bookmark()),)

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """Yield the decoded pages; pages that another stream of this run has read are not requested again."""
        reading = self._tap.shared_reading(self.reading_key(since), lambda: self._reading(since))
        yield from self.walk(reading)

    def walk(self, reading: SharedReading | Reading) -> Iterator[Any]:
        """Yield the decoded pages of a reading; a list that kept changing makes the stream incomplete."""
        for answer in reading:
            self._tap.check_running()
            self._tap.extracted_at = answer.received_at
            yield answer.body
        if not reading.settled:
            self.leave_out(NOT_SETTLED)

    def reading_key(self, since: str | None) -> Hashable:
        """Identifies the list as read from this time on."""
        return self.path, tuple(sorted(self.list_params(since).items()))

    def _reading(self, since: str | None) -> Reading:
        return self.list_reading(self.path, self.list_params(since))

    def list_reading(self, path: str, params: Mapping[str, Any], **keys: object) -> Reading:
        """Create a reading of any list of this API."""
        return self.reading_of(lambda page: self.get(path, {**params, **page}, **keys))

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """Create a reading of a list with the same pagination as this stream.

        Args:
            get: Gets a page by its query parameters; runs in a thread.
        """
        paginator, pool = self.get_new_paginator(), self._tap.pool
        if isinstance(paginator, CursorPaginator):
            return CursorReading(lambda cursor: get(paginator.params(cursor)), paginator, pool)
        if self.is_dry_run or self.within(None, None) is None:
            return ListReading(lambda number: get(paginator.params(number)), paginator, pool, ahead=not self.is_dry_run)
        return DividedReading(get, self.within, paginator, pool)

    def within(self, begin: str | None, end: str | None) -> Mapping[str, Any] | None:  # noqa: ARG002
        """The query parameters that restrict the list to a time window, in which it is read when it is too long.

        Args:
            begin: Only rows that were created at this time or later; None for all.
            end: Only rows that were created before this time; None for all.

        Returns:
            The parameters; None if the list has no such filter.
        """
        return None
