"""Reads shifts, which Rootly returns for a limited period only, in concurrent windows, and joins split shifts.

A shift that crosses the boundary of two windows is in both. Its start is taken from the earlier one: some versions of
Rootly clip shifts to the start of the requested period. Some also return the same list for every page: such a list is
complete if it has as many rows as its total, otherwise the window is halved.
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
"""The longest window: Rootly returns at most two months, or one month of a single schedule."""
SHORTEST = timedelta(days=1)
"""Windows are not halved below this."""
MOST_PAGES = 1000
FIRST = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
"""Rootly has no earlier shifts."""


@dataclass(frozen=True)
class Window:
    """A period to request shifts for, in whole seconds.

    Rootly might round fractions, and a clipped start has to be recognisable.
    """

    begin: datetime
    end: datetime

    @property
    def params(self) -> dict[str, Any]:
        """The query parameters that request it."""
        return {"from": utc_text(self.begin), "to": utc_text(self.end)}

    def __str__(self) -> str:
        return f"the shifts from {self.begin:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"

    @property
    def halves(self) -> tuple[Window, Window] | None:
        """Split it in two; None if it is too short."""
        half = timedelta(seconds=(self.end - self.begin).total_seconds() // 2)
        if half < SHORTEST:
            return None
        return Window(self.begin, self.begin + half), Window(self.begin + half, self.end)


def windows_before(end: datetime, begin: datetime | None) -> Iterator[Window]:
    """Yield the windows before a time without gaps, latest first.

    Args:
        end: The time.
        begin: Where the earliest one starts; None for no limit.
    """
    limit = begin or FIRST
    while end > limit:
        window = Window(max(end - LONGEST, limit), end)
        yield window
        end = window.begin


def windows_after(begin: datetime, end: datetime) -> Iterator[Window]:
    """Yield the windows from one time to another, in order."""
    while begin < end:
        window = Window(begin, min(begin + LONGEST, end))
        yield window
        begin = window.end


@dataclass
class Told:
    """The responses for a window.

    Attributes:
        answers: The pages.
        missing: A readable description of what is known to be missing.
    """

    answers: list[Answer] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class WindowReader:
    """Reads windows, each in a thread.

    Args:
        get: Gets a page by its parameters.
        paginator: Reads the pages' envelopes.
        size: Rows to request per page.
    """

    def __init__(self, get: Callable[[Mapping[str, Any]], Answer], paginator: RootlyPaginator, size: int) -> None:
        self._get = get
        self._paginator = paginator
        self._size = size

    def __call__(self, window: Window) -> Told:
        """Read all pages of a window, or of its halves if it cannot be read to its end."""
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
        """The pages, and whether they are complete, so that halving would bring nothing more."""
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
        # The same list for every page. Without a total, one that is not full is complete.
        is_whole = total is None and len(seen) < self._size
        if not is_whole:
            told.missing.append(f"{window} came in part: Rootly answered every page of them with the same rows")
        return told, is_whole


def _answers(told: Told) -> list[Any]:
    return told.answers


def _missing(told: Told) -> list[Any]:
    return told.missing


class Crossing:
    """Shifts that may start before the window that they were found in."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, Row] = {}
        self._border = ""

    def settled(self, window: Window, rows: Mapping[Hashable, Row]) -> Iterator[Row]:
        """Yield the shifts whose start is now known; the others wait for an earlier window.

        Args:
            window: The window before those passed so far.
            rows: Its shifts, by id.
        """
        waiting, self._rows = self._rows, {}
        self._border = utc_text(window.begin)
        for key, row in rows.items():
            whole = _joined(waiting.pop(key), row) if key in waiting else row
            if str(whole.get("starts_at") or "") <= self._border:
                self._rows[key] = whole
            else:
                yield whole
        # Had they started in this window, it would have them: they start exactly at its end.
        yield from waiting.values()

    def only(self, rows: Mapping[Hashable, Row]) -> dict[Hashable, Row]:
        """Those of these rows that a waiting shift needs."""
        return {key: row for key, row in rows.items() if key in self._rows}

    @property
    def doubtful(self) -> bool:
        """Whether any waiting shift may have started earlier than it says."""
        return any(self._is_doubtful(row) for row in self._rows.values())

    def rest(self, *, doubtful: bool) -> Iterator[Row]:
        """Yield the waiting shifts, and clear them.

        Args:
            doubtful: Whether to include those that may have started earlier.
        """
        rows, self._rows = self._rows, {}
        return (row for row in rows.values() if doubtful or not self._is_doubtful(row))

    def _is_doubtful(self, row: Row) -> bool:
        return row.get("starts_at") == self._border


def _joined(later: Row, earlier: Row) -> Row:
    """Join a shift from two windows."""
    starts, ends = ([row[name] for row in (later, earlier) if row.get(name)] for name in ("starts_at", "ends_at"))
    return {
        **earlier,
        **later,
        **({"starts_at": min(starts)} if starts else {}),
        **({"ends_at": max(ends)} if ends else {}),
    }
