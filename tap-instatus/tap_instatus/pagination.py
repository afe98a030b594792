"""Instatus's numbered pages: bare arrays without totals; some newer lists are objects with totals."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from singer_fanout import Answer, ListReading, NumberedPaginator, RefusedError, RejectedError, identities

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from singer_fanout import Reading, RequestPool

PAGE_SIZE = 100
"""The largest page of a bare array, and the default of the newer lists."""

Params = dict[str, Any]


class NoPagesError(RefusedError):
    """The server returns only one page of a list, whatever the parameters."""


class InstatusPaginator(NumberedPaginator):
    """Pages that are bare arrays.

    Args:
        size: How many rows a full page holds.
    """

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self.size = size

    def of_size(self, size: int) -> InstatusPaginator:
        """A paginator for full pages of another size."""
        return InstatusPaginator(size)

    def params(self, number: int) -> Params:
        """Request a page of the largest size."""
        return {"page": number, "per_page": PAGE_SIZE}

    def rows(self, page: Any) -> list[Any]:
        """The rows of a page."""
        return cast("list[Any]", page)

    def has_next(self, page: Any) -> bool:
        """Whether a page may follow."""
        return len(self.rows(page)) == self.size

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's rows; rows without an id are not told apart."""
        return identities(self.rows(page))


