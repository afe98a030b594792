"""Schemas as taps write them: references, pieces, older drafts, no types at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft3Validator, Draft4Validator, Draft7Validator, Draft202012Validator
from target_duckdb.errors import InputError
from target_duckdb.schema_types import column_type
from target_duckdb.schemas import Translation

STRING = {"type": ["null", "string"]}
TIME = {"type": "string", "format": "date-time"}
DEFINITIONS = {
    "name": {"type": "string", "maxLength": 3},
    "at": TIME,
    "alias": {"$ref": "#/definitions/at"},
    "a/b c": {"type": "integer"},
    "tree": {"type": "object", "properties": {"below": {"$ref": "#/definitions/tree"}, "n": {"type": "integer"}}},
}


def translated(definition: Any) -> Any:
    root = {"definitions": DEFINITIONS, "properties": {"v": definition}}
    return Translation(root).schema["properties"]["v"]


@pytest.mark.parametrize(
    ("definition", "sql_type"),
    [
        ({"$ref": "#/definitions/at"}, "TIMESTAMP WITH TIME ZONE"),
        ({"$ref": "#/definitions/alias", "description": "twice"}, "TIMESTAMP WITH TIME ZONE"),
        ({"$ref": "#/definitions/a~1b%20c"}, "BIGINT"),
        ({"$ref": "#/definitions/tree"}, "JSON"),
        ({"$ref": "#/definitions/none"}, "JSON"),
        ({"$ref": "other.json#/at"}, "JSON"),
        ({"anyOf": [{"$ref": "#/definitions/at"}, {"type": "null"}]}, "TIMESTAMP WITH TIME ZONE"),
        ({"allOf": [{"$ref": "#/definitions/name"}], "description": "one piece"}, "VARCHAR"),
        ({"allOf": [{"minimum": 1}, {"type": ["integer", "null"]}]}, "BIGINT"),
        ({"allOf": [{"type": ["number", "null"]}, {"type": ["integer", "null"]}]}, "BIGINT"),
        ({"allOf": [{"type": "string", "pattern": "a"}, {"pattern": "b"}]}, "VARCHAR"),
        ({"allOf": [{"not": {"const": 1}}, {"not": {"const": 2}}, {"type": "integer"}]}, "BIGINT"),
        ({"enum": ["a", "b", None]}, "VARCHAR"),
        ({"enum": [1, 2]}, "BIGINT"),
        ({"enum": [1, 2.5]}, "DOUBLE"),
        ({"enum": ["a", 1]}, "JSON"),
        ({"const": True}, "BOOLEAN"),
        ({"const": {"a": 1}}, "JSON"),
        ({"type": ["any"]}, "JSON"),
        ({"type": [TIME, "null"]}, "TIMESTAMP WITH TIME ZONE"),
        ({"extends": {"$ref": "#/definitions/name"}}, "VARCHAR"),
        ({"type": "number", "divisibleBy": 0.01}, "DECIMAL(38,2)"),
        ({"type": "integer", "nullable": True}, "BIGINT"),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, "BIGINT"),
        ({"oneOf": [{"type": "null"}, {"type": "number"}]}, "DOUBLE"),
        ({"type": None}, "JSON"),
    ],
)
def test_a_definition_in_any_words_gets_its_column_type(definition: Any, sql_type: str) -> None:
    assert column_type(translated(definition), {"definitions": DEFINITIONS}).sql == sql_type


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.sampled_from([0.5, 2.5]) | st.text("ab", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "below", "n"]), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(VALUES)
def test_what_is_valid_stays_valid_and_what_is_not_does_not(value: Any) -> None:
    cases: list[tuple[Any, dict[str, Any]]] = [
        (Draft3Validator, {"type": ["any"], "disallow": "string"}),
        (Draft3Validator, {"type": ["null", {"type": "integer", "minimum": 2, "exclusiveMinimum": True}]}),
        (Draft3Validator, {"properties": {"a": {"required": True}, "b": {"type": "integer", "divisibleBy": 2}}}),
        (Draft3Validator, {"dependencies": {"a": "b"}, "extends": {"type": "object"}}),
        (Draft4Validator, {"type": "number", "maximum": 10, "exclusiveMaximum": True, "exclusiveMinimum": False}),
        (Draft4Validator, {"minimum": 2, "exclusiveMinimum": True, "maximum": 10, "exclusiveMaximum": False}),
        (Draft7Validator, {"$ref": "#/definitions/tree"}),
        (Draft7Validator, {"allOf": [{"type": ["integer", "string"]}, {"type": ["number", "null"], "minimum": 1}]}),
        (Draft7Validator, {"allOf": [{"minLength": 1, "maxLength": 3}, {"minLength": 2}, {"type": "string"}]}),
        (
            Draft7Validator,
            {
                "properties": {"a": {"type": "integer"}},
                "allOf": [{"properties": {"a": {"minimum": 2}, "b": {"type": "string"}}, "required": ["b"]}],
            },
        ),
        (
            Draft7Validator,
            {"allOf": [{"properties": {"a": {}}, "additionalProperties": False}, {"properties": {"b": {}}}]},
        ),
        (Draft7Validator, {"allOf": [{"enum": [1, 2, None]}, {"enum": [2, "a", None]}]}),
        (Draft7Validator, {"allOf": [{"items": {"type": "integer"}}, {"items": {"minimum": 1}}, False]}),
        (Draft7Validator, {"const": 2}),
        (Draft7Validator, {"oneOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}),
        (Draft202012Validator, {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}),
    ]
    for validator, definition in cases:
        schema = {"definitions": DEFINITIONS, **definition}
        assert Draft7Validator(Translation(schema).schema).is_valid(value) == validator(schema).is_valid(value), schema


def test_references_that_multiply_are_left_as_they_are() -> None:
    levels = {f"d{n}": {"properties": {side: {"$ref": f"#/$defs/d{n + 1}"} for side in "abcd"}} for n in range(15)}
    schema = Translation({"$defs": {**levels, "d15": {"type": "integer"}}, "properties": {"v": {"$ref": "#/$defs/d0"}}})
    text = json.dumps(schema.schema)
    assert '"$ref"' in text
    assert len(text) < 5_000_000
    assert Draft7Validator(schema.schema).is_valid({"v": {"a": 1}})


def test_a_record_is_checked_against_what_the_schema_refers_to(warehouse: Any, say: Any) -> None:
    message = say.schema("t", {"id": {"const": 1}, "name": {"$ref": "#/definitions/name"}})
    message["schema"] |= {"$schema": "http://json-schema.org/draft-04/schema#", "definitions": DEFINITIONS}
    message["schema"]["properties"]["n"] = {"type": "integer", "minimum": 0, "exclusiveMinimum": True}
    good = say.record("t", id=1, name="abc", n=1)
    code, _, (line,) = warehouse.invoke(message, good, say.record("t", id=1, name="abcd", n=1))
    assert (code, line.partition(" does")[0]) == (1, "line 3: stream 't': the record")
    code, _, (line,) = warehouse.invoke(message, good, say.record("t", id=1, name="abc", n=0))
    assert "$.n" in line
    assert warehouse.types("t") == {"id": "BIGINT", "name": "VARCHAR", "n": "BIGINT"}


def test_a_reference_to_nothing_is_reported_and_takes_anything(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture
) -> None:
    message = say.schema("t", {"id": {"type": "integer"}, "v": {"$ref": "shared/money.json#/"}})
    warehouse.load(message, say.record("t", id=1, v=[1]), message, say.record("t", id=2, v="x"))
    assert warehouse.rows("SELECT v FROM t ORDER BY id") == [("[1]",), ('"x"',)]
    assert caplog.text.count("refers to 'shared/money.json#/', which it does not hold") == 1


@pytest.mark.parametrize(
    "null", [{"type": ["null"]}, {"type": "null"}, {"enum": [None]}, {"anyOf": [{"type": "null"}]}]
)
@pytest.mark.parametrize("in_one_run", [True, False])
def test_a_column_of_nothing_but_null_gets_its_type_when_there_is_one(
    warehouse: Any, say: Any, null: Any, *, in_one_run: bool
) -> None:
    runs = [
        [say.schema("t", {"id": {"type": "integer"}, "v": null}), say.record("t", id=1, v=None)],
        [say.schema("t", {"id": {"type": "integer"}, "v": TIME}), say.record("t", id=2, v="2024-05-24T00:00:00Z")],
        [say.schema("t", {"id": {"type": "integer"}, "v": null}), say.record("t", id=3, v=None)],
    ]
    if in_one_run:
        warehouse.load(*(message for run in runs for message in run))
    else:
        for run in runs:
            warehouse.load(*run)
    assert warehouse.types("t")["v"] == "TIMESTAMP WITH TIME ZONE"
    assert warehouse.rows("SELECT id, v IS NULL FROM t ORDER BY id") == [(1, True), (2, False), (3, True)]


def test_a_column_that_could_only_be_null_stays_as_it_is(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("t", {"id": {"type": "integer"}, "v": {"type": "object"}}), say.record("t", id=1, v={}))
    warehouse.load(say.schema("t", {"id": {"type": "integer"}, "v": STRING}), say.record("t", id=2, v="x"))
    assert warehouse.rows("SELECT v FROM t ORDER BY id") == [("{}",), ('"x"',)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_unknown_properties_are_named_whatever_the_number_of_columns(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture, count: int
) -> None:
    columns = {"id": {"type": "integer"}, "name": STRING, "more": {"not": {"const": 1}}}
    records = [say.record("t", id=1, nmae="x"), say.record("t", id=2, nmae="y", name="z")]
    warehouse.load(say.schema("t", dict([*columns.items()][:count])), *records)
    assert caplog.text.count("'t' sends 'nmae', which its schema does not describe") == 1


def test_unknown_properties_are_kept_in_one_column(warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture) -> None:
    message = say.schema("t", {"id": {"type": "integer"}, "name": STRING})
    records = [say.record("t", id=1, name="x"), '{"type":"RECORD","stream":"t","record":{"id":2,"a":1.50,"b":[null]}}']
    warehouse.load(message, *records, keep_unknown=True)
    warehouse.load(message, say.record("t", id=1, c={"d": 1}), keep_unknown=True)
    assert warehouse.rows("SELECT id, name, _sdc_unknown FROM t ORDER BY id") == [
        (1, None, '{"c":{"d":1}}'),
        (2, None, '{"a":1.50,"b":[null]}'),
    ]
    assert "does not describe" not in caplog.text


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"additionalProperties": True}, {"properties": {}}])
def test_a_schema_without_properties_is_loaded_into_one_column_where_that_is_wanted(
    warehouse: Any, say: Any, schema: dict[str, Any]
) -> None:
    message = {"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": []}
    with pytest.raises(InputError, match=r"describes no property.*keep_unknown"):
        warehouse.load(message)
    warehouse.load(message, say.record("t", id=1, v="x"), keep_unknown=True)
    assert warehouse.rows("FROM t") == [('{"id":1,"v":"x"}',)]


def test_a_key_that_the_schema_lacks_still_identifies_a_row_where_unknown_properties_are_kept(
    warehouse: Any, say: Any
) -> None:
    message = {"type": "SCHEMA", "stream": "t", "schema": {"type": "object"}, "key_properties": ["id"]}
    records = [say.record("t", id=key, v=number) for number, key in enumerate(["1", 1, "1"])]
    warehouse.load(message, *records, keep_unknown=True)
    assert sorted(warehouse.rows("FROM t")) == [('"1"', '{"v":2}'), ("1", '{"v":1}')]
