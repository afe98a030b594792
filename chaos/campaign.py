"""A campaign against one tap: load, kill, load again from the saved state, and check the tables each time."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chaos.checks import Checks, Stream
from chaos.churn import Churn, Ledger, Meanwhile
from chaos.failures import failures
from chaos.runs import SCHEMA, MeltanoProject, Pipe, metadata_of, start_installed
from chaos.told import PARTIAL, READ, Told
from chaos.warehouse import tables_of
from chaos.weather import weather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chaos.failures import Failure
    from chaos.runs import Load, Loader, StartProgram
    from chaos.sources.source import Source
    from chaos.warehouse import Tables

COMMON = {"requests_per_minute": 0, "max_retries": 3}
"""Settings of every tap: no rate limit of its own, and so few attempts that some runs fail for good."""
LOOK_SECONDS = 0.005
REQUESTS_AT_FIRST = 20
KILLED = 0.7
"""Share of runs to kill, of Meltano's all; the others show how a rerun recovers."""
KILLS_BETWEEN = 4
"""Kills between two runs in which one thing fails throughout and nothing else goes wrong."""
CHANGES_BETWEEN = 12
"""Rows that change just before such a run: none changes during it, so that every row of a table can be compared."""
ALSO_FAILS = 0.25
"""Share of the other runs in which one thing fails throughout, too."""
WHOLE, PARTLY, FAILED, KILLED_ONE = "whole", "partly", "failed", "killed"
AT_THE_END = 0.2
"""Share of kills that wait until the tap has ended, while the loader is still writing."""


@dataclass
class Figures:
    """The figures of a campaign.

    Attributes:
        source: Name of the server.
        loader: `pipe` or `meltano`.
        faults: Number of faulty responses, by kind, and of rows that changed while they were read.
        runs: Number of runs by outcome: whole, partly (something failed, the rest was read), failed, killed.
        failures: What failed throughout a run in which nothing else went wrong.
        kills: Number of killed runs, by the process killed.
        changes: Number of rows inserted, updated and deleted meanwhile.
        requests: Number of requests.
        rows: Number of rows checked, over all checks.
        final_rows: Number of rows compared after the last run.
        tables: Number of their tables.
        kept: Number of rows of incremental streams that no longer exist at the source.
        seconds: Duration.
        problems: The problems found, one line each.
    """

    source: str
    loader: str
    faults: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    rows: int = 0
    final_rows: int = 0
    tables: int = 0
    kept: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


