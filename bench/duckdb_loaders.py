"""The loaders that are compared, each a process of its own, in an environment of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.duckdb_input import STREAM
from bench.taps import MAXRSS_UNIT, NOT_FOR_TAPS, SHOWN_OF_A_LOG

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "status-taps-bench"
PYTHON = "3.11"
DUCKDB = f"duckdb=={version('duckdb')}"
"""All loaders run with the DuckDB that is installed here."""
PYPI_TARGET = ("target-duckdb==0.8.0", DUCKDB)
DLT = ("dlt[duckdb]==1.31.0", DUCKDB)

_COUNT = f"""
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    row = connection.execute("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM {STREAM}").fetchone()
print(json.dumps(row))
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Load:
    """A finished load.

    Attributes:
        seconds: Wall time of the whole process.
        cpu_seconds: Processor time of it.
        peak_bytes: Most memory that was resident at once.
        rows: Rows in the table.
        keys: Different keys among them.
        first_key: The smallest of them.
        last_key: The largest of them.
        last_line: The last line on standard output, which is the last state of a Singer target.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    rows: int
    keys: int
    first_key: int
    last_key: int
    last_line: str


def ours(source: Path, folder: Path) -> Load:
    """Load a Singer file with this repository's target."""
    database = _new_database(folder)
    config = {"filepath": str(database)}
    return _singer_load([str(Path(sys.executable).with_name("target-duckdb"))], config, source, folder)


def pypi_target(source: Path, folder: Path) -> Load:
    """Load a Singer file with the target-duckdb that is on PyPI."""
    python = environment(PYPI_TARGET)
    database = _new_database(folder)
    config = {"filepath": str(database), "default_target_schema": "main"}
    return _singer_load([str(python.with_name("target-duckdb"))], config, source, folder)


def dlt_default(source: Path, folder: Path) -> Load:
    """Load the records of a Singer file with dlt, all settings left alone."""
    python = environment(DLT)
    database = _new_database(folder)
    script = Path(__file__).with_name("duckdb_dlt.py")
    command = [str(python), str(script), str(source), str(database), str(folder / "dlt")]
    return _run(command, database, folder, {"RUNTIME__DLTHUB_TELEMETRY": "false"})


def _singer_load(command: list[str], config: Mapping[str, str], source: Path, folder: Path) -> Load:
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    return _run([*command, "--config", str(settings)], Path(config["filepath"]), folder, {}, source)


def _run(
    command: list[str], database: Path, folder: Path, environment: Mapping[str, str], source: Path | None = None
) -> Load:
    output, log = folder / "output", folder / "log"
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_FOR_TAPS}
    with (source or Path(os.devnull)).open("rb") as lines, output.open("wb") as out, log.open("wb") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the loaders named above
            command, stdin=lines, stdout=out, stderr=errors, env={**inherited, **environment}
        )
        # Popen.wait would not tell the memory.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{log.read_text()[-SHOWN_OF_A_LOG:]}")
    counted = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", _COUNT, str(database)], check=True, capture_output=True
    )
    last_line = next(reversed(output.read_text().splitlines()), "")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    rows, keys, first_key, last_key = json.loads(counted.stdout)
    peak_bytes = usage.ru_maxrss * MAXRSS_UNIT
    return Load(seconds, cpu_seconds, peak_bytes, rows, keys, first_key, last_key, last_line)


def _new_database(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return folder / "bench.duckdb"


def environment(requirements: tuple[str, ...]) -> Path:
    """The Python of an environment with some packages, made when it is first asked for."""
    name = hashlib.sha256(" ".join(requirements).encode()).hexdigest()[:12]
    environment = CACHE / name
    python = environment / "bin" / "python"
    if not (environment / "complete").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        _quietly([uv, "venv", "--clear", "--no-python-downloads", "--python", _python(), str(environment)])
        _quietly([uv, "pip", "install", "--python", str(python), *requirements])
        (environment / "complete").touch()
    return python


def _python() -> str:
    """Python 3.11 where there is one: the published target was made for it. Otherwise this one."""
    return shutil.which(f"python{PYTHON}") or sys.executable


def _quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-SHOWN_OF_A_LOG:]}")
