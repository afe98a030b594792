"""Extracts what the sandbox needs to know of Rootly's API from the provider's OpenAPI document.

    python -m maintenance.rootly_routes SPEC.json > sandbox/sandbox/rootly/routes.json

Names, types and the parameters of a route are kept; prose, examples and error bodies are not. A field is written as
briefly as possible: `"string?"` (nullable), `["string", "open", "closed"]` (one of these values), `{"list": FIELD}`,
`{"object": {NAME: FIELD}}`, `{"copy": SHAPE}` (the attributes of another resource), `{"document": SHAPE}` (another
resource as a JSON:API document) and `{"any": [FIELD, ...]}`; the objects among these have `"null": true` if they are
nullable.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json: TypeAlias = "dict[str, Any]"

_WRITES = ("post", "put", "patch", "delete")
_MOST_VALUES = 20
_MOST_ALTERNATIVES = 2
_BRACKETS = re.compile(r"filter\[(\w+)\](?:\[(\w+)\])?")

UNTOLD_ANSWERS: Mapping[str, tuple[str, str, str]] = {
    "/v1/catalogs/{catalog_id}/properties": ("list", "catalog_properties", "catalog_property"),
    "/v1/catalog_properties/{id}": ("one", "catalog_properties", "catalog_property"),
    "/v1/edge_connectors": ("list", "edge_connectors", "edge_connector"),
    "/v1/edge_connectors/{id}": ("one", "edge_connectors", "edge_connector"),
    "/v1/edge_connectors/{edge_connector_id}/actions": ("list", "edge_connector_actions", "edge_connector_action"),
    "/v1/edge_connectors/{edge_connector_id}/actions/{id}": ("one", "edge_connector_actions", "edge_connector_action"),
}
"""Routes whose response the document omits: the kind of response, its type, and the schema that describes it."""


class Document:
    """An OpenAPI document whose references are resolved on demand.

    Attributes:
        paths: The paths, as in the document.
    """

    def __init__(self, document: Json) -> None:
        self.paths: Json = document["paths"]
        self._schemas: Json = document["components"]["schemas"]

    def name_of(self, schema: Json) -> str | None:
        """The name of the schema that is referred to, directly or as the only part of an `allOf`."""
        parts = schema.get("allOf", [])
        holder = parts[0] if len(parts) == 1 and "properties" not in schema else schema
        reference = holder.get("$ref")
        return None if reference is None else str(reference).rsplit("/", 1)[-1]

    def resolved(self, schema: Json) -> Json:
        """The schema with any reference resolved."""
        while (name := self.name_of(schema)) is not None:
            own = {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}
            schema = {**self._schemas[name], **own}
        return schema

    def properties(self, schema: Json) -> Json:
        """The properties of an object schema."""
        found: Json = self.resolved(schema).get("properties", {})
        return found

    def attributes_of(self, name: str) -> Json:
        """The schema of a resource's attributes, given the name of theirs or of the document around them."""
        data = self.properties(self._schemas[name]).get("data")
        attributes: Json = self._schemas[name] if data is None else self.properties(data)["attributes"]
        return attributes

    def answer(self, operation: Json) -> Json:
        """The schema of the first response that has content, or an empty one."""
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                return self.resolved(content.get("schema", {}))
            return {}
        return {}

    def attributes_taken(self, operation: Json) -> Json:
        """The schema of the attributes in a request body, or an empty one."""
        for content in operation.get("requestBody", {}).get("content", {}).values():
            properties = self.properties(content.get("schema", {}))
            data = self.properties(properties.get("data", {}))
            return self.resolved(data.get("attributes") or properties.get("action") or {})
        return {}


