"""The loaders under comparison, each in a process and an environment of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.duckdb_input import STREAM
from bench.paths import CACHE
from bench.processes import SHOWN_OF_A_LOG, Usage, run
from bench.trees import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.trees import Tree

PYTHON = "3.11"
DUCKDB = f"duckdb=={version('duckdb')}"
"""All loaders run with the DuckDB version that is installed here."""
PYPI_TARGET = ("target-duckdb==0.8.0", DUCKDB)
DLT = ("dlt[duckdb,parquet]==1.31.0", DUCKDB)
COMPILED = "--compile-bytecode"
"""Bytecode is compiled at installation, so that no run of a loader compiles its imports, not even the first."""

_COUNT = f"""
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    row = connection.execute("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM {STREAM}").fetchone()
print(json.dumps(row))
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Load(Usage):
    """A finished load.

    Attributes:
        rows: Rows in the table.
        keys: Number of distinct keys.
        first_key: The smallest key.
        last_key: The largest key.
        last_line: The last line on standard output, which is the last state of a Singer target.
    """

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


def of_tree(tree: Tree, source: Path, folder: Path) -> Load:
    """Load a Singer file with the target of a tree."""
    database = _new_database(folder)
    settings = folder / "config.json"
    settings.write_text(json.dumps({"filepath": str(database)}))
    command = [tree.program("target-duckdb"), "--config", str(settings)]
    return _run(command, database, folder, {}, source, tree=tree)


def pypi_target(source: Path, folder: Path) -> Load:
    """Load a Singer file with the target-duckdb from PyPI."""
    python = environment(PYPI_TARGET)
    database = _new_database(folder)
    config = {"filepath": str(database), "default_target_schema": "main"}
    return _singer_load([str(python.with_name("target-duckdb"))], config, source, folder)


def dlt_default(source: Path, folder: Path) -> Load:
    """Load the records of a Singer file with dlt in its default settings."""
    python = environment(DLT)
    database = _new_database(folder)
    script = Path(__file__).with_name("duckdb_dlt.py")
    command = [str(python), str(script), str(source), str(database), str(folder / "dlt")]
    return _run(command, database, folder, {"RUNTIME__DLTHUB_TELEMETRY": "false"})


def _singer_load(command: list[str], config: Mapping[str, str], source: Path, folder: Path) -> Load:
    settings = folder / "config.json"
    settings.write_text(json.dumps(config))
    return _run([*command, "--config", str(settings)], Path(config["filepath"]), folder, {}, source)


def _run(  # noqa: PLR0913 - the inputs of a process
    command: list[str],
    database: Path,
    folder: Path,
    environment: Mapping[str, str],
    source: Path | None = None,
    *,
    tree: Tree = HERE,
) -> Load:
    output, log = folder / "output", folder / "log"
    usage = run(command, log, {**tree.environment, **environment}, source=source, output=output)
    counted = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", _COUNT, str(database)], check=True, capture_output=True
    )
    last_line = next(reversed(output.read_text().splitlines()), "")
    rows, keys, first_key, last_key = json.loads(counted.stdout)
    return Load(**vars(usage), rows=rows, keys=keys, first_key=first_key, last_key=last_key, last_line=last_line)


def _new_database(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    return database_in(folder)


def database_in(folder: Path) -> Path:
    """The database that a load has left in a folder."""
    return folder / "bench.duckdb"


def environment(requirements: tuple[str, ...]) -> Path:
    """The Python of an environment with these packages, which is created on first use."""
    name = hashlib.sha256(" ".join((COMPILED, *requirements)).encode()).hexdigest()[:12]
    environment = CACHE / name
    python = environment / "bin" / "python"
    if not (environment / "complete").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        _quietly([uv, "venv", "--clear", "--no-python-downloads", "--python", _python(), str(environment)])
        _quietly([uv, "pip", "install", "--python", str(python), COMPILED, *requirements])
        (environment / "complete").touch()
    return python


def _python() -> str:
    """This Python, or 3.11 if it is installed and this is another, since the published target was made for it."""
    own = "{}.{}".format(*sys.version_info)
    return sys.executable if own == PYTHON else shutil.which(f"python{PYTHON}") or sys.executable


def _quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-SHOWN_OF_A_LOG:]}")
