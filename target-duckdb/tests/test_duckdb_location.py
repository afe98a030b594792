"""Where the database is: paths, addresses that are none, files in use, and tokens that nobody sees."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from target_duckdb.errors import DatabaseError
from target_duckdb.location import locate
from target_duckdb.target import TargetDuckDB

PROPERTIES = {"id": {"type": "integer"}}
TOKEN = "eyJ-made-up-token"


def test_a_tilde_is_the_home_directory(
    warehouse: Any, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    warehouse.load(say.schema("t", PROPERTIES), say.record("t", id=1), filepath="~/loads/new.duckdb")
    with duckdb.connect(str(tmp_path / "loads" / "new.duckdb")) as connection:
        assert connection.execute("FROM t").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "filepath",
    [
        *("s3://key:hidden@bucket/x.duckdb", "gs://bucket/x", "https://example.com/x.duckdb", "file:///tmp/x.duckdb"),
        *("sqlite:x.db", "postgres:password=hidden", "abfss://a@b/c", "S3://bucket/x", "duckdb:///x"),
    ],
)
def test_a_scheme_that_cannot_be_written_to_is_refused_before_anything_is_read(
    warehouse: Any, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filepath: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, states, (line,) = warehouse.invoke(say.state({"n": 1}), say.schema("t", PROPERTIES), filepath=filepath)
    assert (code, states, [*tmp_path.iterdir()]) == (1, [], [])
    assert line.startswith(f"filepath: {filepath.partition(':')[0]}: is not supported")
    assert "hidden" not in line


@pytest.mark.parametrize("filepath", ["./a:b/x.duckdb", "C:\\x.duckdb", "./a+b:c", ":memory:", ":memory:named"])
def test_other_colons_are_no_schemes(filepath: str) -> None:
    assert locate(filepath).address == str(Path(filepath))


def hold(path: Path, seconds: int) -> subprocess.Popen[str]:
    """Another program that has the database open for some seconds."""
    script = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1, flush=True); time.sleep(int(sys.argv[2]))"
    )
    holder = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", script, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


def test_a_file_in_use_is_waited_for(warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture) -> None:
    with hold(warehouse.path, 1):
        warehouse.load(say.schema("t", PROPERTIES), say.record("t", id=1), lock_timeout=30)
    assert warehouse.rows("FROM t") == [(1,)]
    assert "waiting for up to 30 seconds" in caplog.text


def test_nothing_is_read_from_the_tap_while_the_file_is_in_use(warehouse: Any) -> None:
    class Tap:
        asked = False

        def __iter__(self) -> Any:
            self.asked = True
            return iter([])

    tap = Tap()
    target = TargetDuckDB(config={"filepath": str(warehouse.path), "lock_timeout": 0.3})
    with hold(warehouse.path, 30) as holder:
        begin = time.monotonic()
        with pytest.raises(DatabaseError, match=f"is still in use by process {holder.pid}: .* a longer lock_timeout"):
            target._load(tap)  # type: ignore[arg-type]
        assert time.monotonic() - begin >= 0.3
        holder.kill()
    assert not tap.asked


def test_no_file_is_made_for_a_tap_that_sends_nothing(warehouse: Any) -> None:
    TargetDuckDB(config={"filepath": str(warehouse.path)})._load([])  # type: ignore[arg-type]
    assert not warehouse.path.exists()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What DuckDB was asked to connect to. It cannot, and says all that it was told."""
    asked: list[tuple[str, Any]] = []

    def refuse(address: str, config: Any) -> None:
        asked.append((address, config))
        raise duckdb.IOException(f"cannot reach {address} with {config}")

    monkeypatch.setattr("target_duckdb.database.duckdb.connect", refuse)
    return asked


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"filepath": f"md:db?motherduck_token={TOKEN}"}, "md:db"),
        ({"filepath": f"motherduck:db?session_hint=a&MOTHERDUCK_TOKEN={TOKEN}"}, "motherduck:db?session_hint=a"),
        ({"filepath": "md:db", "motherduck_token": TOKEN}, "md:db"),
        ({"filepath": "md:db?motherduck_token=older", "motherduck_token": TOKEN}, "md:db"),
        ({"filepath": None, "path": "md:", "token": TOKEN}, "md:"),
    ],
)
def test_a_token_reaches_motherduck_and_nobody_else(
    warehouse: Any, caplog: pytest.LogCaptureFixture, connections: Any, settings: dict[str, str], address: str
) -> None:
    caplog.set_level("DEBUG")
    code, _, (line,) = warehouse.invoke("", **settings)
    assert connections == [(address, {"motherduck_token": TOKEN})]
    assert (code, line.partition(":")[0]) == (1, f"cannot open {address.partition(':')[0]}")
    assert TOKEN not in line
    assert TOKEN not in caplog.text


def test_a_secret_among_the_settings_of_duckdb_is_not_shown(warehouse: Any, say: Any) -> None:
    _, _, (line,) = warehouse.invoke(say.schema("t", PROPERTIES), settings={"s3_secret_access_key_": TOKEN})
    assert line == "settings, s3_secret_access_key_: DuckDB refuses it"


def test_the_token_is_marked_as_a_secret() -> None:
    assert TargetDuckDB.config_jsonschema["properties"]["motherduck_token"]["secret"] is True


def test_a_location_does_not_tell_its_token() -> None:
    assert TOKEN not in repr(locate(f"md:db?motherduck_token={TOKEN}"))
