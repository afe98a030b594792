"""The guard: the process that holds the account's lock, and whose end ends the whole run.

It is started by a task, reads its job from standard input, and reports the result through a pipe; Meltano's output goes
to the task's pipe. The run ends when the guard is killed, when the task or the process that started the task is gone,
when its time limit is reached, or when the lock may be lost. If the guard itself was killed, a loader may outlive even
that for a moment; the next run of the account ends such leftovers before it begins.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from status_fleet.folders import RunFolder, sweep
from status_fleet.job import Job
from status_fleet.lock import AccountLock, BusyError, name_of_runs
from status_fleet.outcome import Ending, RunResult, Usage, read_summary
from status_fleet.processes import (
    adopt_orphans,
    children_of,
    die_with_parent,
    end_descendants,
    kill_marked,
    resident_bytes,
)
from status_fleet.records import keep

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARK = "STATUS_FLEET_NAME"
GRACE_SECONDS = 15.0
"""Seconds that a stopped run has to end by itself: taps flush their state."""
_LOOK_SECONDS = 1.0


class Guard:
    """One run.

    Args:
        job: The run.
        watched: Ids of processes; the run ends when any of them does.
    """

    def __init__(self, job: Job, watched: Iterable[int] = ()) -> None:
        self._job = job
        self._watched = list(watched)
        self._is_told_to_stop = False
        self._peak = 0

    def stop(self, *_: object) -> None:
        """End the run soon; usable as a signal handler."""
        self._is_told_to_stop = True

    def run(self) -> RunResult:
        """Run under the lock, and store a record of the run.

        Returns:
            How it ended.
        """
        job = self._job
        sweep(Path(job.runs))
        try:
            with AccountLock(job.database, job.account) as lock:
                kill_marked(_MARK, name_of_runs(job.database, job.account))
                lock.end_connections_of_dead_runs()
                with RunFolder(Path(job.runs), Path(job.plugins)) as folder:
                    began = time.time()
                    result = self._run_in(folder, lock.connection)
                    if result.ending is not Ending.LOCK_LOST:
                        keep(lock.connection, job, result, began)
                    return result
        except BusyError:
            return RunResult(Ending.BUSY)

    def _run_in(self, folder: RunFolder, connection: psycopg.Connection) -> RunResult:
        job = self._job
        told = {job.summary_variable: str(folder.summary)} if job.summary_variable else {}
        name = name_of_runs(job.database, job.account)
        mark = {_MARK: name, "PGAPPNAME": name}
        adopt_orphans()
        began = time.monotonic()
        meltano = subprocess.Popen(  # noqa: S603 - our own command
            job.command,
            cwd=job.folder,
            env={**job.environment, **folder.environment(), **told, **mark},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
        )
        ending = self._wait(meltano, connection, began + job.time_limit)
        # Meltano may have ended before its children.
        end_descendants(GRACE_SECONDS if ending in {Ending.TIME_LIMIT, Ending.ABANDONED} else 0)
        taken = resource.getrusage(resource.RUSAGE_CHILDREN)
        usage = Usage(
            seconds=round(time.monotonic() - began, 3),
            cpu_seconds=round(taken.ru_utime + taken.ru_stime, 3),
            peak_megabytes=round(self._peak / 2**20, 1),
        )
        return RunResult(ending, meltano.returncode, read_summary(folder.summary, job.secrets), usage)

    def _wait(self, meltano: subprocess.Popen[bytes], connection: psycopg.Connection, deadline: float) -> Ending:
        """Wait for the first event that ends the run."""
        poll = select.poll()
        ends = {os.pidfd_open(meltano.pid): Ending.ENDED}
        try:
            ends.update((os.pidfd_open(pid), Ending.ABANDONED) for pid in self._watched)
        except ProcessLookupError:
            return Ending.ABANDONED
        # No query is running, so anything the server sends means that the connection is closing.
        ends[connection.fileno()] = Ending.LOCK_LOST
        for descriptor in ends:
            poll.register(descriptor, select.POLLIN)
        while True:
            events = [ends[descriptor] for descriptor, _ in poll.poll(_LOOK_SECONDS * 1000)]
            self._peak = max(self._peak, resident_bytes(children_of(os.getpid())))
            if Ending.LOCK_LOST in events and not _is_held(connection):
                return Ending.LOCK_LOST
            if Ending.ENDED in events:
                meltano.wait()
                return Ending.ENDED
            if Ending.ABANDONED in events or self._is_told_to_stop:
                return Ending.ABANDONED
            if time.monotonic() >= deadline:
                return Ending.TIME_LIMIT


def _is_held(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def main() -> None:
    """Run the job read from standard input; arguments are the result's descriptor and the processes to watch."""
    descriptor, *watched = map(int, sys.argv[1:])
    guard = Guard(Job.from_json(sys.stdin.read()), watched)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, guard.stop)
    try:
        result = guard.run()
    except psycopg.OperationalError as error:
        print(f"status-fleet: {error}")
        result = RunResult(Ending.LOCK_LOST)
    with os.fdopen(descriptor, "w") as told:
        told.write(result.as_json())


if __name__ == "__main__":
    main()
