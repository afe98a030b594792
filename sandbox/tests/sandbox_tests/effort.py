"""How the work of something grows with its size; a busy or slow machine changes both times alike."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3


def times_as_much(work: Callable[[int], object], small: int, large: int) -> float:
    """How many times as much processor time the large size takes as the small one; the best of some rounds of each."""
    return min(_seconds(work, large) for _ in range(ROUNDS)) / min(_seconds(work, small) for _ in range(ROUNDS))


def _seconds(work: Callable[[int], object], size: int) -> float:
    started = time.process_time()
    work(size)
    return time.process_time() - started
