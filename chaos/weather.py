"""What goes wrong with the answers of one run: every kind of fault that the sandbox knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

FAULTY = 0.15
"""The share of answers that something is wrong with."""
MOVES = 0.04
"""The share of requests before whose answer a row is changed, beside those that change between requests."""
ELSEWHERE = "http://192.0.2.1/elsewhere"
"""An address of nobody: no request must ever go there."""

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
"""What a further attempt overcomes, or what must not matter."""
FINAL: tuple[dict[str, Any], ...] = (
    {"kind": "redirect", "location": ELSEWHERE},
    {"kind": "rewrite", "rewrite": lambda _: b"null"},
    {"kind": "status", "status": 400},
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 403},
)
"""What ends a run, or leaves a part of it out; one of these hits one request of some runs."""
CHANCE_OF_A_FINAL_ONE = 0.3


def weather(chance: random.Random, requests: int, move: Callable[[], object]) -> Iterator[Fault]:
    """Yield the faults of a run.

    Args:
        chance: Decides.
        requests: About how many requests the run makes.
        move: Changes a row at the source.
    """
    yield Fault("move", action=move, times=None, probability=MOVES)
    if chance.random() < CHANCE_OF_A_FINAL_ONE:
        yield Fault(**chance.choice(FINAL), after=chance.randrange(max(requests, 1)))
    kinds = chance.sample(PASSING, len(PASSING))
    share = FAULTY / len(kinds)
    for number, kind in enumerate(kinds):
        # Of several faults that match, the first one hits: the others share what it lets pass.
        yield Fault(**kind, times=None, probability=share / (1 - number * share))
