"""What the tests with lakes share: a PostgreSQL server for catalogs, a bucket for data, loaders as processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from target_duckdb.lake import Lake
from target_duckdb.location import locate

from ducklake.tests.loader_tests import LakeWarehouse, shared
from tests.support.postgres_fixture import postgres_server  # noqa: F401 - a fixture
from tests.support.postgresql import HOST, USER, PostgresServer
from tests.support.s3 import S3Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUCKET = "lake"
SECONDS_TO_WAIT = 60


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A running server that speaks S3, with a bucket."""
    with S3Server() as server:
        server.create_bucket(BUCKET)
        yield server


class Loader:
    """A loader that runs as a process of its own, and is fed message by message.

    Args:
        config: The file with its settings.
        log: Where its log goes.
    """

    def __init__(self, config: Path, log: Path) -> None:
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [Path(sys.executable).with_name("target-duckdb"), "--config", config],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                bufsize=1,
            )

    def send(self, *messages: dict[str, Any]) -> None:
        """Write messages to its input."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{json.dumps(message)}\n" for message in messages))
        self.process.stdin.flush()

    def state(self) -> Any:
        """The next state that it passes on."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log
        return json.loads(line)

    def end(self) -> list[Any]:
        """End its input, wait until it has succeeded, and return the states that it has passed on meanwhile."""
        states, _ = self.process.communicate(timeout=SECONDS_TO_WAIT)
        assert self.process.returncode == 0, self.log
        return [json.loads(line) for line in states.splitlines()]

    def stop(self) -> None:
        """Kill it, if it still runs."""
        self.process.kill()
        self.process.communicate()

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    @property
    def errors(self) -> list[str]:
        """The lines of its log that are no information."""
        return [line for line in self.log.splitlines() if "INFO" not in line]


@dataclass
class PostgresLake:
    """A lake with its catalog in a PostgreSQL database."""

    server: PostgresServer
    database: str
    folder: Path
    settings: dict[str, Any]
    exits: ExitStack
    loaders: list[Loader] = field(default_factory=list)

    def config(self, name: str) -> dict[str, Any]:
        """The settings of a loader; the server knows it by its name."""
        parameters = f"host={HOST} port={self.server.port} user={USER} dbname={self.database} application_name={name}"
        return {"filepath": f"ducklake:postgres:{parameters}", **self.settings}

    def start(self, count: int, **settings: Any) -> list[Loader]:
        """Start loaders, and wait until all of them are connected to the lake."""
        first = len(self.loaders)
        for number in range(first, first + count):
            config = self.folder / f"loader_{number}.json"
            config.write_text(json.dumps({**self.config(f"loader_{number}"), **settings}))
            loader = Loader(config, config.with_suffix(".log"))
            self.exits.callback(loader.stop)
            self.loaders.append(loader)
        names = {f"loader_{number}" for number in range(first, first + count)}
        self.wait_until(lambda: names <= self._connected())
        return self.loaders[first:]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is the case, while no loader has failed."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while not condition():
            failed = [loader for loader in self.loaders if (loader.process.poll() or 0) > 0]
            assert not failed, failed[0].log
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _connected(self) -> set[str]:
        """The names of loaders that are done with attaching the lake."""
        return {name for (name,) in self.ask("SELECT application_name FROM pg_stat_activity WHERE state = 'idle'")}

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the catalog's server."""
        with self.server.connect(self.database) as connection:
            return connection.execute(sql.encode()).fetchall()

    def holding(self) -> set[int]:
        """The numbers of the loaders that hold the lock of a table."""
        return self._with_locks("granted")

    def waiting(self) -> set[int]:
        """The numbers of the loaders that wait for the lock of a table."""
        return self._with_locks("NOT granted")

    def _with_locks(self, which: str) -> set[int]:
        found = self.ask(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"  # noqa: S608
            f" WHERE locktype = 'advisory' AND {which} AND application_name LIKE 'loader%'"
        )
        return {int(name.removeprefix("loader_")) for (name,) in found}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Query the lake."""
        config = self.config("reader")
        with duckdb.connect() as connection:
            Lake(locate(config["filepath"]), config).attach(connection)
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()


@pytest.fixture
def lake(postgres: PostgresServer, tmp_path: Path) -> Iterator[PostgresLake]:
    """A new lake, with its data in a folder."""
    with ExitStack() as exits:
        yield PostgresLake(postgres, postgres.create_database(), tmp_path, {"data_path": str(tmp_path / "data")}, exits)


@pytest.fixture
def bucket_lake(postgres: PostgresServer, s3: S3Server, tmp_path: Path) -> Iterator[PostgresLake]:
    """A new lake, with its data in a bucket."""
    database = postgres.create_database()
    settings = {
        "data_path": f"s3://{BUCKET}/{database}/",
        "s3_key_id": "any",
        "s3_secret": "any-secret",
        "s3_region": "eu-central-1",
        "s3_endpoint": s3.url,
    }
    with ExitStack() as exits:
        yield PostgresLake(postgres, database, tmp_path, settings, exits)


@pytest.fixture
def warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> LakeWarehouse:
    """A lake whose catalog is a file."""
    return LakeWarehouse(tmp_path / "warehouse.ducklake", capsys, caplog)


say = shared.say
"""The messages of a tap."""
