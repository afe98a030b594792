"""The log of requests, so that tests can assert on cost and credentials."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class RequestLog:
    """Counts and records every request, except those to the control routes. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_route: Counter[str] = Counter()
        self._urls: list[str] = []
        self._headers: list[dict[str, str]] = []
        self._methods: list[str] = []
        self._times: list[float] = []
        self._throttled = 0

    @property
    def total(self) -> int:
        """The number of requests."""
        return len(self._urls)

    @property
    def throttled(self) -> int:
        """The number of requests answered with 429."""
        return self._throttled

    @property
    def by_route(self) -> Counter[str]:
        """Requests by route template, such as `/cachet/api/incidents/{id}`; unknown paths are kept as they are."""
        with self._lock:
            return Counter(self._by_route)

    @property
    def urls(self) -> list[str]:
        """Path and query of each request, as sent, in order of arrival."""
        with self._lock:
            return list(self._urls)

    @property
    def methods(self) -> list[str]:
        """The method of each request, in the order of `urls`."""
        with self._lock:
            return list(self._methods)

    @property
    def headers(self) -> list[dict[str, str]]:
        """The headers of each request, names in lower case, in the order of `urls`."""
        with self._lock:
            return [dict(headers) for headers in self._headers]

    @property
    def times(self) -> list[float]:
        """When each request arrived, by the monotonic clock, in the order of `urls`."""
        with self._lock:
            return list(self._times)

    def count(self, route: str) -> int:
        """The number of requests to this route template, with any method."""
        with self._lock:
            return self._by_route[route]

    def clear(self) -> None:
        """Clear the log."""
        with self._lock:
            self._by_route.clear()
            self._urls.clear()
            self._headers.clear()
            self._methods.clear()
            self._times.clear()
            self._throttled = 0

    def add(self, method: str, route: str, url: str, headers: Mapping[str, str]) -> None:
        """Record a request on arrival."""
        with self._lock:
            self._by_route[route] += 1
            self._urls.append(url)
            self._headers.append(dict(headers))
            self._methods.append(method)
            self._times.append(time.monotonic())

    def add_throttled(self) -> None:
        """Record that a response was a 429."""
        with self._lock:
            self._throttled += 1

    def summary(self) -> dict[str, Any]:
        """The log as JSON values."""
        with self._lock:
            return {
                "total": len(self._urls),
                "throttled": self._throttled,
                "by_route": dict(self._by_route),
                "methods": list(self._methods),
                "urls": list(self._urls),
                "headers": [dict(headers) for headers in self._headers],
            }
