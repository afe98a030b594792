"""A list that is deeper than its server counts pages is read in windows of time, whole or as far as it goes."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from shelf import ShelfPaginator
from singer_fanout import Answer, DividedReading, RejectedError, RequestPool, parse_utc, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SIZE, DEEPEST = 5, 4
NOW = datetime.now(timezone.utc)
YEARS = [NOW - timedelta(days=number) for number in range(1500, 0, -15)]


class Archive:
    """Rows with a time each, in pages of which only the first few can be asked for.

    Args:
        times: The time of each row, in the order of the list; None for a row without one.
        totals: Whether pages tell the total.
        filtering: `done`, or `refused`, or `ignored`.
        status: What is answered to a page that lies too deep.
    """

    def __init__(
        self,
        times: Sequence[datetime | None],
        *,
        totals: bool = True,
        filtering: str = "done",
        status: int = 400,
        before: Callable[[int], object] = lambda _: None,
    ) -> None:
        self.rows: list[tuple[int, datetime | None]] = list(enumerate(times))
        self.asked = 0
        self._totals, self._filtering, self._status, self._before = totals, filtering, status, before

    def get(self, params: Mapping[str, Any]) -> Answer:
        self._before(self.asked)
        self.asked += 1
        bounds = {name: parse_utc(params[name]) for name in ("from", "before") if name in params}
        if params["page"] > DEEPEST or (bounds and self._filtering == "refused"):
            raise RejectedError(f"GET page {params['page']} answered {self._status}", status=self._status)
        rows = [row for row, time in self.rows if self._filtering == "ignored" or _is_within(time, bounds)]
        start = (params["page"] - 1) * SIZE
        page = {"ids": rows[start : start + SIZE], "more": len(rows) > start + SIZE, "size": SIZE}
        return Answer("", 200, {}, json.dumps({**page, **({"total": len(rows)} if self._totals else {})}).encode(), "")


def _is_within(time: datetime | None, bounds: Mapping[str, datetime]) -> bool:
    if time is None:
        return not bounds
    return bounds.get("from", time) <= time and ("before" not in bounds or time < bounds["before"])


def within(begin: str | None, end: str | None) -> dict[str, str]:
    return {name: time for name, time in (("from", begin), ("before", end)) if time}


def read(archive: Archive, workers: int = 3) -> tuple[Counter[int], bool, RejectedError | None]:
    """How often each row came, whether the reading says that none is missing, and what was refused."""
    pool = RequestPool(workers)
    reading = DividedReading(archive.get, within, ShelfPaginator(), pool)
    found: Counter[int] = Counter()
    refused = None
    try:
        for answer in reading:
            found.update(answer.body["ids"])
    except RejectedError as error:
        refused = error
    pool.close()
    return found, reading.settled, refused


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("times", [YEARS, YEARS[::-1]], ids=["oldest first", "newest first"])
def test_every_row_comes_once(times: list[datetime], workers: int, status: int) -> None:
    archive = Archive(times, status=status)
    found, settled, refused = read(archive, workers)
    assert (found, settled, refused) == (Counter(range(len(times))), True, None)
    # For every window its first page, a look at the last but one, at its end at another, and those that it is made of.
    assert archive.asked < 4 * len(times) / SIZE


@pytest.mark.parametrize("workers", [1, 3])
def test_every_row_comes_where_no_total_is_told(workers: int) -> None:
    found, settled, refused = read(Archive(YEARS, totals=False), workers)
    assert (set(found), settled, refused) == (set(range(len(YEARS))), True, None)


def test_a_list_that_is_not_too_deep_costs_what_it_costs_elsewhere() -> None:
    rows = SIZE * DEEPEST - 1
    archive = Archive(YEARS[:rows])
    found, settled, refused = read(archive)
    assert (found, settled, refused) == (Counter(range(rows)), True, None)
    assert archive.asked == DEEPEST + 2


def test_rows_from_before_any_window_and_from_times_to_come_are_among_them() -> None:
    odd = [datetime(year, 1, 1, tzinfo=timezone.utc) for year in (1970, 1999, 2019, 2060)]
    times = [*odd[:3] * 6, *YEARS, *odd[3:] * 6]
    found, settled, refused = read(Archive(times))
    assert (found, settled, refused) == (Counter(range(len(times))), True, None)


@pytest.mark.parametrize("filtering", ["refused", "ignored"])
def test_without_a_filter_it_is_read_as_far_as_the_server_goes(filtering: str) -> None:
    archive = Archive(YEARS, filtering=filtering)
    found, _, refused = read(archive)
    assert found == Counter(range(SIZE * DEEPEST))
    assert refused is not None
    assert refused.status == 400
    assert archive.asked < 5 * DEEPEST


def test_what_one_moment_brought_is_read_as_far_as_the_server_goes_and_all_else_whole() -> None:
    moment = NOW - timedelta(days=400)
    times = [*(time for time in YEARS if time < moment), *[moment] * 40, *(time for time in YEARS if time > moment)]
    found, _, refused = read(Archive(times))
    assert refused is not None
    missing = set(range(len(times))) - found.keys()
    assert len(missing) == 40 - SIZE * DEEPEST
    assert all(times[row] == moment for row in missing)


def test_rows_without_that_time_may_be_missing_and_the_reading_says_so() -> None:
    found, settled, refused = read(Archive([*YEARS, None]))
    assert (set(found), settled, refused) == (set(range(len(YEARS))), False, None)


@pytest.mark.parametrize("fetch", range(4, 60, 5))
def test_a_row_that_goes_while_a_window_is_read_hides_none_of_the_others(fetch: int) -> None:
    archive = Archive(YEARS, before=lambda asked: archive.rows.pop(30) if asked == fetch else None)
    found, settled, _ = read(archive, 1)
    assert {row for row, _ in archive.rows} <= found.keys() or not settled


def test_other_refusals_fail_as_they_do_elsewhere() -> None:
    archive = Archive(YEARS, status=409)
    _, _, refused = read(archive)
    assert refused is not None
    assert refused.status == 409
    assert archive.asked == 2


def test_times_of_windows_are_whole_seconds() -> None:
    asked: list[str] = []

    def noted(begin: str | None, end: str | None) -> dict[str, str]:
        asked.extend(time for time in (begin, end) if time)
        return within(begin, end)

    archive, pool = Archive(YEARS), RequestPool(2)
    assert list(DividedReading(archive.get, noted, ShelfPaginator(), pool))
    pool.close()
    assert asked
    assert all(time == utc_text(parse_utc(time).replace(microsecond=0)) for time in asked)
