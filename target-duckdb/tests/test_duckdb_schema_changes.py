from __future__ import annotations

from typing import Any

import pytest
from target_duckdb.errors import DatabaseError

ID = {"type": "integer"}
STRING = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
MONEY = {"type": ["null", "number"], "multipleOf": 0.01}
BOOLEAN = {"type": ["null", "boolean"]}
OBJECT = {"type": ["null", "object"]}
DATE = {"type": ["null", "string"], "format": "date"}
DATE_TIME = {"type": ["null", "string"], "format": "date-time"}


@pytest.mark.parametrize("in_one_run", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        (INTEGER, 1, NUMBER, 2.5, "DOUBLE", [1.0, 2.5]),
        (NUMBER, 2.5, INTEGER, 1, "DOUBLE", [2.5, 1.0]),
        (INTEGER, 1, STRING, "x", "VARCHAR", ["1", "x"]),
        (STRING, "x", INTEGER, 1, "VARCHAR", ["x", "1"]),
        (BOOLEAN, True, INTEGER, 1, "VARCHAR", ["true", "1"]),
        (STRING, 'x"y', OBJECT, {"a": 1}, "JSON", ['"x\\"y"', '{"a":1}']),
        (OBJECT, {"a": 1}, STRING, "x", "JSON", ['{"a":1}', '"x"']),
        (INTEGER, 7, OBJECT, {}, "JSON", ["7", "{}"]),
        (DATE_TIME, "2024-05-24T10:00:00.5+02:00", STRING, "x", "VARCHAR", ["2024-05-24T08:00:00.500000Z", "x"]),
        (INTEGER, 3, MONEY, 1.25, "DECIMAL(38,2)", ["3.00", "1.25"]),
        (DATE, "2024-05-24", DATE_TIME, "2024-05-24T01:00:00Z", "TIMESTAMP WITH TIME ZONE", None),
    ],
)
def test_a_changed_type_widens_the_column_and_keeps_its_values(
    warehouse: Any, say: Any, change: tuple[Any, ...], *, in_one_run: bool
) -> None:
    before, old, after, new, sql_type, expected = change
    first = [say.schema("t", {"id": ID, "v": before}), say.record("t", id=1, v=old)]
    second = [say.schema("t", {"id": ID, "v": after}), say.record("t", id=2, v=new)]
    if in_one_run:
        warehouse.load(*first, *second)
    else:
        warehouse.load(*first)
        warehouse.load(*second)
    assert warehouse.types("t")["v"] == sql_type
    values = [row[0] for row in warehouse.rows("SELECT v FROM t ORDER BY id")]
    if expected is None:
        assert [value.isoformat() for value in values] == ["2024-05-24T00:00:00+00:00", "2024-05-24T01:00:00+00:00"]
    else:
        assert [str(value) if isinstance(expected[0], str) else value for value in values] == expected


def test_a_widening_that_would_round_is_refused_and_changes_nothing(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("t", {"id": ID, "v": INTEGER}), say.record("t", id=1, v=2**53 + 1))
    with pytest.raises(DatabaseError, match="would round"):
        warehouse.load(say.schema("t", {"id": ID, "v": NUMBER}))
    assert warehouse.rows("FROM t") == [(1, 2**53 + 1)]


def test_a_new_property_becomes_a_column_and_a_lost_one_stays_as_it_was(warehouse: Any, say: Any) -> None:
    warehouse.load(
        say.schema("t", {"id": ID, "lost": STRING}),
        say.record("t", id=1, lost="a"),
        say.record("t", id=2, lost="b"),
        say.schema("t", {"id": ID, "new": STRING}),
        say.record("t", id=2, new="c"),
        say.record("t", id=3, new="d"),
    )
    assert warehouse.rows("FROM t ORDER BY id") == [(1, "a", None), (2, "b", "c"), (3, None, "d")]


def test_records_keep_their_order_across_a_schema_change(warehouse: Any, say: Any) -> None:
    messages = [say.schema("t", {"id": ID, "v": STRING}), say.record("t", id=1, v="old")]
    messages += [say.schema("t", {"id": ID, "v": STRING, "w": STRING})]
    messages += [say.record("t", id=1, v="new"), say.record("t", id=2, v="full")]
    warehouse.load(*messages, batch_size_rows=2)
    assert warehouse.rows("SELECT id, v FROM t ORDER BY id") == [(1, "new"), (2, "full")]


