"""Records leave as their schema says: what the SDK's own conformance does, at a fraction of its price."""

from __future__ import annotations

import copy
import logging
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from plain_server import PlainServer
from singer_fanout.columns import TOO_LARGE
from singer_fanout.findings import StreamFindings
from singer_fanout.records import RecordFitter
from singer_fanout.summary import RunSummary
from singer_sdk import typing as th
from singer_sdk.helpers._typing import _conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import MetadataMapping
from status_runs import Run, TapRunner
from status_tap import StatusTap, Templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from singer_sdk import Stream

SCHEMA = th.PropertiesList(
    th.Property("id", th.IntegerType),
    th.Property("name", th.StringType),
    th.Property("open", th.BooleanType),
    th.Property("value", th.NumberType),
    th.Property("at", th.DateTimeType),
    th.Property("values", th.ArrayType(th.NumberType)),
    th.Property("tags", th.ArrayType(th.StringType)),
    th.Property("flags", th.ArrayType(th.BooleanType)),
    th.Property("anything", th.CustomType({"type": ["integer", "string", "object", "array", "null"]})),
    th.Property("free", th.ObjectType(additional_properties=True)),
    th.Property("mixed", th.CustomType({"type": ["boolean", "string", "null"]})),
    th.Property(
        "owner",
        th.ObjectType(
            th.Property("id", th.IntegerType),
            th.Property("active", th.BooleanType),
            th.Property("team", th.ObjectType(th.Property("lead", th.BooleanType), additional_properties=False)),
            additional_properties=False,
        ),
    ),
    th.Property(
        "links",
        th.ArrayType(
            th.ObjectType(
                th.Property("on", th.BooleanType), th.Property("to", th.StringType), additional_properties=False
            )
        ),
    ),
    th.Property(
        "either",
        th.CustomType({"type": ["object", "string", "null"], "properties": {"on": {"type": ["boolean", "null"]}}}),
    ),
    th.Property("grid", th.ArrayType(th.ArrayType(th.BooleanType))),
).to_dict()
NAMES = st.sampled_from([*SCHEMA["properties"], "active", "lead", "team", "on", "to", "surprise"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, 2, -1, 10**30, Decimal("0.0"), Decimal("1.5"), Decimal("1E+9999999"), 1.0, 0.5])
    | st.sampled_from(["", "0", "12", "012", "-1.50", "false", "text", "2026-05-24", "2026-05-24T18:42:11+02:00"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=10)
VALIDATOR = Draft202012Validator({**SCHEMA, "additionalProperties": False})
SILENT = logging.getLogger("silent")
SILENT.disabled = True
FITTING = {
    "boolean": st.sampled_from([True, False, 0, 1]),
    "integer": st.integers(1 - TOO_LARGE, TOO_LARGE - 1),
    "null": st.none(),
    "number": st.integers() | st.decimals(allow_nan=False, allow_infinity=False),
    "string": st.text(),
}


def values_of(declared: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What an API may send for a field, if it keeps to the schema; objects may have fields more."""
    kinds = declared.get("type", ["string"])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "boolean" in kinds and "string" in kinds:
        return st.booleans() | st.text()
    return st.one_of([_values_of(kind, declared) for kind in kinds])


def _values_of(kind: str, declared: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "string" and declared.get("format") == "date-time":
        return st.datetimes(timezones=st.just(timezone.utc)).map(datetime.isoformat)
    if kind == "array":
        items = declared.get("items", {})
        if "array" in items.get("type", ()):
            # The SDK looks no deeper.
            return st.lists(st.lists(st.booleans()), max_size=3)
        return st.lists(st.integers() if items.get("type") == ["number"] else values_of(items), max_size=3)
    if kind == "object":
        fields = {name: values_of(inner) for name, inner in declared.get("properties", {}).items()}
        return st.fixed_dictionaries({}, optional={**fields, "surprise": st.booleans()})
    return FITTING[kind]


def fitter(
    schema: Mapping[str, Any],
    summary: RunSummary | None = None,
    keys: Sequence[str] = (),
) -> RecordFitter:
    metadata = MetadataMapping.get_standard_metadata(schema=dict(schema))
    metadata.root.selected = True
    findings = StreamFindings("s", summary or RunSummary(SILENT), None)
    return RecordFitter(schema, metadata.resolve_selection(), keys, findings, lambda *_: None)


def fitted(schema: Mapping[str, Any], record: Mapping[str, Any], summary: RunSummary | None = None) -> dict[str, Any]:
    (row,) = fitter(schema, summary)([copy.deepcopy(dict(record))])
    return row


@given(values_of(SCHEMA))
@settings(max_examples=200, deadline=None)
def test_a_record_that_is_what_its_schema_says_is_fitted_as_the_sdk_would(record: dict[str, Any]) -> None:
    expected, unmapped = _conform_record_data_types(copy.deepcopy(record), SCHEMA, TypeConformanceLevel.RECURSIVE, None)
    summary = RunSummary(SILENT)
    row = fitted(SCHEMA, record, summary)
    assert row == expected
    assert repr(row) == repr(expected)
    assert summary.drifted.keys() == {f"s.{path}" for path in unmapped}
    assert not summary.mistyped


@given(RECORDS)
@settings(max_examples=400, deadline=None)
def test_whatever_is_sent_nothing_leaves_but_what_the_schema_says(record: dict[str, Any]) -> None:
    VALIDATOR.validate(fitted(SCHEMA, record))


@given(st.lists(RECORDS, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_page_is_fitted_as_each_of_its_records_is(page: list[dict[str, Any]]) -> None:
    together = fitter(SCHEMA)(copy.deepcopy(page))
    assert repr(together) == repr([fitted(SCHEMA, record) for record in page])


TWO_OF_EACH = {"properties": {"id": {"type": "integer"}, "name": {"type": ["string", "null"]}}}


def test_records_that_nothing_identifies_are_left_out_of_their_page() -> None:
    sent: list[dict[str, Any]] = [
        {"id": 1},
        {"id": None},
        {"name": "x"},
        {"id": True},
        {"id": [5]},
        {"id": "7", "name": "y"},
    ]
    assert fitter(TWO_OF_EACH, keys=["id"])(sent) == [{"id": 1}, {"id": 7, "name": "y"}]
    either = {"properties": {"id": {"type": ["integer", "string", "null"]}}}
    assert fitter(either, keys=["id"])([{"id": None}, {"id": "a"}]) == [{"id": "a"}]


def test_an_empty_text_and_a_fraction_identify_nothing_where_the_key_is_a_text() -> None:
    text = {"properties": {"id": {"type": ["string", "null"]}}}
    fit = fitter(text, keys=["id"])
    assert fit([{"id": "a"}, {"id": ""}]) == [{"id": "a"}]
    assert fit([{"id": Decimal("1.5")}, {"id": 1.5}, {"id": Decimal("2.0")}, {"id": 7}]) == [{"id": "7"}]
    assert fitter(TWO_OF_EACH, keys=["id"])([{"id": Decimal("1.5")}, {"id": Decimal("2.0")}]) == [{"id": 2}]


def test_a_fraction_is_a_key_where_the_column_is_of_numbers() -> None:
    number = {"properties": {"id": {"type": ["number", "null"]}}}
    assert fitter(number, keys=["id"])([{"id": Decimal("1.5")}, {"id": None}]) == [{"id": Decimal("1.5")}]


def kind(name: str, **further: Any) -> dict[str, Any]:
    return {"type": [name, "null"], **further}


@pytest.mark.parametrize(
    ("declared", "sent", "loaded"),
    [
        (kind("integer"), "12", 12),
        (kind("integer"), "-3", -3),
        (kind("integer"), Decimal("5.0"), 5),
        (kind("integer"), 5.0, 5),
        (kind("integer"), "012", None),
        (kind("integer"), " 12", None),
        (kind("integer"), "5.0", None),
        (kind("integer"), Decimal("5.5"), None),
        (kind("integer"), Decimal("1E+999999"), None),
        (kind("integer"), False, None),
        (kind("integer"), {"id": 5}, None),
        (kind("number"), "28.50", Decimal("28.50")),
        (kind("number"), "7", 7),
        (kind("number"), "7,5", None),
        (kind("number"), True, None),
        (kind("boolean"), 1, True),
        (kind("boolean"), 0, False),
        (kind("boolean"), "0", False),
        (kind("boolean"), "true", True),
        (kind("boolean"), 2, None),
        (kind("boolean"), Decimal("1.0"), None),
        (kind("boolean"), "yes", None),
        (kind("string"), 12, "12"),
        (kind("string"), Decimal("1.50"), "1.50"),
        (kind("string"), False, None),
        (kind("string"), {"en": "Hello"}, None),
        (kind("string", format="date-time"), "2026-05-24 18:42:11", "2026-05-24T18:42:11.000000Z"),
        (kind("string", format="date-time"), "2026-05-24T18:42:11", "2026-05-24T18:42:11.000000Z"),
        (kind("string", format="date-time"), "2026-05-24T18:42:11+02:00", "2026-05-24T18:42:11+02:00"),
        (kind("string", format="date-time"), "tomorrow", None),
        (kind("string", format="date-time"), 1779647000, None),
        (kind("object"), "text", None),
        (kind("object"), 5, None),
        (kind("object", properties={"id": kind("integer")}), 5, None),
        (kind("object", properties={"id": kind("integer")}), {"id": "5"}, {"id": 5}),
        (kind("object", additionalProperties=kind("boolean")), {"a": 1, "b": "x"}, {"a": True, "b": None}),
        (kind("array", items={"type": "integer"}), 5, None),
        (kind("array", items={"type": "integer"}), [1, None, "2", {"id": 3}], [1, 2]),
        (kind("array", items=kind("integer")), [1, None, "2", {"id": 3}], [1, None, 2, None]),
        (
            kind("array", items=kind("object", properties={"id": kind("integer")})),
            [{"id": 1}, None, 2],
            [{"id": 1}, None, None],
        ),
    ],
    ids=repr,
)
def test_a_value_of_another_type_is_converted_where_that_loses_nothing(
    declared: dict[str, Any], sent: Any, loaded: Any
) -> None:
    row = fitted({"properties": {"field": declared}}, {"field": sent})
    assert repr(row) == repr({"field": loaded})


def test_a_field_that_may_not_be_null_is_left_out_instead() -> None:
    assert fitted(TWO_OF_EACH, {"id": "x", "name": "y"}) == {"name": "y"}


class Things(Templates):
    name = "things"
    path = "/things"
    schema = SCHEMA

    def parse_page(self, page: Any) -> Iterator[dict[str, Any]]:
        yield from page["data"]


class ThingsTap(StatusTap):
    def discover_streams(self) -> list[Stream]:
        return [Things(self)]


ROW = {
    "id": 1,
    "name": "First",
    "open": 1,
    "value": 2.50,
    "tags": ["a"],
    "owner": {"id": 7, "active": 1, "secret": "x", "team": {"lead": 0, "mascot": "owl"}},
    "links": [{"on": 1, "to": "b", "rel": "next"}],
    "free": {"x": {"y": 1}},
    "surprise": True,
}


@pytest.fixture
def things(tmp_path: Path) -> TapRunner:
    return TapRunner(tmp_path, ThingsTap)


def load(things: TapRunner, catalog: dict[str, Any] | None = None, row: Mapping[str, Any] = ROW, **config: Any) -> Run:
    rows = [row, {**row, "id": 2, "name": "Second"}]
    with PlainServer(lambda reply: reply.json({"data": rows, "links": {}})) as server:
        run = things({"api_url": server.url, **config}, catalog=catalog)
    assert run.exit_code == 0, run.log
    return run


FITTED = {
    "id": 1,
    "name": "First",
    "open": True,
    "value": 2.5,
    "tags": ["a"],
    "owner": {"id": 7, "active": True, "team": {"lead": False}},
    "links": [{"on": True, "to": "b"}],
    "free": {"x": {"y": 1}},
}


def test_fields_that_the_schema_lacks_are_dropped_and_reported_once_a_run(things: TapRunner) -> None:
    run = load(things)
    assert run.rows("things")[0] == FITTED
    (warning,) = run.warnings
    text, _, fields = warning.partition("; they are left out (the setting keep_undeclared keeps them): ")
    assert text == "Schema drift: the API sent fields that are not in the schema"
    assert set(fields.split(", ")) == {
        f"things.{field}" for field in ("links.rel", "owner.secret", "owner.team.mascot", "surprise")
    }


def test_numbers_of_a_list_all_have_a_fraction_or_none() -> None:
    schema = {"properties": {"delays": {"type": ["array", "null"], "items": {"type": ["number", "null"]}}}}
    encode = msgspec.json.Encoder(decimal_format="number").encode
    assert encode(fitted(schema, {"delays": [30, Decimal("1.5"), None]})) == b'{"delays":[30.0,1.5,null]}'
    assert encode(fitted(schema, {"delays": [30, 60]})) == b'{"delays":[30,60]}'
    assert encode(fitted(schema, {"delays": None})) == b'{"delays":null}'


def deselect(catalog: dict[str, Any], *fields: tuple[str, ...]) -> dict[str, Any]:
    for entry in catalog["streams"][0]["metadata"]:
        names = tuple(part for part in entry["breadcrumb"] if part != "properties")
        if names in fields:
            entry["metadata"]["selected"] = False
    return catalog


def test_fields_that_are_not_selected_stay_here_and_are_no_drift(things: TapRunner) -> None:
    catalog = things.catalog({"api_url": "https://example.com"}, ["things"])
    run = load(things, deselect(catalog, ("name",), ("owner", "active"), ("owner", "team", "lead"), ("tags",)))
    expected = {name: value for name, value in FITTED.items() if name not in {"name", "tags"}}
    assert run.rows("things")[0] == {**expected, "owner": {"id": 7, "team": {}}}
    assert not [text for text in run.warnings if "name" in text or "active" in text]


def test_stream_maps_rename_filter_and_compute(things: TapRunner) -> None:
    maps = {
        "things": {
            "__alias__": "renamed",
            "__filter__": "id > 1",
            "double": "id * 2",
            "__else__": None,
            "id": "id",
            "open": "open",
        }
    }
    run = load(things, stream_maps=maps)
    assert run.rows("renamed") == [{"id": 2, "open": True, "double": 4}]
    assert {message["stream"] for message in run.of_type("SCHEMA")} == {"renamed"}
    assert run.activated == {"renamed"}


def test_an_alias_alone_renames_everything(things: TapRunner) -> None:
    run = load(things, stream_maps={"things": {"__alias__": "renamed"}})
    assert run.rows("renamed")[0] == FITTED
    assert run.activated == {"renamed"}


def test_flattening_makes_columns_of_nested_fields(things: TapRunner) -> None:
    run = load(things, flattening_enabled=True, flattening_max_depth=2)
    row = run.rows("things")[0]
    assert row["owner__id"] == 7
    assert row["owner__active"] is True
    assert row["owner__team__lead"] is False
    assert {"owner__id", "owner__active", "owner__team__lead"} <= run.of_type("SCHEMA")[0]["schema"][
        "properties"
    ].keys()


def test_the_sdk_has_nothing_to_say_about_the_rows(things: TapRunner, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        run = load(things)
    assert "not found in catalog schema" not in run.log


def test_values_of_another_type_are_null_and_told_once_a_field(things: TapRunner) -> None:
    row = {**ROW, "owner": 7, "tags": ["a", None, {"id": 1}], "value": "2.50", "open": "maybe", "links": "none"}
    run = load(things, row={name: value for name, value in row.items() if name != "surprise"})
    assert run.rows("things")[0] == {**FITTED, "owner": None, "tags": ["a"], "value": 2.5, "open": None, "links": None}
    (warning,) = run.warnings
    assert warning == (
        "Not of the type in the schema, loaded as null: things.open (2 values, the first a string), things.tags "
        "(4 values, the first null), things.owner (2 values, the first a number), things.links (2 values, the first a "
        "string)"
    )
