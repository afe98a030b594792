"""One load by a tap and a loader, which can be killed: as two programs and a pipe, or through Meltano."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeAlias

import yaml
from maintenance.project import project_plugins

from tests.support.project import REPOSITORY, SCRIPTS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    StartProgram: TypeAlias = Callable[[Sequence[str], Path, Mapping[str, str], IO[bytes] | None, IO[bytes]], "Program"]
    """Starts a command in a folder, with an environment, a standard input, and a file for standard error."""

TARGET = "target-duckdb"
SCHEMA = "chaos"
ROWS_A_BATCH = 100
"""A small batch size, so that the loader commits and confirms the state many times in a run."""
LONGEST_RUN = 200.0
"""Seconds after which a run counts as hanging."""


class Load(Protocol):
    """A load in progress."""

    @property
    def is_over(self) -> bool:
        """Whether both programs have ended."""

    @property
    def tap_is_over(self) -> bool:
        """Whether the tap has ended, as far as can be seen."""

    def kill(self, victim: str) -> None:
        """Kill -9 `tap`, `target` or `both`."""

    def wait(self) -> int:
        """Wait for the end.

        Returns:
            0 if it succeeded.

        Raises:
            subprocess.TimeoutExpired: It hangs.
        """


class Loader(Protocol):
    """Loads a tap into a DuckDB file, repeatedly, each time from the state of the previous load."""

    @property
    def file(self) -> Path:
        """The database."""

    @property
    def victims(self) -> tuple[str, ...]:
        """The processes that can be killed."""

    @property
    def logs(self) -> str:
        """The output of the last load."""

    def start(self) -> Load:
        """Start a load."""


# As two programs


class Program(Protocol):
    """A program that was started: what `subprocess.Popen` has of it."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Its output."""

    def poll(self) -> int | None:
        """Return the exit code, if it has ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return the exit code."""

    def kill(self) -> None:
        """Kill -9."""


def start_installed(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], source: IO[bytes] | None, log: IO[bytes]
) -> Program:
    """Start a program of this environment."""
    program, *arguments = command
    return subprocess.Popen(  # noqa: S603 - programs of this repository
        [SCRIPTS / program, *arguments],
        cwd=folder,
        env=environment,
        stdin=source or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
    )


class Pipe:
    """Runs the two programs as Meltano does, but without it: they start faster.

    The last state that the loader has confirmed is saved, whether or not the load succeeded, as Meltano does.

    Args:
        folder: An empty folder.
        tap: Name of the tap.
        settings: Its settings.
        all_streams: Whether to select streams that are off by default, too.
        start_program: Starts a program.
    """

    victims = ("both", "both", "tap", "target")

    def __init__(
        self, folder: Path, tap: str, settings: Mapping[str, Any], *, all_streams: bool, start_program: StartProgram
    ) -> None:
        self._start_program = start_program
        self.folder = folder
        self.file = folder / "warehouse.duckdb"
        self.tap = tap
        self._loads = 0
        self._write("tap", settings)
        target = {"filepath": str(self.file), "default_target_schema": SCHEMA, "hard_delete": True}
        self._write("target", {**target, "batch_size_rows": ROWS_A_BATCH})
        self.catalog = self._discover(all_streams=all_streams)
        self._write("catalog", self.catalog)

    @property
    def logs(self) -> str:
        """The output of both programs in the last load."""
        return "".join(self._log(name).read_text(errors="replace") for name in ("tap", "target"))

    @property
    def _state(self) -> Path:
        return self.folder / "state.json"

    def start(self) -> PipedLoad:
        """Start a load."""
        self._loads += 1
        if self._state.exists():
            shutil.copy(self._state, self.folder / f"{self._loads:03}-state.json")
        state = ("--state", "state.json") if self._state.exists() else ()
        tap = self._start("tap", self.tap, "--config", "tap.json", "--catalog", "catalog.json", *state)
        target = self._start("target", TARGET, "--config", "target.json", source=tap.stdout)
        # Only the loader may have this end open: otherwise the tap would not notice that the loader has died.
        if tap.stdout is not None:
            tap.stdout.close()
        return PipedLoad(tap, target, self._state)

    def _start(self, name: str, program: str, *arguments: str, source: IO[bytes] | None = None) -> Program:
        with self._log(name).open("wb") as log:
            return self._start_program([program, *arguments], self.folder, clean_environment({}), source, log)

    def _log(self, name: str) -> Path:
        return self.folder / f"{self._loads:03}-{name}.log"

    def _discover(self, *, all_streams: bool) -> dict[str, Any]:
        program = self._start("discovery", self.tap, "--config", "tap.json", "--discover")
        assert program.stdout is not None  # noqa: S101 - for the type checker
        with program.stdout as output:
            told = output.read()
        if program.wait():
            raise RuntimeError(f"{self.tap} --discover failed: see {self._log('discovery')}")
        catalog: dict[str, Any] = json.loads(told)
        if all_streams:
            for stream in catalog["streams"]:
                metadata_of(stream)["selected"] = True
        return catalog

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        (self.folder / f"{name}.json").write_text(json.dumps(content))


