"""How a list is read that the API cuts into pages, by numbers or by cursors.

Rows move while pages are read: a row that is deleted pulls all later rows one place up, and a reader that goes
forward misses the one that crosses the border behind it. A missed row is lost, or worse, deleted by the
activation of a version. Where the API reports a total, the total must be the same on all pages.

That does not tell of a row that went while another came. So a row is remembered as a landmark before the pages in
front of it are read, and must still stand in its place after them: then nothing in front of it came or went meanwhile.
Where the total is known, it is one of the page before the last. Where it is not, the reader looks 1, 2, 4, ... pages
ahead first, and then fetches what lies between, all at once; that also finds the end of the list.
A list that moved is read again, a bounded number of times.
"""

from __future__ import annotations

import abc
import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from singer_sdk.pagination import BaseAPIPaginator

from singer_fanout.client import Answer, decode_json
from singer_fanout.errors import RefusedError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    import requests

    from singer_fanout.pool import RequestPool

FIRST_PAGE = 1
MOST_PASSES = 3
MOST_IN_A_ROW = 3
"""Rows that move may show a page twice; a list that shows one again and again has no end."""

Page = Any
"""The decoded body of one page."""
Found = TypeVar("Found", Answer, "Answer | None")


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


class CursorPaginator(BaseAPIPaginator["str | None"], abc.ABC):
    """What the engine has to know of an API whose pages each name the next one; also a paginator in the SDK's sense.

    A cursor stands at a row, not at a number of rows: what comes or goes elsewhere moves nothing past it.
    """

    def __init__(self) -> None:
        super().__init__(None)

    @abc.abstractmethod
    def params(self, cursor: str | None) -> dict[str, Any]:
        """The query parameters that name a page; None is the first one."""

    @abc.abstractmethod
    def next_cursor(self, page: Page) -> str | None:
        """What names the page after this one; None after the last."""

    def has_more(self, response: requests.Response) -> bool:
        """Whether the SDK's sequential reader should go on."""
        return self.get_next(response) is not None

    def get_next(self, response: requests.Response) -> str | None:
        """What names the page that the SDK's sequential reader asks for next."""
        return self.next_cursor(decode_json(response.content))


class Reading(Protocol):
    """One list, read page by page, in order."""

    @property
    def settled(self) -> bool:
        """False when rows moved while the list was read: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages."""


class CursorReading:
    """One list, read page by page: each page names the next.

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
            RejectedError: A page names one that was there before: the list would never end.
        """
        cursors: set[str | None] = {None}
        answer, self._first = self._first or self._get(None), None
        while True:
            yield answer
            cursor = self._paginator.next_cursor(answer.body)
            if cursor is None:
                return
            if cursor in cursors:
                raise RejectedError(f"GET {answer.url} answered a cursor that was used before: the list has no end")
            cursors.add(cursor)
            answer = self._get(cursor)

    def _get(self, cursor: str | None) -> Answer:
        # In the pool, where the wait for it can be broken off.
        return next(self._pool.in_order(self._fetch, (cursor,)))


