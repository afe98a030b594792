"""Three ways to find the end of a list that is cut into numbered pages, which share one rule.

Rows move while pages are read: a row that is deleted pulls all later rows one place up, and a reader that goes
forward misses the one that crosses the border behind it. So a row is remembered as a landmark before the pages in
front of it are read, and must still stand in its place after them: then nothing in front of it came or went meanwhile.
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
"""Pages without rows, one after the other, after which a list is not read on, whatever it tells of its end."""

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
        """Whether some page shows that another is wrong about the end of the list."""

    def one(self, number: int, fetch: Callable[[int], Found]) -> Found:
        """Get a page in the pool, where the wait for it can be broken off."""
        return next(self.pool.in_order(fetch, (number,)))

    def look(self, number: int, *, known: int = 0) -> Answer | None:
        """A page that may lie behind the end; None if it does. Runs in a thread.

        Args:
            number: The page.
            known: The page that is known to be followed by another.
        """
        try:
            answer = self.fetch(number)
        except (RefusedError, RejectedError):
            # So some APIs say that the list is not that long.
            if number == known + 1:
                raise
            return None
        if self.paginator.row_ids(answer.body):
            return answer
        self.contradict_themselves = self.contradict_themselves or not self.ends_with(answer)
        return None

    def ends_with(self, answer: Answer) -> bool:
        """Whether no page follows this one."""
        return not self.paginator.has_next(answer.body)


@dataclass(frozen=True)
class Landmark:
    """A row and its place in the list."""

    page: int
    place: int
    row: Hashable


class ListEnd(abc.ABC):
    """A way to find the end of a list, on one walk over it.

    Args:
        pages: The list.
    """

    def __init__(self, pages: NumberedPages) -> None:
        self._pages = pages
        self._landmarks: list[Landmark] = []

    def prepare(self, first: Answer) -> None:  # noqa: B027 - not all ends know one
        """Read what tells whether the server goes as far as the list does."""

    @abc.abstractmethod
    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages after the first, in order; there is at least one."""

    def held_still(self) -> bool:
        """Whether all landmarks still stand in their places."""
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
    """The first page tells how many there are: exactly those are read.

    A total does not tell of a row that went while another came. So the page before the last one is read alone, as the
    landmark for all pages under it.

    Args:
        pages: The list.
        last: The number of the last page.
        ahead: False asks for one page after the other.
    """

    def __init__(self, pages: NumberedPages, last: int, *, ahead: bool) -> None:
        super().__init__(pages)
        self._last = last
        self._ahead = ahead
        self._early: dict[int, Answer] | None = None
        """Pages that were read before those in front of them; None until they are."""

    def prepare(self, first: Answer) -> None:
        """Read the last two pages.

        Raises:
            RejectedError: They lie too deep.
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
        """Yield the pages; the list may turn out to be shorter: what lies behind its end is no page of it."""
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
        """Yield what lies behind the told end: there is something only if the last page is as full as the first."""
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
                # Nobody has said that there is such a page.
                return
            # Some servers answer the last page to whatever is asked for behind it.
            if answer is None or list(paginator.row_ids(answer.body)) == known:
                return
            pages.contradict_themselves = True
            yield answer
            known = list(paginator.row_ids(answer.body))


class SteppedEnd(ListEnd):
    """One page after the other, none before its turn: each is a landmark for the next."""

    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages until one is the last, or empty."""
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
    """Leaps of 1, 2, 4, ... pages, then all that lies under each at once: where one lands is the landmark for that."""

    def after(self, first: Answer) -> Iterator[Answer]:
        """Yield the pages; a leap that lands behind the end is followed by shorter ones."""
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
                # Too far: the end lies between.
                end, here = here, (read + here) // 2
                landing = pages.one(here, partial(pages.look, known=read))

    def _look_and_fetch(
        self, target: int | None, between: Iterable[int], *, known: int
    ) -> tuple[Answer | None, Iterator[Answer]]:
        """Look at the page where the next leap is to land, then fetch the pages under the last one."""
        pages = self._pages

        def fetch(number: int) -> Answer | None:
            return pages.look(number, known=known) if number == target else pages.fetch(number)

        answers = pages.pool.in_order(fetch, between if target is None else (target, *between))
        landing = None if target is None else next(answers)
        return landing, cast("Iterator[Answer]", answers)
