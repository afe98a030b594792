"""DuckDB is asked about all tables at once, and again when one may have changed; about a new file it is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from target_duckdb import database as database_module
from target_duckdb.column_types import BIGINT
from target_duckdb.database import Database
from target_duckdb.errors import DatabaseError
from target_duckdb.location import locate
from target_duckdb.names import TableName
from target_duckdb.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    from target_duckdb.location import Location

PROPERTIES = {"id": {"type": "integer"}}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(locate(str(tmp_path / "warehouse.duckdb")))
    yield database
    database.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries of the test."""
    queries: list[str] = []
    rows = Database.rows

    def noted(database: Database, sql: str, parameters: Any = ()) -> list[Any]:
        queries.append(sql)
        return rows(database, sql, parameters)

    monkeypatch.setattr(Database, "rows", noted)
    return queries


def test_a_load_of_many_tables_that_are_there_asks_once(warehouse: Any, say: Any, asked: list[str]) -> None:
    messages = [
        message
        for stream in map("t{}".format, range(9))
        for message in (say.schema(stream, PROPERTIES), say.record(stream, 1, id=1), say.activate(stream, 1))
    ]
    warehouse.load(*messages)
    asked.clear()
    warehouse.load(*messages)
    assert sum("duckdb_columns()" in sql for sql in asked) == 1


def test_what_a_new_file_holds_is_not_asked(warehouse: Any, say: Any, asked: list[str]) -> None:
    streams = ["t", "u", "other-t"]
    messages = [each for name in streams for each in (say.schema(name, PROPERTIES), say.record(name, id=1))]
    warehouse.load(*messages)
    assert not [sql for sql in asked if "FROM duckdb_" in sql]
    warehouse.load(*messages)
    assert [sql for sql in asked if "FROM duckdb_" in sql]
    assert warehouse.rows("FROM t UNION ALL FROM u UNION ALL FROM other.t") == [(1,)] * 3


def test_a_file_that_another_program_makes_at_the_same_time_is_not_taken_for_new(
    warehouse: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = database_module._connect

    def connect_second(location: Location, lake: None) -> duckdb.DuckDBPyConnection:
        warehouse.execute("CREATE TABLE t (id BIGINT, mine INTEGER DEFAULT 3)")
        return connect(location, lake)

    monkeypatch.setattr(database_module, "_connect", connect_second)
    warehouse.load(say.schema("t", PROPERTIES), say.record("t", id=1))
    assert warehouse.rows("FROM t") == [(1, 3)]


def test_a_collation_of_the_settings_counts_in_a_new_file(warehouse: Any, say: Any) -> None:
    records = [say.record("t", id=key) for key in ("a", "A")]
    settings = {"default_collation": "nocase"}
    warehouse.load(say.schema("t", {"id": {"type": "string"}}), *records, batch_size_rows=1, settings=settings)
    assert sorted(warehouse.rows("FROM t")) == [("A",), ("a",)]


def test_a_change_is_seen_and_one_that_is_taken_back_is_not(database: Database) -> None:
    table = Table(database, TableName("main", "Things"))
    column = Column("id", "id", BIGINT)

    def fail() -> None:
        table.create([column])
        assert list(table.columns()) == ["id"]
        database.execute("SELECT * FROM nowhere")

    with pytest.raises(DatabaseError):
        database.atomically("a test", fail)
    assert table.columns() == {}
    table.create([column])
    assert list(Table(database, TableName("MAIN", "things")).columns()) == ["id"]
    table.fit(Column("v", "v", BIGINT), None)
    assert list(table.columns()) == ["id", "v"]
    table.drop()
    assert table.columns() == {}
