"""The schema files: derives them from columns and descriptions, reads, writes and compares them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from maintenance.refresh_schemas.columns import NOTES, Columns
from maintenance.refresh_schemas.order import ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from maintenance.refresh_schemas.glossary import Glossary
    from maintenance.refresh_schemas.shapes import Shape
    from maintenance.refresh_schemas.streams import StreamFacts

Schema: TypeAlias = "dict[str, Any]"


def derived(
    streams: Iterable[StreamFacts], shapes: Mapping[str, Shape], glossary: Glossary
) -> tuple[dict[str, Schema], list[str]]:
    """Derive the schemas from the document, and find the fields without a description.

    Args:
        streams: The streams of the tap.
        shapes: Their shapes in the document.
        glossary: The descriptions.

    Returns:
        The schemas by stream, and `stream.field` for each field without a description.
    """
    streams = list(streams)
    columns = Columns(streams, shapes)
    schemas: dict[str, Schema] = {}
    wordless: list[str] = []
    for stream in streams:
        describe = _Describer(stream.name, glossary, wordless)
        own = ordered(columns.of(stream.name), stream.keys, stream.parent_fields, columns.resources)
        schemas[stream.name] = {"type": "object", "properties": describe.properties(own)}
    return schemas, wordless


class _Describer:
    def __init__(self, stream: str, glossary: Glossary, wordless: list[str]) -> None:
        self._stream = stream
        self._glossary = glossary
        self._wordless = wordless

    def properties(self, columns: Mapping[str, Any], inside: str = "") -> Schema:
        return {name: self._column(f"{inside}{name}", column) for name, column in columns.items()}

    def _column(self, path: str, column: Mapping[str, Any]) -> Schema:
        text = self._glossary.describe(self._stream, path)
        if text is None:
            self._wordless.append(f"{self._stream}.{path}")
            return self._inside(path, column)
        return {"description": text + _notes(column), **self._inside(path, column)}

    def _inside(self, path: str, column: Mapping[str, Any]) -> Schema:
        schema = {part: value for part, value in column.items() if part not in NOTES}
        if "items" in column:
            schema["items"] = self._inside(path, column["items"])
        if "properties" in column:
            schema["properties"] = self.properties(column["properties"], f"{path}.")
        return schema


def _notes(column: Mapping[str, Any]) -> str:
    """What the document adds to a description; values become no `enum`, because providers add new ones."""
    values = column.get("values") or column.get("items", {}).get("values")
    known = f" Known values: {', '.join(values)}." if values else ""
    return known + (" Deprecated by Rootly." if column.get("deprecated") else "")


def read(folder: Path) -> dict[str, Schema]:
    """The schemas in a folder, by stream."""
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


def printed(schema: Schema) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path, schemas: Mapping[str, Schema]) -> None:
    """Write the schemas to a folder, and delete the files of streams that the tap no longer has."""
    for file in folder.glob("*.json"):
        if file.stem not in schemas:
            file.unlink()
    for name, schema in schemas.items():
        (folder / f"{name}.json").write_text(printed(schema), encoding="utf-8")


def differences(before: Mapping[str, Schema], after: Mapping[str, Schema]) -> Iterator[str]:
    """The changes: one line for each stream that was added or removed and each field that differs."""
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"+ {name}: new stream"
        elif name not in after:
            yield f"- {name}: the tap no longer has it"
        else:
            changes = list(_changes(name, before[name], after[name]))
            yield from changes
            if not changes and printed(before[name]) != printed(after[name]):
                yield f"~ {name}: the order of its fields"


def _changes(path: str, before: Schema, after: Schema) -> Iterator[str]:
    """The differences between two schemas of the same field or row."""
    if (old := _kind(before)) != (new := _kind(after)):
        yield f"~ {path}: {old} -> {new}"
    if before.get("description") != after.get("description"):
        yield f"~ {path}: described anew"
    if "items" in before and "items" in after:
        yield from _changes(f"{path}[]", before["items"], after["items"])
    old, new = before.get("properties", {}), after.get("properties", {})
    for name in sorted({*old, *new}):
        if name not in old:
            yield f"+ {path}.{name}: {_kind(new[name])}"
        elif name not in new:
            yield f"- {path}.{name}: {_kind(old[name])}"
        else:
            yield from _changes(f"{path}.{name}", old[name], new[name])


def _kind(schema: Schema) -> str:
    kinds = schema.get("type", "anything")
    text = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{text} ({schema['format']})" if "format" in schema else text
