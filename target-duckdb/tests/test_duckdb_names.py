from __future__ import annotations

from typing import Any

import pytest
from target_duckdb.errors import InputError
from target_duckdb.names import TableName, column_names, fold, table_name

STRING = {"type": ["null", "string"]}


@pytest.mark.parametrize(
    ("stream", "default_schema", "expected"),
    [
        ("users", None, TableName("main", "users")),
        ("pub-users", None, TableName("pub", "users")),
        ("db-pub-users", None, TableName("pub", "users")),
        ("a-b-c-d", None, TableName("main", "a-b-c-d")),
        ("-users", None, TableName("main", "-users")),
        ("users", "raw", TableName("raw", "users")),
        ("pub-users", "raw", TableName("raw", "users")),
    ],
)
def test_a_stream_goes_to_the_table_its_name_says(stream: str, default_schema: str | None, expected: TableName) -> None:
    assert table_name(stream, default_schema) == expected


@pytest.mark.parametrize(
    "name",
    ["select", "order", "a.b", 'say "hi"', "it's", "x y", "1st", "\u00e9t\u00e9", "$(id)", "c0", "", "a;--", "%s"],
)
def test_any_name_can_be_a_column_and_a_table(warehouse: Any, say: Any, name: str) -> None:
    stream = name or "nameless"
    messages = say.schema(stream, {name: STRING, "v": STRING}, [name]), say.record(stream, **{name: "k", "v": "x"})
    warehouse.load(*messages)
    warehouse.load(*messages)
    quoted = '"' + stream.replace('"', '""') + '"'
    assert warehouse.rows(f"FROM {quoted}") == [("k", "x")]
    assert list(warehouse.types(quoted)) == [name or "_", "v"]


def test_a_schema_named_like_the_database_file_is_found(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("warehouse-t", {"id": STRING}), say.record("warehouse-t", id="1"))
    assert warehouse.rows("FROM warehouse.warehouse.t") == [("1",)]


def test_names_that_differ_in_case_keep_their_columns_from_run_to_run(warehouse: Any, say: Any) -> None:
    for names in (["Id", "ID", "id"], ["id", "Id"], ["ID", "id"], ["id", "ID", "Id", "iD"]):
        warehouse.load(say.schema("t", dict.fromkeys(names, STRING), ()), say.record("t", **{n: n for n in names}))
    columns = list(warehouse.types("t"))
    assert len(columns) == 4
    for row in warehouse.rows("FROM t"):
        assert len({value for value in row if value is not None}) == sum(value is not None for value in row)
    for position in range(4):
        assert len({row[position] for row in warehouse.rows("FROM t")} - {None}) == 1


def test_a_name_in_another_case_finds_the_column_of_an_earlier_load() -> None:
    assert column_names(["userId"], {"userid": None}) == {"userId": "userid"}


def test_a_numbered_column_does_not_take_the_name_of_another_property() -> None:
    assert column_names(["a", "A", "a_2"], {}) == {"a": "a_3", "A": "A", "a_2": "a_2"}


def test_two_streams_for_one_table_are_refused(warehouse: Any, say: Any) -> None:
    with pytest.raises(InputError, match="would share the table"):
        warehouse.load(say.schema("Users", {"id": STRING}), say.schema("users", {"id": STRING}))


def test_a_stream_goes_to_the_default_schema(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("t", {"id": STRING}), say.record("t", id="1"), default_target_schema="Raw Data")
    assert warehouse.rows('FROM "Raw Data".t') == [("1",)]


def test_a_column_is_chosen_without_another_look_at_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def noted(name: str) -> str:
        looks.append(name)
        return fold(name)

    monkeypatch.setattr("target_duckdb.names.fold", noted)
    properties = [f"c{number}" for number in range(300)]
    assert column_names(properties, {}) == {name: name for name in properties}
    assert len(looks) < 10 * len(properties)


def test_fifteen_hundred_columns_are_loaded_and_updated(warehouse: Any, say: Any) -> None:
    names = [f"c{number}" for number in range(1500)]
    for turn in ("a", "b"):
        records = [say.record("t", id=str(key), **{name: f"{turn}{name}" for name in names}) for key in range(5)]
        warehouse.load(say.schema("t", {"id": STRING, **dict.fromkeys(names, STRING)}), *records)
    rows = warehouse.rows("FROM t")
    assert len(rows) == 5
    assert all(row[1:] == tuple(f"b{name}" for name in names) for row in rows)
