"""What the demo prints: plain lines, coloured only for a person at a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

BOLD = "1"
DIM = "2"
RED = "31"
GREEN = "32"

ROWS_SHOWN = 12


class Console:
    """Writes headings, commands and tables to one text stream.

    Args:
        out: Where to write. Colours are used when it is a terminal and ``NO_COLOR`` is not set.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colours = out.isatty() and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        """Print one line as it is."""
        print(text, file=self._out, flush=True)

    def heading(self, text: str) -> None:
        """Print a line that begins a new part, after an empty one."""
        self.line()
        self.line(self._paint(text, BOLD))

    def command(self, text: str) -> None:
        """Print a command as one would type it."""
        self.line(self._paint(f"$ {text}", GREEN))

    def remark(self, text: str) -> None:
        """Print something that may be overlooked."""
        self.line(self._paint(text, DIM))

    def error(self, text: str) -> None:
        """Print what went wrong."""
        self.line(self._paint(text, RED))

    def counts(self, rows: Sequence[tuple[str, int]]) -> None:
        """Print names and numbers in two columns, then what the others and all of them add up to.

        Args:
            rows: Pairs of a name and its count; only the first ones are printed one by one.
        """
        shown, others = rows[:ROWS_SHOWN], rows[ROWS_SHOWN:]
        total = sum(count for _, count in rows)
        sums = [("all", total)]
        if others:
            sums.insert(
                0, ("1 other" if len(others) == 1 else f"{len(others)} others", sum(count for _, count in others))
            )
        name_width = max(len(name) for name, _ in (*shown, *sums))
        count_width = len(f"{total:,}")
        for name, count in shown:
            self.line(f"  {name:<{name_width}}  {count:>{count_width},}")
        for name, count in sums:
            self.remark(f"  {name:<{name_width}}  {count:>{count_width},}")

    def _paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colours else text
