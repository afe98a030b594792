"""The faulty responses of one run: every kind of fault that the sandbox supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

FAULTY = 0.15
"""Share of faulty responses."""
MOVES = 0.04
"""Share of requests before whose response a row is changed, besides the changes between requests."""
ELSEWHERE = "http://192.0.2.1/elsewhere"
"""An address that nobody owns: no request must ever go there."""

PASSING: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "retry_after": 0.2},
    {"kind": "throttle", "retry_after": 0.2},
    {"kind": "throttle"},
    {"kind": "drop"},
    {"kind": "truncated"},
    {"kind": "malformed"},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "slow", "seconds": 0.2},
    {"kind": "next_link", "location": ELSEWHERE},
)
"""Faults that a retry overcomes, or that must not matter."""
FINAL: tuple[dict[str, Any], ...] = (
    {"kind": "redirect", "location": ELSEWHERE},
    {"kind": "rewrite", "rewrite": lambda _: b"null"},
    {"kind": "status", "status": 400},
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 403},
)
"""Faults that end a run or leave part of it out; in some runs one of these hits one request."""
CHANCE_OF_A_FINAL_ONE = 0.3


def weather(chance: random.Random, requests: int, move: Callable[[], object]) -> Iterator[Fault]:
    """Yield the faults of a run.

    Args:
        chance: The random number generator.
        requests: Approximate number of requests of the run.
        move: Changes a row at the source.
    """
    yield Fault("move", action=move, times=None, probability=MOVES)
    if chance.random() < CHANCE_OF_A_FINAL_ONE:
        yield Fault(**chance.choice(FINAL), after=chance.randrange(max(requests, 1)))
    kinds = chance.sample(PASSING, len(PASSING))
    share = FAULTY / len(kinds)
    for number, kind in enumerate(kinds):
        # If several faults match, the first one applies: the shares of the others are of what it lets through.
        yield Fault(**kind, times=None, probability=share / (1 - number * share))
