"""How Rootly cuts its lists into pages: numbered nearly everywhere, by cursors where rows move while one reads."""

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
    identity,
    is_time,
    parse_utc,
    utc_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from singer_fanout import RequestPool

PAGE_SIZE = 100
"""Rows to ask for; Rootly names a largest size for few lists, and tells what it has given in `meta`."""
SMALLEST_PAGE = 25
"""No list has smaller pages: one that does not say whether it goes on, and has fewer rows, ends here."""

PAGES_OF_A_WINDOW = 3
MOST_WAITING = 3 * PAGES_OF_A_WINDOW
"""Pages of a window that are read before their turn: rows that were changed all at once lie in one window."""
SETTLED_AFTER = timedelta(minutes=1)
"""Before that much ago, nothing is written any more, whatever the clocks say."""


class RootlyPaginator(NumberedPaginator):
    """Numbered pages; `meta` tells how many there are.

    Args:
        size: Rows to ask for in a page.
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
        """Whether pages follow: the total says it, else the link; some lists have neither."""
        meta, total, number = _meta(page), self.total_pages(page), _number(page, "current_page")
        rows = self.total_rows(page)
        if rows is not None and len(as_list(page["data"])) >= rows:
            # Also where every page is the whole list, whatever it says of other pages.
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
        """Whether the next page is named by a cursor."""
        return False

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return [identity(resource) for resource in as_list(page["data"])]

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list."""
        return _number(page, "total_count")

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list."""
        return _number(page, "total_pages")


class RootlyCursorPaginator(CursorPaginator):
    """Pages that each name the next one; an answer that goes on and names none is followed by its number.

    Args:
        size: Rows to ask for in a page.
    """

    NUMBER: ClassVar[str] = RootlyPaginator.NUMBER
    SIZE: ClassVar[str] = RootlyPaginator.SIZE

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self._size = size

    def params(self, cursor: str | None) -> dict[str, Any]:
        """Ask for the page after a cursor."""
        parameter, _, value = (cursor or "").partition("=")
        return {self.SIZE: self._size, **({parameter: value} if value else {})}

    def goes_on(self, page: Any) -> bool:
        """Whether pages follow."""
        return self.next_cursor(page) is not None

    def tells_cursor(self, page: Any) -> bool:
        """Whether the next page is named by a cursor."""
        return bool(_meta(page).get("next_cursor"))

    def next_cursor(self, page: Any) -> str | None:
        """What names the next page, with the parameter that it belongs to."""
        meta = _meta(page)
        for parameter, field in (("page[after]", "next_cursor"), (self.NUMBER, "next_page")):
            if meta.get(field):
                return f"{parameter}={meta[field]}"
        return None

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return [identity(resource) for resource in as_list(page["data"])]


class EdgeConnectorPaginator(RootlyPaginator):
    """Numbered pages whose number and size have other names."""

    NUMBER = "page"
    SIZE = "per_page"


class RootlyWholeList(RootlyPaginator):
    """A list that knows no pages: its one answer is all there is to get."""

    def params(self, number: int) -> dict[str, Any]:  # noqa: ARG002
        """Nothing to ask for."""
        return {}

    def has_next(self, page: Any) -> bool:  # noqa: ARG002
        """Never."""
        return False


class WindowedReading:
    """A long list in the order of a time, read in several windows of that time at once.

    A cursor waits for the page before it: a hundred pages would be a hundred waits. So the time from the first row
    until now is cut into windows, each read by cursor. A row that is changed meanwhile gets a time behind all windows
    but the last, which is open and read when the others are done: it may be seen twice, and is not missed.

    Args:
        fetch: Gets a page by the parameters that name it and its window; runs in a thread.
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
        """Yield the pages; those of a short list one after the other."""
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
        """The filters of the windows, oldest first; none where the list is too short for them."""
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
        """The pages of a window that may wait for their turn, mostly all; runs in a thread."""
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
        """Yield the pages of a window, each named by the one before.

        Args:
            window: Its filters.
            get: Gets a page; without it the pool does, where the wait for it can be broken off.
            after: Begin behind this page.
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
    """When an answer was made, by the server's clock where it tells it."""
    sent = answer.headers.get("Date")
    return parsedate_to_datetime(sent) if sent else parse_utc(answer.received_at)


def _meta(page: Any) -> Mapping[str, Any]:
    return as_object(page.get("meta"))


def _number(page: Any, name: str) -> int | None:
    """A number that `meta` tells; None where it tells none."""
    number = _meta(page).get(name)
    return number if type(number) is int else None
