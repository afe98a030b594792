from __future__ import annotations

from typing import Any

import pytest

ID = {"type": "integer"}
NAME = {"type": ["null", "string"]}
USERS = {"id": ID, "name": NAME}


def test_upsert_updates_by_key_and_inserts_the_rest(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1, name="a"), say.record("users", id=2, name="b"))
    warehouse.load(say.schema("users", USERS), say.record("users", id=2, name="B"), say.record("users", id=3, name="c"))
    assert warehouse.rows("FROM users ORDER BY id") == [(1, "a"), (2, "B"), (3, "c")]


@pytest.mark.parametrize("batch_size_rows", [1, 2, 3, 100])
def test_of_several_records_with_a_key_the_last_counts(warehouse: Any, say: Any, batch_size_rows: int) -> None:
    records = [say.record("users", id=key, name=f"{key}/{turn}") for turn in range(4) for key in (1, 2, 3)]
    warehouse.load(say.schema("users", USERS), *records, batch_size_rows=batch_size_rows)
    assert warehouse.rows("FROM users ORDER BY id") == [(1, "1/3"), (2, "2/3"), (3, "3/3")]


def test_a_stream_without_a_key_is_appended(warehouse: Any, say: Any) -> None:
    messages = say.schema("log", {"line": NAME}, ()), say.record("log", line="x"), say.record("log", line="x")
    warehouse.load(*messages)
    warehouse.load(*messages)
    assert warehouse.rows("FROM log") == [("x",)] * 4


def test_append_only_keeps_every_record_of_a_keyed_stream(warehouse: Any, say: Any) -> None:
    messages = say.schema("users", USERS), say.record("users", id=1, name="a"), say.record("users", id=1, name="b")
    warehouse.load(*messages, load_method="append-only")
    assert warehouse.rows("FROM users") == [(1, "a"), (1, "b")]


def test_overwrite_replaces_the_table_with_what_the_run_brings(warehouse: Any, say: Any) -> None:
    old = {"id": ID, "name": ID, "gone": NAME}
    warehouse.load(say.schema("users", old), say.record("users", id=1, name=1, gone="x"))
    records = [say.record("users", id=key, name=str(turn)) for turn in range(2) for key in range(5)]
    messages = (
        say.schema("users", USERS),
        *records[:-1],
        say.state({"at": "soon"}),
        records[-1],
        say.state({"at": "done"}),
    )
    warehouse.load(*messages, load_method="overwrite", batch_size_rows=2)
    assert warehouse.rows("FROM users ORDER BY id") == [(key, "1") for key in range(5)]
    assert warehouse.types("users") == {"id": "BIGINT", "name": "VARCHAR"}


def test_overwrite_by_a_version_without_records_empties_the_table(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1, name="a"))
    whole = say.schema("users", USERS), say.activate("users", 1), say.state({"at": "done"})
    warehouse.load(*whole[:2], load_method="overwrite")
    assert warehouse.rows("SELECT id FROM users") == [(1,)]
    warehouse.load(*whole, load_method="overwrite")
    assert warehouse.rows("SELECT id FROM users") == []


def test_overwrite_keeps_the_old_rows_until_new_ones_arrive(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1, name="a"))
    result = warehouse.command(say.schema("users", USERS), "no JSON", load_method="overwrite")
    assert result.returncode == 1
    assert warehouse.rows("FROM users") == [(1, "a")]


def test_overwrite_survives_a_schema_change_in_the_run(warehouse: Any, say: Any) -> None:
    warehouse.load(
        say.schema("users", {"id": ID}),
        say.record("users", id=1),
        say.schema("users", USERS),
        say.record("users", id=2, name="b"),
        say.state({"at": "done"}),
        load_method="overwrite",
    )
    assert warehouse.rows("FROM users ORDER BY id") == [(1, None), (2, "b")]


def test_a_stream_of_keys_only_is_loaded_once_per_key(warehouse: Any, say: Any) -> None:
    messages = [say.schema("tags", {"a": ID, "b": NAME}, ("a", "b")), *(say.record("tags", a=1, b=b) for b in "xyx")]
    warehouse.load(*messages)
    warehouse.load(*messages)
    assert warehouse.rows("FROM tags ORDER BY b") == [(1, "x"), (1, "y")]


def test_null_in_a_key_is_equal_to_null(warehouse: Any, say: Any) -> None:
    properties = {"page": NAME, "id": ID, "name": NAME}
    for name in ("old", "new"):
        warehouse.load(
            say.schema("users", properties, ("page", "id")),
            say.record("users", page=None, id=1, name=name),
            say.record("users", page="p", id=1, name=name),
            say.record("users", page=None, id=1, name=name + "er"),
        )
    assert warehouse.rows("FROM users ORDER BY page") == [("p", 1, "new"), (None, 1, "newer")]


def test_an_absent_property_is_null_and_overwrites_what_was_there(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("users", USERS), say.record("users", id=1, name="a"))
    warehouse.load(say.schema("users", USERS), say.record("users", id=1))
    assert warehouse.rows("FROM users") == [(1, None)]


def test_interleaved_streams_reach_their_own_tables(warehouse: Any, say: Any) -> None:
    records = [say.record(("users", "groups")[number % 2], id=number // 2, name=str(number)) for number in range(20)]
    warehouse.load(say.schema("users", USERS), say.schema("groups", USERS), *records, batch_size_rows=3)
    assert warehouse.rows("FROM users ORDER BY id") == [(number, str(2 * number)) for number in range(10)]
    assert warehouse.rows("FROM groups ORDER BY id") == [(number, str(2 * number + 1)) for number in range(10)]


def test_a_deleted_record_is_kept_with_its_mark(warehouse: Any, say: Any) -> None:
    properties = {**USERS, "_sdc_deleted_at": {"type": ["null", "string"], "format": "date-time"}}
    warehouse.load(say.schema("users", properties), say.record("users", id=1, name="a"), say.record("users", id=2))
    warehouse.load(say.schema("users", properties), say.record("users", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z"))
    assert warehouse.rows("SELECT id FROM users WHERE _sdc_deleted_at IS NOT NULL") == [(1,)]


def test_a_deleted_record_goes_with_hard_delete(warehouse: Any, say: Any) -> None:
    properties = {**USERS, "_sdc_deleted_at": {"type": ["null", "string"], "format": "date-time"}}
    warehouse.load(say.schema("users", properties), say.record("users", id=1, name="a"), say.record("users", id=2))
    gone = [say.record("users", id=key, _sdc_deleted_at="2024-01-01T00:00:00Z") for key in (1, 9)]
    warehouse.load(say.schema("users", properties), *gone, hard_delete=True)
    assert warehouse.rows("SELECT id FROM users") == [(2,)]


def test_metadata_columns_are_added_on_request(warehouse: Any, say: Any) -> None:
    message = {**say.record("users", 7, id=1), "time_extracted": "2024-05-01T12:00:00+02:00"}
    warehouse.load(say.schema("users", USERS), message, add_record_metadata=True)
    query = "SELECT CAST(_sdc_extracted_at AS VARCHAR), _sdc_table_version, _sdc_received_at <= now() FROM users"
    assert warehouse.rows(query) == [("2024-05-01 10:00:00+00", 7, True)]
