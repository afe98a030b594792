"""Cachet v3's own rate limit: requests per minute, counted from the first."""

from __future__ import annotations

import time
from math import ceil


class MinuteLimiter:
    """Counts requests per caller in windows of a minute that start with the first request."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, caller: str, limit: int) -> tuple[dict[str, str], bool]:
        """Count a request; returns the headers of its response, and whether it may pass."""
        now = time.time()
        ends_at, count = self._windows.get(caller, (0.0, 0))
        if ends_at <= now:
            ends_at, count = now + 60, 0
        passes = count < limit
        if passes:
            count += 1
        self._windows[caller] = (ends_at, count)
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(limit - count)}
        if not passes:
            headers["Retry-After"] = str(ceil(ends_at - now))
            headers["X-RateLimit-Reset"] = str(ceil(ends_at))
        return headers, passes

    def clear(self) -> None:
        """Clear all windows."""
        self._windows.clear()
