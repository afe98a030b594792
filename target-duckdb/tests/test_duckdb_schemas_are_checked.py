"""A schema that is none is refused, however plain it looks; records are held against the others."""

from __future__ import annotations

from typing import Any

import pytest
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from target_duckdb.validation import RecordValidator


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"type": []}}},
        {"properties": {"a": {"type": ["string", "string"]}}},
        {"properties": {"a": {"type": "text"}}},
        {"properties": {"a": {"type": ["integer", 5]}}},
        {"properties": {"a": 1}},
        {"properties": {"a": {"items": [{"type": "string"}]}}},
        {"properties": {"a": {"additionalProperties": "no"}}},
        {"properties": {"a": {"description": None}}},
        {"properties": []},
        {"required": "a"},
        {"required": ["a", "a"]},
        {"properties": {"a": {"minimum": "1"}}},
    ],
    ids=repr,
)
def test_a_schema_that_is_none_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(InvalidJSONSchema, match="the schema is invalid"):
        RecordValidator({"type": "object", **schema})


@pytest.mark.parametrize(
    ("column", "right", "wrong"),
    [
        ({"type": ["integer", "null"], "title": "A", "description": "Of the usual words."}, 1, "1"),
        ({"type": "string", "format": "date-time"}, "2026-05-24T00:00:00Z", 3),
        ({"type": "array", "items": {"type": "object", "properties": {"b": {"type": "null"}}}}, [{"b": None}], [1]),
        ({"type": "object", "additionalProperties": {"type": "boolean"}, "required": ["b"]}, {"b": True}, {"c": True}),
        ({"type": "integer", "minimum": 1}, 1, 0),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, "1"),
    ],
    ids=repr,
)
def test_a_record_is_held_against_every_word_of_its_schema(column: dict[str, Any], right: Any, wrong: Any) -> None:
    validator = RecordValidator({"type": "object", "properties": {"a": column}})
    validator.validate({"a": right})
    with pytest.raises(InvalidRecord):
        validator.validate({"a": wrong})
