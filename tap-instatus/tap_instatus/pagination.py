"""How Instatus numbers its pages: bare arrays tell nothing, some newer lists come in an object with their totals."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

from singer_fanout import Answer, ListReading, NumberedPaginator, RefusedError, RejectedError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from singer_fanout import RequestPool

PAGE_SIZE = 100
"""The most that a bare array holds; the newer lists begin with as many."""

Params = dict[str, Any]


class InstatusPaginator(NumberedPaginator):
    """Pages that are bare arrays.

    Args:
        size: How many rows a full page holds.
    """

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self._size = size

    def params(self, number: int) -> Params:
        """Ask for a page of the largest size."""
        return {"page": number, "per_page": PAGE_SIZE}

    def has_next(self, page: Any) -> bool:
        """Whether a page may follow."""
        return len(page) == self._size

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's rows."""
        return [row["id"] for row in page]


class WrappedPaginator(NumberedPaginator):
    """Pages that are objects: `{KEY: [...], total, page, totalPages, limit}`, or the list alone, which is then whole.

    Args:
        key: The field that holds the rows.
        size: How many rows to ask for; None where the list is not cut into pages.
    """

    def __init__(self, key: str, size: int | None = PAGE_SIZE) -> None:
        super().__init__()
        self._key = key
        self._size = size

    def params(self, number: int) -> Params:
        """Ask for a page; the first one is what is answered anyway."""
        if self._size is None:
            return {}
        return {"limit": self._size, **({"page": number} if number > 1 else {})}

    def has_next(self, page: Any) -> bool:
        """Whether pages follow."""
        total = self.total_pages(page)
        return total is not None and page["page"] < total

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """What identifies the page's rows; those without an id are all the same."""
        return [row.get("id") for row in page[self._key]]

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list."""
        return None if self.total_pages(page) is None else int(page["total"])

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list; None where its totals are missing or contradict each other."""
        numbers = [page.get(name) for name in ("total", "limit", "page", "totalPages")]
        if self._size is None or not all(isinstance(number, int) for number in numbers):
            return None
        total, limit, number, pages = numbers
        if limit < 1 or number < 1 or max(pages, 1) != max(-(-total // limit), 1):
            return None
        return int(pages)


class ArrayReading:
    """One bare array, read page by page.

    A page that is not full is the last one, unless Instatus makes pages of another size than it is asked for. So one
    look is taken at what follows it. If anything does, the first page tells the size, and the list is read again.

    Args:
        fetch: Gets what these parameters name; runs in a thread.
        pool: Runs the requests.
        warn: Called with a line about pages that are not as they should be.
        dry_run: Ask for nothing beyond the first page.
    """

    def __init__(
        self, fetch: Callable[[Params], Answer], pool: RequestPool, *, warn: Callable[[str], None], dry_run: bool
    ) -> None:
        self._fetch = fetch
        self._pool = pool
        self._warn = warn
        self._dry_run = dry_run
        self._ahead: dict[int, Answer] = {}
        self._empty: set[int] = set()
        self._uneven = False
        self._size = PAGE_SIZE
        self._reading = self._new_reading()

    @property
    def settled(self) -> bool:
        """False when rows moved while the list was read, or nothing tells where it ends."""
        return self._reading.settled and not self._uneven

    def start(self) -> None:
        """Fetch the first page in the caller's thread, and what follows it if it is not full."""
        first = self._ahead[1] = self._page(1)
        if self._wants_a_look(first):
            self._ahead[2] = self._page(2)

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages; all of them again when they have another size."""
        last = None
        for answer in self._reading:
            yield answer
            last = answer
        if last is not None and self._wants_a_look(last):
            yield from self._beyond(last)

    def _beyond(self, last: Answer) -> Iterator[Answer]:
        """Yield what follows a page that looked like the last one."""
        number = int(parse_qs(urlsplit(last.url).query)["page"][0])
        if number + 1 in self._empty:
            return
        following = next(self._pool.in_order(self._page_once, (number + 1,)))
        if not following.body or following.body[0] == last.body[0]:
            # The end; or the whole list once more, from a server that knows no pages.
            return
        yield following
        if number > 1 or len(following.body) > len(last.body):
            self._found_uneven_pages()
            return
        self._warn("Instatus makes smaller pages than it is asked for: lists take more requests")
        self._size = len(last.body)
        self._reading = self._new_reading()
        for answer in self._reading:
            yield answer
            if len(answer.body) > self._size:
                self._found_uneven_pages()

    def _found_uneven_pages(self) -> None:
        self._uneven = True
        self._warn("Instatus makes pages of uneven sizes: nothing tells where a list ends, and no rows are deleted")

    def _wants_a_look(self, answer: Answer) -> bool:
        return not self._dry_run and len(answer.body) not in {0, PAGE_SIZE}

    def _new_reading(self) -> ListReading:
        return ListReading(self._page_once, InstatusPaginator(self._size), self._pool, ahead=not self._dry_run)

    def _page_once(self, number: int) -> Answer:
        return self._ahead.pop(number, None) or self._page(number)

    def _page(self, number: int) -> Answer:
        answer = self._fetch(InstatusPaginator().params(number))
        if not answer.body:
            self._empty.add(number)
        return answer


class WholeReading:
    """One list in an object that is asked for whole, because no document says that it has pages.

    The first answer tells how many rows there are, a second one is asked to hold them all. A server that does not
    give so many at once is asked for pages nevertheless.

    Args:
        key: The field that holds the rows.
        fetch: Gets what these parameters name; runs in a thread.
        pool: Runs the requests.
        dry_run: Ask for nothing beyond the first answer.
    """

    def __init__(self, key: str, fetch: Callable[[Params], Answer], pool: RequestPool, *, dry_run: bool) -> None:
        self._key = key
        self._paginator = WrappedPaginator(key)
        self._fetch = fetch
        self._pool = pool
        self._dry_run = dry_run
        self._answer: Answer | None = None
        self.settled = True

    def start(self) -> None:
        """Fetch the answer that holds all rows, or as many as there are to be had, in the caller's thread."""
        self._answer = self._fetch(self._paginator.params(1))
        total = self._paginator.total_rows(self._answer.body)
        if self._is_whole(self._answer) or total is None:
            return
        # A limit that is too high for the server may be an error to it.
        with suppress(RejectedError):
            self._answer = self._fetch({"limit": total})

    def __iter__(self) -> Iterator[Answer]:
        """Yield the one answer, or the pages.

        Raises:
            RefusedError: The server gives a part of the list only, whatever it is asked for.
        """
        if self._answer is None:
            next(self._pool.in_order(lambda _: self.start(), (None,)))
        answer, self._answer = cast("Answer", self._answer), None
        if self._is_whole(answer):
            yield answer
            return
        reading = ListReading(self._page, self._paginator, self._pool)
        yield from reading
        self.settled = reading.settled

    def _is_whole(self, answer: Answer) -> bool:
        total = self._paginator.total_rows(answer.body)
        return self._dry_run or total is None or len(answer.body[self._key]) >= total

    def _page(self, number: int) -> Answer:
        try:
            answer = self._fetch(self._paginator.params(number))
        except RejectedError as error:
            raise RefusedError(f"{error}; so the list can only be read in part") from None
        if answer.body.get("page") != number:
            raise RefusedError(f"GET {answer.url} is not answered with page {number}: it can only be read in part")
        return answer
