"""What a schema lacks is kept on demand, but not what looks like a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from plain_server import PlainServer
from singer_fanout.undeclared import Leftovers
from singer_sdk import typing as th
from status_runs import Run, TapRunner
from status_tap import StatusTap, Templates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from singer_sdk import Stream


class Things(Templates):
    name = "things"
    path = "/things"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("owner", th.ObjectType(th.Property("id", th.IntegerType), additional_properties=False)),
        th.Property(
            "links", th.ArrayType(th.ObjectType(th.Property("to", th.StringType), additional_properties=False))
        ),
    ).to_dict()

    def parse_page(self, page: Any) -> Iterator[dict[str, Any]]:
        yield from page["data"]


class ThingsTap(StatusTap):
    def discover_streams(self) -> list[Stream]:
        return [Things(self)]

    def is_secret_field(self, stream: str, name: str) -> bool:
        return (stream, name) == ("things", "backdoor")


ROWS = [
    {"id": 1},
    {
        "id": 2,
        "undeclared": "sent under this very name",
        "color": "red",
        "count": 7,
        "nothing": None,
        "backdoor": "CANARY",
        "webhookHeaders": ["CANARY"],
        "homepage": "https://example.com/CANARY",
        "owner": {"id": 7, "age": 40, "API_KEY": "CANARY"},
        "links": [{"to": "a", "rel": "next"}, {"to": "b"}, {"to": "c", "rel": "prev", "slug": "CANARY"}],
        "deep": {
            "list": [{"Secret": "CANARY", "ok": 1}, "hooks.example.com/CANARY", "fine", [{"backdoor": "CANARY"}]],
            "https://example.com/CANARY": 1,
            "more": {"password_hint": "CANARY", "address": " <HTTPS://example.com/?CANARY>", "plain": True},
        },
    },
]
KEPT = {
    "undeclared": "sent under this very name",
    "color": "red",
    "count": 7,
    "nothing": None,
    "owner.age": 40,
    "links.rel": ["next", "prev"],
    "deep": {"list": [{"ok": 1}, "fine", [{}]], "more": {"plain": True}},
}


@pytest.fixture
def things(tmp_path: Path) -> TapRunner:
    return TapRunner(tmp_path, ThingsTap)


def load(things: TapRunner, *, deselected: str = "", **config: Any) -> Run:
    catalog = things.catalog({"api_url": "https://example.com", **config}, ["things"])
    for entry in catalog["streams"][0]["metadata"]:
        if deselected and entry["breadcrumb"] == ["properties", deselected]:
            entry["metadata"]["selected"] = False
    with PlainServer(lambda reply: reply.json({"data": ROWS, "links": {}})) as server:
        run = things({"api_url": server.url, **config}, catalog=catalog)
    assert run.exit_code == 0, run.log
    return run


def test_undeclared_fields_stand_in_one_column_without_what_looks_like_a_secret(things: TapRunner) -> None:
    run = load(things, keep_undeclared=True)
    (schema,) = run.of_type("SCHEMA")
    assert schema["schema"]["properties"]["undeclared"]["type"] == ["object", "null"]
    assert run.rows("things") == [
        {"id": 1},
        {"id": 2, "owner": {"id": 7}, "links": [{"to": "a"}, {"to": "b"}, {"to": "c"}], "undeclared": KEPT},
    ]
    assert "CANARY" not in run.output
    *_, left_out, kept = run.warnings
    assert kept.startswith(
        "Schema drift: the API sent fields that are not in the schema; they are in the column undeclared: things."
    )
    assert {"things.backdoor", "things.owner.API_KEY", "things.links.slug"} <= set(left_out.split(": ")[2].split(", "))
    assert "keep_undeclared" not in run.log


def test_without_the_setting_they_are_left_out_and_the_warning_names_it(things: TapRunner) -> None:
    run = load(things)
    assert "undeclared" not in run.of_type("SCHEMA")[0]["schema"]["properties"]
    assert not [row for row in run.rows("things") if row.keys() - {"id", "owner", "links"}]
    (drift,) = [text for text in run.warnings if text.startswith("Schema drift:")]
    reason, _, fields = drift.rpartition(": ")
    assert reason.endswith("(the setting keep_undeclared keeps them)")
    assert len(fields.split(", ")) == 12


def test_the_column_can_be_deselected_like_any_other(things: TapRunner) -> None:
    run = load(things, keep_undeclared=True, deselected="undeclared")
    assert not [row for row in run.rows("things") if "undeclared" in row]


def test_flattening_does_not_reach_into_it(things: TapRunner) -> None:
    run = load(things, keep_undeclared=True, flattening_enabled=True, flattening_max_depth=1)
    flattened = run.rows("things")[1]
    assert json.loads(flattened["undeclared"]) == KEPT


@pytest.mark.parametrize(
    "name",
    ["url", "pageUrl", "SLUG", "webhook", "X-Token", "apiKey", "monkey", "password", "clientSecret", "Set-Cookie"],
)
def test_names_that_open_doors_are_known_however_they_are_written(name: str) -> None:
    leftovers = Leftovers(lambda _: False)
    assert not leftovers.add(name, 1, listed=False)
    assert leftovers.add("a", {name: 1, "b": [{name: 2}]}, listed=False)
    assert leftovers.take() == {"a": {"b": [{}]}}


@pytest.mark.parametrize(
    "text", ["//cdn.example.com/x", "ftp://a", "www.example.com", "example.com:80/x", '"https://x"']
)
def test_values_that_are_addresses_are_dropped(text: str) -> None:
    leftovers = Leftovers(lambda _: False)
    assert not leftovers.add("a", text, listed=False)
    assert leftovers.add("b", [text, "not // one"], listed=False)
    assert leftovers.take() == {"b": ["not // one"]}
