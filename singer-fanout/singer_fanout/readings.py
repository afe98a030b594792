"""A reading fetches one list page by page, in order and ahead of its consumer.

A missed row is lost or, worse, deleted when the version is activated. So a list that changed while being read is read
again, a bounded number of times, and reported if it never settles. A list whose pages bring nothing new is endless;
one whose rows do not match its total may be incomplete.
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
"""Statuses of servers that refuse a page as too deep."""
MOST_PASSES = 3
MOST_WITHOUT_NEWS = 3
"""Pages without new rows after which a list counts as endless; rows that move may cause one or two of them."""
MOST_REMEMBERED = 2**20
"""Rows of a list, besides those of its first page, that are remembered in order to recognise repeats."""


class Reading(Protocol):
    """One list, read page by page, in order."""

    @property
    def settled(self) -> bool:
        """False if rows moved while the list was read: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages."""


class News:
    """Detects an endless list: pages that repeat, in any order and with any period."""

    def __init__(self) -> None:
        self._first: frozenset[int] = frozenset()
        self._known: set[int] = set()
        self._pages_without = 0

    def check(self, answer: Answer, ids: Sequence[Hashable]) -> None:
        """Check the next page, if it is not the last.

        Args:
            answer: The page.
            ids: The ids of its rows.

        Raises:
            EndlessError: This page and those before it bring nothing new.
        """
        if not ids or None in ids:
            return
        rows = set(map(hash, _hashable(ids)))
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
    """Compares the rows of a list with the total that its pages report."""

    def __init__(self) -> None:
        self._totals: set[int | None] = set()
        self._most = 0
        self._least = 0

    def add(self, ids: Sequence[Hashable], total: int | None) -> None:
        """Count the rows of a page; repeated rows count once, and those without an id may or may not be rows."""
        self._totals.add(total)
        self._most += len(ids)
        self._least += len({*_hashable(ids)} - {None})

    @property
    def is_one(self) -> bool:
        """Whether all pages report the same total."""
        return len(self._totals) == 1

    @property
    def agrees(self) -> bool:
        """Whether the number of rows matches the total, if the pages report one."""
        return all(total is None or self._least <= total <= self._most for total in self._totals)


def _hashable(ids: Sequence[Hashable]) -> Sequence[Hashable]:
    """The ids, or their texts if an API sends some that are objects or lists."""
    try:
        hash(tuple(ids))
    except TypeError:
        return [row if row is None else repr(row) for row in ids]
    return ids


class CursorReading:
    """A list in cursor pages: each page names the next.

    A cursor points at a row, not at an offset: rows added or removed elsewhere shift nothing past it.

    Args:
        fetch: Gets the page at a cursor; runs in a thread.
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
            EndlessError: A cursor repeats, or pages bring nothing new: the list would never end.
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
        # Through the pool, where waiting for it can be interrupted.
        return next(self._pool.in_order(self._fetch, (cursor,)))


class ListReading:
    """A list in numbered pages, read in order and ahead of its consumer.

    The first page is requested alone, so that a list of one page costs one request.

    Args:
        fetch: Gets a page by its number; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
        ahead: False requests no page before its turn, nor one that may not exist; so does a pool of one worker.
        first: The first page, if it was requested already.
        divide: Reads the list in windows, given its first page, if pages are too deep for the server; None leaves out
            the pages that it refuses.
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
        """False if rows moved in every pass, or do not match the reported total: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._first = self._pages.fetch(FIRST_PAGE)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; all of them again if rows moved in the meantime.

        Raises:
            EndlessError: Page after page brings nothing new.
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
            # Another pass helps if rows moved, not if the total is wrong.
            if held_still or number == MOST_PASSES:
                return

    def _end(self, first: Answer) -> ListEnd | None:
        """The strategy to find the end; None if the first page is the only one."""
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
