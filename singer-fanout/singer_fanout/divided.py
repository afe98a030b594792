"""Reads a list that is too long to page through in time windows, as many as it takes.

Deep pages are expensive for a server, and many servers refuse them. A time that never changes in a row, such as its
creation time, splits the list into shorter ones, each of which is read like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from singer_fanout.errors import RejectedError
from singer_fanout.pagination import FIRST_PAGE
from singer_fanout.readings import ListReading
from singer_fanout.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from singer_fanout.client import Answer
    from singer_fanout.pagination import NumberedPaginator
    from singer_fanout.pool import RequestPool

    Within = Callable[[str | None, str | None], Mapping[str, Any] | None]

NARROWEST = timedelta(seconds=2)
"""Narrower windows are not split: rows created at the same moment cannot be told apart by time."""
LOW, HIGH = datetime(2020, 1, 1, tzinfo=timezone.utc), timedelta(days=1)
"""Where an open window is split first: between this time and this long after now."""
BACK = timedelta(days=3650)
"""How far to go back in an open window when that was not far enough."""
EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Span:
    """A time window; None for an open end."""

    begin: datetime | None = None
    end: datetime | None = None

    def halves(self) -> tuple[Span, Span] | None:
        """Split it in two; None if it is too narrow."""
        high = self.end or datetime.now(timezone.utc) + HIGH
        low = self.begin or (LOW if high - LOW > NARROWEST else high - BACK)
        if high - low < NARROWEST or high < EARLIEST:
            return None
        middle = (low + (high - low) / 2).replace(microsecond=0)
        return Span(self.begin, middle), Span(middle, self.end)

    def params(self, within: Within) -> Mapping[str, Any]:
        """The query parameters that request it."""
        begin, end = (None if moment is None else utc_text(moment) for moment in (self.begin, self.end))
        return within(begin, end) or {}


class DividedReading:
    """One list; when the server refuses a page as too deep, it is read in windows, which are split again as needed.

    Args:
        get: Gets a page by the parameters of the page and the window; runs in a thread.
        within: The parameters for the rows of a window: from a time (inclusive) to another (exclusive).
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
    """

    def __init__(
        self,
        get: Callable[[Mapping[str, Any]], Answer],
        within: Within,
        paginator: NumberedPaginator,
        pool: RequestPool,
    ) -> None:
        self._get = get
        self._within = within
        self._paginator = paginator
        self._pool = pool
        self._whole = ListReading(self._fetch(Span()), paginator, pool, divide=self._halves_of(Span()))
        self._some_may_be_missing = False

    @property
    def settled(self) -> bool:
        """False if rows moved within a window or fall outside all of them: some row may be missing."""
        return self._whole.settled and not self._some_may_be_missing

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._whole.start()

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages.

        Raises:
            RejectedError: Some cannot be read; those that can were yielded.
        """
        yield from self._whole

    def _halves_of(self, span: Span) -> Callable[[Answer], Iterator[Answer]]:
        return lambda first: self._divided(span, first)

    def _divided(self, span: Span, first: Answer) -> Iterator[Answer]:
        """Yield the pages of a window through its halves; the readable ones if it cannot be split.

        Args:
            span: The window.
            first: Its first page.

        Raises:
            RejectedError: Some cannot be read.
        """
        halves = span.halves()
        firsts = None if halves is None else self._first_pages(halves)
        if halves is None or firsts is None or not self._are_parts(firsts):
            yield from ListReading(self._fetch(span), self._paginator, self._pool, first=first)
            return
        totals = [self._paginator.total_rows(answer.body) for answer in (first, *firsts)]
        if None not in totals and totals[0] > sum(totals[1:]):  # type: ignore[operator, arg-type] # none is None
            # Rows without that time fall into neither half.
            self._some_may_be_missing = True
        failure: RejectedError | None = None
        for half, answer in zip(halves, firsts, strict=True):
            reading = ListReading(
                self._fetch(half), self._paginator, self._pool, first=answer, divide=self._halves_of(half)
            )
            try:
                yield from reading
            except RejectedError as error:
                failure = failure or error
            self._some_may_be_missing = self._some_may_be_missing or not reading.settled
        if failure is not None:
            raise failure

    def _fetch(self, span: Span) -> Callable[[int], Answer]:
        params = span.params(self._within)
        return lambda number: self._get({**params, **self._paginator.params(number)})

    def _first_pages(self, halves: tuple[Span, Span]) -> list[Answer] | None:
        """The first page of each window; None if the server does not accept them."""
        try:
            return list(self._pool.in_order(lambda half: self._fetch(half)(FIRST_PAGE), halves))
        except RejectedError:
            return None

    def _are_parts(self, firsts: list[Answer]) -> bool:
        """Whether these are windows and not the whole list each time: a server may ignore unknown parameters."""
        earlier, later = ({repr(row) for row in self._paginator.row_ids(answer.body)} for answer in firsts)
        return earlier.isdisjoint(later)
