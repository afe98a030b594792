"""The tables of the taps, from their schemas and classes."""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING, Any

from tap_cachet.tap import TapCachet
from tap_instatus.tap import TapInstatus
from tap_rootly.tap import TapRootly
from tap_statuspages.tap import TapStatusPages

from maintenance.data_dictionary.references import References
from maintenance.data_dictionary.tables import Chapter, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk import Stream, Tap

INTRODUCTION = """\
The tables that [`{tap}`](../../{tap}/README.md) makes, in the schema `{product}` unless you choose another. Times are
UTC. What a table refers to may be missing there: deleted, not visible to the key, or in a stream that is not read."""
PRODUCTS: Mapping[str, tuple[str, type[Tap], Mapping[str, Any]]] = {
    "cachet": ("Cachet", TapCachet, {}),
    "instatus": ("Instatus", TapInstatus, {"api_key": "none"}),
    "rootly": ("Rootly", TapRootly, {"api_token": "none"}),
    "sigryl": ("Sigryl", TapStatusPages, {"provider": "sigryl", "api_url": "https://HOST", "api_key": "none"}),
    "boxwatch": ("BoxWatch", TapStatusPages, {"provider": "boxwatch", "api_key": "none"}),
}
"""Label, tap and dummy settings of each product: no request is made, only schemas are read."""


def products() -> list[Chapter]:
    """One chapter for each product."""
    return [_product(name) for name in PRODUCTS]


def _product(name: str) -> Chapter:
    label, tap_class, settings = PRODUCTS[name]
    streams = tap_class(config=dict(settings)).streams
    references = References(name, streams)
    tables = [_table(stream, references) for _, stream in sorted(streams.items())]
    return Chapter(name, label, INTRODUCTION.format(tap=tap_class.name, product=name), tables)


def _table(stream: Stream, references: References) -> Table:
    schema = stream.schema["properties"]
    key = list(stream.primary_keys)
    columns = [column for name in schema for column in _columns(name, schema[name])]
    described = [
        Column(
            column.name,
            column.kind,
            column.description,
            nullable=column.nullable and column.name not in key,
            refers_to=references.of(stream.name, column.name),
        )
        for column in columns
    ]
    incremental = stream.replication_method == "INCREMENTAL"
    notes = [f"incremental by `{stream.replication_key}`" if incremental else "full table"]
    if not stream.selected_by_default:
        notes.append("off by default")
    summary = (getdoc(type(stream)) or "").partition("\n\n")[0].replace("\n", " ")
    group = type(stream).__module__.rpartition(".")[2].replace("_", " ")
    return Table(stream.name, summary, key, described, notes, group)


def _columns(name: str, schema: Mapping[str, Any]) -> Iterator[Column]:
    """Yield a column, and the fields nested in it."""
    types = _types(schema)
    yield Column(name, _kind(schema), schema.get("description", ""), nullable="null" in types)
    inside, prefix = (schema.get("items") or {}, f"{name}[].") if "array" in types else (schema, f"{name}.")
    for field, field_schema in inside.get("properties", {}).items():
        yield from _columns(prefix + field, field_schema)


def _kind(schema: Mapping[str, Any]) -> str:
    types = [kind for kind in _types(schema) if kind != "null"]
    if types == ["string"]:
        return {"date-time": "time", "date": "date"}.get(schema.get("format", ""), "text")
    if types == ["array"]:
        items = schema.get("items")
        return f"list of {_kind(items)}" if items else "list"
    if len(types) > 1:
        return "any"
    return types[0]


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", ["string", "number", "boolean", "array", "object", "null"])
    return [types] if isinstance(types, str) else list(types)
