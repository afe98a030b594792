"""Tables that were there before: each is loaded right, or is one clear line before any row is read."""

from __future__ import annotations

from typing import Any

import pytest
from target_duckdb.errors import DatabaseError

ID = {"type": "integer"}
TEXT = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
TIME = {"type": "string", "format": "date-time"}
PROPERTIES = {"id": ID, "name": TEXT}
METADATA = [
    *("_sdc_table_version HUGEINT", "_sdc_table_version VARCHAR", "_sdc_table_version DOUBLE"),
    *("_sdc_table_version INTEGER", "_sdc_table_version DECIMAL(38, 0)", "_sdc_table_version JSON"),
    *("_sdc_extracted_at VARCHAR", "_sdc_received_at TIMESTAMP", "_sdc_batched_at DATE", "_sdc_received_at BIGINT"),
    *("_sdc_sequence VARCHAR", "_sdc_sequence HUGEINT", "_sdc_sync_started_at DOUBLE", "_sdc_deleted_at JSON"),
    *("_sdc_received_at TIMESTAMP_MS", "_sdc_deleted_at VARCHAR", "_sdc_sync_started_at SMALLINT"),
]


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("column", METADATA)
def test_metadata_columns_of_any_type_are_filled_and_read(
    warehouse: Any, say: Any, column: str, *, metadata: bool
) -> None:
    warehouse.execute(f"CREATE TABLE t (id BIGINT, name VARCHAR, {column})")
    versions = [1_700_000_000_001, 1_700_000_000_002]
    for number, keys in zip(versions, [(1, 2, 3), (1, 2)], strict=True):
        rows = [say.record("t", number, id=key) | {"time_extracted": "2024-05-24T18:42:11Z"} for key in keys]
        messages = [say.schema("t", PROPERTIES), *rows, say.activate("t", number)]
        warehouse.load(*messages, add_record_metadata=metadata, hard_delete=True)
    version = "CAST(CAST(_sdc_table_version AS DECIMAL(38, 0)) AS BIGINT)"
    assert warehouse.rows(f"SELECT id, {version} FROM t ORDER BY id") == [(1, versions[1]), (2, versions[1])]  # noqa: S608
    name = column.split(maxsplit=1)[0]
    if metadata and name != "_sdc_deleted_at":
        assert warehouse.rows(f"SELECT count({name}), count(DISTINCT id) FROM t") == [(2, 2)]  # noqa: S608
    if metadata and name == "_sdc_extracted_at":
        assert warehouse.rows(
            "SELECT DISTINCT CAST(_sdc_extracted_at AS TIMESTAMP) = '2024-05-24 18:42:11' FROM t"
        ) == [(True,)]


OWN = [
    ("mine VARCHAR DEFAULT 'then'", "then", True),
    ("mine VARCHAR NOT NULL DEFAULT 'then'", "then", True),
    ("mine INTEGER DEFAULT (40 + 2)", 42, True),
    ("mine INTEGER[]", None, True),
    ("mine VARCHAR", None, True),
    ("mine VARCHAR GENERATED ALWAYS AS (upper(name))", "X", False),
]


@pytest.mark.parametrize("load_method", ["upsert", "append-only"])
@pytest.mark.parametrize("own", OWN, ids=[own[0] for own in OWN])
def test_columns_of_others_keep_what_is_in_them_and_new_rows_take_the_default(
    warehouse: Any, say: Any, own: tuple[str, Any, bool], load_method: str
) -> None:
    column, default, is_stored = own
    warehouse.execute(f"CREATE TABLE t (id BIGINT, name VARCHAR, {column})")
    warehouse.execute("INSERT INTO t (id, name) VALUES (1, 'x')")
    if is_stored:
        warehouse.execute("UPDATE t SET mine = [7]" if "[]" in column else "UPDATE t SET mine = 7")
    kept = warehouse.rows("SELECT mine FROM t")[0][0]
    records = [say.record("t", id=key, name="x") for key in (1, 2, 2, None)]
    warehouse.load(say.schema("t", PROPERTIES | {"id": INTEGER}), *records, load_method=load_method)
    if load_method == "upsert":
        assert warehouse.rows("SELECT id, mine FROM t ORDER BY id") == [(1, kept), (2, default), (None, default)]
    else:
        assert warehouse.rows("SELECT count(*) FROM t WHERE mine IS NOT DISTINCT FROM ?".replace("?", _sql(default)))[
            0
        ][0] == 4 + (kept == default)


