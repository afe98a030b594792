"""Who fills a table, and what others may not do to it."""

from __future__ import annotations

from typing import Any

import pytest

PROPERTIES = {"id": {"type": "integer"}}


def send(say: Any, version: int, *keys: int) -> list[Any]:
    records = [say.record("t", version, id=key) for key in keys]
    return [say.schema("t", PROPERTIES), *records, say.activate("t", version), say.state({"version": version})]


def living(warehouse: Any) -> list[int]:
    columns = warehouse.types("t")
    alive = "WHERE _sdc_deleted_at IS NULL" if "_sdc_deleted_at" in columns else ""
    return [key for (key,) in warehouse.rows(f"SELECT id FROM t {alive} ORDER BY id")]  # noqa: S608


@pytest.mark.parametrize("hard_delete", [True, False])
def test_a_source_does_not_delete_what_another_has_loaded(warehouse: Any, say: Any, *, hard_delete: bool) -> None:
    settings = {"hard_delete": hard_delete}
    warehouse.load(*send(say, 1, 1, 2), source_name="tap-a", **settings)
    code, states, (line,) = warehouse.invoke(*send(say, 2, 3), source_name="tap-b", **settings)
    assert (code, states) == (1, [{"version": 2}])
    assert living(warehouse) == [1, 2, 3]
    assert line == (
        "nothing was deleted from what sources other than 'tap-b' fill: main.t ('tap-a'); set default_target_schema, so"
        " that each has tables of its own, or the same source_name, if they are one"
    )
    warehouse.load(*send(say, 3, 2, 3), source_name="tap-a", **settings)
    assert living(warehouse) == [2, 3]


def test_an_unknown_source_deletes_as_ever_and_owns_nothing(warehouse: Any, say: Any) -> None:
    for version, source in enumerate([None, "tap-a", None], start=1):
        warehouse.load(*send(say, version, version), source_name=source, hard_delete=True)
        assert living(warehouse) == [version]
    assert warehouse.rows("SELECT comment FROM duckdb_tables()") == [("Singer source: tap-a",)]


def test_the_extractor_is_the_source_under_meltano(warehouse: Any, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELTANO_EXTRACTOR_NAME", "tap-a")
    warehouse.load(*send(say, 1, 1))
    monkeypatch.setenv("MELTANO_EXTRACTOR_NAME", "tap-a-hourly")
    assert warehouse.invoke(*send(say, 2, 2))[0] == 1
    warehouse.load(*send(say, 3, 3), source_name="tap-a", hard_delete=True)
    assert living(warehouse) == [3]


def test_overwrite_does_not_replace_the_table_of_another(warehouse: Any, say: Any) -> None:
    warehouse.load(*send(say, 1, 1), source_name="tap-a", load_method="overwrite")
    code, _, (line,) = warehouse.invoke(*send(say, 2, 2), source_name="tap-b", load_method="overwrite")
    assert code == 1
    assert "stream 't' would replace main.t, which 'tap-a' fills" in line
    assert living(warehouse) == [1]
    warehouse.load(*send(say, 2, 2), source_name="tap-a", load_method="overwrite")
    assert living(warehouse) == [2]


def test_a_comment_on_the_table_stays(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("t", PROPERTIES))
    warehouse.execute("COMMENT ON TABLE t IS 'Ours, not theirs'")
    for _ in range(2):
        warehouse.load(say.schema("t", PROPERTIES), source_name="tap-a")
    assert warehouse.rows("SELECT comment FROM duckdb_tables()") == [("Ours, not theirs\nSinger source: tap-a",)]


@pytest.mark.parametrize(
    "case",
    [
        ("schema-table", "shop-orders", {}, ("shop", "orders")),
        ("schema-table", "shop.orders", {}, ("main", "shop.orders")),
        ("schema.table", "shop.orders", {}, ("shop", "orders")),
        ("schema.table", "db.shop-orders", {}, ("shop", "orders")),
        ("schema.table", "a.b.c.d", {}, ("main", "a.b.c.d")),
        ("schema.table", "shop.orders", {"default_target_schema": "raw"}, ("raw", "orders")),
        ("underscores", "shop-orders.all", {}, ("main", "shop_orders_all")),
        ("underscores", "shop-orders", {"default_target_schema": "raw"}, ("raw", "shop_orders")),
    ],
)
def test_a_streams_name_is_read_as_the_setting_says(
    warehouse: Any, say: Any, case: tuple[str, str, dict[str, str], tuple[str, str]]
) -> None:
    naming, stream, settings, table = case
    warehouse.load(say.schema(stream, PROPERTIES), stream_naming=naming, **settings)
    assert warehouse.rows("SELECT schema_name, table_name FROM duckdb_tables()") == [table]


def test_capital_letters_beyond_ascii_are_letters_of_their_own(warehouse: Any, say: Any) -> None:
    for stream in ("\u00c9tat", "\u00e9tat"):
        properties = {"id": {"type": "integer"}, "\u00c9": {"type": "string"}, "\u00e9": {"type": "string"}}
        for turn in "ab":
            warehouse.load(say.schema(stream, properties), say.record(stream, id=1, É=turn, é=stream))
        assert warehouse.rows(f'FROM "{stream}"') == [(1, "b", stream)]
    assert len(warehouse.rows("FROM duckdb_tables()")) == 2


def test_metadata_are_what_the_sdk_documents(warehouse: Any, say: Any) -> None:
    records = [say.record("t", id=key) | {"time_extracted": "2024-05-24T18:42:11Z"} for key in range(1, 6)]
    warehouse.load(say.schema("t", PROPERTIES), *records, add_record_metadata=True, batch_size_rows=2)
    rows = warehouse.rows(
        "SELECT _sdc_batched_at, _sdc_received_at, _sdc_sequence, _sdc_extracted_at = '2024-05-24 18:42:11Z',"
        " _sdc_deleted_at, _sdc_table_version FROM t ORDER BY id"
    )
    batches = [row[0] for row in rows]
    assert batches[0] == batches[1] < batches[2] == batches[3] < batches[4]
    assert all(row[0] <= row[1] for row in rows)
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)
    assert {row[3:] for row in rows} == {(True, None, None)}
