"""The limit that Rootly puts on every API key: so many reads in any 60 seconds."""

from __future__ import annotations

import time
from collections import deque
from math import ceil

_SECONDS = 60.0


class SlidingLimiter:
    """Counts requests by caller in a window that slides."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def take(self, caller: str, limit: int, *, counts: bool = True) -> tuple[dict[str, str], float | None]:
        """Count a request.

        Args:
            caller: Who asks.
            limit: How many requests pass in a window.
            counts: False only looks.

        Returns:
            The headers of the answer, and the seconds until the caller may ask again: None lets the request pass.
        """
        now = time.monotonic()
        times = self._times.setdefault(caller, deque())
        while times and times[0] <= now - _SECONDS:
            times.popleft()
        wait = None
        if counts and len(times) >= limit:
            wait = max((times[0] if times else now) + _SECONDS - now, 0.001)
        elif counts:
            times.append(now)
        # The moment when the oldest request leaves the window, which is when there is room again.
        frees = (times[0] if times else now) + _SECONDS - now
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - len(times), 0)),
            "X-RateLimit-Used": str(len(times)),
            "X-RateLimit-Reset": str(ceil(time.time() + frees)),
        }, wait

    def clear(self) -> None:
        """Forget all callers."""
        self._times.clear()