class Campaign:
    """Runs against one source.

    Args:
        name: Name of the source.
        source: The server; it is started and stopped here.
        folder: An empty folder.
        seed: Determines faults, changes and the times of kills, as far as two processes and a network allow.
        through_meltano: Whether to load with `meltano run` instead of a pipe.
        start_program: Starts a program of a pipe.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        source: Source,
        folder: Path,
        seed: int,
        *,
        through_meltano: bool = False,
        start_program: StartProgram = start_installed,
    ) -> None:
        self._start_program = start_program
        self._source = source
        self._folder = folder
        self._through_meltano = through_meltano
        self._chance = random.Random(seed)  # noqa: S311 - deliberately reproducible
        self._ledger = Ledger(source.store, source.table_names)
        self._churn = Churn(self._ledger, source.changes(), seed)
        self._requests = REQUESTS_AT_FIRST
        self._killed_before_the_failure = 0
        self._summary_file = folder / "summary.json"
        self._loaded: Tables | None = None
        self.figures = Figures(name, "meltano" if through_meltano else "pipe")

    def run(self, kills: int) -> Figures:
        """Run until the given number of runs have been killed, then once without faults; return the figures."""
        began = time.monotonic()
        with self._source.box:
            settings = {**COMMON, **self._source.settings, "summary_file": str(self._summary_file)}
            pipe = Pipe(
                self._folder,
                self._source.tap,
                settings,
                all_streams=self._source.all_streams,
                start_program=self._start_program,
            )
            self._streams = self._streams_of(pipe.catalog)
            self._checks = Checks(self._streams)
            self._loader: Loader = pipe
            if self._through_meltano:
                self._loader = MeltanoProject(
                    self._folder, self._source.tap, settings, all_streams=self._source.all_streams
                )
            while sum(self.figures.kills.values()) < kills and not self.figures.problems:
                self._one_run()
                if self._is_time_for_a_failure(kills):
                    self._run_with_a_failure()
                    self._run_without_faults()
            self.figures.requests = self._source.box.requests.total
        self.figures.faults = self._source.box.faults.injected
        self.figures.changes = self._churn.done
        self.figures.rows = self._checks.rows
        self.figures.kept = self._checks.kept
        self.figures.seconds = time.monotonic() - began
        return self.figures

    def _streams_of(self, catalog: dict[str, Any]) -> dict[str, Stream]:
        """The selected streams whose rows the source knows."""
        told = self._source.rows().keys()
        found = {}
        for stream in catalog["streams"]:
            name, metadata = stream["tap_stream_id"], metadata_of(stream)
            selected = metadata.get("selected", metadata.get("selected-by-default", False))
            if selected and name in told:
                keeps = stream.get("replication_method") == "INCREMENTAL"
                found[name] = Stream(tuple(stream["key_properties"]), keeps)
        return found

    # Runs

    def _one_run(self) -> None:
        """One load with faults; most of them are killed."""
        faults = self._source.box.faults
        self._checks.begin(self._source.rows(), self._warehouse())
        if self._chance.random() < ALSO_FAILS:
            for failure in failures(self._chance, self._source, self._asked()):
                faults.add(failure.fault())
        for fault in weather(self._chance, self._requests, self._step):
            faults.add(fault)
        with Meanwhile(self._churn, self._chance.getrandbits(32)):
            ended = self._load(is_killed=self._through_meltano or self._chance.random() < KILLED)
        faults.clear(start_over=False)
        self.figures.runs[ended] += 1
        self._report_on_a_run(ended)

    def _run_with_a_failure(self) -> None:
        """One load while one thing fails throughout: only what depends on it may be missing."""
        if not self._asked():
            # All runs so far were killed too early to make requests.
            self._run_without_faults()
        for _ in range(CHANGES_BETWEEN):
            self._step()
        self._checks.begin(self._source.rows(), self._warehouse())
        failing = list(failures(self._chance, self._source, self._asked()))
        before = self._source.box.faults.injected.total()
        for failure in failing:
            self._source.box.faults.add(failure.fault())
        ended = self._load(is_killed=False)
        self._source.box.faults.clear(start_over=False)
        self.figures.runs[ended] += 1
        self.figures.failures += map(str, failing)
        where = f"{ended}; {', '.join(map(str, failing))}"
        self._report_on_a_run(ended, where)
        if self._source.box.faults.injected.total() > before:
            self._report(self._cost_of(failing, ended), where)

    def _cost_of(self, failing: list[Failure], ended: str) -> Iterator[str]:
        """Yield the effects of a failure that it should not have."""
        told = Told.read(self._summary_file)
        if told is None:
            yield "there is no summary"
            return
        concerned = frozenset().union(*(failure.streams for failure in failing))
        refused = frozenset().union(*(failure.streams for failure in failing if failure.is_refusal))
        # What depends on a refused list is not asked for.
        must_fail = any(failure.is_certain and not failure.streams <= refused for failure in failing)
        may_fail = not all(failure.is_refusal for failure in failing)
        if ended not in {PARTLY} | ({WHOLE} if not must_fail else set()) or (ended == PARTLY and not may_fail):
            yield f"it ended {ended}: {self._loader.logs[-2000:]}"
        for name, stream in told.streams.items():
            may_lack_parts = name in self._source.promised_by_nobody and not stream["failures"]
            if name not in concerned and stream["outcome"] != READ and not may_lack_parts:
                yield f"{name} has nothing to do with it and is {stream['outcome']}: {stream}"
        if all(told.streams[name]["outcome"] == READ for name in concerned & told.streams.keys()):
            yield f"none of {', '.join(sorted(concerned))} is said to miss anything"
        store, warehouse = self._source.rows(), self._warehouse()
        yield from self._checks.at_the_end(store, warehouse, self._ledger.ever, without=concerned)

    def _run_without_faults(self) -> None:
        """One load without faults: the tables must equal the store."""
        ended = self._load(is_killed=False)
        self.figures.runs[ended] += 1
        if ended != WHOLE:
            self._report([f"the run without faults {ended}: {self._loader.logs[-2000:]}"], ended)
        store, warehouse = self._source.rows(), self._warehouse()
        self.figures.tables = len(self._streams)
        self.figures.final_rows = sum(len(warehouse.get(name, ())) for name in self._streams)
        self._report(self._checks.at_the_end(store, warehouse, self._ledger.ever), "run without faults")

    def _is_time_for_a_failure(self, kills: int) -> bool:
        """Whether something should fail throughout the next run: now and then, and at the end."""
        killed = sum(self.figures.kills.values())
        if self.figures.problems or killed == self._killed_before_the_failure:
            return False
        is_time = killed >= kills or killed % KILLS_BETWEEN == 0
        self._killed_before_the_failure = killed if is_time else self._killed_before_the_failure
        return is_time

    def _asked(self) -> list[str]:
        """The routes requested so far."""
        return sorted(self._source.box.requests.by_route)

    def _load(self, *, is_killed: bool) -> str:
        """Load once.

        Returns:
            The outcome.
        """
        before = self._source.box.requests.total
        self._loaded = None
        load = self._loader.start()
        victim = self._kill(load, before) if is_killed else None
        try:
            code = load.wait()
        except subprocess.TimeoutExpired:
            load.kill("both")
            load.wait()
            self._report(["it hangs"], "run")
            return FAILED
        if victim is not None:
            self.figures.kills[victim] += 1
            return KILLED_ONE
        self._requests = max(self._source.box.requests.total - before, 1)
        told = Told.read(self._summary_file)
        if told is not None and told.outcome == PARTIAL:
            return PARTLY if code else WHOLE
        return FAILED if code else WHOLE

    def _kill(self, load: Load, before: int) -> str | None:
        """Wait for a random moment and kill; return what was killed, or None if the load ended first."""
        victim = self._chance.choice(self._loader.victims)
        # Meltano ends as soon as its tap is known to have ended.
        at_the_end = self._chance.random() < AT_THE_END and not self._through_meltano
        after = self._chance.randrange(self._requests + 1)
        pause = self._chance.uniform(0, 0.2)
        while not (load.tap_is_over if at_the_end else self._source.box.requests.total - before >= after):
            if load.is_over:
                return None
            time.sleep(LOOK_SECONDS)
        time.sleep(pause)
        if load.is_over:
            return None
        load.kill(victim)
        return victim

    def _step(self) -> None:
        self._churn.step()

    # Checks

    def _warehouse(self) -> Tables:
        """The tables, which only loads change."""
        if self._loaded is None:
            self._loaded = tables_of(self._loader.file, SCHEMA)
        return self._loaded

    def _report_on_a_run(self, ended: str, where: str | None = None) -> None:
        """Report what is wrong after a run, whatever its outcome."""
        store, warehouse = self._source.rows(), self._warehouse()
        self._report(self._checks.after_a_run(store, warehouse), where or ended)
        self._report(self._tracebacks(), where or ended)
        told = Told.read(self._summary_file)
        if told is None or ended == KILLED_ONE:
            return
        self._report(self._untrue(told, ended), where or ended)
        self._report(self._checks.as_said(store, warehouse, read=told.read_whole, deleted=told.deleted), where or ended)

    @staticmethod
    def _untrue(told: Told, ended: str) -> Iterator[str]:
        """Yield contradictions between the tap's summary and the outcome of the run."""
        if (ended == WHOLE) != (told.exit_code == 0):
            yield f"it ended {ended}, and its summary tells of the exit code {told.exit_code}"
        if ended == WHOLE and told.failures:
            yield f"it ended well, and its summary tells of failures of {', '.join(sorted(told.failures))}"

    def _tracebacks(self) -> Iterator[str]:
        if "Traceback (most recent call last)" in self._loader.logs:
            yield f"a traceback reached the user: {self._loader.logs[-3000:]}"

    def _report(self, problems: Iterator[str] | list[str], where: str) -> None:
        number = sum(self.figures.runs.values())
        self.figures.problems += [f"run {number} ({where}): {problem}" for problem in problems]
