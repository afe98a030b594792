"""Records that are read straight into rows must end as they would have on the long way, right ones and wrong ones."""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from target_duckdb.column_types import JSON
from target_duckdb.errors import TargetError
from target_duckdb.json_types import NotExpressible
from target_duckdb.rows import RowReader
from target_duckdb.sink import DuckDBSink
from target_duckdb.table import Column
from target_duckdb.target import TargetDuckDB

texts = st.text(max_size=6)
times = st.sampled_from(
    [
        *("2024-05-24T18:42:11Z", "2024-05-24T18:42:11.1234567+02:00", "2024-05-24 10:00", "2024-05-24", "18:42:11"),
        *("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59.9999999Z", "2024-05-24t18:42:11z", "soon", ""),
    ]
)
numbers = st.sampled_from(
    [
        *("0", "-1", "5.0", "1e3", "0.1", "2.50", "1e400", "1e-400", "0.12345678901234567890", "9007199254740993"),
        *(str(2**63), str(2**127), "0.10000000000000000000", "-0.0"),
    ]
).map(lambda digits: f"\N{NULL}{digits}")  # written without quotes
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | numbers | texts | times,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)
nullable = st.sampled_from(["string", "integer", "number", "boolean", "object", "array"]).flatmap(
    lambda name: st.sampled_from([name, ["null", name], [name, "null"], sorted({name, "string"})])
)
details = st.sampled_from(
    [
        *({}, {}, {}, {"description": "a fact"}, {"format": "date-time"}, {"format": "date"}, {"format": "time"}),
        *({"maxLength": 3}, {"minimum": 0}, {"maximum": 10, "exclusiveMinimum": 1}, {"enum": ["a", None, 1]}),
        *({"multipleOf": 0.01}, {"multipleOf": 5}, {"format": "singer.decimal", "scale": 2, "precision": 10}),
        *({"items": {"type": "integer"}}, {"items": {"type": ["null", "number"]}, "maxItems": 1}, {"pattern": "^a"}),
        {"properties": {"a": {"type": "string"}, "b": {"type": ["null", "integer"]}}, "required": ["a"]},
        {"properties": {"a": {"type": "number"}}, "additionalProperties": False},
        {"additionalProperties": {"type": "integer"}},
        *({"minimum": 0, "exclusiveMinimum": True}, {"allOf": [{"maxLength": 2}, {"minimum": 1}]}, {"nullable": True}),
    ]
)
referring: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        *({"$ref": "#/definitions/name"}, {"$ref": "#/definitions/tree"}, {"$ref": "#/definitions/none"}),
        *({"enum": ["a", None]}, {"const": 5}, {"enum": [1, 2.5, True]}, {"type": "null"}, {"divisibleBy": 5}),
        {"allOf": [{"$ref": "#/definitions/name"}, {"maxLength": 1}]},
        {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}, "required": ["b"]}]},
        {"oneOf": [{"type": "null"}, {"type": "number"}, {"type": "string", "format": "date"}]},
    ]
)
DEFINITIONS = {
    "name": {"type": ["string", "null"], "minLength": 1},
    "tree": {"type": "object", "properties": {"a": {"$ref": "#/definitions/tree"}, "b": {"type": "integer"}}},
}
definitions: st.SearchStrategy[dict[str, Any]] = (
    st.builds(lambda names, more: {"type": names, **more}, nullable, details)
    | st.just({})
    | referring
    | st.lists(st.builds(lambda name: {"type": name}, nullable), min_size=1, max_size=2).map(
        lambda all_: {"anyOf": all_}
    )
)
schemas = st.builds(
    lambda properties, more: {
        "type": "object",
        "definitions": DEFINITIONS,
        "properties": {"id": {"type": "integer"}, **properties},
        **more,
    },
    st.dictionaries(st.sampled_from(["v", "V", "w.x"]), definitions, min_size=1),
    st.sampled_from([{}, {}, {}, {"required": ["v"]}, {"additionalProperties": False}, {"minProperties": 2}]),
)
records = st.fixed_dictionaries(
    {"id": st.integers(0, 3)}, optional=dict.fromkeys(["v", "V", "w.x", "unknown"], values | st.none())
)


def as_line(message: dict[str, Any]) -> str:
    pieces = json.dumps(message).split('"\\u0000')
    return pieces[0] + "".join(piece.replace('"', "", 1) for piece in pieces[1:])


def outcome(
    shell: Any, schema: dict[str, Any], rows: list[dict[str, Any]], **config: Any
) -> tuple[str | None, Any, Any]:
    """The error, the columns and the rows that a load ends with."""
    messages = [
        {"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": ["id"]},
        *({"type": "RECORD", "stream": "t", "record": row} for row in rows),
    ]
    failure = None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.duckdb"
        target = TargetDuckDB(config={"filepath": str(path), "batch_size_rows": 2, **config})
        try:
            target._load([as_line(message) for message in messages])  # type: ignore[arg-type]
        except TargetError as error:
            failure = str(error)
        with shell.at(path) as connection:
            found = connection.execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM t ORDER BY id").fetchall()
            columns = connection.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 't' ORDER BY column_index"
            ).fetchall()
    return failure, columns, [tuple(map(meaning, row, columns)) for row in found]


