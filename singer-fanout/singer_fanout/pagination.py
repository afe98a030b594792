"""How a list is read that the API cuts into numbered pages.

Rows move while pages are read: a row that is deleted pulls all later rows one place up, and a reader that goes
forward misses the one that crosses the border behind it. A missed row is lost, or worse, deleted by the
activation of a version. So a list of more than one page is looked at twice: where the API reports a total, the
total must be the same on all pages; where it does not, the last page must still begin with the rows it had.
A list that moved is read again, a bounded number of times.
"""

from __future__ import annotations

import abc
import itertools
from typing import TYPE_CHECKING, Any

from singer_sdk.pagination import BaseAPIPaginator

from singer_fanout.client import Answer, decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import requests

    from singer_fanout.pool import RequestPool

FIRST_PAGE = 1
MOST_PASSES = 3

Page = Any
"""The decoded body of one page."""


class NumberedPaginator(BaseAPIPaginator[int], abc.ABC):
    """What the engine has to know of an API's numbered pages; also a paginator in the SDK's sense."""

    def __init__(self) -> None:
        super().__init__(FIRST_PAGE)

    @abc.abstractmethod
    def params(self, number: int) -> dict[str, Any]:
        """The query parameters that name a page."""

    @abc.abstractmethod
    def has_next(self, page: Page) -> bool:
        """Whether a page follows this one."""

    @abc.abstractmethod
    def row_ids(self, page: Page) -> Sequence[Hashable]:
        """What identifies the rows of a page, in their order."""

    def total_rows(self, page: Page) -> int | None:  # noqa: ARG002
        """The number of rows of the whole list, where the API reports it."""
        return None

    def total_pages(self, page: Page) -> int | None:  # noqa: ARG002
        """The number of pages of the whole list, where the API reports it."""
        return None

    def has_more(self, response: requests.Response) -> bool:
        """Whether the SDK's sequential reader should go on."""
        return self.has_next(decode_json(response.content))

    def get_next(self, response: requests.Response) -> int | None:  # noqa: ARG002
        """The number of the page that the SDK's sequential reader asks for next."""
        return self.current_value + 1


class ListReading:
    """One list, read page by page, in order, ahead of the reader.

    The first page is asked for alone. If it tells the number of pages, exactly those follow; else the look-ahead
    grows 1, 2, 4, ... so that a list of one page costs one request.

    Args:
        fetch: Gets a page by its number; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
        ahead: False makes no request before its page is asked for.
    """

    def __init__(
        self,
        fetch: Callable[[int], Answer],
        paginator: NumberedPaginator,
        pool: RequestPool,
        *,
        ahead: bool = True,
    ) -> None:
        self._fetch = fetch
        self._paginator = paginator
        self._pool = pool
        self._ahead = ahead
        self._first: Answer | None = None
        self.settled = True
        """False when rows moved in every pass: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._first = self._fetch(FIRST_PAGE)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; all of them again when rows moved meanwhile."""
        for number in range(1, MOST_PASSES + 1):
            seen = _Pass(self._paginator)
            for answer in self._read():
                seen.add(answer.body)
                yield answer
            self.settled = not seen.moved(self._fetch)
            if self.settled or number == MOST_PASSES:
                return

    def _read(self) -> Iterator[Answer]:
        answer, self._first = self._first or self._fetch_first(), None
        yield answer
        if not self._paginator.has_next(answer.body):
            return
        total = self._paginator.total_pages(answer.body)
        numbers = itertools.count(FIRST_PAGE + 1) if total is None else range(FIRST_PAGE + 1, total + 1)
        for later in self._pool.in_order(self._fetch, numbers, self._width(total)):
            yield later
            if not self._paginator.has_next(later.body):
                return

    def _fetch_first(self) -> Answer:
        # In the pool, where the wait for it can be broken off.
        return next(self._pool.in_order(self._fetch, (FIRST_PAGE,)))

    def _width(self, total: int | None) -> Callable[[int], int]:
        if not self._ahead:
            return lambda _: 1
        if total is not None:
            return lambda _: total
        return lambda answered: 2 ** min(answered, 30)


class _Pass:
    """What one pass over a list has to remember to tell whether rows moved."""

    def __init__(self, paginator: NumberedPaginator) -> None:
        self._paginator = paginator
        self._pages = 0
        self._totals: set[int | None] = set()
        self._last_filled: tuple[int, Sequence[Hashable]] = FIRST_PAGE, ()

    def add(self, page: Page) -> None:
        self._pages += 1
        self._totals.add(self._paginator.total_rows(page))
        if ids := self._paginator.row_ids(page):
            self._last_filled = self._pages, ids

    def moved(self, fetch: Callable[[int], Answer]) -> bool:
        if self._pages <= 1:
            return False
        if None not in self._totals:
            return len(self._totals) > 1
        number, ids = self._last_filled
        again = self._paginator.row_ids(fetch(number).body)
        return list(again[: len(ids)]) != list(ids)
