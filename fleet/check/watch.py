"""Looks all the time at which runs are alive: no account may ever have two."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from types import TracebackType

    from fleet.check.stack import Databases

LOOK_SECONDS = 0.4
LOOKS_BETWEEN_CONNECTIONS = 2
NAME, RUN = "STATUS_FLEET_NAME", "STATUS_FLEET_RUN"
OF_FLEET = " of fleet "
"""What follows the account in the name of its processes and connections."""


class Watch:
    """A thread that looks at the machine's processes and at the server's connections.

    Args:
        databases: Whose connections are counted.
        runs: The folder of the runs that are looked at: others on this machine are none of this check.

    Attributes:
        doubled: Accounts that had two runs at once, with the runs.
        runs: The runs of each account that were seen.
        most_at_once: How many accounts were loaded at the same time at most.
        connections: The most connections that a run had, by account.
    """

    def __init__(self, databases: Databases, runs: Path) -> None:
        self._folder = f"{runs}{os.sep}"
        self._databases = databases
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self.doubled: dict[str, set[str]] = {}
        self.runs: defaultdict[str, set[str]] = defaultdict(set)
        self.most_at_once = 0
        self.connections: defaultdict[str, int] = defaultdict(int)

    def __enter__(self) -> Watch:  # noqa: PYI034 - Self is not in Python 3.10
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def alive(self) -> dict[str, set[str]]:
        """The runs that have living processes, by account."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                with suppress(OSError):
                    variables = (process / "environ").read_bytes().split(b"\0")
                    told = dict(variable.decode(errors="replace").partition("=")[::2] for variable in variables)
                    if NAME in told and told.get(RUN, "").startswith(self._folder):
                        found[told[NAME].partition(OF_FLEET)[0]].add(told[RUN])
        return found

    def _look(self) -> None:
        looks = 0
        address = self._databases.address(self._databases.fleet)
        with psycopg.connect(address, autocommit=True) as connection:
            while not self._over.wait(LOOK_SECONDS):
                alive = self.alive()
                self.most_at_once = max(self.most_at_once, len(alive))
                for account, runs in alive.items():
                    self.runs[account] |= runs
                    if len(runs) > 1:
                        self.doubled.setdefault(account, set()).update(runs)
                looks += 1
                if looks % LOOKS_BETWEEN_CONNECTIONS == 0:
                    self._count(connection)

    def _count(self, connection: psycopg.Connection[tuple[str, int]]) -> None:
        counted = connection.execute(
            "SELECT application_name, count(*) FROM pg_stat_activity WHERE application_name LIKE %s GROUP BY 1",
            [f"%{OF_FLEET}%"],
        )
        for name, number in counted.fetchall():
            account = str(name).partition(OF_FLEET)[0]
            self.connections[account] = max(self.connections[account], number)


class Clock:
    """Times of what happens in a check, for its report."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """Say what happens now."""
        line = f"{time.monotonic() - self._began:6.0f} s  {text}"
        self.said.append(line)
        print(line, flush=True)
