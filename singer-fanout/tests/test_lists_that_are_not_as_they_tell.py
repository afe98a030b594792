"""A list that tells another length than it has: what it has is read, and nothing is deleted because of its words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout import Answer, ListReading, NumberedPaginator, RequestPool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HUGE = 10**9


class TellingPaginator(NumberedPaginator):
    """Pages that may tell rows and pages of the whole list; without those, whether another follows."""

    def params(self, number: int) -> dict[str, Any]:
        return {"page": number}

    def has_next(self, page: Any) -> bool:
        return bool(page["next"] if page["pages"] is None else page["number"] < page["pages"])

    def row_ids(self, page: Any) -> Sequence[int]:
        rows: list[int] = page["rows"]
        return rows

    def total_rows(self, page: Any) -> int | None:
        total: int | None = page["total"]
        return total

    def total_pages(self, page: Any) -> int | None:
        pages: int | None = page["pages"]
        return pages


class Teller:
    """A list of pages of these sizes.

    Args:
        sizes: Rows of each page.
        rows: What it tells of all rows.
        pages: What it tells of all pages.
        promises: Whether it says of every page that another follows, where it tells no number of pages.
        clamps: Whether it answers the last page to whatever is asked for behind it.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        rows: int | None = None,
        pages: int | None = None,
        promises: bool = False,
        clamps: bool = False,
    ) -> None:
        ids = iter(range(sum(sizes)))
        self._pages = [[next(ids) for _ in range(size)] for size in sizes]
        self._told = {"total": rows, "pages": pages}
        self._promises = promises
        self._clamps = clamps
        self.requests = 0

    @property
    def ids(self) -> list[int]:
        return [row for page in self._pages for row in page]

    def ids_of(self, number: int) -> list[int]:
        return self._pages[number - 1]

    def fetch(self, number: int) -> Answer:
        self.requests += 1
        there = min(number, len(self._pages)) if self._clamps else number
        rows = self._pages[there - 1] if there <= len(self._pages) else []
        follows = self._promises or number < len(self._pages)
        body = {**self._told, "rows": rows, "number": number, "next": follows}
        return Answer("http://HOST/list", 200, {}, json.dumps(body).encode(), "2026-05-24T18:42:11.000000Z")


@pytest.fixture(params=[1, 4])
def pool(request: pytest.FixtureRequest) -> Iterator[RequestPool]:
    pool = RequestPool(request.param)
    yield pool
    pool.close()


def read(teller: Teller, pool: RequestPool) -> tuple[list[int], bool]:
    """The rows that were read, and whether they are all, as far as anybody knows."""
    reading = ListReading(teller.fetch, TellingPaginator(), pool)
    rows = [row for answer in reading for row in answer.body["rows"]]
    return rows, reading.settled


@pytest.mark.parametrize(
    ("sizes", "rows", "pages", "requests"), [((10, 10, 5), 25, 3, 5), ((10, 10), 20, 2, 3), ((10,), 10, 1, 1)]
)
def test_a_list_as_it_tells_is_whole(
    pool: RequestPool, sizes: Sequence[int], rows: int, pages: int, requests: int
) -> None:
    teller = Teller(sizes, rows=rows, pages=pages)
    assert read(teller, pool) == (teller.ids, True)
    assert teller.requests == requests


@pytest.mark.parametrize(("rows", "pages"), [(24, 2), (25, 2), (None, 2), (45, 5), (24, 3), (26, 3), (HUGE, HUGE)])
def test_all_rows_of_a_list_that_tells_another_length_are_read_once_and_are_not_known_to_be_all(
    pool: RequestPool, rows: int | None, pages: int
) -> None:
    teller = Teller((10, 10, 5), rows=rows, pages=pages)
    assert read(teller, pool) == (teller.ids, False)
    assert teller.requests < 25


@pytest.mark.parametrize(("rows", "pages"), [(0, 0), (-1, -1), (9, 1)])
def test_a_list_that_tells_of_fewer_rows_than_its_only_page_has_is_not_known_to_be_whole(
    pool: RequestPool, rows: int, pages: int
) -> None:
    teller = Teller((10,), rows=rows, pages=pages)
    assert read(teller, pool) == (teller.ids, False)


def test_a_row_that_comes_twice_is_one_of_those_that_a_list_tells_of(pool: RequestPool) -> None:
    teller = Teller((5,), rows=4, pages=1)
    teller.ids_of(1)[4] = teller.ids_of(1)[0]
    assert read(teller, pool)[1]


def test_pages_in_the_midst_that_are_not_full_do_not_end_a_list(pool: RequestPool) -> None:
    for teller in (Teller((10, 4, 0, 10, 3), rows=27, pages=5), Teller((10, 4, 10, 3))):
        assert read(teller, pool) == (teller.ids, True)


@pytest.mark.parametrize("sizes", [(10, 0, 10), (10, 10, 10, 0, 10, 3)])
def test_a_page_without_rows_that_promises_another_ends_a_list_that_is_not_known_to_be_whole(
    pool: RequestPool, sizes: Sequence[int]
) -> None:
    assert not read(Teller(sizes), pool)[1]


def test_a_server_that_answers_its_last_page_to_whatever_lies_behind_it_is_believed(pool: RequestPool) -> None:
    teller = Teller((10, 10), pages=2, clamps=True)
    assert read(teller, pool) == (teller.ids, True)


def test_pages_without_rows_that_promise_more_for_ever_end(pool: RequestPool) -> None:
    teller = Teller((10, 10, 5), promises=True)
    assert read(teller, pool) == (teller.ids, False)
    assert teller.requests < 10
