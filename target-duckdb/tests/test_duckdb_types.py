from __future__ import annotations

import json
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any

import pytest
from target_duckdb.errors import InputError
from target_duckdb.target import TargetDuckDB

STRING = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
MONEY = {"type": ["null", "number"], "multipleOf": 0.01}
DATE_TIME = {"type": ["null", "string"], "format": "date-time"}
DATE = {"type": ["null", "string"], "format": "date"}
TIME = {"type": ["null", "string"], "format": "time"}
OBJECT = {"type": ["null", "object"]}
LONG = "ab\0" + "x" * 10_000_000


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[misc,arg-type]


def load_value(warehouse: Any, say: Any, definition: dict[str, Any], literal: str, **settings: Any) -> Any:
    """Load a value, given as JSON text, in a record of its own, and read it back."""
    line = '{"type":"RECORD","stream":"t","record":{"id":1,"v":' + literal + "}}"
    warehouse.load(say.schema("t", {"id": INTEGER, "v": definition}), line, **settings)
    return warehouse.rows("SELECT v FROM t")[0][0]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param((STRING, '""', ""), id="empty string"),
        pytest.param((STRING, "null", None), id="null"),
        pytest.param((STRING, '"null"', "null"), id="the word null"),
        pytest.param((STRING, r'"a\nb\r\n\tc"', "a\nb\r\n\tc"), id="newlines"),
        pytest.param((STRING, r'"\"a\",\u0027b\u0027;\\N--"', "\"a\",'b';\\N--"), id="quotes"),
        pytest.param((STRING, '"id,v"', "id,v"), id="header"),
        pytest.param((STRING, '"\U0001f600 \\ud83d\\ude00 \\u00e9"', "\U0001f600 \U0001f600 \u00e9"), id="emoji"),
        pytest.param((STRING, r'"a\u0000b"', "a\0b"), id="NUL"),
        pytest.param((STRING, r'"cut \ud83d"', "cut \ufffd"), id="half of a surrogate pair"),
        pytest.param((INTEGER, "9223372036854775807", 2**63 - 1), id="largest BIGINT"),
        pytest.param((INTEGER, "-9223372036854775808", -(2**63)), id="smallest BIGINT"),
        pytest.param((INTEGER, "9223372036854775808", 2**63), id="beyond BIGINT"),
        pytest.param((INTEGER, str(2**127 - 1), 2**127 - 1), id="largest HUGEINT"),
        pytest.param((INTEGER, str(-(2**127)), -(2**127)), id="smallest HUGEINT"),
        pytest.param((INTEGER, "5.0", 5), id="integer with a fraction of zero"),
        pytest.param((INTEGER, "1e3", 1000), id="integer with an exponent"),
        pytest.param((NUMBER, "0.1", 0.1), id="0.1"),
        pytest.param((NUMBER, "5e-324", 5e-324), id="smallest DOUBLE"),
        pytest.param((NUMBER, "1.7976931348623157e308", 1.7976931348623157e308), id="largest DOUBLE"),
        pytest.param((NUMBER, "9007199254740992", 2.0**53), id="integer in a DOUBLE"),
        pytest.param((MONEY, "12345678901234567890.12", Decimal("12345678901234567890.12")), id="DECIMAL"),
        pytest.param((MONEY, "1" * 36 + ".23", Decimal("1" * 36 + ".23")), id="38 digits"),
        pytest.param((MONEY, "-0.5", Decimal("-0.50")), id="DECIMAL with fewer digits"),
        pytest.param((MONEY, "7", Decimal("7.00")), id="integer in a DECIMAL"),
        pytest.param(
            (
                {"type": "string", "format": "x-singer.decimal", "precision": 10, "scale": 4},
                '"1.2345"',
                Decimal("1.2345"),
            ),
            id="DECIMAL as text",
        ),
        pytest.param(
            ({"type": "string", "format": "singer.decimal"}, '"1.23456789"', "1.23456789"),
            id="DECIMAL of unknown scale",
        ),
        pytest.param(({"type": "boolean"}, "false", False), id="boolean"),
        pytest.param((DATE_TIME, '"2024-05-24T18:42:11.123456Z"', utc(2024, 5, 24, 18, 42, 11, 123456)), id="micros"),
        pytest.param((DATE_TIME, '"2024-05-24T18:42:11-07:30"', utc(2024, 5, 25, 2, 12, 11)), id="offset"),
        pytest.param((DATE_TIME, '"2024-05-24 18:42:11"', utc(2024, 5, 24, 18, 42, 11)), id="no offset"),
        pytest.param((DATE_TIME, '"2024-05-24t18:42:11.5z"', utc(2024, 5, 24, 18, 42, 11, 500000)), id="lower case"),
        pytest.param((DATE_TIME, '"1815-06-18T11:35:00Z"', utc(1815, 6, 18, 11, 35)), id="before 1900"),
        pytest.param((DATE_TIME, '"0001-01-01T00:00:00Z"', utc(1, 1, 1)), id="first year"),
        pytest.param((DATE_TIME, '"0001-01-01T04:00:00+04:00"', utc(1, 1, 1)), id="first year with an offset"),
        pytest.param((DATE_TIME, '"2016-12-31T23:59:60Z"', utc(2017, 1, 1)), id="leap second"),
        pytest.param((DATE_TIME, '"2016-12-31 23:59:60.5+00:00"', utc(2017, 1, 1)), id="within a leap second"),
        pytest.param((DATE_TIME, '"2024-02-28T24:00:00+01:00"', utc(2024, 2, 28, 23)), id="hour 24"),
        pytest.param(
            (DATE_TIME, '"9999-12-31T23:59:59.999999Z"', utc(9999, 12, 31, 23, 59, 59, 999999)), id="last year"
        ),
        pytest.param((DATE, '"1815-06-18"', date(1815, 6, 18)), id="date"),
        pytest.param((DATE, '"2024-05-24T00:00:00Z"', date(2024, 5, 24)), id="date with midnight"),
        pytest.param((TIME, '"18:42:11.123456"', time(18, 42, 11, 123456)), id="time"),
        pytest.param((TIME, '"01:30:00+02:00"', time(23, 30)), id="time with offset"),
        pytest.param(
            ({"anyOf": [DATE_TIME, {"type": "null"}]}, '"2024-05-24T00:00:00Z"', utc(2024, 5, 24)), id="anyOf"
        ),
        pytest.param(({"anyOf": [DATE_TIME, STRING]}, '"soon"', "soon"), id="date-time or text"),
        pytest.param(({"type": "string", "contentEncoding": "base64"}, '"AA=="', "AA=="), id="base64"),
    ],
)
@pytest.mark.parametrize("validate_records", [True, False])
def test_a_value_comes_back_as_it_was_sent(
    warehouse: Any, say: Any, case: tuple[dict[str, Any], str, Any], *, validate_records: bool
) -> None:
    definition, literal, expected = case
    value = load_value(warehouse, say, definition, literal, validate_records=validate_records)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("definition", "literal"),
    [
        (OBJECT, '{"a":[1,2.50,null,"x",true,123456789012345678901234567890],"b":{}}'),
        ({"type": "array", "items": INTEGER}, "[]"),
        ({"type": ["string", "integer"]}, '"5"'),
        ({"type": ["string", "integer"]}, "5"),
        ({"type": ["string", "boolean", "object"]}, "true"),
        ({}, '{"anything":"goes"}'),
        ({"anyOf": [STRING, OBJECT]}, '"text"'),
        ({"$ref": "#/$defs/none"}, "[1]"),
        (OBJECT, '{"a":1e400}'),
        ({"type": "array"}, "[[1,[2.0,[3]]],[],[[]]]"),
        (OBJECT, '{"a":' * 200 + "[[]]" + "}" * 200),
    ],
)
def test_nested_and_mixed_values_become_json_digit_for_digit(
    warehouse: Any, say: Any, definition: dict[str, Any], literal: str
) -> None:
    text = load_value(warehouse, say, definition, literal, validate_records=False)
    assert json.loads(text, parse_float=Decimal) == json.loads(literal, parse_float=Decimal)
    assert warehouse.types("t")["v"] == "JSON"


