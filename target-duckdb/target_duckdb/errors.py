"""What can go wrong, in the user's words.

Every error here is one line that says what happened, where, and what to do. The command line prints that line and
nothing else.
"""

from __future__ import annotations

import signal


class TargetError(Exception):
    """A failure that is explained by its one-line message."""


class InputError(TargetError):
    """A message on the input cannot be loaded; everything before it can."""


class InvalidValueError(InputError):
    """A record holds a value that its column does not; other records may be right."""


class DatabaseError(TargetError):
    """The database refused what it was asked to do."""


class OutputError(TargetError):
    """Nobody reads the states any more."""


class Terminated(BaseException):
    """The process was asked to stop by a signal.

    It is no ``Exception``, so that nothing between the signal and the command line takes it for an ordinary failure.
    """

    def __init__(self, signum: int) -> None:
        """Remember the signal.

        Args:
            signum: Number of the signal that arrived.
        """
        super().__init__(f"stopped by {signal.Signals(signum).name}")
        self.exit_code = 128 + signum


_SHOWN = 80


def shorten(text: str, length: int = _SHOWN) -> str:
    """Make a text fit into one line of an error message.

    Args:
        text: Any text, of any length.
        length: Number of characters to keep.

    Returns:
        The text on one line, cut with an ellipsis where it is longer than ``length``.
    """
    line = text[: length * 2].replace("\r", " ").replace("\n", " ")
    return line if len(text) <= length else f"{line[:length]}..."
