"""One request budget for a whole tap: all streams and threads draw from it before they send.

The budget starts at the API's documented limit and adapts to the responses: a lower limit, fewer requests left
than expected (the key or the address is shared), or a request to wait. A request to wait holds all threads, not
just the one that received it.
"""

from __future__ import annotations

import math
import re
import threading
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from singer_fanout.errors import PauseError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503
REFUSED_FOR_NOW = {TOO_MANY_REQUESTS, UNAVAILABLE}
WINDOW = re.compile(r"(\d+)\s*;.*?window=(\d+)")
EPOCH_FLOOR = 1_000_000_000
"""`X-RateLimit-Reset` is an epoch in some APIs and a number of seconds in others: anything from here on is an epoch.
A few APIs send it in milliseconds."""
MILLISECONDS = 1000
LOOKS_FOR_AN_ANSWER = 0.05
"""Seconds between two checks while the whole limit is taken up by requests in flight."""


class RateBudget:
    """A sliding window of requests.

    A request enters it when it is sent and leaves it a minute after its response: a slow API may count it at any time
    in between.

    Args:
        requests_per_minute: The most that may be sent in any minute; 0 for no limit.
        stop: Set when the run ends early; waiting threads then raise StoppedError.
        margin: Seconds by which our window exceeds the API's, since clocks differ and some have no fractions.
        longest_pause: Seconds; when an API asks for more, PauseError is raised instead.
    """

    PERIOD = 60.0

    def __init__(
        self,
        requests_per_minute: int,
        *,
        stop: threading.Event | None = None,
        margin: float = 0.5,
        longest_pause: float = 900.0,
    ) -> None:
        self._stop = stop or threading.Event()
        self._period_ms = int((self.PERIOD + margin) * 1000)
        self._longest_pause = longest_pause
        self._lock = threading.Lock()
        self._resume_at = 0.0
        self._on_their_way = 0
        self._waiting = 0
        self._waiting_since = 0.0
        self.seconds_waited = 0.0
        """Time during which at least one request was held back by the limit."""
        self.limit = 0
        self._set_limit(requests_per_minute)

    def acquire(self) -> None:
        """Take one request from the budget, waiting until there is one. Call `give_back` after its response.

        Raises:
            PauseError: The API asks for a pause longer than `longest_pause`.
            StoppedError: The run was told to end.
        """
        delay = self._try()
        if not delay:
            return
        self._start_waiting()
        try:
            while delay:
                if self._stop.wait(delay):
                    raise StoppedError
                delay = self._try()
        finally:
            self._end_waiting()

    def give_back(self) -> None:
        """A request was answered, or never will be: by now the API has counted it."""
        if not self.limit:
            return
        with self._lock:
            self._on_their_way -= 1
            self._bucket.put(RateItem("request", _milliseconds()))

    def observe(self, status: int, headers: Mapping[str, str]) -> bool:
        """Adapt to what a response says about the limit.

        Returns:
            Whether the response said how long to wait; all threads now wait that long.
        """
        told_limit, told_remaining = headers.get("X-RateLimit-Limit"), headers.get("X-RateLimit-Remaining")
        if told_limit is None and told_remaining is None and status not in REFUSED_FOR_NOW:
            return False
        limit, remaining = announced_limit(told_limit), _number(told_remaining)
        wait = requested_wait(headers) if status in REFUSED_FOR_NOW or remaining == 0 else None
        if limit is not None and remaining is not None:
            # The API starts a new count after the pause.
            self._follow(int(limit), int(remaining if wait is None else limit))
        if not wait or (status == UNAVAILABLE and wait > self._longest_pause):
            # It may be a single route that is down for hours.
            return False
        self.pause(wait)
        return True

    def pause(self, seconds: float) -> None:
        """Hold all requests for this long."""
        with self._lock:
            self._resume_at = max(self._resume_at, time.monotonic() + seconds)

    def _try(self) -> float:
        """Take a request if there is one; returns the seconds to wait before trying again otherwise."""
        with self._lock:
            pause = self._resume_at - time.monotonic()
            if pause > self._longest_pause:
                raise PauseError(
                    f"the API asks to wait {pause:.0f} s before the next request; run again later",
                    status=TOO_MANY_REQUESTS,
                )
            if pause > 0:
                return pause
            if not self.limit:
                return 0.0
            if self._on_their_way >= self.limit:
                return LOOKS_FOR_AN_ANSWER
            now = _milliseconds()
            self._bucket.leak(now)
            if self._bucket.count() + self._on_their_way < self.limit:
                self._on_their_way += 1
                return 0.0
            # Counted from the newest: the first request that has to leave.
            leaves = cast("RateItem", self._bucket.peek(self.limit - self._on_their_way - 1))
            return max(leaves.timestamp + self._period_ms - now, 1) / 1000

    def _set_limit(self, limit: int) -> None:
        self.limit = limit
        self._bucket = InMemoryBucket([Rate(max(limit, 1), self._period_ms)])

    def _follow(self, limit: int, remaining: int) -> None:
        with self._lock:
            if not self.limit or limit <= 0:
                return
            now = _milliseconds()
            if limit < self.limit:
                self._set_limit(limit)
            self._bucket.leak(now)
            taken_by_others = (limit - remaining) - self._bucket.count() - self._on_their_way
            if limit == self.limit and taken_by_others > 0:
                self._bucket.put(RateItem("others", now, weight=min(taken_by_others, limit)))

    def _start_waiting(self) -> None:
        with self._lock:
            if not self._waiting:
                self._waiting_since = time.monotonic()
            self._waiting += 1

    def _end_waiting(self) -> None:
        with self._lock:
            self._waiting -= 1
            if not self._waiting:
                self.seconds_waited += time.monotonic() - self._waiting_since


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a response asks the client to wait: `Retry-After` as seconds or date, else the reset header."""
    now = _date(headers.get("Date")) or datetime.now(timezone.utc)
    retry_after = headers.get("Retry-After")
    if (seconds := _number(retry_after)) is not None:
        return max(seconds, 0.0)
    if (moment := _date(retry_after)) is not None:
        return max((moment - now).total_seconds(), 0.0)
    reset = _number(headers.get("X-RateLimit-Reset"))
    if reset is None:
        return None
    if reset > EPOCH_FLOOR * MILLISECONDS:
        reset /= MILLISECONDS
    return max(reset - now.timestamp(), 0.0) if reset > EPOCH_FLOOR else max(reset, 0.0)


def announced_limit(text: str | None) -> float | None:
    """Requests that an API allows per minute according to `X-RateLimit-Limit`; None if it does not say.

    The header is a number, or a list that also names windows: `3000, 3000;window=60`.
    """
    first, *others = (text or "").split(",")
    windows = {found[2]: found[1] for other in others if (found := WINDOW.search(other))}
    return _number(windows.get("60") if windows else first)


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=timezone.utc) if moment and not moment.tzinfo else moment
