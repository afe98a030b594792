"""Records leave as their schema says: what the SDK's own conformance does, at a fraction of its price."""

from __future__ import annotations

import copy
import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_server import PlainServer
from singer_fanout.records import RecordFitter
from singer_sdk import typing as th
from singer_sdk.helpers._typing import _conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import MetadataMapping, SelectionMask
from status_runs import Run, TapRunner
from status_tap import StatusTap, Templates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from singer_sdk import Stream

SCHEMA = th.PropertiesList(
    th.Property("id", th.IntegerType),
    th.Property("name", th.StringType),
    th.Property("open", th.BooleanType),
    th.Property("value", th.NumberType),
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
    st.none() | st.booleans() | st.sampled_from([0, 1, 2, -1, Decimal("0.0"), Decimal("1.5"), "", "0", "false", "text"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=10)


def fitter(schema: dict[str, Any], reported: list[str] | None = None) -> RecordFitter:
    metadata = MetadataMapping.get_standard_metadata(schema=schema)
    metadata.root.selected = True
    return RecordFitter(schema, metadata.resolve_selection(), (reported if reported is not None else []).append)


@given(RECORDS)
@settings(max_examples=600, deadline=None)
def test_a_record_is_fitted_as_the_sdk_would(record: dict[str, Any]) -> None:
    expected, unmapped = _conform_record_data_types(copy.deepcopy(record), SCHEMA, TypeConformanceLevel.RECURSIVE, None)
    reported: list[str] = []
    fitted = fitter(SCHEMA, reported)(copy.deepcopy(record))
    assert fitted == expected
    assert repr(fitted) == repr(expected)
    assert set(reported) == set(unmapped)


def test_booleans_that_are_sent_as_numbers_become_booleans() -> None:
    fitted = fitter(SCHEMA)({"open": 1, "flags": [0, 1, None], "owner": {"active": 0}})
    assert fitted == {"open": True, "flags": [False, True, None], "owner": {"active": False}}
    assert repr(fitted["open"]) == "True"


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


def load(things: TapRunner, catalog: dict[str, Any] | None = None, **config: Any) -> Run:
    rows = [ROW, {**ROW, "id": 2, "name": "Second"}]
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
    *warnings, summary = run.warnings
    assert sorted(warnings) == [
        f"schema drift: things.{field} was sent by the API and is not in the schema; it is left out"
        for field in ("links.rel", "owner.secret", "owner.team.mascot", "surprise")
    ]
    assert summary.startswith("Schema drift, left out: things.")


def test_numbers_of_a_list_all_have_a_fraction_or_none() -> None:
    schema = {"properties": {"delays": {"type": ["array", "null"], "items": {"type": ["number", "null"]}}}}
    fit = RecordFitter(schema, SelectionMask({(): True, ("properties", "delays"): True}), lambda _: None)
    encode = msgspec.json.Encoder(decimal_format="number").encode
    assert encode(fit({"delays": [30, Decimal("1.5"), None]})) == b'{"delays":[30.0,1.5,null]}'
    assert encode(fit({"delays": [30, 60]})) == b'{"delays":[30,60]}'
    assert encode(fit({"delays": None})) == b'{"delays":null}'


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
