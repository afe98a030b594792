"""Values that do not fit: the load ends, null takes their place, or their record is set aside."""

from __future__ import annotations

import json
from typing import Any

import pytest

PROPERTIES = {
    "id": {"type": "integer"},
    "at": {"type": ["null", "string"], "format": "date-time"},
    "n": {"type": ["null", "integer"], "maximum": 10},
    "name": {"type": "string"},
    "o": {"type": ["null", "object"], "properties": {"a": {"type": "integer"}}},
}
BAD: list[dict[str, Any]] = [
    {"at": "9999-12-31T23:59:59-05:00"},
    {"at": "soon"},
    {"n": 11},
    {"n": 2**130},
    {"n": "x"},
    {"name": 5},
    {"o": {"a": "x"}},
    {"o": [], "n": 1.5},
]


def messages(say: Any, *bad: Any, version: int | None = None) -> list[Any]:
    rows = [
        say.record("t", version, **({"id": number, "name": "x"} | values))
        for number, values in enumerate([{}, *bad, {}])
    ]
    return [say.schema("t", PROPERTIES), *rows, say.state({"sent": len(rows)})]


@pytest.mark.parametrize("values", BAD)
def test_by_default_the_load_ends_at_the_line(warehouse: Any, say: Any, values: dict[str, Any]) -> None:
    code, states, (line,) = warehouse.invoke(*messages(say, values))
    assert (code, states) == (1, [])
    assert line.startswith("line 3: ")
    assert warehouse.rows("SELECT id FROM t") == [(0,)]


@pytest.mark.parametrize("validate_records", [True, False])
def test_null_takes_the_place_of_a_value(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture, *, validate_records: bool
) -> None:
    bad = [{"at": "soon", "n": 3}, {"at": "never", "n": 4}, {"n": 2**130}]
    settings = {"on_invalid": "null", "validate_records": validate_records, "batch_size_rows": 2}
    assert warehouse.load(*messages(say, *bad), **settings)[-1] == {"sent": 5}
    assert warehouse.rows('SELECT id, "at", n, name FROM t ORDER BY id') == [
        (number, None, n, "x") for number, n in enumerate([None, 3, 4, None, None])
    ]
    assert caplog.text.count('"soon" is not') == 1
    assert '"never" is not' not in caplog.text
    assert "stream 't', property 'at': null was loaded in the place of 2 invalid values" in caplog.text
    assert "property 'n': null was loaded in the place of 1 invalid value\n" in caplog.text


def test_null_takes_the_place_of_all_that_the_schema_forbids(warehouse: Any, say: Any) -> None:
    warehouse.load(*messages(say, *BAD), on_invalid="null")
    values = warehouse.rows('SELECT "at", n, o, count(*), count(name) FROM t GROUP BY ALL')
    assert values == [(None, None, None, len(BAD) + 2, len(BAD) + 1)]


@pytest.mark.parametrize("key", ["x", 1.5, None, 2**130])
def test_a_key_does_not_become_null(warehouse: Any, say: Any, key: Any) -> None:
    code, _, (line,) = warehouse.invoke(say.schema("t", PROPERTIES), say.record("t", id=key), on_invalid="null")
    assert code == 1
    assert line.startswith("line 2: ")
    assert "id" in line


@pytest.mark.parametrize("batch_size_rows", [1, 100])
def test_a_record_that_does_not_fit_is_set_aside(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture, batch_size_rows: int
) -> None:
    settings = {"on_invalid": "reject", "batch_size_rows": batch_size_rows}
    assert warehouse.load(*messages(say, *BAD, {"id": "x"}), **settings)[-1] == {"sent": len(BAD) + 3}
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(0,), (len(BAD) + 2,)]
    rejected = warehouse.rows(
        "SELECT stream, line, reason, record, rejected_at < now() FROM _sdc_rejected ORDER BY line"
    )
    assert [row[:2] for row in rejected] == [("t", 3 + number) for number in range(len(BAD) + 1)]
    assert [json.loads(row[3])["name"] for row in rejected] == ["x"] * 5 + [5, "x", "x", "x"]
    assert "years 1 and 9999 in UTC" in rejected[0][2]
    assert all(row[2] and row[4] for row in rejected)
    assert f"stream 't': {len(BAD) + 1} records were rejected, see main._sdc_rejected" in caplog.text


def test_a_record_without_its_key_is_set_aside_too_and_keeps_its_digits(warehouse: Any, say: Any) -> None:
    line = '{"type":"RECORD","stream":"t","record":{"name":"x","more":1.00000000000000000001}}'
    warehouse.load(say.schema("t", PROPERTIES), line, on_invalid="reject", default_target_schema="raw")
    ((record, reason),) = warehouse.rows("SELECT record, reason FROM raw._sdc_rejected")
    assert record == '{"name":"x","more":1.00000000000000000001}'
    assert "lacks the key 'id'" in reason


def test_what_stream_maps_hide_is_not_in_a_rejected_record(warehouse: Any, say: Any) -> None:
    maps = {"t": {"name": None, "__alias__": "u"}}
    warehouse.load(*messages(say, {"at": "soon"}), on_invalid="reject", stream_maps=maps)
    assert warehouse.rows("SELECT stream, record FROM _sdc_rejected") == [("u", '{"id":1,"at":"soon"}')]


@pytest.mark.parametrize("hard_delete", [True, False])
def test_no_row_goes_of_a_stream_of_which_a_record_was_rejected(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture, *, hard_delete: bool
) -> None:
    settings = {"on_invalid": "reject", "hard_delete": hard_delete}
    warehouse.load(*messages(say, {}, version=1), say.activate("t", 1), **settings)
    warehouse.load(*messages(say, {"n": 11}, version=2), say.activate("t", 2), **settings)
    assert warehouse.rows("SELECT id, _sdc_table_version FROM t ORDER BY id") == [(0, 2), (1, 1), (2, 2)]
    assert "records were rejected that may be newer: no row is deleted" in caplog.text


@pytest.mark.parametrize("on_invalid", ["null", "reject"])
@pytest.mark.parametrize(
    "bad", ["{", '{"type":"RECORD","stream":"t","record":[]}', '{"type":"STATE","value":{"n":1e400}}']
)
def test_what_is_no_record_is_an_error_in_any_case(warehouse: Any, say: Any, on_invalid: str, bad: str) -> None:
    code, _, (line,) = warehouse.invoke(say.schema("t", PROPERTIES), bad, on_invalid=on_invalid)
    assert code == 1
    assert line.startswith("line 2: ")


def test_nothing_is_made_for_records_that_fit(warehouse: Any, say: Any) -> None:
    warehouse.load(*messages(say), on_invalid="reject")
    assert warehouse.rows("SELECT table_name FROM duckdb_tables()") == [("t",)]
