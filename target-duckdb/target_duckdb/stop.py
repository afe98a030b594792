"""Signals that stop the process. They take effect between two messages, so that no message is cut in half."""

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

_CAN_WAIT = sys.platform != "win32"  # where select supports only sockets
_ONE_PRESS = 0.5
"""Seconds within which one Ctrl-C may arrive twice: from the terminal, and from a program in between."""


class Stop:
    """Whether the process was asked to stop.

    Attributes:
        signum: Number of the first signal; None if there was none.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self._heard_at = 0.0
        self._alarm: int | None = None

    def hear(self, signum: int) -> bool:
        """Take note of a signal.

        Args:
            signum: Its number.

        Returns:
            Whether this is a second Ctrl-C by an impatient user.
        """
        if self.signum is None:
            self.signum, self._heard_at = signum, time.monotonic()
            return False
        return signum == signal.SIGINT == self.signum and time.monotonic() - self._heard_at > _ONE_PRESS

    def check(self) -> None:
        """Raise if the process was asked to stop.

        Raises:
            Terminated: The process was asked to stop.
        """
        if self.signum is not None:
            raise Terminated(self.signum)

    @contextmanager
    def breaking_waits(self) -> Iterator[None]:
        """Make `wait_for` return as soon as a signal arrives, even one that arrives just before it waits."""
        if not _CAN_WAIT:
            yield
            return
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        try:
            before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        except ValueError:  # only the main thread can handle signals
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
        """Wait until a descriptor is readable.

        Args:
            descriptor: The descriptor.
            timeout: Maximum number of seconds to wait; None for no limit.

        Returns:
            Whether it is readable; also True if the only way to wait is to read.

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
