"""The errors, worded for the user.

Every message is one line that says what happened, where, and what to do. The command line prints that line and
nothing else.
"""

from __future__ import annotations

import signal


class TargetError(Exception):
    """A failure that its one-line message explains."""


class InputError(TargetError):
    """A message on the input cannot be loaded; everything before it can."""


class InvalidValueError(InputError):
    """A record holds a value that its column cannot hold; other records may be valid."""


class DatabaseError(TargetError):
    """The database refused an operation."""


class OutputError(TargetError):
    """Nothing reads the states any more: standard output is closed."""


class LockLostError(Exception):
    """The server has ended the connection that held the lock of a table; nothing was committed."""


class Terminated(BaseException):
    """The process was asked to stop by a signal.

    It is not an ``Exception``, so that nothing between the signal and the command line handles it as a failure.
    """

    def __init__(self, signum: int) -> None:
        """Store the signal.

        Args:
            signum: Number of the signal that arrived.
        """
        super().__init__(f"stopped by {signal.Signals(signum).name}")
        self.exit_code = 128 + signum
        self.outcome = "what was received is committed, and the state passed on covers it"


_SHOWN = 80


def shorten(text: str, length: int = _SHOWN) -> str:
    """Shorten a text to fit on one line of an error message.

    Args:
        text: Any text, of any length.
        length: Number of characters to keep.

    Returns:
        The text on one line, cut with an ellipsis where it is longer than ``length``.
    """
    line = text[: length * 2].replace("\r", " ").replace("\n", " ")
    return line if len(text) <= length else f"{line[:length]}..."