@pytest.mark.parametrize("first", [{"a": "a", "b": "b"}, {"a": "", "b": None}, {"a": "1", "b": "2"}])
@pytest.mark.parametrize("keys", [(), ("a",), ("a", "b")])
def test_no_first_row_of_a_stream_of_strings_is_taken_for_a_header(
    warehouse: Any, say: Any, first: dict[str, Any], keys: tuple[str, ...]
) -> None:
    rows = [first, {"a": "x", "b": "y"}, {"a": "a,b", "b": "a\tb"}]
    messages = [say.schema("t", {"a": STRING, "b": STRING}, keys), *(say.record("t", **row) for row in rows)]
    warehouse.load(*messages, batch_size_rows=1)
    assert sorted(warehouse.rows("FROM t"), key=str) == sorted(((row["a"], row["b"]) for row in rows), key=str)


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ('{ "a" : [ 1.50 , -0.0 ],\t"b":"x y" }', '{"a":[1.50,-0.0],"b":"x y"}'),
        ('"a  b"', '"a  b"'),
        (r'["\u00e9\/\u0041"]', '["\u00e9/A"]'),
        ('["\u00e9 \U0001f600"]', '["\u00e9 \U0001f600"]'),
        (" null ", None),
    ],
)
def test_json_is_kept_without_spaces_and_needless_escapes(warehouse: Any, say: Any, literal: str, text: str) -> None:
    assert load_value(warehouse, say, {}, literal) == text