def test_a_repeated_schema_does_not_write_what_waits(warehouse: Any, say: Any, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    messages: list[Any] = []
    for key in range(50):
        messages += [say.schema("t", {"id": ID}), say.record("t", id=key)]
    warehouse.load(*messages)
    assert caplog.text.count("batch_processing_time") == 1
    assert warehouse.rows("SELECT count(*) FROM t") == [(50,)]


def test_a_table_of_another_loader_is_taken_over(warehouse: Any, say: Any) -> None:
    with warehouse.connect() as connection:
        connection.execute(
            "CREATE TABLE t (ID HUGEINT PRIMARY KEY, happened TIMESTAMP, f FLOAT, small INTEGER, kept UUID);"
            "INSERT INTO t VALUES (1, '2024-05-24 10:00:00', 0.5, 7, NULL)"
        )
    properties = {"id": INTEGER, "happened": DATE_TIME, "f": NUMBER, "small": INTEGER}
    new = {"happened": "2024-05-24T12:00:00+02:00", "f": 0.1, "small": 2**40}
    warehouse.load(say.schema("t", properties), *(say.record("t", id=key, **new) for key in (1, 2, 2)))
    warehouse.load(say.schema("t", properties), say.record("t", id=1, happened="2024-05-24T10:00:00Z", f=0.5, small=7))
    assert warehouse.rows("SELECT id, CAST(happened AS VARCHAR), f, small FROM t ORDER BY id") == [
        (1, "2024-05-24 10:00:00+00", 0.5, 7),
        (2, "2024-05-24 10:00:00+00", 0.1, 2**40),
    ]


def test_a_table_as_the_published_target_makes_it_is_taken_over(warehouse: Any, say: Any) -> None:
    with warehouse.connect() as connection:
        connection.execute(
            "CREATE TABLE t (_sdc_batched_at TIMESTAMP, _sdc_deleted_at VARCHAR, seen TIMESTAMP, id HUGEINT, o JSON,"
            " PRIMARY KEY (id, seen));"
            "INSERT INTO t VALUES ('2024-01-01 00:00:00', NULL, '2024-05-24 10:00:00', 1, '{\"a\": 1}'),"
            " ('2024-01-01 00:00:00', NULL, '2024-05-24 10:00:00', 2, NULL)"
        )
    rows = [say.record("t", 5, id=key, seen="2024-05-24T12:00:00+02:00", o={"a": key}) for key in (1, 3)]
    messages = [
        say.schema("t", {"id": ID, "seen": DATE_TIME, "o": OBJECT}, ("id", "seen")),
        *rows,
        say.activate("t", 5),
    ]
    warehouse.load(*messages, add_metadata_columns=True)
    assert warehouse.rows("SELECT id, CAST(seen AS VARCHAR), o, _sdc_deleted_at IS NULL FROM t ORDER BY id") == [
        (1, "2024-05-24 10:00:00", '{"a":1}', True),
        (2, "2024-05-24 10:00:00", None, False),
        (3, "2024-05-24 10:00:00", '{"a":3}', True),
    ]


@pytest.mark.parametrize("binding", ["CREATE TABLE t (id INTEGER PRIMARY KEY)", "CREATE TABLE t (id INTEGER UNIQUE)"])
def test_a_column_that_is_bound_keeps_its_type_and_refuses_what_does_not_fit(
    warehouse: Any, say: Any, binding: str
) -> None:
    with warehouse.connect() as connection:
        connection.execute(binding)
    warehouse.load(say.schema("t", {"id": ID}), say.record("t", id=1), say.record("t", id=2**31 - 1))
    with pytest.raises(DatabaseError, match="out of range"):
        warehouse.load(say.schema("t", {"id": ID}), say.record("t", id=2**31))
    assert warehouse.types("t") == {"id": "INTEGER"}
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(1,), (2**31 - 1,)]


def test_a_column_under_an_index_keeps_its_type(warehouse: Any, say: Any) -> None:
    with warehouse.connect() as connection:
        connection.execute("CREATE TABLE t (id BIGINT, seen TIMESTAMP); CREATE INDEX by_time ON t (seen)")
    warehouse.load(
        say.schema("t", {"id": ID, "seen": DATE_TIME}), say.record("t", id=1, seen="2024-05-24T12:00:00+02:00")
    )
    assert warehouse.rows("SELECT id, CAST(seen AS VARCHAR) FROM t") == [(1, "2024-05-24 10:00:00")]


def test_a_type_that_cannot_be_written_is_named(warehouse: Any, say: Any) -> None:
    with warehouse.connect() as connection:
        connection.execute("CREATE TABLE t (id BIGINT, v UUID)")
    with pytest.raises(DatabaseError, match=r'column "v" of main.t has the type UUID'):
        warehouse.load(say.schema("t", {"id": INTEGER, "v": STRING}))


def test_a_changed_key_is_used_from_there_on(warehouse: Any, say: Any) -> None:
    properties = {"id": ID, "mail": STRING}
    warehouse.load(
        say.schema("t", properties, ["id"]),
        say.record("t", id=1, mail="a"),
        say.schema("t", properties, ["mail"]),
        say.record("t", id=2, mail="a"),
    )
    assert warehouse.rows("FROM t") == [(2, "a")]
