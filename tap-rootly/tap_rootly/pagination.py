"""Rootly's pagination: numbered pages nearly everywhere, cursors for lists whose rows move during a read."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import (
    Answer,
    CursorPaginator,
    EndlessError,
    NumberedPaginator,
    as_list,
    as_object,
    identities,
    is_time,
    parse_utc,
    utc_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from singer_fanout import RequestPool

PAGE_SIZE = 100
"""Rows to request; Rootly documents a maximum for few lists, and reports the actual size in `meta`."""
SMALLEST_PAGE = 25
"""No list has smaller pages: a page with fewer rows that does not say whether others follow is the last."""

PAGES_OF_A_WINDOW = 3
MOST_WAITING = 3 * PAGES_OF_A_WINDOW
"""Pages of a window that are read ahead: rows that were changed all at once fall into a single window."""
SETTLED_AFTER = timedelta(minutes=1)
"""Rows older than this no longer appear late, however the clocks differ."""


class RootlyPaginator(NumberedPaginator):
    """Numbered pages; `meta` reports how many there are.

    Args:
        size: Rows to request per page.
    """

    NUMBER: ClassVar[str] = "page[number]"
    SIZE: ClassVar[str] = "page[size]"

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self._size = size

    def params(self, number: int) -> dict[str, Any]:
        """Ask for a page."""
        return {self.NUMBER: number, self.SIZE: self._size}

    def has_next(self, page: Any) -> bool:
        """Whether more pages follow according to the total, else the link; some lists have neither."""
        meta, total, number = _meta(page), self.total_pages(page), _number(page, "current_page")
        rows = self.total_rows(page)
        if rows is not None and len(as_list(page["data"])) >= rows:
            # Also if every page is the whole list, whatever it says about other pages.
            return False
        if total is not None and number is not None:
            return number < total
        if "next_page" in meta:
            return meta["next_page"] is not None
        links = as_object(page.get("links"))
        if links:
            return links.get("next") is not None
        return len(as_list(page["data"])) >= min(SMALLEST_PAGE, self._size)

    def goes_on(self, page: Any) -> bool:
        """Whether pages follow."""
        return self.has_next(page)

    def tells_cursor(self, page: Any) -> bool:  # noqa: ARG002
        """Whether the page names the next one by a cursor."""
        return False

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return identities(as_list(page["data"]))

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list."""
        return _number(page, "total_count")

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list."""
        return _number(page, "total_pages")


class RootlyCursorPaginator(CursorPaginator):
    """Cursor pages; after a page that has a successor but no cursor, the next one is requested by number.

    Args:
        size: Rows to request per page.
    """

    NUMBER: ClassVar[str] = RootlyPaginator.NUMBER
    SIZE: ClassVar[str] = RootlyPaginator.SIZE

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self._size = size

    def params(self, cursor: str | None) -> dict[str, Any]:
        """Request the page at a cursor."""
        parameter, _, value = (cursor or "").partition("=")
        return {self.SIZE: self._size, **({parameter: value} if value else {})}

    def goes_on(self, page: Any) -> bool:
        """Whether pages follow."""
        return self.next_cursor(page) is not None

    def tells_cursor(self, page: Any) -> bool:
        """Whether the page names the next one by a cursor."""
        return bool(_meta(page).get("next_cursor"))

    def next_cursor(self, page: Any) -> str | None:
        """The cursor of the next page, with the name of its parameter."""
        meta = _meta(page)
        for parameter, field in (("page[after]", "next_cursor"), (self.NUMBER, "next_page")):
            if meta.get(field):
                return f"{parameter}={meta[field]}"
        return None

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return identities(as_list(page["data"]))


class EdgeConnectorPaginator(RootlyPaginator):
    """Numbered pages with other parameter names for number and size."""

    NUMBER = "page"
    SIZE = "per_page"


class RootlyWholeList(RootlyPaginator):
    """A list without pagination: the single response is all there is."""

    def params(self, number: int) -> dict[str, Any]:  # noqa: ARG002
        """No parameters."""
        return {}

    def has_next(self, page: Any) -> bool:  # noqa: ARG002
        """Always false."""
        return False


class WindowedReading:
    """A long list sorted by a time, read in several windows of that time concurrently.

    A cursor is known only once the page before it is read: a hundred pages would be a hundred waits. So the time from
    the first row until now is split into windows, each read by cursor. A row that changes in the meantime gets a time
    after all windows but the last, which is open-ended and read after the others: it may be read twice but not missed.

    Args:
        fetch: Gets a page by the parameters of the page and its window; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
        field: The attribute that holds the time; the list is sorted by it and has filters of its name.
    """

    settled = True

    def __init__(
        self,
        fetch: Callable[[Mapping[str, Any]], Answer],
        paginator: RootlyCursorPaginator,
        pool: RequestPool,
        field: str,
    ) -> None:
        self._fetch = fetch
        self._paginator = paginator
        self._pool = pool
        self._field = field
        self._first: Answer | None = None

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._first = self._fetch(self._paginator.params(None))

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; those of a short list sequentially."""
        if self._first is None:
            self._first = self._in_the_pool(self._paginator.params(None))
        first, windows = self._first, self._windows(self._first)
        if not windows:
            yield first
            yield from self._pages({}, after=first)
            return
        *closed, last = windows
        for window, pages in zip(
            closed, self._pool.in_order(self._first_pages, closed, lambda _: self._pool.workers), strict=True
        ):
            yield from pages
            if len(pages) == MOST_WAITING:
                yield from self._pages(window, after=pages[-1])
        yield from self._pages(last)

    def _windows(self, first: Answer) -> list[dict[str, Any]]:
        """The filters of the windows, oldest first; empty if the list is too short."""
        pages = _number(first.body, "total_pages") or 0
        oldest = as_object(as_object(next(iter(as_list(first.body["data"])), None)).get("attributes")).get(self._field)
        if pages <= PAGES_OF_A_WINDOW or not isinstance(oldest, str) or not is_time(oldest):
            return []
        begin, end = parse_utc(oldest), _now(first) - SETTLED_AFTER
        count = ceil(pages / PAGES_OF_A_WINDOW)
        if end <= begin:
            return []
        borders = [utc_text(begin + (end - begin) * number / count) for number in range(count + 1)]
        closed = [{self._filter("gte"): start, self._filter("lt"): stop} for start, stop in itertools.pairwise(borders)]
        return [*closed, {self._filter("gte"): borders[-1]}]

    def _first_pages(self, window: dict[str, Any]) -> list[Answer]:
        """The pages of a window that are read ahead, usually all; runs in a thread."""
        return [answer.undecoded() for answer in itertools.islice(self._pages(window, self._fetch), MOST_WAITING)]

    def _filter(self, operator: str) -> str:
        return f"filter[{self._field}][{operator}]"

    def _pages(
        self,
        window: dict[str, Any],
        get: Callable[[Mapping[str, Any]], Answer] | None = None,
        *,
        after: Answer | None = None,
    ) -> Iterator[Answer]:
        """Yield the pages of a window by cursor.

        Args:
            window: Its filters.
            get: Gets a page; by default through the pool, where waiting for it can be interrupted.
            after: Start after this page.
        """
        seen: set[str | None] = {None}
        answer, cursor = after, self._paginator.next_cursor(after.body) if after else None
        while answer is None or cursor is not None:
            if answer is not None and cursor in seen:
                raise EndlessError(f"GET {answer.url} answered a cursor that was used before: the list has no end")
            seen.add(cursor)
            answer = (get or self._in_the_pool)({**window, **self._paginator.params(cursor)})
            yield answer
            cursor = self._paginator.next_cursor(answer.body)

    def _in_the_pool(self, params: dict[str, Any]) -> Answer:
        return next(self._pool.in_order(self._fetch, (params,)))


def _now(answer: Answer) -> datetime:
    """When a response was generated, by the server's clock if it sends the time."""
    sent = answer.headers.get("Date")
    return parsedate_to_datetime(sent) if sent else parse_utc(answer.received_at)


def _meta(page: Any) -> Mapping[str, Any]:
    return as_object(page.get("meta"))


def _number(page: Any, name: str) -> int | None:
    """A number in `meta`; None if it is missing."""
    number = _meta(page).get(name)
    return number if type(number) is int else None
