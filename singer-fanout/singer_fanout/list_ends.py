"""Three strategies to find the end of a list in numbered pages, with one rule in common.

Rows move while pages are read: a deleted row shifts all later rows up by one, and a forward reader misses the one
that crosses a page boundary behind it. So a row is remembered as a landmark before the pages in front of it are read,
and must still be in its place afterwards: then no row in front of it was added or removed in the meantime.
"""

from __future__ import annotations

import abc
import itertools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from singer_fanout.client import Answer
from singer_fanout.errors import FATAL, ApiError, RefusedError, RejectedError
from singer_fanout.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from singer_fanout.pagination import NumberedPaginator
    from singer_fanout.pool import RequestPool

MOST_EMPTY = 3
"""Consecutive pages without rows after which reading stops, whatever the list says about its end."""

Found = TypeVar("Found", Answer, "Answer | None")


class NumberedPages:
    """The pages of one list.

    Args:
        fetch: Gets a page by its number; runs in a thread.
        paginator: Reads the pages' envelopes.
        pool: Runs the requests.
    """

    def __init__(self, fetch: Callable[[int], Answer], paginator: NumberedPaginator, pool: RequestPool) -> None:
        self.fetch = fetch
        self.paginator = paginator
        self.pool = pool
        self.contradict_themselves = False
        """Whether some page proves another wrong about the end of the list."""

    def one(self, number: int, fetch: Callable[[int], Found]) -> Found:
        """Get a page through the pool, where waiting for it can be interrupted."""
        return next(self.pool.in_order(fetch, (number,)))

    def look(self, number: int, *, known: int = 0) -> Answer | None:
        """Get a page that may be past the end; None if it is. Runs in a thread.

        Args:
            number: The number of the page.
            known: The number of a page that is known to be followed by another.
        """
        try:
            answer = self.fetch(number)
        except (RefusedError, RejectedError):
            # This is how some APIs say that the list has no such page.
            if number == known + 1:
                raise
            return None
        if self.paginator.row_ids(answer.body):
            return answer
        self.contradict_themselves = self.contradict_themselves or not self.ends_with(answer)
        return None

    def ends_with(self, answer: Answer) -> bool:
        """Whether this is the last page."""
        return not self.paginator.has_next(answer.body)


@dataclass(frozen=True)
class Landmark:
    """A row and its position in the list."""

    page: int
    place: int
    row: Hashable


