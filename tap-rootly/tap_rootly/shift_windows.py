"""Shifts are told for a limited time: windows of it are read at once, and what lies in several is put together again.

A shift that goes over the border of two windows comes in both. Where it began, the earlier one tells: some versions of
Rootly let no shift begin before the time that is asked for. Some give the same list for every page of it, too: such a
list is whole when it has as many rows as it says, and else the window is cut in two.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from singer_fanout import EndlessError, RejectedError, TransientError, one_try_for_time_outs, utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from singer_fanout import Answer

    from tap_rootly.pagination import RootlyPaginator
    from tap_rootly.records import Row

LONGEST = timedelta(days=30)
"""The longest window: Rootly tells two months at once, and one month of a single schedule."""
SHORTEST = timedelta(days=1)
"""Windows are cut in two until they are that short."""
MOST_PAGES = 1000
FIRST = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
"""Rootly is younger than that."""


@dataclass(frozen=True)
class Window:
    """A time for which shifts are asked for, from one whole second to another.

    What Rootly makes of fractions need not be what was asked for, and a start that was cut has to be known for one.
    """

    begin: datetime
    end: datetime

    @property
    def params(self) -> dict[str, Any]:
        """What asks for it."""
        return {"from": utc_text(self.begin), "to": utc_text(self.end)}

    def __str__(self) -> str:
        return f"the shifts from {self.begin:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"

    @property
    def halves(self) -> tuple[Window, Window] | None:
        """The two windows that it is made of; None where it is too short for that."""
        half = timedelta(seconds=(self.end - self.begin).total_seconds() // 2)
        if half < SHORTEST:
            return None
        return Window(self.begin, self.begin + half), Window(self.begin + half, self.end)


def windows_before(end: datetime, begin: datetime | None) -> Iterator[Window]:
    """The windows that lie before a time, the last one first, without a gap.

    Args:
        end: The time.
        begin: Where the first of them begins; None for no end.
    """
    limit = begin or FIRST
    while end > limit:
        window = Window(max(end - LONGEST, limit), end)
        yield window
        end = window.begin


def windows_after(begin: datetime, end: datetime) -> Iterator[Window]:
    """The windows from a time to another, in order."""
    while begin < end:
        window = Window(begin, min(begin + LONGEST, end))
        yield window
        begin = window.end


@dataclass
class Told:
    """What was told of a window.

    Attributes:
        answers: The pages.
        missing: What is known to be missing, for people.
    """

    answers: list[Answer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class WindowReader:
    """Reads windows, each in a thread.

    Args:
        get: Gets a page by its parameters.
        paginator: Reads the pages' envelopes.
        size: The rows that are asked for in a page.
    """

    def __init__(self, get: Callable[[Mapping[str, Any]], Answer], paginator: RootlyPaginator, size: int) -> None:
        self._get = get
        self._paginator = paginator
        self._size = size

    def __call__(self, window: Window) -> Told:
        """All pages of a window; of its halves where it cannot be read to its end as a whole."""
        halves = window.halves
        try:
            with one_try_for_time_outs() if halves else nullcontext():
                told, is_whole = self._pages(window)
        except (RejectedError, TransientError) as error:
            if halves is None or (isinstance(error, TransientError) and not error.timed_out):
                raise
        else:
            if is_whole or halves is None:
                return told
        parts = [self(half) for half in halves]
        return Told(*([item for part in parts for item in items(part)] for items in (_answers, _missing)))

    def _pages(self, window: Window) -> tuple[Told, bool]:
        """The pages, and whether there is nothing that a shorter window would tell besides."""
        told, seen = Told(), set[Any]()
        for number in range(1, MOST_PAGES + 1):
            answer = self._get({**window.params, **self._paginator.params(number)})
            told.answers.append(answer)
            rows = self._paginator.row_ids(answer.body)
            is_new = not seen.issuperset(rows)
            seen.update(rows)
            total = self._paginator.total_rows(answer.body)
            if total is not None and len(seen) >= total:
                return told, True
            if not is_new:
                break
            if not self._paginator.has_next(answer.body):
                if total is not None:
                    told.missing.append(f"{window} are {total}, and {len(seen)} of them came")
                return told, total is None
        else:
            raise EndlessError(f"GET {answer.url} answered ever new rows: the list has no end")
        # The same list for every page. Where no total tells it, one with room for more is whole.
        is_whole = total is None and len(seen) < self._size
        if not is_whole:
            told.missing.append(f"{window} came in part: Rootly answered every page of them with the same rows")
        return told, is_whole


def _answers(told: Told) -> list[Any]:
    return told.answers


def _missing(told: Told) -> list[Any]:
    return told.missing


class Crossing:
    """Shifts that begin in a window before the one that has told of them."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, Row] = {}
        self._border = ""

    def settled(self, window: Window, rows: Mapping[Hashable, Row]) -> Iterator[Row]:
        """The shifts whose beginning is known now; the others wait for an earlier window.

        Args:
            window: The window before those that were given so far.
            rows: What it tells, by id.
        """
        waiting, self._rows = self._rows, {}
        self._border = utc_text(window.begin)
        for key, row in rows.items():
            whole = _joined(waiting.pop(key), row) if key in waiting else row
            if str(whole.get("starts_at") or "") <= self._border:
                self._rows[key] = whole
            else:
                yield whole
        # What began in this window would have been told: those began at its very end.
        yield from waiting.values()

    def only(self, rows: Mapping[Hashable, Row]) -> dict[Hashable, Row]:
        """Of these rows, those that wait for one."""
        return {key: row for key, row in rows.items() if key in self._rows}

    @property
    def doubtful(self) -> bool:
        """Whether any of them may have begun earlier than it says."""
        return any(self._is_doubtful(row) for row in self._rows.values())

    def rest(self, *, doubtful: bool) -> Iterator[Row]:
        """Those that wait; nothing waits any longer.

        Args:
            doubtful: Whether those are wanted that may have begun earlier.
        """
        rows, self._rows = self._rows, {}
        return (row for row in rows.values() if doubtful or not self._is_doubtful(row))

    def _is_doubtful(self, row: Row) -> bool:
        return row.get("starts_at") == self._border


def _joined(later: Row, earlier: Row) -> Row:
    """One shift out of what two windows tell of it."""
    starts, ends = ([row[name] for row in (later, earlier) if row.get(name)] for name in ("starts_at", "ends_at"))
    return {
        **earlier,
        **later,
        **({"starts_at": min(starts)} if starts else {}),
        **({"ends_at": max(ends)} if ends else {}),
    }
