"""How a lake is found, and what is said where it is not."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from target_duckdb.lake import Lake
from target_duckdb.location import locate

from ducklake.tests.conftest import BUCKET, PostgresLake

if TYPE_CHECKING:
    from pathlib import Path

    from ducklake.tests.loader_tests import LakeWarehouse
    from tests.support.postgresql import PostgresServer
    from tests.support.s3 import S3Server

HIDDEN = "made-up-password"
HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def messages(say: Any) -> list[dict[str, Any]]:
    return [say.schema("t", {"id": {"type": "integer"}}), say.record("t", id=1)]


def test_files_are_beside_the_catalog_unless_another_folder_is_set(
    warehouse: LakeWarehouse, messages: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.load(*messages)
    assert len([*(tmp_path / "warehouse.ducklake.files").rglob("*.parquet")]) == 1
    other = tmp_path / "folder" / "other.ducklake"
    monkeypatch.chdir(tmp_path)
    warehouse.load(*messages, filepath=f"ducklake:{other}", data_path="rows")
    monkeypatch.chdir("/")
    warehouse.load(*messages, filepath=f"ducklake:{other}")
    assert len([*(tmp_path / "rows").rglob("*.parquet")]) == 2


def test_another_data_path_than_that_of_the_catalog_is_one_line(
    warehouse: LakeWarehouse, messages: Any, tmp_path: Path
) -> None:
    warehouse.load(*messages)
    code, _, lines = warehouse.invoke(*messages, data_path=str(tmp_path / "other"))
    reason = f"data_path is {tmp_path}/other, but the catalog of {warehouse.filepath} says {warehouse.path}.files/"
    assert (code, lines) == (1, [f"{reason}: leave data_path out, or set another filepath"])


@pytest.mark.parametrize(
    "catalog",
    [
        f"host=127.0.0.1 port=1 dbname=lake user=me password='{HIDDEN}'",
        f"postgresql://me:{HIDDEN}@127.0.0.1:1/lake",
    ],
)
def test_a_catalog_that_cannot_be_reached_is_one_line_without_its_password(
    warehouse: LakeWarehouse, messages: Any, caplog: pytest.LogCaptureFixture, catalog: str
) -> None:
    caplog.set_level("DEBUG")
    code, _, (line,) = warehouse.invoke(*messages, filepath=f"ducklake:postgres:{catalog}", data_path="/tmp/x")  # noqa: S108
    assert code == 1
    assert line.startswith("cannot open ducklake:postgres:host=127.0.0.1 port=1 dbname=lake: ")
    assert "Connection refused" in line
    assert HIDDEN not in line + caplog.text


def test_a_new_lake_in_postgresql_needs_a_data_path(
    warehouse: LakeWarehouse, messages: Any, postgres: PostgresServer, lake: PostgresLake
) -> None:
    assert postgres is lake.server
    filepath = lake.config("new")["filepath"]
    code, _, (line,) = warehouse.invoke(*messages, filepath=filepath)
    assert (code, line.startswith("there is no lake in ducklake:postgres:host=")) == (1, True)
    assert line.endswith("set data_path, a folder or s3:// with a bucket and a prefix, to make one")


def test_a_catalog_that_is_no_database_is_one_line(warehouse: LakeWarehouse, messages: Any) -> None:
    warehouse.path.write_text("no database" * 1000)
    code, _, (line,) = warehouse.invoke(*messages)
    assert (code, line.startswith(f"cannot open {warehouse.filepath}: ")) == (1, True)
    assert "not a valid DuckDB database file" in line


def test_a_catalog_file_that_another_program_has_open_is_waited_for(warehouse: LakeWarehouse, messages: Any) -> None:
    warehouse.load(*messages)
    command = [sys.executable, "-c", HOLD, str(warehouse.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603 - ours
        assert holder.stdout is not None
        holder.stdout.readline()
        code, _, (line,) = warehouse.invoke(*messages, lock_timeout=0.3)
        holder.communicate("")
    assert (code, line.startswith(warehouse.filepath), f"in use by process {holder.pid}: " in line) == (1, True, True)


def test_a_bucket_is_found_with_what_the_environment_says(
    warehouse: LakeWarehouse, messages: Any, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", HIDDEN)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    warehouse.load(*messages, data_path=f"s3://{BUCKET}/environment", s3_endpoint=s3.url)
    warehouse.load(*messages, s3_endpoint=s3.url)
    with duckdb.connect() as connection:
        Lake(locate(warehouse.filepath), {"s3_endpoint": s3.url}).attach(connection)
        assert connection.execute("FROM t").fetchall() == [(1,)]
        ((file,),) = connection.execute("SELECT data_file FROM ducklake_list_files('lake', 't')").fetchall()
    assert file.startswith(f"s3://{BUCKET}/environment/main/t/")


def test_a_bucket_that_cannot_be_reached_is_one_line_without_its_secret(
    warehouse: LakeWarehouse, messages: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    code, states, (line,) = warehouse.invoke(
        *messages,
        data_path=f"s3://{BUCKET}/nowhere",
        s3_key_id="any",
        s3_secret=HIDDEN,
        s3_endpoint="http://127.0.0.1:1",
        settings={"http_retries": 0},
    )
    assert (code, states) == (1, [])
    assert line.startswith("cannot load 1 rows of stream 't' into main.t: ")
    assert HIDDEN not in line + caplog.text