def meaning(value: str | None, column: tuple[str, str]) -> Any:
    """JSON is the same in other words, for example with another exponent. Digits count."""
    return value if value is None or column[1] != "JSON" else repr(json.loads(value, parse_float=Decimal))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas, st.lists(records, max_size=5), st.booleans())
def test_both_ways_end_in_the_same_rows_or_the_same_error(
    shell: Any,
    schema: dict[str, Any],
    rows: list[dict[str, Any]],
    validate_records: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    short = outcome(shell, schema, rows, validate_records=validate_records)
    with patch("target_duckdb.sink.RowReader", side_effect=NotExpressible):
        long = outcome(shell, schema, rows, validate_records=validate_records)
    assert short == long


@pytest.fixture
def long_ways(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The records that went the long way."""
    taken = []
    take = DuckDBSink.take

    def note(sink: DuckDBSink, record: dict[str, Any], message: Any) -> None:
        taken.append(dict(record))
        take(sink, record, message)

    monkeypatch.setattr(DuckDBSink, "take", note)
    return taken


NAME = {"type": "string"}
TYPICAL = {
    "id": {"type": "integer"},
    "name": {"type": ["null", "string"], "description": "What it is called", "maxLength": 100},
    "at": {"type": ["null", "string"], "format": "date-time"},
    "amount": {"type": ["null", "number"]},
    "price": {"type": ["null", "number"], "multipleOf": 0.01},
    "flag": {"type": ["null", "boolean"]},
    "owner": {"type": ["null", "object"], "properties": {"id": {"type": "integer"}}},
    "lines": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": ["null", "number"]}}}},
    "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    "anything": {},
}
ROW = {"name": "x", "at": "2024-05-24T18:42:11Z", "amount": 0.1, "price": 1.25, "flag": True, "owner": {"id": 1}}
MORE = {"lines": [{"n": 0.5}], "maybe": None, "anything": [1]}


@pytest.mark.parametrize("options", [{}, {"add_record_metadata": True}, {"validate_records": False}])
def test_records_of_a_typical_schema_go_the_short_way(
    warehouse: Any, say: Any, long_ways: list[Any], options: dict[str, Any]
) -> None:
    rows = [say.record("t", id=key, **ROW, **MORE) for key in range(20)]
    warehouse.load(say.schema("t", TYPICAL), *rows, batch_size_rows=7, **options)
    assert long_ways == []
    assert warehouse.rows("SELECT count(*), count(name), count(price), count(lines) FROM t") == [(20, 20, 20, 20)]


def test_versions_go_the_short_way_from_the_second_record_on(warehouse: Any, say: Any, long_ways: list[Any]) -> None:
    rows = [say.record("t", 7, id=key, **ROW, **MORE) for key in range(5)]
    warehouse.load(say.schema("t", TYPICAL), *rows)
    assert [row["id"] for row in long_ways] == [0]
    assert warehouse.rows("SELECT DISTINCT _sdc_table_version FROM t") == [(7,)]


def test_an_unknown_property_is_reported_once_and_then_costs_nothing(
    warehouse: Any, say: Any, long_ways: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    rows = [say.record("t", id=key, surprise=key) for key in range(5)]
    warehouse.load(say.schema("t", TYPICAL | {"lines": {"type": ["null", "array"]}}), *rows)
    assert [row["id"] for row in long_ways] == [0]
    assert caplog.text.count("'t' sends 'surprise', which its schema does not describe") == 1


def test_numbers_that_are_rounded_are_reported_once_and_then_cost_nothing(
    warehouse: Any, say: Any, long_ways: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    lines = [
        f'{{"type":"RECORD","stream":"t","record":{{"id":{key},"v":0.1234567890123456789{key}}}}}' for key in range(5)
    ]
    warehouse.load(say.schema("t", {"id": {"type": "integer"}, "v": {"type": "number"}}), *lines)
    assert [row["id"] for row in long_ways] == [0]
    assert caplog.text.count("rounded to the nearest DOUBLE") == 1
    assert warehouse.rows("SELECT DISTINCT v FROM t") == [(0.12345678901234568,)]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"v": {"type": "number", "minimum": 0}}},
        {"properties": {"v": {"type": "integer", "multipleOf": 5}}},
        {"properties": {"v": {"type": "string", "not": {"const": "x"}}}},
        {"properties": {"v": {"$ref": "#/definitions/x"}}},
        {"properties": {"v": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}},
        {"properties": {"v": {"type": "object", "patternProperties": {"^a": {"type": "integer"}}}}},
        {"properties": {"v": {"type": "array", "items": {"type": "number", "maximum": 1}}}},
        {"properties": {"v": False}},
        {"properties": {"v": {"type": "string", "pattern": "\\p{L}"}}},
        {
            "properties": {
                "v": {"anyOf": [{"type": "array", "items": NAME}, {"type": "array", "items": {"type": "integer"}}]}
            }
        },
        {"properties": {'"quoted"': {"type": "string"}}},
        {"properties": {"v": {}}, "minProperties": 1},
        {"properties": {"v": {}}, "patternProperties": {}},
    ],
)
def test_what_only_the_full_validator_can_check_is_left_to_it(schema: dict[str, Any]) -> None:
    with pytest.raises(NotExpressible):
        RowReader(schema, _columns_for(schema), keys=())


def _columns_for(schema: dict[str, Any]) -> list[Any]:

    return [Column(name, name, JSON) for name in schema["properties"]]