def _sql(value: Any) -> str:
    return "NULL" if value is None else repr(value)


def test_a_sequence_goes_on_for_new_rows(warehouse: Any, say: Any) -> None:
    warehouse.execute(
        "CREATE SEQUENCE numbers; CREATE TABLE t (id BIGINT, n BIGINT NOT NULL DEFAULT nextval('numbers'))"
    )
    for keys in ((1, 2), (2, 3), (1, 2, 3)):
        warehouse.load(say.schema("t", {"id": ID}), *(say.record("t", id=key) for key in keys))
    assert warehouse.rows("SELECT id, n FROM t ORDER BY id") == [(1, 1), (2, 2), (3, 3)]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (
            "CREATE TABLE t (id BIGINT, mine VARCHAR NOT NULL)",
            r'column "mine" of main\.t is NOT NULL.*give it a default',
        ),
        ("CREATE TABLE t (id BIGINT, name VARCHAR AS (id || 'x'))", r'column "name" of main\.t is computed'),
        ("CREATE VIEW t AS SELECT 1 AS id", r"main\.t is a view"),
        ("CREATE TABLE t (id BIGINT, name BIGINT); CREATE INDEX on_name ON t (name)", r'"name".*the index "on_name"'),
        ("CREATE TABLE t (id BIGINT, name BIGINT UNIQUE)", r'"name" .* BIGINT to VARCHAR.*UNIQUE'),
        ("CREATE TABLE t (id BIGINT, name BIGINT CHECK (name > 1))", r'"name" .* BIGINT to VARCHAR.*CHECK'),
        (
            "CREATE TABLE t (id BIGINT, name BIGINT, twice BIGINT AS (name * 2))",
            r'"name" .*the computed column "twice"',
        ),
        (
            "CREATE TABLE t (id BIGINT PRIMARY KEY); CREATE TABLE u (t_id BIGINT REFERENCES t (id))",
            r"main\.t is referred to by a foreign key of main\.u",
        ),
        ("CREATE TABLE t (id BIGINT, name STRUCT(a INTEGER))", r'"name" of main\.t has the type STRUCT'),
    ],
)
def test_what_cannot_be_loaded_is_one_line_before_any_row(
    warehouse: Any, say: Any, table: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse.execute(table)
    before = warehouse.rows("SELECT sql FROM duckdb_tables()")
    with pytest.raises(DatabaseError, match=reason):
        warehouse.load(say.schema("t", PROPERTIES))
    assert warehouse.rows("SELECT sql FROM duckdb_tables()") == before
    assert not [entry for entry in caplog.records if entry.levelname == "ERROR"]


@pytest.mark.parametrize("index", ["INDEX", "UNIQUE INDEX"])
def test_an_index_stays_while_another_column_is_widened(warehouse: Any, say: Any, index: str) -> None:
    warehouse.execute(
        'CREATE SCHEMA "My Data"; CREATE TABLE "My Data".t (id BIGINT, v INTEGER, w BOOLEAN, "x y" VARCHAR)'
    )
    warehouse.execute(f'CREATE {index} "By Id" ON "My Data".t (id, "x y")')
    warehouse.execute("""INSERT INTO "My Data".t VALUES (1, 1, true, 'q')""")
    properties = {"id": ID, "v": INTEGER, "w": TEXT, "new": TEXT, "x y": TEXT}
    for turn in range(2):
        records = [say.record("t", id=key, v=2**40, w="w", new="n", **{"x y": "q"}) for key in (1, 2 + turn)]
        warehouse.load(say.schema("t", properties), *records, default_target_schema="My Data")
    assert warehouse.rows('SELECT id, v, w, new FROM "My Data".t ORDER BY id') == [
        (key, 2**40, "w", "n") for key in (1, 2, 3)
    ]
    (statement,) = warehouse.rows("SELECT sql FROM duckdb_indexes()")[0]
    assert statement.startswith(f'CREATE {index} "By Id" ON "My Data".t(')


def test_generated_columns_do_not_keep_an_integer_from_being_written(warehouse: Any, say: Any) -> None:
    warehouse.execute("CREATE TABLE t (id INTEGER, twice BIGINT AS (id * 2))")
    warehouse.load(say.schema("t", {"id": ID}), say.record("t", id=21))
    assert warehouse.rows("FROM t") == [(21, 42)]


SENT = ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00.5+01:00", "2024-03-01 00:00:00"]


@pytest.mark.parametrize("other", [[], ["page"]])
@pytest.mark.parametrize("changed", [{"type": "string"}, {"type": ["string", "integer"]}])
def test_a_key_that_was_a_time_still_means_the_same_when_it_is_text(
    warehouse: Any, say: Any, changed: dict[str, Any], other: list[str]
) -> None:
    keys = ["at", *other]
    properties = {"at": TIME, "page": INTEGER, "v": ID, "sent": TEXT, "there": TEXT}
    warehouse.load(say.schema("t", properties, keys), *(say.record("t", at=at, page=None, v=1) for at in SENT))
    properties["at"] = changed
    for turn in (2, 3):
        rows = [say.record("t", at=at, page=None, v=turn) for at in [*SENT[:2], "soon"]]
        warehouse.load(say.schema("t", properties, keys), *rows)
    values = {at.strip('"'): v for at, v in warehouse.rows('SELECT "at", v FROM t')}
    assert values == {SENT[0]: 3, SENT[1]: 3, "soon": 3, "2024-03-01T00:00:00.000000Z": 1}


def test_a_changed_time_key_does_not_join_what_the_tap_tells_apart(warehouse: Any, say: Any) -> None:
    properties = {"at": TIME, "v": ID}
    warehouse.load(say.schema("t", properties, ["at"]), say.record("t", at="2024-01-01T00:00:00Z", v=1))
    properties["at"] = {"type": "string", "description": "When"}
    rows = [say.record("t", at=at, v=2) for at in ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00")]
    for _ in range(2):
        warehouse.load(say.schema("t", properties, ["at"]), *rows)
    assert sorted(warehouse.rows("FROM t")) == [("2024-01-01T00:00:00Z", 2), ("2024-01-01T01:00:00+01:00", 2)]
    comment = "When\nSinger type before: date-time"
    assert warehouse.rows("SELECT comment FROM duckdb_columns() WHERE column_name = 'at'") == [(comment,)]


@pytest.mark.parametrize("settings", [{}, {"settings": {"default_collation": "nocase"}}])
@pytest.mark.parametrize("null", [False, True])
@pytest.mark.parametrize("own", ["", ", mine INTEGER DEFAULT 1"])
def test_a_collation_does_not_make_one_key_of_two(
    warehouse: Any, say: Any, settings: dict[str, Any], own: str, *, null: bool
) -> None:
    collation = "" if settings else "COLLATE NOCASE"
    warehouse.execute(f"CREATE TABLE t (id VARCHAR {collation}, name VARCHAR{own})")
    keys = ["a", "A", "\u00e9", *([None] if null else [])]
    message = say.schema("t", {"id": TEXT, "name": TEXT})
    for turn in "xy":
        for key in keys:
            warehouse.load(message, say.record("t", id=key, name=turn), say.record("t", id="b", name=turn), **settings)
    rows = warehouse.rows("SELECT id, name FROM t")
    assert sorted(rows, key=str) == sorted([(key, "y") for key in [*keys, "b"]], key=str)
