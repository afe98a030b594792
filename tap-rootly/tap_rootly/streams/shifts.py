"""Past, current and upcoming on-call shifts: past ones are kept, upcoming ones replaced in every run."""

from __future__ import annotations

import abc
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from singer_fanout import ApiError, RefusedError, parse_utc, utc_text

from tap_rootly.client import RootlyListStream
from tap_rootly.pagination import RootlyPaginator
from tap_rootly.shift_windows import LONGEST, Crossing, Window, WindowReader, windows_after, windows_before

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from datetime import datetime

    from tap_rootly.records import Row
    from tap_rootly.shift_windows import Told

PATH = "/v1/shifts"
MOST_EMPTY = 12
"""Consecutive windows without shifts after which no earlier ones are expected."""


class ShiftStream(RootlyListStream, abc.ABC):
    """Shifts, which Rootly returns for a limited period at a time."""

    largest_page = 1000
    has_records = False

    def list_params(self, since: str | None) -> dict[str, Any]:
        """Without the time filter, which has other names here."""
        end = self._now
        return Window(end - LONGEST if since is None else parse_utc(since).replace(microsecond=0), end).params

    @property
    def _now(self) -> datetime:
        return parse_utc(self._tap.began_at).replace(microsecond=0)

    def told_in(
        self, windows: Iterable[Window], width: Callable[[int], int] | None = None
    ) -> Iterator[tuple[Window, dict[Hashable, Row] | ApiError]]:
        """Yield each window with its rows by id; several are read concurrently.

        Args:
            windows: The windows, in the wanted order.
            width: How many may be in flight after a given number of them.
        """
        read = WindowReader(lambda params: self.get(self.path, params), RootlyPaginator(self.page_size), self.page_size)

        def attempted(window: Window) -> tuple[Window, Told | ApiError]:
            return window, self.attempted(lambda: read(window))

        for window, told in self._tap.pool.in_order(attempted, windows, (lambda _: 1) if self.is_dry_run else width):
            self._tap.check_running()
            yield window, told if isinstance(told, ApiError) else self._rows(told)
            self._tap.progress.advance()
            if self.is_dry_run:
                return

    def _rows(self, told: Told) -> dict[Hashable, Row]:
        for reason in told.missing:
            self.leave_out(reason)
        rows: dict[Hashable, Row] = {}
        for answer in told.answers:
            self._tap.extracted_at = answer.received_at
            for number, row in enumerate(self.parse_page(answer.body)):
                key = row.get("id")
                rows[f"{answer.url} {number}" if key is None else str(key)] = row
        return rows

    def without_window(self, window: Window, error: ApiError) -> None:
        """Continue without the shifts of a window.

        Raises:
            RefusedError: All shifts are refused.
        """
        if isinstance(error, RefusedError):
            raise error
        self.without_row(str(window), error)


class Shifts(ShiftStream):
    """An on-call shift that has started; the last month is read again, because overrides can shorten shifts."""

    name = "shifts"
    path = PATH
    replication_key = "starts_at"
    lookback_days = 31

    def _begin_version(self) -> bool:
        """Keep shifts that Rootly no longer returns: no version is activated."""
        super()._begin_version()
        return False

    def read_rows(self) -> Iterator[Row]:
        """Yield the shifts window by window, from now backwards."""
        since = self.starting_bookmark()
        begin = None if since is None else parse_utc(since).replace(microsecond=0)
        crossing = Crossing()
        now = self._now
        for window, rows in self._windows_back(now, begin, endless=not self.bookmark.is_known):
            if isinstance(rows, ApiError):
                # The waiting shifts may start in the missing window, or earlier.
                yield from crossing.rest(doubtful=False)
            else:
                yield from crossing.settled(window, {key: row for key, row in rows.items() if not _after(row, window)})
        if self.bookmark.is_known and begin is not None and not self.is_dry_run:
            yield from self._beginnings(crossing, begin)
        yield from crossing.rest(doubtful=True)

    def _windows_back(
        self, end: datetime, begin: datetime | None, *, endless: bool
    ) -> Iterator[tuple[Window, dict[Hashable, Row] | ApiError]]:
        """Yield the windows back to `begin`; without a bookmark, until enough in a row are empty."""
        empty = 0
        is_first = True
        width = (lambda _: MOST_EMPTY - empty) if endless else None
        for window, rows in self.told_in(windows_before(end, begin), width):
            if isinstance(rows, ApiError):
                if is_first:
                    raise rows
                self.without_window(window, rows)
            is_first = False
            yield window, rows
            is_empty = isinstance(rows, ApiError) or not any(_lies_in(row, window) for row in rows.values())
            empty = empty + 1 if is_empty else 0
            if endless and empty == MOST_EMPTY:
                return

    def _beginnings(self, crossing: Crossing, end: datetime) -> Iterator[Row]:
        """Look further back for the start of shifts that were clipped to the start of the earliest window.

        The table may have the true start from an earlier run: the clipped one must not replace it.
        """
        windows = windows_before(end, None)
        while crossing.doubtful and (window := next(windows, None)) is not None:
            ((_, rows),) = self.told_in([window])
            if isinstance(rows, ApiError):
                self.without_window(window, rows)
                yield from crossing.rest(doubtful=False)
                return
            yield from crossing.settled(window, crossing.only(rows))


class UpcomingShifts(ShiftStream):
    """An on-call shift that has not started yet, within the next `shift_horizon_days`."""

    name = "upcoming_shifts"
    path = PATH

    def read_rows(self) -> Iterator[Row]:
        """Yield the shifts that have not started, each once."""
        now, known = utc_text(self._now), set[Any]()
        horizon = self._now + timedelta(days=self._tap.setting("shift_horizon_days"))
        for window, rows in self.told_in(windows_after(self._now, horizon)):
            if isinstance(rows, ApiError):
                self.without_window(window, rows)
                continue
            for key, row in rows.items():
                # A current shift may be returned as if it started now, or at the start of a later window.
                if key not in known and now < str(row.get("starts_at") or "") <= utc_text(window.end):
                    yield row
                known.add(key)


def _after(row: Row, window: Window) -> bool:
    """Whether a shift starts after a window."""
    return str(row.get("starts_at") or "") > utc_text(window.end)


def _lies_in(row: Row, window: Window) -> bool:
    """Whether a shift overlaps a window."""
    return not _after(row, window) and str(row.get("ends_at") or "~") >= utc_text(window.begin)
