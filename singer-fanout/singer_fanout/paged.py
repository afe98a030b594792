"""A list of the API becomes a stream: its path and its schema are its own, how it is cut into pages is the API's."""

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
                self._tap.progress.expect("page", self.total_pages(page))
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
            self.leave_out(NOT_SETTLED)

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
        paginator, pool = self.get_new_paginator(), self._tap.pool
        if isinstance(paginator, CursorPaginator):
            return CursorReading(lambda cursor: get(paginator.params(cursor)), paginator, pool)
        if self.is_dry_run or self.within(None, None) is None:
            return ListReading(lambda number: get(paginator.params(number)), paginator, pool, ahead=not self.is_dry_run)
        return DividedReading(get, self.within, paginator, pool)

    def within(self, begin: str | None, end: str | None) -> Mapping[str, Any] | None:  # noqa: ARG002
        """The query parameters that ask for a part of the list, where the API can: it is read so when it is too long.

        Args:
            begin: Only rows that were created at this time or later; None for all.
            end: Only rows that were created before this time; None for all.

        Returns:
            They; None where the list has no such filter.
        """
        return None