class Description:
    """The description under construction: shapes are added when something refers to them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.shapes: dict[str, Json] = {}

    def fields(self, schema: Json) -> Json:
        """The fields of an object schema."""
        return {name: self.field(part) for name, part in self._document.properties(schema).items()}

    def shape(self, schema: Json, fallback: str) -> str:
        """The name of the shape for these attributes, which is added if it is new."""
        name = self._document.name_of(schema) or fallback
        if name not in self.shapes:
            self.shapes[name] = {}
            self.shapes[name] = self.fields(schema)
        return name

    def field(self, schema: Json) -> Any:
        """A field in short notation."""
        name = self._document.name_of(schema)
        whole = self._document.resolved(schema)
        alternatives = whole.get("oneOf") or whole.get("anyOf")
        if alternatives:
            return {"any": [self.field(part) for part in alternatives[:_MOST_ALTERNATIVES]]}
        null = {"null": True} if whole.get("nullable") else {}
        if whole.get("type") == "array":
            return {"list": self.field(whole.get("items", {})), **null}
        properties = whole.get("properties")
        if not properties:
            return _scalar(whole)
        inner = self._document.properties(properties.get("data", {}))
        if "attributes" in inner:
            kind = _first(self._document.resolved(inner.get("type", {})).get("enum")) or "string"
            return {"document": self.shape(inner["attributes"], kind), "type": kind, **null}
        if name is not None:
            return {"copy": self.shape(schema, name), **null}
        return {"object": self.fields(whole), **null}


def describe(document: Document) -> Json:
    """Describe all routes.

    Returns:
        `shapes`: the fields of every shape by name; `routes`: by path, the request and response of each method.
    """
    description = Description(document)
    routes = {path: dict(_methods(document, description, path)) for path in sorted(document.paths)}
    return {"shapes": dict(sorted(description.shapes.items())), "routes": routes}


def _methods(document: Document, description: Description, path: str) -> Iterator[tuple[str, Json]]:
    operations = document.paths[path]
    if "get" in operations:
        shared = operations.get("parameters", [])
        yield (
            "get",
            {
                **_answer(document, description, path),
                **_parameters([*shared, *operations["get"].get("parameters", [])]),
            },
        )
    for method in _WRITES:
        if method in operations:
            yield method, _write(document, operations[method])


def _answer(document: Document, description: Description, path: str) -> Json:
    schema = document.answer(document.paths[path]["get"])
    properties = schema.get("properties", {})
    if path in UNTOLD_ANSWERS:
        answers, kind, name = UNTOLD_ANSWERS[path]
        return {"answers": answers, "type": kind, "shape": description.shape(document.attributes_of(name), name)}
    data = document.resolved(properties.get("data", {}))
    is_list = data.get("type") == "array"
    item = document.properties(data.get("items", {}) if is_list else data)
    if "attributes" not in item:
        return {"answers": "object", "fields": description.fields(schema)}
    kind = _first(document.resolved(item.get("type", {})).get("enum"))
    answer: Json = {"answers": "list" if is_list else "one"}
    if kind is not None:
        answer["type"] = kind
    answer["shape"] = description.shape(item["attributes"], kind or path)
    beside = sorted(item.keys() - {"id", "type", "attributes", "relationships"})
    if beside:
        answer["beside"] = beside
    if "relationships" in item:
        answer["relationships"] = _relationships(document, item["relationships"])
    envelope = [name for name in ("links", "meta") if is_list and name in properties]
    if envelope:
        answer["envelope"] = envelope
    if "meta" in envelope:
        answer["meta"] = list(document.properties(properties["meta"]))
    return answer


def _relationships(document: Document, schema: Json) -> Json:
    found = {}
    for name, relation in document.properties(schema).items():
        data = document.properties(document.properties(relation).get("data", {}))
        found[name] = _first(document.resolved(data.get("type", {})).get("enum"))
    return found


def _parameters(parameters: Sequence[Json]) -> Json:
    found: Json = {}
    for parameter in parameters:
        if parameter["in"] != "query":
            continue
        name, schema = parameter["name"], parameter["schema"]
        brackets = _BRACKETS.fullmatch(name)
        if brackets:
            found.setdefault("filter", {}).setdefault(brackets[1], []).append(brackets[2] or "")
        elif name.startswith("page["):
            found.setdefault("page", []).append(name[5:-1])
        elif name in {"include", "sort"}:
            found[name] = schema.get("enum", [])
        else:
            kind = schema["type"] if "enum" not in schema else [schema["type"], *schema["enum"]]
            required = {"required": True} if parameter.get("required") else {}
            found.setdefault("query", {})[name] = {"type": kind, **required}
    return found


def _write(document: Document, operation: Json) -> Json:
    attributes = document.attributes_taken(operation)
    found: Json = {"status": int(_first(list(operation["responses"])) or 200)}
    if attributes.get("properties"):
        found["takes"] = list(attributes["properties"])
    if attributes.get("required"):
        found["required"] = attributes["required"]
    return found


def _scalar(schema: Json) -> Any:
    kind = schema.get("type", "any")
    if schema.get("format") in {"date-time", "date", "time", "uuid", "uri"}:
        kind = schema["format"]
    kind += "?" if schema.get("nullable") else ""
    values = [value for value in schema.get("enum", []) if value is not None]
    return [kind, *values[:_MOST_VALUES]] if values else kind


def _first(values: Sequence[Any] | None) -> Any:
    return values[0] if values else None


def printed(description: Json) -> str:
    """The description as JSON with one line per shape and route, for readable diffs."""
    parts = []
    for part, entries in description.items():
        lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items()]
        parts.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    return "{" + ",\n".join(parts) + "}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the description of the document given on the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m maintenance.rootly_routes", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("spec", type=Path, help="the provider's OpenAPI document, as JSON")
    spec = parser.parse_args(arguments).spec
    sys.stdout.write(printed(describe(Document(json.loads(spec.read_text())))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
