"""Lines from a file descriptor, read in large chunks, with a callback while no input arrives."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_duckdb.stop import Stop

_PIECE = 1024 * 1024


def lines_of(descriptor: int, stop: Stop, while_waiting: Callable[[], float | None]) -> Iterator[bytes]:
    """Read lines.

    Args:
        descriptor: A file, pipe or terminal that is open for reading.
        stop: Ends the wait for more input.
        while_waiting: Called when there is nothing to read. Returns the number of seconds after which to call it
            again if there is still nothing; None for never.

    Yields:
        The lines without their line ends. What follows the last line end is a line, too.

    Raises:
        Terminated: The process was asked to stop.
    """
    rest: list[bytes] = []
    while piece := _next_piece(descriptor, stop, while_waiting):
        first, *others = piece.split(b"\n")
        rest.append(first)
        if others:
            yield b"".join(rest)
            rest = [others.pop()]
            yield from others
    if last := b"".join(rest):
        yield last


def _next_piece(descriptor: int, stop: Stop, while_waiting: Callable[[], float | None]) -> bytes:
    timeout: float | None = 0
    while not stop.wait_for(descriptor, timeout):
        timeout = while_waiting()
    return os.read(descriptor, _PIECE)