class ListEnd(abc.ABC):
    """A strategy to find the end of a list, for one pass over it.

    Args:
        pages: The list.
    """

    def __init__(self, pages: NumberedPages) -> None:
        self._pages = pages
        self._landmarks: list[Landmark] = []

    def prepare(self, first: Answer) -> None:  # noqa: B027 - not all ends know one
        """Read ahead to learn whether the server serves the list to its end."""

    @abc.abstractmethod
    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages after the first, in order; at least one is expected."""

    def held_still(self) -> bool:
        """Whether all landmarks are still in their places."""
        pages, paginator = self._pages, self._pages.paginator
        found = pages.pool.in_order(pages.look, [landmark.page for landmark in self._landmarks])
        for landmark, page in zip(self._landmarks, found, strict=True):
            ids = () if page is None else paginator.row_ids(page.body)
            if list(ids[landmark.place : landmark.place + 1]) != [landmark.row]:
                return False
        return True

    def _remember(self, number: int, answer: Answer) -> None:
        if ids := self._pages.paginator.row_ids(answer.body):
            self._landmarks.append(Landmark(number, len(ids) - 1, ids[-1]))


class ToldEnd(ListEnd):
    """The first page says how many pages there are: exactly those are read.

    A total does not reveal one row leaving while another arrives. So the last page but one is read first, as the
    landmark for all pages before it.

    Args:
        pages: The list.
        last: The number of the last page.
        ahead: False requests one page at a time.
    """

    def __init__(self, pages: NumberedPages, last: int, *, ahead: bool) -> None:
        super().__init__(pages)
        self._last = last
        self._ahead = ahead
        self._early: dict[int, Answer] | None = None
        """Pages that were read before their turn; None until they are."""

    def prepare(self, first: Answer) -> None:
        """Read the last two pages.

        Raises:
            RejectedError: They are too deep for the server.
        """
        pages, numbers = self._pages, [number for number in (self._last - 1, self._last) if number > FIRST_PAGE]
        answers = pages.pool.in_order(pages.fetch, numbers, self._width)
        self._early = dict(zip(numbers, answers, strict=True))
        self._remember(FIRST_PAGE, first)
        if len(numbers) > 1:
            self._remember(self._last - 1, self._early[self._last - 1])

    def _look_at_the_landmark(self, first: Answer) -> dict[int, Answer]:
        self._remember(FIRST_PAGE, first)
        pages, number = self._pages, self._last - 1
        landmark = pages.one(number, partial(pages.look, known=FIRST_PAGE)) if number > FIRST_PAGE else None
        if landmark is None:
            return {}
        self._remember(number, landmark)
        return {number: landmark}

    @property
    def _width(self) -> Callable[[int], int] | None:
        return None if self._ahead else (lambda _: 1)

    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages; the list may turn out shorter than announced."""
        pages, early = self._pages, self._look_at_the_landmark(first) if self._early is None else self._early
        last = self._last
        numbers = range(FIRST_PAGE + 1, last + 1)
        answers = pages.pool.in_order(pages.fetch, (number for number in numbers if number not in early), self._width)
        rows, empty = len(pages.paginator.row_ids(first.body)), 0
        for number in numbers:
            answer = early[number] if number in early else next(answers)
            yield answer
            found = len(pages.paginator.row_ids(answer.body))
            rows, empty = rows + found, 0 if found else empty + 1
            if empty == MOST_EMPTY and number < last:
                pages.contradict_themselves = True
                return
            if pages.ends_with(answer) and number < last:
                return
        if rows != pages.paginator.total_rows(first.body):
            yield from self._behind(first, answer)

    def _behind(self, first: Answer, last: Answer) -> Iterator[Answer]:
        """Yield pages past the announced end: there can be some only if the last page is as full as the first."""
        pages, paginator = self._pages, self._pages.paginator
        known = list(paginator.row_ids(last.body))
        number = self._last
        while known and len(known) >= len(paginator.row_ids(first.body)):
            number += 1
            try:
                answer = pages.one(number, pages.look)
            except FATAL:
                raise
            except ApiError:
                # This page was never announced, so an error is not a failure.
                return
            # Some servers repeat the last page for any page past it.
            if answer is None or list(paginator.row_ids(answer.body)) == known:
                return
            pages.contradict_themselves = True
            yield answer
            known = list(paginator.row_ids(answer.body))


class SteppedEnd(ListEnd):
    """Reads one page after the other, none ahead: each is a landmark for the next."""

    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages up to the last, or to an empty one."""
        pages, answer = self._pages, first
        for number in itertools.count(FIRST_PAGE + 1):
            self._remember(number - 1, answer)
            answer = pages.one(number, pages.fetch)
            yield answer
            if pages.ends_with(answer):
                return
            if not pages.paginator.row_ids(answer.body):
                pages.contradict_themselves = True
                return


class LeaptEnd(ListEnd):
    """Leaps ahead by 1, 2, 4, ... pages and reads those in between concurrently, with the landing page as landmark."""

    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages; a leap past the end is followed by shorter ones."""
        pages = self._pages
        self._remember(FIRST_PAGE, first)
        read, here, end = FIRST_PAGE, FIRST_PAGE + 1, 0
        landing = pages.one(here, partial(pages.look, known=read))
        while landing is not None:
            between = range(read + 1, here)
            target = (here + end) // 2 if end else here + 2 * (here - read)
            more = target > here and not pages.ends_with(landing)
            if more or len(between) > 1:
                self._remember(here, landing)
            following, answers = self._look_and_fetch(target if more else None, between, known=here)
            yield from answers
            yield landing
            read, here, landing = here, target, following
            while more and landing is None and here > read + 1:
                # Too far: the end lies in between.
                end, here = here, (read + here) // 2
                landing = pages.one(here, partial(pages.look, known=read))

    def _look_and_fetch(
        self, target: int | None, between: Iterable[int], *, known: int
    ) -> tuple[Answer | None, Iterator[Answer]]:
        """Get the page where the next leap lands, and the pages before the previous landing."""
        pages = self._pages

        def fetch(number: int) -> Answer | None:
            return pages.look(number, known=known) if number == target else pages.fetch(number)

        answers = pages.pool.in_order(fetch, between if target is None else (target, *between))
        landing = None if target is None else next(answers)
        return landing, cast("Iterator[Answer]", answers)
