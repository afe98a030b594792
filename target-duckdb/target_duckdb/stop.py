"""Signals that ask the process to stop. They are heeded between two messages, so that what was received is whole."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from target_duckdb.errors import Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator

_CAN_WAIT = sys.platform != "win32"  # where select knows sockets only
_ONE_PRESS = 0.5
"""Seconds in which a terminal, and a program between it and this one, may both pass on the same Ctrl-C."""


class Stop:
    """Whether the process was asked to stop.

    Attributes:
        signum: Number of the signal that asked first; None if none has.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self._heard_at = 0.0
        self._alarm: int | None = None

    def hear(self, signum: int) -> bool:
        """Take a signal.

        Args:
            signum: Its number.

        Returns:
            Whether somebody presses Ctrl-C again because stopping takes too long.
        """
        if self.signum is None:
            self.signum, self._heard_at = signum, time.monotonic()
            return False
        return signum == signal.SIGINT == self.signum and time.monotonic() - self._heard_at > _ONE_PRESS

    def check(self) -> None:
        """Stop here if that was asked for.

        Raises:
            Terminated: It was.
        """
        if self.signum is not None:
            raise Terminated(self.signum)

    @contextmanager
    def breaking_waits(self) -> Iterator[None]:
        """Let `wait_for` return as soon as a signal comes, even one that comes just before it waits."""
        if not _CAN_WAIT:
            yield
            return
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        try:
            before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        except ValueError:  # signals are the main thread's
            before = None
        self._alarm = reader
        try:
            yield
        finally:
            self._alarm = None
            if before is not None:
                signal.set_wakeup_fd(before)
            os.close(reader)
            os.close(writer)

    def wait_for(self, descriptor: int, timeout: float | None) -> bool:
        """Wait until something can be read.

        Args:
            descriptor: Where from.
            timeout: Seconds to wait at most; None for as long as it takes.

        Returns:
            Whether it can, or whether reading it is the only way to wait.

        Raises:
            Terminated: The process was asked to stop.
        """
        self.check()
        if not _CAN_WAIT:
            return True
        watched = [descriptor] if self._alarm is None else [descriptor, self._alarm]
        ready = select.select(watched, [], [], timeout)[0]
        self.check()
        if self._alarm in ready:
            with suppress(BlockingIOError):
                os.read(self._alarm, 512)
        return descriptor in ready
