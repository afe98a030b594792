"""Starts a run under its guard, for a task or a command line: passes on what it prints, and tells how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from status_fleet.outcome import Ending, RunResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_fleet.job import Job

STOPPING_SECONDS = 30
"""What a guard needs at most to end its run."""


class Runner:
    """One run.

    Args:
        job: The run.
        tell: Called with each line that it prints.
    """

    def __init__(self, job: Job, tell: Callable[[str], None]) -> None:
        self._job = job
        self._tell = tell
        self._guard: subprocess.Popen[str] | None = None

    def run(self) -> RunResult:
        """Run to the end."""
        reading, writing = os.pipe()
        with os.fdopen(reading) as told:
            # The guard has a session of its own: it ends the run in order even if its whole group is killed. It watches
            # this process and the one that has started it.
            guard = self._guard = subprocess.Popen(  # noqa: S603 - a module of this package
                [
                    *(sys.executable, "-m", "status_fleet.guard"),
                    *map(str, (writing, os.getpid(), os.getppid())),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                pass_fds=[writing],
                start_new_session=True,
            )
            os.close(writing)
            assert guard.stdin is not None  # noqa: S101 - for the types: they are pipes
            assert guard.stdout is not None  # noqa: S101
            # A guard that dies at once says why in what it prints.
            with suppress(BrokenPipeError):
                guard.stdin.write(self._job.as_json())
                guard.stdin.close()
            for line in guard.stdout:
                self._tell(line.rstrip("\n"))
            result = told.read()
        guard.wait()
        # Killed, or its database did not answer: either may pass.
        return RunResult.from_json(result) if result else RunResult(Ending.ENDED, guard.returncode)

    def stop(self) -> None:
        """End the run before its time, if it is not over; returns when all of it is."""
        if self._guard is not None and self._guard.poll() is None:
            self._guard.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._guard.wait(STOPPING_SECONDS)
