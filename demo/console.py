"""The demo's output: plain lines, with colours only on a terminal."""

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
        out: Stream to write to. Colours are used if it is a terminal and ``NO_COLOR`` is not set.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._colours = out.isatty() and not os.environ.get("NO_COLOR")

    def line(self, text: str = "") -> None:
        """Print one line unchanged."""
        print(text, file=self._out, flush=True)

    def heading(self, text: str) -> None:
        """Print the heading of a new part, after an empty line."""
        self.line()
        self.line(self._paint(text, BOLD))

    def command(self, text: str) -> None:
        """Print a command as one would type it."""
        self.line(self._paint(f"$ {text}", GREEN))

    def remark(self, text: str) -> None:
        """Print a less important line."""
        self.line(self._paint(text, DIM))

    def error(self, text: str) -> None:
        """Print an error."""
        self.line(self._paint(text, RED))

    def counts(self, rows: Sequence[tuple[str, int]]) -> None:
        """Print names and counts in two columns, then the sum of those not listed, and the total.

        Args:
            rows: Pairs of name and count; only the first ones are listed.
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