def test_bytes_that_are_no_text_are_refused_inside_of_json(warehouse: Any, say: Any) -> None:
    line = b'{"type":"RECORD","stream":"t","record":{"id":1,"v":["\xff"]}}'
    target = TargetDuckDB(config={"filepath": str(warehouse.path)})
    with pytest.raises(InputError, match="line 2: not valid JSON"):
        target._load([json.dumps(say.schema("t", {"id": INTEGER, "v": {}})), line])  # type: ignore[arg-type]


def test_times_of_many_records_are_the_same_as_of_one(warehouse: Any, say: Any) -> None:
    forms = [
        *("2024-05-24T18:42:11Z", "2024-05-24T18:42:11.123+02:00", "2024-05-24 18:42:11.123456-07:30", None),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1815-06-18T11:35:00+00:30"),
    ]
    odd = ["2024-05-24t18:42:11z", "2024-W21-5T18:42:11Z", "2024-05-24T18:42:11.1234567Z", "2024-05-24"]
    for stream, texts in (("plain", forms), ("odd", [*forms, *odd])):
        for part in ("one", "many"):
            rows = [say.record(stream, id=number, v=texts[number % len(texts)]) for number in range(6000)]
            rows = rows[: len(texts)] if part == "one" else rows
            warehouse.load(say.schema(stream, {"id": INTEGER, "v": DATE_TIME}), *rows, default_target_schema=part)
        query = "SELECT v FROM {}.{} ORDER BY id"
        few, many = (warehouse.rows(query.format(part, stream)) for part in ("one", "many"))
        assert many[: len(texts)] == few
        assert len(many) == 6000


def test_a_long_string_comes_back_whole(warehouse: Any, say: Any) -> None:
    assert load_value(warehouse, say, STRING, json.dumps(LONG)) == LONG