class PipedLoad:
    """A load by two programs."""

    def __init__(self, tap: Program, target: Program, state: Path) -> None:
        self._programs = {"tap": tap, "target": target}
        self._state = state
        self._listens = threading.Event()
        self._listens.set()
        self._reader = threading.Thread(target=self._keep_states, name="states")
        self._reader.start()

    @property
    def is_over(self) -> bool:
        """Whether both programs have ended."""
        return all(program.poll() is not None for program in self._programs.values())

    @property
    def tap_is_over(self) -> bool:
        """Whether the tap has ended; the loader may still write."""
        return self._programs["tap"].poll() is not None

    def kill(self, victim: str) -> None:
        """Kill one program, or both together with the thread that saves the state."""
        if victim == "both":
            self._listens.clear()
        for name, program in self._programs.items():
            if victim in {name, "both"}:
                program.kill()

    def wait(self) -> int:
        """Wait for the end."""
        codes = [program.wait(timeout=LONGEST_RUN) for program in self._programs.values()]
        self._reader.join()
        return next(filter(None, codes), 0)

    def _keep_states(self) -> None:
        output = self._programs["target"].stdout
        if output is None:
            return
        with output:
            for line in output:
                if line.endswith(b"\n") and line.strip() and self._listens.is_set():
                    replace(self._state, line)


def replace(file: Path, content: bytes) -> None:
    """Replace a file atomically, so that readers always see a complete one."""
    new = file.with_suffix(".new")
    new.write_bytes(content)
    new.replace(file)


def metadata_of(stream: Mapping[str, Any]) -> dict[str, Any]:
    """The stream-level metadata in a catalog."""
    found: list[dict[str, Any]] = [entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"]]
    return found[0]


# Through Meltano


@dataclass
class MeltanoProject:
    """`meltano run` in a project of its own, whose plugins are the programs of this environment.

    Args:
        folder: An empty folder.
        tap: Name of the tap.
        settings: Its settings.
        all_streams: Whether to select streams that are off by default, too.
    """

    folder: Path
    tap: str
    settings: Mapping[str, Any]
    all_streams: bool
    victims: tuple[str, ...] = field(default=("both",), init=False)

    def __post_init__(self) -> None:
        project = yaml.safe_load((REPOSITORY / "meltano.yml").read_text())
        defined = project_plugins(REPOSITORY)
        project["plugins"] = {}
        for plugins, name in (("extractors", self.tap), ("loaders", TARGET)):
            (plugin,) = (plugin for plugin in defined[plugins] if plugin["name"] == name)
            # Use the program of this environment instead of installing one.
            del plugin["pip_url"]
            plugin["executable"] = str(SCRIPTS / name)
            project["plugins"][plugins] = [plugin]
        for name in ("jobs", "schedules"):
            project.pop(name, None)
        (self.folder / "meltano.yml").write_text(yaml.safe_dump(project))

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "warehouse.duckdb"

    @property
    def logs(self) -> str:
        """Meltano's output in the last load."""
        return (self.folder / "run.log").read_text(errors="replace")

    def start(self) -> MeltanoLoad:
        """Start `meltano run`."""
        with (self.folder / "run.log").open("wb") as log:
            return MeltanoLoad(
                subprocess.Popen(  # noqa: S603 - a command of our own
                    [SCRIPTS / "meltano", "--log-format=uncolored", "run", "--force", self.tap, TARGET],
                    cwd=self.folder,
                    env=clean_environment(self._environment()),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _environment(self) -> dict[str, str]:
        prefix = self.tap.upper().replace("-", "_")
        values = {f"{prefix}_{name.upper()}": _as_variable(value) for name, value in self.settings.items()}
        if self.all_streams:
            values[f"{prefix}__SELECT"] = '["*.*"]'
        return {
            **values,
            "TARGET_DUCKDB_FILEPATH": str(self.file),
            "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": SCHEMA,
            "TARGET_DUCKDB_BATCH_SIZE_ROWS": str(ROWS_A_BATCH),
        }


class MeltanoLoad:
    """A load through Meltano: Meltano, the tap and the loader are one process group."""

    def __init__(self, meltano: subprocess.Popen[bytes]) -> None:
        self._meltano = meltano

    @property
    def is_over(self) -> bool:
        """Whether Meltano has ended."""
        return self._meltano.poll() is not None

    @property
    def tap_is_over(self) -> bool:
        """Whether Meltano has ended: the tap's end cannot be seen before."""
        return self.is_over

    def kill(self, victim: str) -> None:  # noqa: ARG002 - all of them
        """Kill the whole group."""
        with suppress(ProcessLookupError):
            os.killpg(self._meltano.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the end."""
        return self._meltano.wait(timeout=LONGEST_RUN)


def _as_variable(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
