"""DuckDB is asked about all tables at once, and again when one may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from target_duckdb.column_types import BIGINT
from target_duckdb.database import Database
from target_duckdb.errors import DatabaseError
from target_duckdb.location import locate
from target_duckdb.names import TableName
from target_duckdb.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROPERTIES = {"id": {"type": "integer"}}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(locate(str(tmp_path / "warehouse.duckdb")))
    yield database
    database.close()


def test_a_load_of_many_tables_that_are_there_asks_once(
    warehouse: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [
        message
        for stream in map("t{}".format, range(9))
        for message in (say.schema(stream, PROPERTIES), say.record(stream, 1, id=1), say.activate(stream, 1))
    ]
    warehouse.load(*messages)
    asked: list[str] = []
    rows = Database.rows

    def noted(database: Database, sql: str, parameters: Any = ()) -> list[Any]:
        asked.append(sql)
        return rows(database, sql, parameters)

    monkeypatch.setattr(Database, "rows", noted)
    warehouse.load(*messages)
    assert sum("duckdb_columns()" in sql for sql in asked) == 1


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
