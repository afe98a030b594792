"""The files of a lake: few of them after a load, old ones gone when nothing needs them, and no row lost by that."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import duckdb
from target_duckdb import lake_files

if TYPE_CHECKING:
    import pytest

    from ducklake.tests.loader_tests import LakeWarehouse

PROPERTIES = {"id": {"type": "integer"}, "v": {"type": "integer"}}
SNAPSHOTS = "SELECT count(*) FROM ducklake_snapshots('lake')"


def batches(say: Any, first: int, last: int, value: int = 0) -> list[dict[str, Any]]:
    return [say.schema("t", PROPERTIES), *[say.record("t", id=number, v=value) for number in range(first, last)]]


def parquet_files(warehouse: LakeWarehouse) -> int:
    return len([*warehouse.path.parent.rglob("*.parquet")])


def test_the_files_of_many_batches_are_one_after_the_load(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.load(*batches(say, 0, 20), batch_size_rows=2)
    assert len(warehouse.files("t")) == 1
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(number,) for number in range(20)]
    assert warehouse.rows("SELECT count(*) FROM t AT (VERSION => 2)") == [(2,)]


def test_few_files_wait_for_more_and_those_of_several_runs_are_merged(warehouse: LakeWarehouse, say: Any) -> None:
    counts = []
    for number in range(5):
        warehouse.load(*batches(say, number, number + 1))
        counts.append(len(warehouse.files("t")))
    assert counts == [1, 2, 3, 1, 2]
    assert warehouse.rows("SELECT count(*) FROM t") == [(5,)]


def test_files_of_which_rows_were_replaced_are_written_without_them(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.load(*batches(say, 0, 100), batch_size_rows=10)
    assert len(warehouse.files("t")) == 1
    warehouse.load(*batches(say, 0, 10, 1))
    assert len(warehouse.files("t")) == 2
    warehouse.load(*batches(say, 10, 70, 1))
    deleted = "SELECT count(*) FROM ducklake_list_files('lake', 't') WHERE delete_file IS NOT NULL"
    assert warehouse.rows(deleted) == [(0,)]
    assert warehouse.rows("SELECT count(*), sum(v), count(DISTINCT id) FROM t") == [(100, 70, 100)]


def test_small_files_with_few_replaced_rows_are_merged_too(warehouse: LakeWarehouse, say: Any) -> None:
    for number in range(6):
        # Each run brings ten rows, and the last one of the run before again.
        warehouse.load(*batches(say, number * 10 - 1 if number else 0, number * 10 + 10, number))
    assert len(warehouse.files("t")) < 4
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(number,) for number in range(60)]


def test_a_large_file_is_left_alone(warehouse: LakeWarehouse, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_files, "_SMALL", 1)
    warehouse.load(*batches(say, 0, 20), batch_size_rows=2)
    assert len(warehouse.files("t")) == 10


def test_only_tables_that_the_run_has_changed_are_merged(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.execute("CREATE TABLE other (id BIGINT)")
    for number in range(5):
        warehouse.execute(f"INSERT INTO other SELECT {number} FROM range(20)")  # noqa: S608 - more rows than are inlined
    warehouse.load(*batches(say, 0, 20), batch_size_rows=2)
    assert (len(warehouse.files("other")), len(warehouse.files("t"))) == (5, 1)


def test_snapshots_stay_unless_they_are_to_expire(warehouse: LakeWarehouse, say: Any) -> None:
    for number in range(3):
        warehouse.load(*batches(say, 0, 2, number))
    ((kept,),) = warehouse.rows(SNAPSHOTS)
    warehouse.load(*batches(say, 0, 2, 3), expire_older_than_days=1)
    assert warehouse.rows(SNAPSHOTS)[0][0] > kept
    warehouse.load(*batches(say, 0, 2, 4), expire_older_than_days=0)
    assert warehouse.rows(SNAPSHOTS) == [(1,)]
    assert warehouse.rows("FROM t ORDER BY id") == [(0, 4), (1, 4)]


def test_files_that_no_snapshot_needs_go_a_day_later(
    warehouse: LakeWarehouse, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        warehouse.load(*batches(say, 0, 2, number))
    warehouse.load(*batches(say, 0, 2, 3), expire_older_than_days=0)
    assert parquet_files(warehouse) == 4
    monkeypatch.setattr(lake_files, "_DAYS_FOR_READERS", 0)
    warehouse.load(*batches(say, 0, 2, 4), expire_older_than_days=0)
    assert parquet_files(warehouse) == 1
    assert warehouse.rows("FROM t ORDER BY id") == [(0, 4), (1, 4)]


def test_a_failure_to_merge_is_a_warning(
    warehouse: LakeWarehouse, say: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_files, "_SMALL", "no number")
    caplog.set_level(logging.WARNING)
    states = warehouse.load(*batches(say, 0, 20), say.state({"n": 1}), batch_size_rows=2)
    (warning,) = [entry.getMessage() for entry in caplog.records if entry.levelname == "WARNING"]
    assert warning.startswith("all rows are in the lake, but the files of main.t are not merged: ")
    assert states == [{"n": 1}]
    assert warehouse.rows("SELECT count(*) FROM t") == [(20,)]


def test_after_an_error_of_duckdb_itself_nothing_more_is_tried(
    warehouse: LakeWarehouse, say: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise duckdb.InternalException("made up")

    monkeypatch.setattr(lake_files.LakeFiles, "_merge_small_files", fail)
    other = [{**message, "stream": "u"} for message in batches(say, 0, 2)]
    warehouse.load(*batches(say, 0, 2), *other)
    (warning,) = [entry.getMessage() for entry in caplog.records if entry.levelname == "WARNING"]
    assert warning == "all rows are in the lake, but the files of main.t are not merged: made up"
