"""Lines of a file descriptor, read in large pieces, with a chance to act while none come."""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PIECE = 1024 * 1024
_CAN_WAIT = sys.platform != "win32"  # where select knows sockets only


def lines_of(descriptor: int, while_waiting: Callable[[], float | None]) -> Iterator[bytes]:
    """Read lines.

    Args:
        descriptor: A file, a pipe or a terminal that is open for reading.
        while_waiting: Called when nothing is there to be read. Returns after how many seconds it wants to be called
            again if still nothing is there; None for never.

    Yields:
        The lines without their ends. What follows the last line end is a line, too.
    """
    rest: list[bytes] = []
    while piece := _next_piece(descriptor, while_waiting):
        first, *others = piece.split(b"\n")
        rest.append(first)
        if others:
            yield b"".join(rest)
            rest = [others.pop()]
            yield from others
    if last := b"".join(rest):
        yield last


def _next_piece(descriptor: int, while_waiting: Callable[[], float | None]) -> bytes:
    if _CAN_WAIT:
        timeout: float | None = 0
        while not select.select([descriptor], [], [], timeout)[0]:
            timeout = while_waiting()
    return os.read(descriptor, _PIECE)
