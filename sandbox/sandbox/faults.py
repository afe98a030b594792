"""Faults on demand: what goes wrong, where, and how often."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field, fields
from math import ceil
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind = Literal[
    "status",
    "throttle",
    "drop",
    "truncated",
    "malformed",
    "html",
    "empty",
    "slow",
    "redirect",
    "next_link",
    "rewrite",
    "move",
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass
class RateLimit:
    """A rate limit over the whole server (a sliding window).

    Attributes:
        requests: How many requests pass per window.
        seconds: The length of the window.
    """

    requests: int
    seconds: float
    _times: deque[float] = field(default_factory=deque, init=False, repr=False, compare=False)

    def take(self) -> float | None:
        """Let a request through and return None, or return the seconds until the next one may pass."""
        now = time.monotonic()
        self._forget(now)
        if len(self._times) >= self.requests:
            oldest = self._times[0] if self._times else now
            return max(oldest + self.seconds - now, 0.001)
        self._times.append(now)
        return None

    @property
    def used(self) -> int:
        """How many requests passed in the current window."""
        self._forget(time.monotonic())
        return len(self._times)

    @property
    def frees_in(self) -> float:
        """The seconds until the oldest request leaves the window; the whole window if there is none."""
        now = time.monotonic()
        self._forget(now)
        return (self._times[0] if self._times else now) + self.seconds - now

    def headers(self, wait: float | None) -> dict[str, str]:
        """The limit headers of a response; `wait` is what `take` returned."""
        headers = {
            "X-RateLimit-Limit": str(self.requests),
            "X-RateLimit-Remaining": str(max(self.requests - len(self._times), 0)),
        }
        if wait is not None:
            headers["Retry-After"] = str(ceil(wait))
            headers["X-RateLimit-Reset"] = str(ceil(time.time() + wait))
        return headers

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()


@dataclass
class Fault:
    """Something that goes wrong with requests to a route.

    Attributes:
        kind: `status`: answer with `status` and the API's error body. `throttle`: 429 with limit headers.
            `drop`: close the connection without a response. `truncated`: declare the whole body, send half of it.
            `malformed`: 200 and a body that is cut JSON. `html`: 200 and a login page. `empty`: 200 and no body.
            `slow`: the body trickles in over `seconds`. `redirect`: 302 to `location`.
            `next_link`: the response's link to the next page leads to `location`'s host.
            `rewrite`: the normal response with its body passed through `rewrite`, and with `headers`.
            `move`: run `action` just before the request is answered as usual.
        route: The template of the route, such as `/cachet/api/incidents`; `*` is any.
        method: The method, or `*`.
        about: Only requests whose URL or `Authorization` header contains this string, such as a page's id or a key.
        times: How many requests are hit; None for all.
        after: How many matching requests pass first.
        probability: The share of matching requests that are hit, drawn from the seeded generator.
        status: The status of `status`.
        retry_after: The `Retry-After` of `throttle` or `status`: seconds, or a complete header value such as a date;
            None sends no such header.
        location: Where `redirect` and `next_link` lead.
        seconds: How long the body of `slow` takes.
        rewrite: Makes a new body from the normal one.
        headers: Headers of `rewrite`'s response, which replace or extend its own.
        action: What `move` does: a callable, or `insert`, `update` or `delete` of a row of `table`.
        api: The API whose store is changed.
        table: The table whose row is changed.
        id: The row that is changed; None for the first, with `delete` and `update`.
        values: The values of `insert` and `update`.
    """

    kind: Kind
    route: str = "*"
    method: str = "GET"
    about: str = ""
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    status: int = 503
    retry_after: float | str | None = None
    location: str = ""
    seconds: float = 1.0
    rewrite: Callable[[bytes], bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    action: Callable[[], object] | Literal["insert", "update", "delete"] | None = None
    api: str = "cachet"
    table: str = ""
    id: int | str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.kind in {"redirect", "next_link"} and not self.location:
            raise ValueError(f"a {self.kind} fault needs a location")
        if self.kind == "rewrite" and not callable(self.rewrite):
            raise ValueError("a rewrite fault needs a callable that makes the new body")
        if self.kind == "move" and not callable(self.action):
            if self.action not in {"insert", "update", "delete"}:
                raise ValueError("a move fault needs an action: a callable, insert, update or delete")
            if not self.table:
                raise ValueError("a move fault needs the table whose row it moves")

    def matches(self, method: str, route: str, asked: str = "") -> bool:
        """Whether the fault applies to a request of this method to this route template, and to what it asks for."""
        return self.route in {"*", route} and self.method in {"*", method} and self.about in asked


class Faults:
    """The faults of a sandbox. Thread-safe.

    Attributes:
        latency: Seconds that every response is delayed.
        limit: A limit over the whole server, or None.
        injected: How many requests were hit so far, by the kind of fault; not reset by `clear`.
    """

    def __init__(self, seed: int = 0) -> None:
        self.latency = 0.0
        self.limit: RateLimit | None = None
        self.injected: Counter[str] = Counter()
        self._seed = seed
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose

    def add(self, fault: Fault) -> Fault:
        """Activate a fault, after those that are already active."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, *, start_over: bool = True) -> None:
        """End all faults, the latency and the limit; `start_over` also restarts the random numbers."""
        with self._lock:
            self._faults.clear()
            self.latency = 0.0
            self.limit = None
            if start_over:
                self._random.seed(self._seed)

    def active(self) -> list[Fault]:
        """The faults that can still hit a request."""
        with self._lock:
            return list(self._faults)

    def take(self, method: str, route: str, asked: str = "") -> list[Fault]:
        """The faults that hit this request: every `move`, and the first of the others.

        Args:
            method: Its method.
            route: The template of its route.
            asked: Its URL and credentials.
        """
        taken: list[Fault] = []
        with self._lock:
            for fault in list(self._faults):
                if not fault.matches(method, route, asked):
                    continue
                if fault.kind != "move" and any(other.kind != "move" for other in taken):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                taken.append(fault)
                self.injected[fault.kind] += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
        return taken


def fault_from(values: Mapping[str, Any]) -> Fault:
    """A fault from JSON values.

    Raises:
        ValueError: A field is unknown or its value is invalid.
    """
    names = {item.name for item in fields(Fault)}
    unknown = values.keys() - names
    if unknown:
        raise ValueError(f"a fault has no field {', '.join(sorted(unknown))}; it has {', '.join(sorted(names))}")
    if "kind" not in values:
        raise ValueError(f"a fault needs a kind: {', '.join(KINDS)}")
    return Fault(**values)
