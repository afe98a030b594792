"""Tables of a lake: what differs from those in a file, with the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from target_duckdb.errors import DatabaseError, InvalidValueError

if TYPE_CHECKING:
    from ducklake.tests.loader_tests import LakeWarehouse

ID = {"type": "integer"}
WIDE = 170141183460469231731687303715884105727
FITTING = 10**38 - 1


def test_an_integer_beyond_bigint_keeps_its_digits(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.load(say.schema("t", {"id": ID, "n": ID}), say.record("t", id=1, n=1), say.record("t", id=2, n=-FITTING))
    warehouse.load(say.schema("t", {"id": ID, "n": {**ID, "maximum": 2**71}}), say.record("t", id=3, n=2**70 + 1))
    assert warehouse.types("t")["n"] == "DECIMAL(38,0)"
    assert [int(n) for (n,) in warehouse.rows("SELECT n FROM t ORDER BY id")] == [1, -FITTING, 2**70 + 1]


def test_an_integer_of_more_than_38_digits_does_not_fit(warehouse: LakeWarehouse, say: Any) -> None:
    messages = say.schema("t", {"id": ID, "n": ID}), say.record("t", id=1, n=WIDE)
    with pytest.raises(InvalidValueError, match=rf"property 'n': {WIDE} is not a number that fits DECIMAL\(38,0\)"):
        warehouse.load(*messages)
    warehouse.load(*messages, on_invalid="null")
    assert warehouse.rows("FROM t") == [(1, None)]


def test_a_hugeint_of_others_becomes_a_decimal_before_it_is_written_to(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.execute("CREATE TABLE t (id BIGINT, n HUGEINT); INSERT INTO t VALUES (1, 7)")
    warehouse.load(say.schema("t", {"id": ID, "n": ID}), say.record("t", id=2, n=2**80 + 1))
    assert sorted(int(n) for (n,) in warehouse.rows("SELECT n FROM t")) == [7, 2**80 + 1]


def test_a_changed_type_takes_values_comment_default_and_rows_along_to_the_end_of_the_table(
    warehouse: LakeWarehouse, say: Any
) -> None:
    warehouse.execute(
        "CREATE TABLE t (id BIGINT, v BIGINT NOT NULL DEFAULT 5, w VARCHAR);"
        " INSERT INTO t SELECT i, i * 10, 'w' FROM range(1000) AS r(i);"
        " COMMENT ON COLUMN t.v IS 'mine'; DELETE FROM t WHERE id >= 998"
    )
    described = {"id": ID, "v": {"type": "string"}, "w": {"type": "string"}}
    warehouse.load(say.schema("t", described), say.record("t", id=0, v="new", w="w"))
    assert warehouse.types("t") == {"id": "BIGINT", "w": "VARCHAR", "v": "VARCHAR"}
    assert warehouse.rows("SELECT count(*), sum(CAST(nullif(v, 'new') AS BIGINT)) FROM t") == [(998, 4975030)]
    assert warehouse.rows(
        "SELECT comment, column_default, is_nullable FROM duckdb_columns() WHERE table_name = 't' AND column_name = 'v'"
    ) == [("mine", "'5'", False)]


def test_an_integer_is_widened_in_its_place_and_old_files_are_read_as_before(
    warehouse: LakeWarehouse, say: Any
) -> None:
    warehouse.execute("CREATE TABLE t (id INTEGER, v VARCHAR); INSERT INTO t SELECT i, 'x' FROM range(-5, 5) AS r(i)")
    warehouse.load(say.schema("t", {"id": ID, "v": {"type": "string"}}), say.record("t", id=2**40, v="y"))
    assert warehouse.types("t") == {"id": "BIGINT", "v": "VARCHAR"}
    assert [id_ for (id_,) in warehouse.rows("SELECT id FROM t ORDER BY id")] == [*range(-5, 5), 2**40]
    assert warehouse.rows("SELECT v FROM t WHERE id = -5") == [("x",)]


def test_a_text_does_not_become_json_in_place(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.load(say.schema("t", {"id": ID, "v": {"type": "string"}}), say.record("t", id=1, v="x"))
    warehouse.load(
        say.schema("t", {"id": ID, "v": {"type": ["string", "object"]}}), say.record("t", id=2, v={"a": 1.5})
    )
    assert warehouse.types("t")["v"] == "JSON"
    assert warehouse.rows("SELECT CAST(v AS VARCHAR) FROM t ORDER BY id") == [('"x"',), ('{"a":1.5}',)]


def test_a_change_that_fails_leaves_the_table_as_it_was(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.load(say.schema("t", {"id": ID, "n": ID}), say.record("t", id=1, n=2**53 + 1))
    with pytest.raises(DatabaseError, match="to DOUBLE, which would round some"):
        warehouse.load(say.schema("t", {"id": ID, "n": {"type": "number"}}), say.record("t", id=2, n=0.5))
    assert (warehouse.types("t"), warehouse.rows("FROM t")) == ({"id": "BIGINT", "n": "BIGINT"}, [(1, 2**53 + 1)])


def test_a_column_without_a_default_that_needs_a_value_is_told_before_any_row(
    warehouse: LakeWarehouse, say: Any
) -> None:
    warehouse.execute("CREATE TABLE t (id BIGINT, mine VARCHAR NOT NULL)")
    with pytest.raises(DatabaseError, match=r'column "mine" of main\.t is NOT NULL, has no default'):
        warehouse.load(say.schema("t", {"id": ID}))


TEXTS = ["", "'", "\\'; --", '"', "\x01", "\U0001f600" * 300, "e\u0301", "\u00e9"]


def test_a_key_of_any_text_finds_its_row(warehouse: LakeWarehouse, say: Any) -> None:
    schema = say.schema("t", {"id": {"type": "string"}, "v": ID})
    warehouse.load(schema, *[say.record("t", id=text, v=1) for text in TEXTS])
    for text in TEXTS:
        warehouse.load(schema, say.record("t", id=text, v=2))
    assert sorted(warehouse.rows("FROM t")) == sorted((text, 2) for text in TEXTS)


@pytest.mark.parametrize("validate", [True, False])
def test_a_key_with_nul_is_refused_because_ducklake_cannot_look_for_it(
    warehouse: LakeWarehouse, say: Any, *, validate: bool
) -> None:
    messages = say.schema("t", {"id": {"type": "string"}}), say.record("t", id="a\0b'"), say.record("t", id="c")
    with pytest.raises(InvalidValueError, match=r"property 'id': \"a.x00b'\" holds the character NUL"):
        warehouse.load(*messages, validate_records=validate)
    warehouse.load(*messages, validate_records=validate, on_invalid="reject")
    assert warehouse.rows("FROM t") == [("c",)]


def test_other_text_may_hold_nul(warehouse: LakeWarehouse, say: Any) -> None:
    schema = say.schema("t", {"id": ID, "v": {"type": "string"}})
    for number in (1, 2, 1):
        warehouse.load(schema, say.record("t", id=number, v="a\0b'"))
    assert warehouse.rows("FROM t ORDER BY id") == [(1, "a\0b'"), (2, "a\0b'")]


def test_rejected_records_and_schemas_are_where_they_would_be_in_a_file(warehouse: LakeWarehouse, say: Any) -> None:
    warehouse.load(
        say.schema("one-t", {"id": ID}),
        say.record("one-t", id=1),
        say.record("one-t", id="x"),
        say.schema("two-t", {"id": ID}),
        say.record("two-t", id=2),
        on_invalid="reject",
    )
    assert warehouse.rows("SELECT 1, id FROM one.t UNION ALL SELECT 2, id FROM two.t ORDER BY ALL") == [(1, 1), (2, 2)]
    assert warehouse.rows("SELECT stream, record FROM _sdc_rejected") == [("one-t", '{"id":"x"}')]
