"""The fleet as a queue: schedules make runs, the scheduler hands them on one by one, slots of workers take them.

A run uses the cores of its worker in slices, and waits for its source between them, as a tap does. What Airflow
promises is kept: never two runs of an account at once, no run for a time that has passed when another one is due.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from statistics import mean
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR = 3600.0
SLICES = 4
"""Turns of work and waiting that a run is made of."""


@dataclass(frozen=True)
class Cost:
    """What a run takes.

    Attributes:
        cpu: Seconds of a core, those of Airflow's task included.
        waiting: Seconds in which it waits for its source.
    """

    cpu: float
    waiting: float


@dataclass(frozen=True)
class Load:
    """One account.

    Attributes:
        offset: Second of its period at which it is due.
        period: Seconds between two of its times.
        cost: What its runs take.
    """

    offset: float
    period: float
    cost: Cost


@dataclass(frozen=True)
class Setup:
    """The machines and the limits.

    Attributes:
        workers: How many there are.
        cores: Of each.
        slots: Runs that each has at a time (`worker_concurrency`).
        parallelism: Runs that Airflow has at a time (`parallelism`, or the slots of the pool).
        handed_on: Runs that the scheduler can hand on in a second.
        failing: Share of runs that fail with something that may pass.
        retry_delay: Seconds until such a run is tried again; they double.
        outage: From when to when no worker is there.
    """

    workers: int
    cores: int = 2
    slots: int = 5
    parallelism: int = 10_000
    handed_on: float = 4.0
    failing: float = 0.01
    retry_delay: float = 120.0
    outage: tuple[float, float] = (0.0, 0.0)


@dataclass
class Outcome:
    """What has happened.

    Attributes:
        waited: For each run that began, when it was due and how long it waited until then.
        runs: Runs that have ended.
        missed: Times that no run was made for, because the one before was not over.
        most_waiting: Runs that waited at once, at most.
        most_running: Runs that were on at once, at most.
        waiting_at: Runs that waited, at each full minute.
        busy: Share of the cores' time that was used.
    """

    waited: list[tuple[float, float]] = field(default_factory=list)
    runs: int = 0
    missed: int = 0
    most_waiting: int = 0
    most_running: int = 0
    waiting_at: list[int] = field(default_factory=list)
    busy: float = 0.0

    def waits(self, share: float, since: float = 0.0) -> float:
        """How long a run waits: no more than this, for a share of all runs.

        Args:
            share: 0.95 for all but every twentieth.
            since: Of the runs that were due from then on.
        """
        waits = sorted(wait for due, wait in self.waited if due >= since)
        return waits[min(len(waits) - 1, int(share * len(waits)))] if waits else 0.0

    @property
    def is_bounded(self) -> bool:
        """Whether the queue does not grow: no time was missed, and the last hour waits no more than the one before."""
        hour = 60
        before, last = self.waiting_at[-2 * hour : -hour], self.waiting_at[-hour:]
        return self.missed == 0 and mean(last) <= 1.1 * mean(before) + 1


class _Worker:
    def __init__(self, world: simpy.Environment, cores: int) -> None:
        self.cores = simpy.Resource(world, cores)
        self.used = 0.0


class Fleet:
    """Accounts on workers.

    Args:
        loads: The accounts.
        setup: The machines and the limits.
        seed: Decides which runs fail, and how long each takes.
    """

    def __init__(self, loads: Sequence[Load], setup: Setup, seed: int = 1) -> None:
        self._loads = loads
        self._setup = setup
        self._chance = random.Random(seed)  # noqa: S311 - nothing secret
        self._world = simpy.Environment()
        self._scheduler = simpy.Resource(self._world)
        self._parallelism = simpy.Resource(self._world, setup.parallelism)
        self._workers = [_Worker(self._world, setup.cores) for _ in range(setup.workers)]
        self._slots = simpy.Store(self._world)
        self._slots.items.extend(worker for _ in range(setup.slots) for worker in self._workers)
        self._running = 0
        self._waiting = 0
        self._outcome = Outcome()

    def run(self, hours: float) -> Outcome:
        """Let time pass.

        Args:
            hours: How much of it.
        """
        for load in self._loads:
            self._world.process(self._account(load))
        self._world.process(self._look())
        self._world.run(until=hours * HOUR)
        used = sum(worker.used for worker in self._workers)
        self._outcome.busy = used / (hours * HOUR * self._setup.cores * len(self._workers))
        return self._outcome

    def _account(self, load: Load) -> Any:
        """The times of an account: a run for each, or for the last one of those that have passed meanwhile."""
        due = load.offset
        while True:
            yield self._world.timeout(max(0.0, due - self._world.now))
            yield from self._dag_run(load, due)
            passed = max(0, int((self._world.now - due) // load.period) - 1)
            self._outcome.missed += passed
            due += load.period * (1 + passed)

    def _dag_run(self, load: Load, due: float) -> Any:
        """A run of an account until it has gone well, with the waits between its tries."""
        for attempt in itertools.count():
            yield from self._try(load, due if attempt == 0 else self._world.now)
            if self._chance.random() >= self._setup.failing:
                return
            yield self._world.timeout(self._setup.retry_delay * 2**attempt)

    def _try(self, load: Load, due: float) -> Any:
        self._waiting += 1
        self._outcome.most_waiting = max(self._outcome.most_waiting, self._waiting)
        with self._scheduler.request() as turn:
            yield turn
            yield self._world.timeout(1 / self._setup.handed_on)
        with self._parallelism.request() as allowed:
            yield allowed
            worker = yield self._slots.get()
            begin, end = self._setup.outage
            if begin <= self._world.now < end:
                yield self._world.timeout(end - self._world.now)
            self._waiting -= 1
            self._outcome.waited.append((due, self._world.now - due))
            self._running += 1
            self._outcome.most_running = max(self._outcome.most_running, self._running)
            yield from self._work(worker, load.cost)
            self._running -= 1
            self._outcome.runs += 1
            self._slots.put(worker)

    def _work(self, worker: _Worker, cost: Cost) -> Any:
        # Accounts differ: from half to one and a half of what is usual.
        size = self._chance.uniform(0.5, 1.5)
        for _ in range(SLICES):
            with worker.cores.request() as core:
                yield core
                yield self._world.timeout(size * cost.cpu / SLICES)
                worker.used += size * cost.cpu / SLICES
            yield self._world.timeout(size * cost.waiting / SLICES)

    def _look(self) -> Any:
        while True:
            yield self._world.timeout(60)
            self._outcome.waiting_at.append(self._waiting)
