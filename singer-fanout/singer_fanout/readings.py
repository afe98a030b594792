"""A reading is one list, read page by page, in order, ahead of whoever walks it.

A missed row is lost, or worse, deleted by the activation of a version. So a list that moved while it was read is read
again, a bounded number of times, and one that never held still says so. A list that brings nothing new has no end; of
one that has more rows than it tells, or fewer, nobody knows whether they were all.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from singer_fanout.errors import EndlessError, RejectedError
from singer_fanout.list_ends import LeaptEnd, NumberedPages, SteppedEnd, ToldEnd
from singer_fanout.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from singer_fanout.client import Answer
    from singer_fanout.list_ends import ListEnd
    from singer_fanout.pagination import CursorPaginator, NumberedPaginator
    from singer_fanout.pool import RequestPool

TOO_DEEP = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""What is answered to a page that lies deeper than the server looks."""
MOST_PASSES = 3
MOST_WITHOUT_NEWS = 3
"""Rows that move may show a page twice; a list that shows nothing new again and again has no end."""
MOST_REMEMBERED = 2**20
"""Rows of a list that are known again when they come again, besides those of its first page."""


class Reading(Protocol):
    """One list, read page by page, in order."""

    @property
    def settled(self) -> bool:
        """False when rows moved while the list was read: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages."""


class News:
    """Notices a list without an end: pages that repeat, by turns, in any order or with any period."""

    def __init__(self) -> None:
        self._first: frozenset[int] = frozenset()
        self._known: set[int] = set()
        self._pages_without = 0

    def check(self, answer: Answer, ids: Sequence[Hashable]) -> None:
        """Look at the next page, if another follows it.

        Args:
            answer: The page.
            ids: What identifies its rows.

        Raises:
            EndlessError: This page, and those before it, bring nothing new.
        """
        if not ids or None in ids:
            return
        # Of the text: an API may send as an id what has no hash.
        rows = {hash(row if isinstance(row, (str, int)) else repr(row)) for row in ids}
        is_new = not rows <= self._known
        if not self._first:
            self._first = frozenset(rows)
        if len(self._known) > MOST_REMEMBERED:
            self._known = set(self._first)
        self._known |= rows
        self._pages_without = 0 if is_new else self._pages_without + 1
        if self._pages_without == MOST_WITHOUT_NEWS:
            raise EndlessError(f"GET {answer.url} answered the same rows page after page: the list has no end")


class Tally:
    """Compares the rows of a list with the total that its pages tell."""

    def __init__(self) -> None:
        self._totals: set[int | None] = set()
        self._most = 0
        self._least = 0

    def add(self, ids: Sequence[Hashable], total: int | None) -> None:
        """Count the rows of a page; what nothing identifies may be a row or none, and one that comes twice is one."""
        self._totals.add(total)
        self._most += len(ids)
        self._least += len({repr(row) for row in ids if row is not None})

    @property
    def is_one(self) -> bool:
        """Whether all pages tell the same."""
        return len(self._totals) == 1

    @property
    def agrees(self) -> bool:
        """Whether there are as many rows as the pages tell, if they tell anything."""
        return all(total is None or self._least <= total <= self._most for total in self._totals)


class CursorReading:
    """One list, read page by page: each page names the next.

    A cursor stands at a row, not at a number of rows: what comes or goes elsewhere moves nothing past it.

    Args:
        fetch: Gets the page that a cursor names; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
    """

    settled = True

    def __init__(self, fetch: Callable[[str | None], Answer], paginator: CursorPaginator, pool: RequestPool) -> None:
        self._fetch = fetch
        self._paginator = paginator
        self._pool = pool
        self._first: Answer | None = None

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._first = self._fetch(None)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages.

        Raises:
            EndlessError: A page names one that was there before, or brings nothing new: the list would never end.
        """
        cursors: set[str | None] = {None}
        news = News()
        answer, self._first = self._first or self._get(None), None
        while True:
            yield answer
            cursor = self._paginator.next_cursor(answer.body)
            if cursor is None:
                return
            if cursor in cursors:
                raise EndlessError(f"GET {answer.url} answered a cursor that was used before: the list has no end")
            cursors.add(cursor)
            news.check(answer, self._paginator.row_ids(answer.body))
            answer = self._get(cursor)

    def _get(self, cursor: str | None) -> Answer:
        # In the pool, where the wait for it can be broken off.
        return next(self._pool.in_order(self._fetch, (cursor,)))


class ListReading:
    """One list, read page by page, in order, ahead of the reader.

    The first page is asked for alone, so that a list of one page costs one request.

    Args:
        fetch: Gets a page by its number; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
        ahead: False asks for no page before its turn, nor for one that may not be there; so does a pool of one worker.
        first: The first page, where it was asked for already.
        divide: Reads the list in parts, given its first page, where pages lie too deep for the server; None leaves out
            what it refuses.
    """

    def __init__(  # noqa: PLR0913
        self,
        fetch: Callable[[int], Answer],
        paginator: NumberedPaginator,
        pool: RequestPool,
        *,
        ahead: bool = True,
        first: Answer | None = None,
        divide: Callable[[Answer], Iterator[Answer]] | None = None,
    ) -> None:
        self._pages = NumberedPages(fetch, paginator, pool)
        self._ahead = ahead and pool.window > 1
        self._first = first
        self._divide = divide
        self.settled = True
        """False when rows moved in every pass, or the list is not as it tells: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._first = self._pages.fetch(FIRST_PAGE)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; all of them again when rows moved meanwhile.

        Raises:
            EndlessError: The pages bring nothing new, one after the other.
            RejectedError: The server refuses a page; those before it were yielded.
        """
        first = self._first = self._first or self._pages.one(FIRST_PAGE, self._pages.fetch)
        try:
            yield from self._passes()
        except RejectedError as error:
            if error.status not in TOO_DEEP:
                raise
            if self._divide is None:
                text = "The rows before this page were read, those after it are missing"
                raise RejectedError(f"{error}. {text}", status=error.status) from None
            self.settled = True
            yield from self._divide(first)

    def _passes(self) -> Iterator[Answer]:
        paginator = self._pages.paginator
        for number in range(1, MOST_PASSES + 1):
            first, self._first = self._first or self._pages.one(FIRST_PAGE, self._pages.fetch), None
            end, news, tally = self._end(first), News(), Tally()
            self._pages.contradict_themselves = False
            for answer in self._walk(first, end):
                ids = paginator.row_ids(answer.body)
                tally.add(ids, paginator.total_rows(answer.body))
                if end is not None and not self._pages.ends_with(answer):
                    news.check(answer, ids)
                yield answer
            held_still = tally.is_one and (end is None or end.held_still())
            self.settled = held_still and tally.agrees and not self._pages.contradict_themselves
            # To read again helps against movement, not against a total that is none.
            if held_still or number == MOST_PASSES:
                return

    def _end(self, first: Answer) -> ListEnd | None:
        """The way to find the end; None where the first page is all there is."""
        if self._pages.ends_with(first):
            return None
        total = self._pages.paginator.total_pages(first.body)
        if total is not None:
            return ToldEnd(self._pages, total, ahead=self._ahead)
        return LeaptEnd(self._pages) if self._ahead else SteppedEnd(self._pages)

    def _walk(self, first: Answer, end: ListEnd | None) -> Iterator[Answer]:
        if end is not None and self._divide is not None:
            end.prepare(first)
        yield first
        if end is not None:
            yield from end.after(first)
