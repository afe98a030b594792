"""Faults on demand: what goes wrong, where, how often."""

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
    """At most so many requests in so many seconds, over the whole server (a sliding window).

    Attributes:
        requests: How many requests pass.
        seconds: The length of the window.
    """

    requests: int
    seconds: float
    _times: deque[float] = field(default_factory=deque, init=False, repr=False, compare=False)

    def take(self) -> float | None:
        """Let a request through, or tell the seconds until the next one may pass."""
        now = time.monotonic()
        self._forget(now)
        if len(self._times) >= self.requests:
            oldest = self._times[0] if self._times else now
            return max(oldest + self.seconds - now, 0.001)
        self._times.append(now)
        return None

    @property
    def used(self) -> int:
        """How many requests passed in the window that ends now."""
        self._forget(time.monotonic())
        return len(self._times)

    @property
    def frees_in(self) -> float:
        """The seconds until the oldest request leaves the window; the whole window where there is none."""
        now = time.monotonic()
        self._forget(now)
        return (self._times[0] if self._times else now) + self.seconds - now

    def headers(self, wait: float | None) -> dict[str, str]:
        """The limit headers of an answer; `wait` is what `take` told."""
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
            `drop`: close the connection without an answer. `truncated`: declare the whole body, send half of it.
            `malformed`: 200 and a body that is cut JSON. `html`: 200 and a login page. `empty`: 200 and no body.
            `slow`: the body trickles in over `seconds`. `redirect`: 302 to `location`.
            `next_link`: the answer's link to the next page leads to `location`'s host.
            `rewrite`: the proper answer with the body that `rewrite` makes of its own, and with `headers`.
            `move`: run `action` just before the request is answered as usual.
        route: The template of the route, such as `/cachet/api/incidents`; `*` is any.
        method: The method, or `*`.
        about: Only requests whose address or `Authorization` header holds this text, such as the id of a page or a key.
        times: How many requests are hit; None is all.
        after: How many matching requests pass first.
        probability: The share of matching requests that are hit, by the seeded generator.
        status: The status of `status`.
        retry_after: The `Retry-After` of `throttle` or `status`: seconds, or a ready header value such as a date;
            None sends no such header.
        location: Where `redirect` and `next_link` lead.
        seconds: How long the body of `slow` takes.
        rewrite: Makes a body of the proper one.
        headers: Headers of the answer of `rewrite`, instead of or besides its own.
        action: What `move` does: a callable, or `insert`, `update` or `delete` of a row of `table`.
        api: The API whose store is moved.
        table: The table whose row is moved.
        id: The row that is moved; None is the first for `delete` and `update`.
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
        """Whether the fault is about requests of this method to this route template, and about what they ask for."""
        return self.route in {"*", route} and self.method in {"*", method} and self.about in asked


class Faults:
    """The faults of a sandbox. Thread-safe.

    Attributes:
        latency: Seconds that every answer waits.
        limit: A limit over the whole server, or None.
        injected: How many requests were hit so far, by the kind of fault; `clear` leaves it alone.
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
        """Put a fault in force, after those that are in force already."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, *, start_over: bool = True) -> None:
        """End all faults, the latency and the limit; start the random numbers over, unless others are wanted next."""
        with self._lock:
            self._faults.clear()
            self.latency = 0.0
            self.limit = None
            if start_over:
                self._random.seed(self._seed)

    def active(self) -> list[Fault]:
        """The faults that can still hit something."""
        with self._lock:
            return list(self._faults)

    def take(self, method: str, route: str, asked: str = "") -> list[Fault]:
        """The faults that hit this request: every move, and the first of the others.

        Args:
            method: Its method.
            route: The template of its route.
            asked: Its address and its credentials.
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
        ValueError: A field is unknown or its value is not possible.
    """
    names = {item.name for item in fields(Fault)}
    unknown = values.keys() - names
    if unknown:
        raise ValueError(f"a fault has no field {', '.join(sorted(unknown))}; it has {', '.join(sorted(names))}")
    if "kind" not in values:
        raise ValueError(f"a fault needs a kind: {', '.join(KINDS)}")
    return Fault(**values)
