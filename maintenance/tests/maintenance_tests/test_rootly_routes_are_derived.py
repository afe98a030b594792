from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from maintenance.rootly_routes import Document, describe, main, printed

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
NO_TEXT = {"type": "string", "nullable": True}


def resource(kind: str, attributes: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "id": TEXT,
            "type": {"type": "string", "enum": [kind]},
            "attributes": {"type": "object", "allOf": [{"$ref": f"#/components/schemas/{attributes}"}]},
        },
    }


def answered(schema: dict[str, Any], status: str = "200") -> dict[str, Any]:
    return {status: {"content": {"application/vnd.api+json": {"schema": schema}}}, "422": {"description": ""}}


def listed(kind: str, attributes: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"data": {"type": "array", "items": resource(kind, attributes)}}
    properties["meta"] = {"type": "object", "properties": {"total_pages": {"type": "integer"}}}
    return answered({"type": "object", "properties": properties})


def document() -> dict[str, Any]:
    query = {"in": "query", "schema": TEXT}
    taken = {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}
    posted = {"type": "object", "properties": {"data": {"type": "object", "properties": {"attributes": taken}}}}
    return {
        "paths": {
            "/v1/things": {
                "get": {
                    "responses": listed("things", "thing"),
                    "parameters": [
                        {"name": "filter[name]", **query},
                        {"name": "filter[created_at][gte]", **query},
                        {"name": "filter[created_at][lt]", **query},
                        {"name": "page[number]", **query},
                        {"name": "include", "in": "query", "schema": {"type": "string", "enum": ["parts"]}},
                        {"name": "sort", **query},
                        {"name": "period", **query, "required": True},
                    ],
                },
                "post": {
                    "responses": answered({}, "201"),
                    "requestBody": {"content": {"application/json": {"schema": posted}}},
                },
            },
            "/v1/things/{id}": {
                "parameters": [{"name": "id", "in": "path", "schema": TEXT}],
                "get": {"responses": answered({"type": "object", "properties": {"data": resource("things", "thing")}})},
                "delete": {"responses": {"204": {"description": "prose that nobody needs"}}},
            },
        },
        "components": {
            "schemas": {
                "thing": {
                    "type": "object",
                    "description": "prose that nobody needs",
                    "properties": {
                        "name": TEXT,
                        "note": NO_TEXT,
                        "state": {"type": "string", "enum": ["on", "off", None], "nullable": True},
                        "made_at": {"type": "string", "format": "date-time"},
                        "owner": {"$ref": "#/components/schemas/owner_response"},
                        "copies": {"type": "array", "items": {"$ref": "#/components/schemas/owner"}, "nullable": True},
                        "free": {"type": "object", "nullable": True},
                        "box": {"type": "object", "properties": {"width": {"type": "integer"}}},
                        "either": {"oneOf": [TEXT, {"type": "integer"}, {"type": "boolean"}]},
                    },
                },
                "owner": {
                    "type": "object",
                    "properties": {"name": TEXT, "thing": {"$ref": "#/components/schemas/thing"}},
                },
                "owner_response": {"type": "object", "properties": {"data": resource("owners", "owner")}},
            }
        },
    }


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("maintenance.rootly_routes.UNTOLD_ANSWERS", {})
    return describe(Document(document()))


def test_fields_are_told_in_short(described: dict[str, Any]) -> None:
    assert described["shapes"]["thing"] == {
        "name": "string",
        "note": "string?",
        "state": ["string?", "on", "off"],
        "made_at": "date-time",
        "owner": {"document": "owner", "type": "owners"},
        "copies": {"list": {"copy": "owner"}, "null": True},
        "free": "object?",
        "box": {"object": {"width": "integer"}},
        "either": {"any": ["string", "integer"]},
    }


def test_shapes_that_hold_each_other_are_told_once(described: dict[str, Any]) -> None:
    assert described["shapes"]["owner"] == {"name": "string", "thing": {"copy": "thing"}}
    assert list(described["shapes"]) == ["owner", "thing"]


def test_a_route_tells_what_it_takes_and_answers(described: dict[str, Any]) -> None:
    assert described["routes"]["/v1/things"]["get"] == {
        "answers": "list",
        "type": "things",
        "shape": "thing",
        "envelope": ["meta"],
        "meta": ["total_pages"],
        "filter": {"name": [""], "created_at": ["gte", "lt"]},
        "page": ["number"],
        "include": ["parts"],
        "sort": [],
        "query": {"period": {"type": "string", "required": True}},
    }
    assert described["routes"]["/v1/things/{id}"]["get"] == {"answers": "one", "type": "things", "shape": "thing"}


def test_a_write_tells_what_it_takes_and_needs(described: dict[str, Any]) -> None:
    assert described["routes"]["/v1/things"]["post"] == {"status": 201, "takes": ["name"], "required": ["name"]}
    assert described["routes"]["/v1/things/{id}"]["delete"] == {"status": 204}


def test_prose_is_left_behind_and_a_line_holds_one_route(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], described: dict[str, Any]
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(document()))
    assert main([str(spec)]) == 0
    text = capsys.readouterr().out
    assert text == printed(described)
    assert json.loads(text) == described
    assert "prose" not in text
    assert sum(line.startswith('"/v1/things') for line in text.splitlines()) == 2
