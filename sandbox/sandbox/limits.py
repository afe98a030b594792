"""Rate limits of an API per caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.faults import RateLimit

if TYPE_CHECKING:
    from collections.abc import Hashable


class CallerLimits:
    """A sliding window for each caller."""

    def __init__(self) -> None:
        self._limits: dict[Hashable, RateLimit] = {}

    def wait(self, caller: Hashable, requests: int | None, seconds: float = 60.0) -> float | None:
        """Count a request.

        Args:
            caller: The caller, such as a key and what it is used for. A changed limit starts a new window.
            requests: How many requests pass in a window; None for no limit.
            seconds: The length of the window.

        Returns:
            The seconds until the caller may send the next request; None if this one passes.
        """
        return None if requests is None else self.of(caller, requests, seconds).take()

    def of(self, caller: Hashable, requests: int, seconds: float = 60.0) -> RateLimit:
        """The window of a caller, without counting anything."""
        limit = self._limits.get(caller)
        if limit is None or (limit.requests, limit.seconds) != (requests, seconds):
            limit = self._limits[caller] = RateLimit(requests, seconds)
        return limit
