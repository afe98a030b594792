from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from singer_sdk.plugin_base import _ConfigInput
from target_duckdb.names import literal, quote
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager


def as_lines(messages: Sequence[dict[str, Any] | str]) -> str:
    return "".join((m if isinstance(m, str) else json.dumps(m)) + "\n" for m in messages)


class Shell:
    """A DuckDB that stays, as in a shell: it opens a file to look into it, and closes it again.

    To start a DuckDB takes ten times as long. Every load does, as it would in a process of its own.
    """

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")

    @contextmanager
    def at(self, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a file, under the name that it has where it is opened alone."""
        name = quote(path.stem)
        self._connection.execute(f"ATTACH {literal(str(path))} AS {name}; USE {name}")
        try:
            yield self._connection
        finally:
            self._connection.execute(f"USE memory; DETACH {name}")


@cache
def the_shell() -> Shell:
    return Shell()


def run_command(capsys: pytest.CaptureFixture[str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the executable in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        TargetDuckDB.cli(options)
    return subprocess.CompletedProcess(options, int(stop.value.code or 0), *capsys.readouterr())


@dataclass
class Warehouse:
    """A DuckDB file, the target in front of it and a reader behind it."""

    path: Path
    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture

    @property
    def filepath(self) -> str:
        """The setting of that name."""
        return str(self.path)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Connect to the database by hand."""
        return duckdb.connect(str(self.path))

    def opened(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Open the database for one look, or for one change by hand."""
        return the_shell().at(self.path)

    def load(self, *messages: dict[str, Any] | str, **settings: Any) -> list[Any]:
        """Load messages in this process, and return the states that came out."""
        self.capsys.readouterr()
        target = TargetDuckDB(config={"filepath": self.filepath, **settings})
        try:
            target.listen(io.BytesIO(as_lines(messages).encode()))  # type: ignore[arg-type]
        finally:
            target._close()
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]

    def invoke(self, *messages: dict[str, Any] | str, **settings: Any) -> tuple[int | str | None, list[Any], list[str]]:
        """Load messages as the executable does, in this process: exit code, states and error lines."""
        self.capsys.readouterr()
        self.caplog.clear()
        config = _ConfigInput(config={"filepath": self.filepath, **settings})
        with pytest.raises(SystemExit) as stop:
            TargetDuckDB.invoke(config=config, file_input=io.StringIO(as_lines(messages)))
        states = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        failures = [entry for entry in self.caplog.records if entry.levelname == "ERROR"]
        assert all(entry.exc_info is None for entry in failures)
        return stop.value.code, states, [entry.getMessage() for entry in failures]

    def command(self, *messages: dict[str, Any] | str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Load messages with the command of the executable, in this process."""
        sent = self.path.with_suffix(".jsonl")
        sent.write_text(as_lines(messages))
        return run_command(self.capsys, "--config", str(self._config(settings)), "--input", str(sent))

    def run(self, *messages: dict[str, Any] | str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Load messages as a user does, through the executable."""
        executable = Path(sys.executable).with_name("target-duckdb")
        return subprocess.run(  # noqa: S603
            [executable, "--config", self._config(settings)],
            input=as_lines(messages),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def _config(self, settings: dict[str, Any]) -> Path:
        config = self.path.with_suffix(".json")
        config.write_text(json.dumps({"filepath": self.filepath, **settings}))
        return config

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.opened() as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Do something to the database by hand."""
        with self.opened() as connection:
            connection.execute(sql)

    def types(self, table: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {table}")}


@pytest.fixture
def warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", capsys, caplog)


@pytest.fixture(scope="session")
def shell() -> Shell:
    return the_shell()


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command of the executable with some options."""
    return partial(run_command, capsys)


def schema(stream: str, properties: dict[str, Any], keys: Sequence[str] = ("id",)) -> dict[str, Any]:
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": properties},
        "key_properties": list(keys),
    }


def record(stream: str, version: int | None = None, /, **values: Any) -> dict[str, Any]:
    message = {"type": "RECORD", "stream": stream, "record": values}
    return message if version is None else {**message, "version": version}


def activate(stream: str, version: int) -> dict[str, Any]:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def state(value: Any) -> dict[str, Any]:
    return {"type": "STATE", "value": value}


class Messages:
    """The messages of a tap, as functions."""

    schema = staticmethod(schema)
    record = staticmethod(record)
    activate = staticmethod(activate)
    state = staticmethod(state)


@pytest.fixture
def say() -> type[Messages]:
    return Messages
