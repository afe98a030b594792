"""Starts a run under its guard, for a task or a command line: forwards its output, and returns its result."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from status_fleet.outcome import Ending, RunResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from status_fleet.job import Job

_CHUNK = 65536
STOPPING_SECONDS = 30
"""Seconds that a guard needs at most to end its run."""


class Runner:
    """One run.

    Args:
        job: The run.
        tell: Called with each line of its output.
    """

    def __init__(self, job: Job, tell: Callable[[str], None]) -> None:
        self._job = job
        self._tell = tell
        self._guard: subprocess.Popen[bytes] | None = None

    def run(self) -> RunResult:
        """Run to completion."""
        reading, writing = os.pipe()
        # The guard has a session of its own: it ends the run in order even if this whole process group is killed. It
        # watches this process and its parent.
        watched = map(str, (writing, os.getpid(), os.getppid()))
        with (
            os.fdopen(reading) as told,
            subprocess.Popen(  # noqa: S603 - a module of this package
                [sys.executable, "-m", "status_fleet.guard", *watched],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[writing],
                start_new_session=True,
            ) as guard,
        ):
            self._guard = guard
            os.close(writing)
            # A guard that dies at once says why in its output.
            with suppress(BrokenPipeError):
                _end_of(guard.stdin).write(self._job.as_json().encode())
                _end_of(guard.stdin).close()
            for line in _lines(guard.pid, _end_of(guard.stdout).fileno()):
                self._tell(line)
            guard.wait()
            result = told.read()
        # The guard was killed, or its database did not respond: either may be temporary.
        return RunResult.from_json(result) if result else RunResult(Ending.ENDED, guard.returncode)

    def stop(self) -> None:
        """End the run early, if it is still running; return when all of its processes have ended."""
        if self._guard is not None and self._guard.poll() is None:
            self._guard.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._guard.wait(STOPPING_SECONDS)


def _end_of(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("the guard was started without pipes")
    return pipe


def _lines(pid: int, descriptor: int) -> Iterator[str]:
    """Yield the lines of a pipe until its process has ended, even if other processes still hold the pipe open."""
    ended = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.register(ended, select.POLLIN)
    left = b""
    try:
        while descriptor in (ready := dict(poll.poll())) or ended not in ready:
            if not (read := os.read(descriptor, _CHUNK)):
                break
            *lines, left = (left + read).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
    finally:
        os.close(ended)
    if left:
        yield left.decode(errors="replace")
