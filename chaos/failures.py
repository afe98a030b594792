"""Failures that last for a whole run: of a route, a page or a key; and the streams that each affects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from chaos.sources.source import Source

REFUSALS: tuple[dict[str, Any], ...] = tuple({"kind": "status", "status": status} for status in (403, 404))
REJECTIONS: tuple[dict[str, Any], ...] = tuple({"kind": "status", "status": status} for status in (400, 405, 410, 422))
BREAKDOWNS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "malformed"},
)
OTHER_SHAPES: tuple[dict[str, Any], ...] = (
    {"kind": "rewrite", "rewrite": lambda _: b"null"},
    {"kind": "rewrite", "rewrite": lambda _: b'{"status": "ok"}'},
    {"kind": "rewrite", "rewrite": lambda _: b'"Down for maintenance"'},
)
REVOKED: dict[str, Any] = {"kind": "status", "status": 401}

AT_ONCE = (*REFUSALS, *REJECTIONS, *OTHER_SHAPES)
"""Responses that are not retried, so that even lists of a single page can get them."""
ANYTHING = (*AT_ONCE, *REJECTIONS, *BREAKDOWNS, *BREAKDOWNS)
MOST_SHOWN = 8
"""Number of characters to show of a page or key."""
MOST_CONCERNED = 2 / 3
"""If a larger share of the streams depends on a route, its failure concerns the whole run."""


@dataclass(frozen=True)
class Failure:
    """Something that fails throughout a run.

    Attributes:
        answers: The response.
        route: The route; `*` for any.
        about: A page or key; empty for all.
        streams: The streams that it leaves incomplete.
        is_refusal: Whether the tap may treat it as a refusal.
        is_certain: Whether the tap must do so, or else treat it as a failure.
    """

    answers: dict[str, Any]
    route: str
    about: str
    streams: frozenset[str]
    is_refusal: bool
    is_certain: bool = True

    def fault(self) -> Fault:
        """The corresponding fault of the sandbox."""
        return Fault(**self.answers, route=self.route, about=self.about, times=None)

    def __str__(self) -> str:
        what = self.answers.get("status") or self.answers["kind"]
        return f"{what} of {self.route}" + (f" about {self.about[-MOST_SHOWN:]}" if self.about else "")


def failures(chance: random.Random, source: Source, asked: Sequence[str]) -> Iterator[Failure]:
    """Yield the failures of one run.

    Args:
        chance: The random number generator.
        source: The server.
        asked: The routes that the tap requests.
    """
    most = MOST_CONCERNED * len(frozenset().union(*source.routes.values()))
    routes = [route for route in asked if 0 < len(source.streams_of(route)) <= most]
    if source.parts and chance.random() < 0.6:  # noqa: PLR2004
        yield _of_a_part(chance, source, asked)
        return
    for route in chance.sample(routes, min(len(routes), chance.choice((1, 1, 2, 3)))):
        yield _failure(source, route, chance.choice(ANYTHING))


def _of_a_part(chance: random.Random, source: Source, asked: Sequence[str]) -> Failure:
    part = chance.choice(source.parts)
    own = [route for route in asked if source.streams_of(route) and source.asks_for_parts(route)]
    if source.parts_are_keys and chance.random() < 0.3:  # noqa: PLR2004
        return _failure(source, "*", REVOKED, part)
    if own and chance.random() < 0.5:  # noqa: PLR2004
        return _failure(source, chance.choice(own), chance.choice(ANYTHING), part)
    return _failure(source, "*", chance.choice(AT_ONCE), part)


def _failure(source: Source, route: str, answers: dict[str, Any], about: str = "") -> Failure:
    routes = [one for one in source.routes if source.asks_for_parts(one)] if route == "*" else [route]
    streams = frozenset().union(*(source.streams_of(one) for one in routes))
    is_tolerated = streams <= source.promised_by_nobody
    is_refusal = answers in REFUSALS
    return Failure(answers, route, about, streams, is_refusal, is_certain=not is_tolerated or is_refusal)
