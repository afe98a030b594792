from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from singer_sdk.plugin_base import _ConfigInput
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_connect = duckdb.connect
_EVERY_LOAD_SETS = re.compile(r"SET (memory_limit|TimeZone|enable_progress_bar)\b")


class SharedInstance:
    """A DuckDB that stays, to which files are attached for as long as they are open.

    To start, to describe its catalog for the first time and to end takes a DuckDB 50 ms of processor time, several
    times as long as all else that a small load does. As with a DuckDB of its own, a file is written and closed with its
    last connection.
    """

    def __init__(self) -> None:
        self._instance = _connect()
        self._open: dict[str, tuple[Path, int]] = {}
        self._has_other_settings = False

    def connect(self, address: str = ":memory:", **options: Any) -> Any:
        """Open a file; what is no file, or cannot have the name that it would have alone, gets a DuckDB of its own."""
        path = Path(address).absolute()
        name = path.stem
        present, connections = self._open.get(name, (path, 0))
        if address.startswith((":memory:", "md:")) or any(options.values()) or present != path:
            return _connect(address, **options)
        if not connections:
            self._instance.execute(f"ATTACH {_literal(address)} AS {_quoted(name)}")
        self._open[name] = (path, connections + 1)
        return SharedConnection(self, name)

    def cursor(self, name: str) -> duckdb.DuckDBPyConnection:
        """A connection to an open file."""
        cursor = self._instance.cursor()
        cursor.execute(f"USE {_quoted(name)}")
        return cursor

    def note(self, sql: str) -> None:
        """Take note of a statement, which may be a setting that the next file must not have."""
        if sql.startswith("SET ") and not _EVERY_LOAD_SETS.match(sql):
            self._has_other_settings = True

    def release(self, name: str) -> None:
        """Close a file if its last connection is closed."""
        path, connections = self._open.pop(name)
        if connections > 1:
            self._open[name] = (path, connections - 1)
            return
        self._instance.execute(f"DETACH {_quoted(name)}")
        if self._has_other_settings and not self._open:
            self._instance.close()
            self._instance = _connect()
            self._has_other_settings = False

    def close_all(self) -> None:
        """Close what a test has left open."""
        for name in list(self._open):
            self._open[name] = (self._open[name][0], 1)
            self.release(name)


class SharedConnection(AbstractContextManager["SharedConnection"]):
    """A connection to one file of the shared instance; closing it twice does no harm."""

    def __init__(self, shared: SharedInstance, name: str) -> None:
        self._shared = shared
        self._name = name
        self._cursor = shared.cursor(name)
        self._is_open = True

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._cursor, attribute)

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, sql: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        """Run one statement."""
        self._shared.note(sql)
        return self._cursor.execute(sql, *parameters)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the same file."""
        return self._shared.cursor(self._name)

    def close(self) -> None:
        """Roll back what is open and close the connection."""
        self._cursor.close()
        if self._is_open:
            self._is_open = False
            self._shared.release(self._name)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture(scope="session")
def shared_instance() -> SharedInstance:
    return SharedInstance()


@pytest.fixture(autouse=True)
def _files_share_an_instance(
    request: pytest.FixtureRequest, shared_instance: SharedInstance, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Open files in the shared instance, unless the test looks at how a DuckDB of its own is opened."""
    if "own_instances" in request.fixturenames:
        yield
        return
    monkeypatch.setattr(duckdb, "connect", shared_instance.connect)
    yield
    shared_instance.close_all()


@pytest.fixture
def own_instances() -> None:
    """Each file is opened by a DuckDB of its own, as in a process of its own."""


def as_lines(messages: Sequence[dict[str, Any] | str]) -> str:
    return "".join((m if isinstance(m, str) else json.dumps(m)) + "\n" for m in messages)


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

    def run(self, *messages: dict[str, Any] | str, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Load messages as a user does, through the executable."""
        config = self.path.with_suffix(".json")
        config.write_text(json.dumps({"filepath": self.filepath, **settings}))
        executable = Path(sys.executable).with_name("target-duckdb")
        return subprocess.run(  # noqa: S603
            [executable, "--config", config],
            input=as_lines(messages),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Do something to the database by hand."""
        with self.connect() as connection:
            connection.execute(sql)

    def types(self, table: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE {table}")}


@pytest.fixture
def warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", capsys, caplog)


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