class WrappedPaginator(InstatusPaginator):
    """Pages that are objects: `{KEY: [...], total, page, totalPages, limit}`, or some of that.

    Args:
        key: The field that holds the rows.
        size: How many rows to request; None if the list is not paginated.
        full: How many rows a full page holds, if different.
    """

    def __init__(self, key: str, size: int | None = PAGE_SIZE, full: int | None = None) -> None:
        super().__init__(full or size or PAGE_SIZE)
        self.key = key
        self._asked = size

    def of_size(self, size: int) -> WrappedPaginator:
        """A paginator for full pages of another size."""
        return WrappedPaginator(self.key, self._asked, size)

    def params(self, number: int) -> Params:
        """Request a page; the first one is the default."""
        if self._asked is None:
            return {}
        return {"limit": self._asked, **({"page": number} if number > 1 else {})}

    def rows(self, page: Any) -> list[Any]:
        """The rows of a page."""
        return cast("list[Any]", page[self.key])

    def has_next(self, page: Any) -> bool:
        """Whether more pages follow according to the totals; without totals, whether one may."""
        if self._asked is None:
            return False
        total, number = self.total_pages(page), page.get("page")
        if total is None:
            return super().has_next(page)
        return number < total if type(number) is int else total > 1 and bool(self.rows(page))

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list."""
        total = page.get("total")
        return total if type(total) is int and self.total_pages(page) is not None else None

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list; None if not reported, or if other fields contradict it."""
        pages, total, limit = (page.get(name) for name in ("totalPages", "total", "limit"))
        if self._asked is None or type(pages) is not int or pages < 0:
            return None
        limit = limit if type(limit) is int else self._asked
        if limit < 1 or (total is not None and type(total) is not int):
            return None
        agrees = total is None or max(pages, 1) == max(-(-total // limit), 1)
        return pages if agrees else None


class UntoldReading:
    """A list without totals, read page by page.

    A page that is not full is the last one, unless Instatus uses another page size than requested. So the page after
    it is checked. If that has rows, the first page shows the actual size, and the list is read again.

    Args:
        fetch: Gets what these parameters name; runs in a thread.
        pool: Runs the requests.
        paginator: Describes the list's pages.
        warn: Called with a line about unexpected pages.
        dry_run: Request nothing beyond the first page.
        first: The first page, if already fetched.
    """

    def __init__(  # noqa: PLR0913
        self,
        fetch: Callable[[Params], Answer],
        pool: RequestPool,
        paginator: InstatusPaginator,
        *,
        warn: Callable[[str], None],
        dry_run: bool,
        first: Answer | None = None,
    ) -> None:
        self._fetch = fetch
        self._pool = pool
        self._paginator = paginator
        self._asked = paginator.size
        self._warn = warn
        self._dry_run = dry_run
        self._ahead: dict[int, Answer] = {} if first is None else {1: first}
        self._empty: set[int] = set()
        self._uneven = False
        self._reading = self._new_reading()

    @property
    def settled(self) -> bool:
        """False if rows moved while the list was read, or its end is uncertain."""
        return self._reading.settled and not self._uneven

    def start(self) -> None:
        """Fetch the first page in the caller's thread, and the one after it if it is not full."""
        first = self._ahead[1] = self._page_once(1)
        if self._wants_a_look(first):
            try:
                self._ahead[2] = self._page(2)
            except NoPagesError:
                # So the first page, although not full, is the only one.
                self._empty.add(2)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; all of them again if they have another size."""
        number, last = 0, None
        for answer in self._reading:
            yield answer
            number, last = self._number(answer), answer
        if last is not None and self._wants_a_look(last):
            yield from self._beyond(number, last)

    def _beyond(self, number: int, last: Answer) -> Iterator[Answer]:
        """Yield the pages after one that looked like the last."""
        if number + 1 in self._empty:
            return
        following = next(self._pool.in_order(self._page_once, (number + 1,)))
        rows, known = self._paginator.rows(following.body), self._paginator.rows(last.body)
        if not rows or rows[0] == known[0]:
            # The end; or the whole list again, from a server without pagination.
            return
        yield following
        if number > 1 or len(rows) > len(known):
            self._found_uneven_pages()
            return
        self._warn("Instatus makes smaller pages than it is asked for: lists take more requests")
        self._paginator = self._paginator.of_size(len(known))
        self._reading = self._new_reading()
        for answer in self._reading:
            yield answer
            if len(self._paginator.rows(answer.body)) > self._paginator.size:
                self._found_uneven_pages()

    def _found_uneven_pages(self) -> None:
        self._uneven = True
        self._warn("Instatus makes pages of uneven sizes: nothing tells where a list ends, and no rows are deleted")

    def _wants_a_look(self, answer: Answer) -> bool:
        return not self._dry_run and len(self._paginator.rows(answer.body)) not in {0, self._asked}

    def _new_reading(self) -> ListReading:
        return ListReading(self._page_once, self._paginator, self._pool, ahead=not self._dry_run)

    def _page_once(self, number: int) -> Answer:
        return self._ahead.pop(number, None) or self._page(number)

    def _page(self, number: int) -> Answer:
        answer = self._fetch(self._paginator.params(number))
        if not self._paginator.rows(answer.body):
            self._empty.add(number)
        return answer

    @staticmethod
    def _number(answer: Answer) -> int:
        return int(parse_qs(urlsplit(answer.url).query).get("page", ["1"])[0])


class WrappedReading:
    """A list in objects that may have totals.

    If they do, these give the number of pages. A list without documented pagination is first requested as a whole; if
    the server does not return all of it, pages are requested nevertheless. Without totals, pages are read as long as
    they are full.

    Args:
        fetch: Gets what these parameters name; runs in a thread.
        pool: Runs the requests.
        paginator: Describes the list's pages.
        at_once: Whether to request all rows at once.
        warn: Called with a line about unexpected pages.
        dry_run: Request nothing beyond the first response.
    """

    def __init__(  # noqa: PLR0913
        self,
        fetch: Callable[[Params], Answer],
        pool: RequestPool,
        paginator: WrappedPaginator,
        *,
        at_once: bool,
        warn: Callable[[str], None],
        dry_run: bool,
    ) -> None:
        self._fetch = fetch
        self._pool = pool
        self._paginator = paginator
        self._at_once = at_once
        self._warn = warn
        self._dry_run = dry_run
        self._first: list[Any] = []
        self._whole: Answer | None = None
        self._reading: Reading | None = None

    @property
    def settled(self) -> bool:
        """False if rows moved while the list was read, or its end is uncertain."""
        return self._reading is None or self._reading.settled

    def start(self) -> None:
        """Fetch the first page in the caller's thread, or all rows if possible."""
        first = self._fetch(self._paginator.params(1))
        self._first = self._paginator.rows(first.body)
        if self._paginator.total_pages(first.body) is None:
            self._reading = UntoldReading(
                self._page, self._pool, self._paginator, warn=self._warn, dry_run=self._dry_run, first=first
            )
            self._reading.start()
            return
        total = self._paginator.total_rows(first.body)
        if self._dry_run or not self._paginator.has_next(first.body):
            self._whole = first
        elif self._at_once and total is not None:
            # The server may reject a limit that it finds too high.
            with suppress(RejectedError):
                answer = self._fetch({"limit": total})
                self._whole = answer if len(self._paginator.rows(answer.body)) >= total else None
        if self._whole is None:
            self._reading = ListReading(self._numbered(first), self._paginator, self._pool)
            self._reading.start()

    def __iter__(self) -> Iterator[Answer]:
        """Yield the single response, or the pages.

        Raises:
            NoPagesError: The server returns only part of the list, whatever the parameters.
        """
        if self._whole is None and self._reading is None:
            # Through the pool, where waiting for it can be interrupted.
            next(self._pool.in_order(lambda _: self.start(), (None,)))
        if self._reading is None:
            yield cast("Answer", self._whole)
            return
        yield from self._reading

    def _numbered(self, first: Answer) -> Callable[[int], Answer]:
        """A function that gets pages by number; the first one is already there."""
        ahead = [first]
        return lambda number: ahead.pop() if number == 1 and ahead else self._page(self._paginator.params(number))

    def _page(self, params: Params) -> Answer:
        """Get a page, and check that it is the one requested."""
        number = params.get("page", 1)
        try:
            answer = self._fetch(params)
        except RejectedError as error:
            raise NoPagesError(f"{error}; so the list can only be read in part") from None
        told, rows = answer.body.get("page"), self._paginator.rows(answer.body)
        again = number > 1 and len(rows) == self._paginator.size and rows == self._first
        if again or (type(told) is int and told != number):
            raise NoPagesError(f"GET {answer.url} is not answered with page {number}: it can only be read in part")
        return answer
