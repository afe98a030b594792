"""What the maintainers' tool makes of a provider's document, shown on one that fits on a page."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from maintenance.refresh_schemas import __main__ as tool
from maintenance.refresh_schemas.glossary import Glossary
from maintenance.refresh_schemas.requests import refused_parameters
from maintenance.refresh_schemas.schemas import derived, differences, read, write
from maintenance.refresh_schemas.shapes import shapes
from maintenance.refresh_schemas.streams import StreamFacts

if TYPE_CHECKING:
    from pathlib import Path

NULLABLE = {"nullable": True}
STREAMS = (
    StreamFacts("ships", "/v1/ships", relations={"flags": "flag_ids"}),
    StreamFacts(
        "ship_voyages",
        "/v1/ships/{ship_id}/voyages",
        parent="ships",
        parent_fields={"ship_id": "id", "ship_at": "built_at"},
    ),
    StreamFacts("ports", "/v1/ports"),
    StreamFacts(
        "port_charts", "/v1/ports/{port_id}/chart", keys=("port_id",), parent="ports", parent_fields={"port_id": "id"}
    ),
)
GLOSSARY: dict[str, dict[str, Any]] = {
    "fields": {
        "id": "Id of the {row}.",
        "name": "Name of the {row}.",
        "status": "Where the {row} is.",
        "position": "Place of the {row}.",
        "tags.value": "Value of the tag.",
    },
    "patterns": {r"(.+)_(?:ids?|names?)": "Which {0}.", r"(.+)_at": "When {0}, UTC."},
    "streams": {"ports": {"name": "What sailors call it."}},
    "words": {"ship_voyage": "trip"},
}


def document() -> dict[str, Any]:
    """Ships, their voyages, and the ports that these begin and end in."""
    port = {"type": "object", "properties": {"name": {"type": "string"}}}
    return {
        "paths": {
            "/v1/ships": _listed("ships", {"$ref": "#/components/schemas/ship"}),
            "/v1/ships/{id}": {"get": {"responses": {}}},
            "/v1/ships/{ship}/voyages": _listed("voyages", {"$ref": "#/components/schemas/voyage"}),
            "/v1/ports": _listed("ports", {"allOf": [{"$ref": "#/components/schemas/port"}]}),
            "/v1/ports/{id}/chart": {
                "get": {
                    "parameters": [{"name": "period", "in": "query", "schema": {"type": "string"}}],
                    "responses": _answer({"data": {"type": "object"}}),
                }
            },
        },
        "components": {
            "schemas": {
                "port": port,
                "ship": {
                    "type": "object",
                    "properties": {
                        "built_at": {"type": "string"},
                        "status": {"type": "string", "enum": ["at_sea", "in_port", None], **NULLABLE},
                        "name": {"type": "string"},
                        "captain_token": {"type": "string"},
                        "owner_id": {"type": "integer", "deprecated": True},
                        "cargo": {"type": "array", "items": {"oneOf": [_object("position"), _object("name")]}},
                    },
                },
                "voyage": {
                    "type": "object",
                    "properties": {
                        "port": {"type": "object", "properties": {"data": _resource("ports", port)}, **NULLABLE},
                        "ports": {"type": "array", "items": {"$ref": "#/components/schemas/port"}},
                        "tags": {"type": "array", "items": _object("key", "value")},
                    },
                },
            }
        },
    }


def test_names_types_and_references_come_from_the_document_in_the_order_of_a_reader() -> None:
    schemas, wordless = derive(document())
    ships, voyages = schemas["ships"]["properties"], schemas["ship_voyages"]["properties"]

    assert list(ships) == ["id", "name", "status", "built_at", "owner_id", "cargo", "flag_ids"]
    assert ships["id"] == {"description": "Id of the ship.", "type": "string"}
    assert ships["status"]["description"] == "Where the ship is. Known values: at_sea, in_port."
    assert ships["owner_id"] == {"description": "Which owner. Deprecated by Rootly.", "type": ["integer", "null"]}
    assert ships["built_at"] == {"description": "When built, UTC.", "type": ["string", "null"], "format": "date-time"}
    assert list(ships["cargo"]["items"]["properties"]) == ["position", "name"]
    assert list(voyages) == ["id", "ship_id", "port_id", "port_name", "ship_at", "port_ids", "port_names", "tags"]
    assert voyages["id"]["description"] == "Id of the trip."
    assert voyages["ship_id"]["type"] == "string"
    assert list(schemas["port_charts"]["properties"]) == ["port_id", "period", "data"]
    assert schemas["port_charts"]["properties"]["data"]["type"] == ["object", "null"]
    assert wordless == [
        "ships.cargo",
        "ship_voyages.tags",
        "ship_voyages.tags.key",
        "port_charts.period",
        "port_charts.data",
    ]


def test_a_field_that_came_went_or_changed_is_told(tmp_path: Path) -> None:
    write(tmp_path, derive(document())[0])
    later = document()
    ship = later["components"]["schemas"]["ship"]["properties"]
    ship["masts"] = {"type": "integer"}
    ship["owner_id"]["type"] = "string"
    del ship["status"]
    schemas, wordless = derive(later)

    assert list(differences(read(tmp_path), schemas)) == [
        "+ ships.masts: integer or null",
        "~ ships.owner_id: integer or null -> string or null",
        "- ships.status: string or null",
    ]
    assert "ships.masts" in wordless
    write(tmp_path, schemas)
    assert list(differences(read(tmp_path), schemas)) == []


def test_a_new_value_is_told_as_a_new_description_and_a_move_as_a_new_order(tmp_path: Path) -> None:
    write(tmp_path, derive(document())[0])
    later = document()
    later["components"]["schemas"]["ship"]["properties"]["status"]["enum"].append("sunk")
    cargo = later["components"]["schemas"]["ship"]["properties"]["cargo"]["items"]["oneOf"]
    cargo.reverse()

    assert list(differences(read(tmp_path), derive(later)[0])) == ["~ ships.status: described anew"]
    later["components"]["schemas"]["ship"]["properties"]["status"]["enum"].pop()
    assert list(differences(read(tmp_path), derive(later)[0])) == ["~ ships: the order of its fields"]


def test_the_file_of_a_stream_that_the_tap_gave_up_is_deleted(tmp_path: Path) -> None:
    schemas, _ = derive(document())
    write(tmp_path, {**schemas, "anchors": {"type": "object", "properties": {}}})

    assert list(differences(read(tmp_path), schemas)) == ["- anchors: the tap no longer has it"]
    write(tmp_path, schemas)
    assert sorted(file.stem for file in tmp_path.iterdir()) == sorted(schemas)


def test_words_that_nobody_asked_for_are_told() -> None:
    texts = copy.deepcopy(GLOSSARY)
    texts["streams"]["ships"] = {"masts": "How many masts it has."}
    glossary = Glossary(texts)
    derived(STREAMS, shapes(document(), STREAMS), glossary)

    assert glossary.unused() == ["ships: masts"]


@pytest.mark.parametrize("kinds", ["too many", "one of them unknown"])
def test_an_object_that_may_be_anything_is_free_json(kinds: str) -> None:
    told = document()
    many = [_object(f"field_{number}_at") for number in range(60)]
    unknown = [_object("position"), {"type": "object"}]
    told["components"]["schemas"]["port"]["properties"]["place"] = {"anyOf": many if kinds == "too many" else unknown}

    assert "properties" not in derive(told)[0]["ports"]["properties"]["place"]


def test_routes_that_came_and_went_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(document()))

    assert tool.main([str(spec), "--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "/v1/ships: a new route; add a stream, or a reason to ROUTES_LEFT_OUT" in lines
    assert "incidents: its route /v1/incidents is gone from the document; its schema is kept as it was" in lines
    assert not any(line.startswith("/v1/ships/{id}:") for line in lines)
    assert not any(line.startswith(("+", "-", "~")) for line in lines)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "No such file"),
        ("openapi: 3.0.1", "is not JSON"),
        ('{"swagger": "2.0"}', "has no paths and components"),
    ],
)
def test_a_file_that_is_no_document_is_said_to_be_none(
    text: str | None, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.json"
    if text is not None:
        spec.write_text(text)

    with pytest.raises(SystemExit):
        tool.main([str(spec)])
    assert complaint in capsys.readouterr().err


def test_what_the_tap_asks_for_and_the_document_does_not_have_is_told() -> None:
    windows = ("filter[created_at][gte]", "filter[created_at][lt]")
    told: dict[str, Any] = {"paths": {"/v1/severities": _asked_by("page[number]", "page[size]", *windows)}}
    assert list(refused_parameters(told)) == []

    wanted = {"name": "team", "in": "query", "required": True, "schema": {"type": "string"}}
    told = {
        "paths": {
            "/v1/severities": _asked_by("page[number]", *windows),
            "/v1/statuses": _asked_by("page[number]", "page[size]", *windows),
        }
    }
    told["paths"]["/v1/statuses"]["get"]["parameters"].append(wanted)
    assert list(refused_parameters(told)) == [
        "severities: /v1/severities does not take page[size]",
        "statuses: /v1/statuses wants team",
    ]


def test_an_order_that_the_document_no_longer_has_is_told() -> None:
    route = _asked_by("page[size]", "page[after]", "filter[created_at][gte]", "filter[created_at][lte]", "sort")
    route["get"]["parameters"][-1]["schema"]["enum"] = ["-created_at"]

    complaints = list(refused_parameters({"paths": {"/v1/alert_events": route}}))
    assert complaints == ["alert_events: /v1/alert_events does not take sort=created_at"]


def derive(told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The schemas that a document gives."""
    return derived(STREAMS, shapes(told, STREAMS), Glossary(GLOSSARY))


def _asked_by(*names: str) -> dict[str, Any]:
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
    return {"get": {"parameters": parameters, "responses": {}}}


def _listed(kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"get": {"responses": _answer({"data": {"type": "array", "items": _resource(kind, attributes)}})}}


def _answer(properties: dict[str, Any]) -> dict[str, Any]:
    content = {"application/vnd.api+json": {"schema": {"type": "object", "properties": properties}}}
    return {"200": {"description": "", "content": content}}


def _resource(kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    properties = {"id": {"type": "string"}, "type": {"type": "string", "enum": [kind]}, "attributes": attributes}
    return {"type": "object", "properties": properties}


def _object(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}