@pytest.mark.parametrize(
    ("definition", "literal", "reason"),
    [
        (INTEGER, str(2**127), "HUGEINT"),
        (INTEGER, "5.5", "not an integer"),
        (INTEGER, "true", "not an integer"),
        (NUMBER, "1e400", "outside of DOUBLE"),
        (NUMBER, '"12"', "not a number"),
        (NUMBER, "NaN", "not valid JSON"),
        (NUMBER, "Infinity", "not valid JSON"),
        (NUMBER, "-Infinity", "not valid JSON"),
        (OBJECT, '{"a":[NaN]}', "not valid JSON"),
        (OBJECT, '{"a":' * 20_000 + "1" + "}" * 20_000, "not valid JSON"),
        (MONEY, "0.001", "without rounding"),
        (MONEY, "1e36", "without rounding"),
        ({"type": "boolean"}, "1", "not a boolean"),
        (DATE_TIME, '""', "not an RFC 3339"),
        (DATE_TIME, '"10000-01-01T00:00:00Z"', "years 1 and 9999"),
        (DATE_TIME, '"9999-12-31T23:59:59-05:00"', "years 1 and 9999 in UTC"),
        (DATE_TIME, '"0001-01-01T00:00:00+00:01"', "years 1 and 9999 in UTC"),
        (DATE_TIME, '"9999-12-31T24:00:00Z"', "years 1 and 9999 in UTC"),
        (DATE_TIME, '"0000-00-00 00:00:00"', "not an RFC 3339"),
        (DATE_TIME, "1700000000", "not an RFC 3339"),
        (DATE, '"2024-02-30"', "not a date"),
        (DATE, '"2024-02-03T10:00:00Z"', "time of day"),
        (TIME, '"25:00"', "not a time"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(
    warehouse: Any, say: Any, definition: dict[str, Any], literal: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        load_value(warehouse, say, definition, literal, validate_records=False)


def test_a_number_with_too_many_digits_is_rounded_with_a_warning(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_value(warehouse, say, NUMBER, "0.12345678901234567890") == 0.12345678901234568
    assert "rounded to the nearest DOUBLE" in caplog.text


def test_an_integer_column_widens_in_the_middle_of_a_batch(warehouse: Any, say: Any) -> None:
    values = [1, 2**63, 3, -(2**100)]
    records = [say.record("t", id=key, v=value) for key, value in enumerate(values)]
    warehouse.load(say.schema("t", {"id": INTEGER, "v": INTEGER}), *records)
    assert warehouse.rows("SELECT v FROM t ORDER BY id") == [(value,) for value in values]


@pytest.mark.parametrize(
    ("definition", "sql_type"),
    [
        (STRING, "VARCHAR"),
        (INTEGER, "BIGINT"),
        ({"type": "integer", "maximum": 2**64 - 1}, "HUGEINT"),
        (NUMBER, "DOUBLE"),
        ({"type": ["integer", "number"]}, "DOUBLE"),
        (MONEY, "DECIMAL(38,2)"),
        ({"type": "number", "multipleOf": 0.05}, "DECIMAL(38,2)"),
        ({"type": "number", "multipleOf": 1e-38}, "DOUBLE"),
        ({"type": "number", "multipleOf": 10}, "DECIMAL(38,0)"),
        ({"type": "boolean"}, "BOOLEAN"),
        (DATE_TIME, "TIMESTAMP WITH TIME ZONE"),
        (DATE, "DATE"),
        (TIME, "TIME"),
        (OBJECT, "JSON"),
        ({"type": "array"}, "JSON"),
        ({"$ref": "#/properties/id"}, "BIGINT"),
        ({"oneOf": [{"type": "null"}, {"oneOf": [INTEGER, NUMBER]}]}, "DOUBLE"),
    ],
)
def test_a_property_gets_the_type_its_schema_asks_for(
    warehouse: Any, say: Any, definition: dict[str, Any], sql_type: str
) -> None:
    warehouse.load(say.schema("t", {"id": INTEGER, "v": definition}))
    assert warehouse.types("t")["v"] == sql_type
