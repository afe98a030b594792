"""The shapes of the streams' rows in the provider's document: names, types and formats, and nothing else.

A field is a small JSON object: `type` (`string`, `integer`, `number`, `boolean`, `array`, `object`, or a list of them
where the document allows several), `format`, `values`, `items`, `properties` and `deprecated`; beside these
`document`, the resource type of a JSON:API document, and `copy`, the component that an object repeats. An object
without properties is free JSON. The shapes of all streams together are a digest of the document: small, and all that
the schemas need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from maintenance.rootly_routes import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from maintenance.refresh_schemas.streams import StreamFacts

Field: TypeAlias = "dict[str, Any]"
Shape: TypeAlias = "dict[str, Any]"

UNTOLD: Mapping[str, str] = {
    "/v1/catalogs/{}/properties": "catalog_property",
    "/v1/edge_connectors": "edge_connector",
    "/v1/edge_connectors/{}/actions": "edge_connector_action",
}
"""Lists whose response the document omits, and the component that describes their rows."""

MOST_VALUES = 20
"""Longer lists of values do not help a reader: time zones, currencies."""
LONGEST_VALUE = 40
"""Longer values are addresses and the like."""
MOST_DECLARED = 40
"""An object of several possible kinds becomes free JSON if these have more properties in total."""

_BRACES = re.compile(r"\{[^}]*\}")


def plain_path(path: str) -> str:
    """A path without the names of its parameters, which differ between the document and the tap."""
    return _BRACES.sub("{}", path)


def shapes(document: Mapping[str, Any], streams: Iterable[StreamFacts]) -> dict[str, Shape]:
    """The shapes of the streams whose routes are in the document.

    Args:
        document: The OpenAPI document.
        streams: The streams of the tap.

    Returns:
        By the stream's name: `kind`, the resource type; `component`, the name of the attributes' schema; `attributes`,
        field by name; `relationships`, `one` or `many` by name. If the response's `data` is an object of unknown shape,
        there is only `parameters`, field by name: the request is then part of the meaning of the response.
    """
    reader = _Reader(Document(dict(document)))
    routes = {plain_path(path): path for path, operations in document["paths"].items() if "get" in operations}
    return {
        stream.name: reader.shape(routes[plain_path(stream.path)])
        for stream in streams
        if plain_path(stream.path) in routes and (stream.has_route or stream.is_link)
    }


def lists(document: Mapping[str, Any]) -> Iterator[str]:
    """The readable paths except those of single records, which end with `/{id}`."""
    for path, operations in document["paths"].items():
        if "get" in operations and not path.endswith("/{id}"):
            yield path


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document

    def shape(self, path: str) -> Shape:
        operation = self._document.paths[path]["get"]
        data = self._document.properties(self._document.answer(operation)).get("data", {})
        component = UNTOLD.get(plain_path(path))
        if component is not None:
            data = {"$ref": f"#/components/schemas/{component}"}
            data = self._document.properties(data).get("data") or {"properties": {"attributes": data}}
        data = self._document.resolved(data)
        resource = self._document.properties(data.get("items", {}) if data.get("type") == "array" else data)
        if "attributes" not in resource:
            asked = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
            return {"parameters": {parameter["name"]: self._field(parameter["schema"]) for parameter in asked}}
        return {
            "kind": _only(self._document.resolved(resource.get("type", {})).get("enum")),
            "component": self._document.name_of(resource["attributes"]) or component,
            "attributes": self._fields(resource["attributes"]),
            "relationships": {
                name: self._cardinality(relation)
                for name, relation in self._document.properties(resource.get("relationships", {})).items()
            },
        }

    def _cardinality(self, relation: Any) -> str:
        """How many resources a relationship leads to: `one`, `one_of_any_type` or `many`."""
        data = self._document.resolved(self._document.properties(relation).get("data", {}))
        if data.get("type") == "array":
            return "many"
        kind = self._document.properties(data).get("type")
        return "one" if kind is None or "enum" in self._document.resolved(kind) else "one_of_any_type"

    def _fields(self, schema: Any) -> dict[str, Field]:
        return {name: self._field(inner) for name, inner in self._document.properties(schema).items()}

    def _field(self, schema: Any) -> Field:
        name, schema = self._document.name_of(schema), self._document.resolved(schema)
        alternatives = schema.get("oneOf") or schema.get("anyOf")
        field = _either([self._field(part) for part in alternatives]) if alternatives else self._plain(schema, name)
        return {**field, "deprecated": True} if schema.get("deprecated") else field

    def _plain(self, schema: Any, name: str | None) -> Field:
        if schema.get("type") == "array":
            return {"type": "array", "items": self._field(schema.get("items", {}))}
        properties = schema.get("properties", {})
        inner = self._document.properties(properties.get("data", {}))
        if "attributes" in inner:
            return {
                "type": "object",
                "document": _only(self._document.resolved(inner.get("type", {})).get("enum")),
                "properties": self._fields(inner["attributes"]),
            }
        if not properties and schema.get("type", "object") != "object":
            return {**{part: schema[part] for part in ("type", "format") if part in schema}, **_values(schema)}
        copy = {"copy": name} if name else {}
        return {"type": "object", **copy, **({"properties": self._fields(schema)} if properties else {})}


def _values(schema: Mapping[str, Any]) -> Field:
    values = [str(value) for value in schema.get("enum", ()) if value is not None]
    return {"values": values} if 0 < len(values) <= MOST_VALUES and max(map(len, values)) <= LONGEST_VALUE else {}


def _either(fields: list[Field]) -> Field:
    """One field for a value of several kinds: the type that can hold all of them, or free JSON."""
    kinds = list(dict.fromkeys(kind for field in fields for kind in _kinds(field)))
    if len(kinds) > 1:
        return {"type": kinds}
    if kinds != ["object"]:
        values = list(dict.fromkeys(value for field in fields for value in field.get("values", ())))
        known = bool(values) and all("values" in field for field in fields)
        return {**fields[0], **({"values": values} if known else {})}
    properties: dict[str, list[Field]] = {}
    for field in fields:
        for name, inner in field.get("properties", {}).items():
            properties.setdefault(name, []).append(inner)
    if len(properties) > MOST_DECLARED or not all("properties" in field for field in fields):
        return {"type": "object"}
    return {"type": "object", "properties": {name: _either(inner) for name, inner in properties.items()}}


def _kinds(field: Field) -> list[str]:
    kinds = field["type"]
    return kinds if isinstance(kinds, list) else [kinds]


def _only(values: Any) -> str | None:
    return str(values[0]) if values else None