class ListReading:
    """One list, read page by page, in order, ahead of the reader.

    The first page is asked for alone, so that a list of one page costs one request. If it tells the number of pages,
    exactly those follow; else the look-ahead grows 1, 2, 4, ...

    Args:
        fetch: Gets a page by its number; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
        ahead: False asks for no page before its turn, nor for one that may not be there; so does a pool of one worker.
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
        self._ahead = ahead and pool.window > 1
        self._first: Answer | None = None
        self.settled = True
        """False when rows moved in every pass: some row may be missing."""

    def start(self) -> None:
        """Fetch the first page in the caller's thread, for a reading that is walked later in another."""
        self._first = self._fetch(FIRST_PAGE)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; all of them again when rows moved meanwhile."""
        for number in range(1, MOST_PASSES + 1):
            seen = _Pass()
            for answer in self._read(seen):
                seen.totals.add(self._paginator.total_rows(answer.body))
                self._check_that_it_ends(answer, seen)
                yield answer
            self.settled = len(seen.totals) == 1 and all(self._still_stand(seen.landmarks))
            if self.settled or number == MOST_PASSES:
                return

    def _check_that_it_ends(self, answer: Answer, seen: _Pass) -> None:
        if not seen.in_a_row and not self._paginator.has_next(answer.body):
            return
        ids = self._paginator.row_ids(answer.body)
        if not ids or None in ids:
            return
        # Of the text: an API may send as an id what has no hash.
        page = hash(repr(ids))
        seen.in_a_row = seen.in_a_row + 1 if page == seen.last_page else 1
        seen.last_page = page
        if seen.in_a_row == MOST_IN_A_ROW:
            raise RejectedError(f"GET {answer.url} answered the same rows page after page: the list has no end")

    def _read(self, seen: _Pass) -> Iterator[Answer]:
        first, self._first = self._first or self._one(FIRST_PAGE, self._fetch), None
        yield first
        if not self._paginator.has_next(first.body):
            return
        total = self._paginator.total_pages(first.body)
        if total is not None:
            yield from self._up_to(total, first, seen)
        elif self._ahead:
            yield from self._leap(first, seen)
        else:
            yield from self._step(first, seen)

    def _up_to(self, last: int, first: Answer, seen: _Pass) -> Iterator[Answer]:
        """Yield the later pages of a list that tells how many there are.

        A total does not tell of a row that went while another came. So the page before the last one is read alone, as
        the landmark for all pages under it.
        """
        self._remember(FIRST_PAGE, first, seen)
        landmark = self._one(last - 1, partial(self._look, known=FIRST_PAGE)) if last - 1 > FIRST_PAGE else None
        numbers = list(range(FIRST_PAGE + 1, last + 1))
        if landmark is not None:
            self._remember(last - 1, landmark, seen)
            numbers.remove(last - 1)
        answers = self._pool.in_order(self._fetch, numbers, None if self._ahead else (lambda _: 1))
        for number in range(FIRST_PAGE + 1, last + 1):
            answer = landmark if landmark is not None and number == last - 1 else next(answers)
            yield answer
            if not self._paginator.has_next(answer.body):
                # The list may have become shorter: what lies behind its end is no page of it.
                return

    def _step(self, answer: Answer, seen: _Pass) -> Iterator[Answer]:
        """Yield the later pages one after the other: each is a landmark for the next."""
        for number in itertools.count(FIRST_PAGE + 1):
            self._remember(number - 1, answer, seen)
            answer = self._one(number, self._fetch)
            yield answer
            if not self._paginator.has_next(answer.body) or not self._paginator.row_ids(answer.body):
                return

    def _leap(self, first: Answer, seen: _Pass) -> Iterator[Answer]:
        """Yield the later pages: those under each leap after the page where it lands, which is their landmark."""
        self._remember(FIRST_PAGE, first, seen)
        read, here, end = FIRST_PAGE, FIRST_PAGE + 1, 0
        landing = self._one(here, partial(self._look, known=read))
        while landing is not None:
            between = range(read + 1, here)
            target = (here + end) // 2 if end else here + 2 * (here - read)
            more = target > here and self._paginator.has_next(landing.body)
            if more or len(between) > 1:
                self._remember(here, landing, seen)
            following, pages = self._look_and_fetch(target if more else None, between, known=here)
            yield from pages
            yield landing
            read, here, landing = here, target, following
            while more and landing is None and here > read + 1:
                # Too far: the end lies between.
                end, here = here, (read + here) // 2
                landing = self._one(here, partial(self._look, known=read))

    def _look_and_fetch(
        self, target: int | None, between: Iterable[int], *, known: int
    ) -> tuple[Answer | None, Iterator[Answer]]:
        """Look at the page where the next leap is to land, then fetch the pages under the last one."""

        def fetch(number: int) -> Answer | None:
            return self._look(number, known=known) if number == target else self._fetch(number)

        answers = self._pool.in_order(fetch, between if target is None else (target, *between))
        landing = None if target is None else next(answers)
        return landing, cast("Iterator[Answer]", answers)

    def _look(self, number: int, *, known: int = 0) -> Answer | None:
        """A page that may lie behind the end; None if it does.

        Args:
            number: The page.
            known: The page that is known to be followed by another.
        """
        try:
            answer = self._fetch(number)
        except (RefusedError, RejectedError):
            # So some APIs say that the list is not that long.
            if number == known + 1:
                raise
            return None
        return answer if self._paginator.row_ids(answer.body) else None

    def _one(self, number: int, fetch: Callable[[int], Found]) -> Found:
        # In the pool, where the wait for it can be broken off.
        return next(self._pool.in_order(fetch, (number,)))

    def _remember(self, number: int, answer: Answer, seen: _Pass) -> None:
        if ids := self._paginator.row_ids(answer.body):
            seen.landmarks.append(_Landmark(number, len(ids) - 1, ids[-1]))

    def _still_stand(self, landmarks: Sequence[_Landmark]) -> Iterator[bool]:
        pages = self._pool.in_order(self._look, [landmark.page for landmark in landmarks])
        for landmark, page in zip(landmarks, pages, strict=True):
            ids = () if page is None else self._paginator.row_ids(page.body)
            yield list(ids[landmark.place : landmark.place + 1]) == [landmark.row]


@dataclass(frozen=True)
class _Landmark:
    """A row and its place in the list."""

    page: int
    place: int
    row: Hashable


@dataclass
class _Pass:
    """What tells, after one pass over a list, whether rows moved meanwhile."""

    totals: set[int | None] = field(default_factory=set)
    landmarks: list[_Landmark] = field(default_factory=list)
    last_page: int = 0
    in_a_row: int = 0
