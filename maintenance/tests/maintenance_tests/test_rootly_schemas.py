"""The schemas of tap-rootly are those that the provider's document, the rules for rows and our own words give."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import tap_rootly.schemas
from maintenance.refresh_schemas import __main__ as tool
from maintenance.refresh_schemas.addendum import ADDENDUM, Addendum
from maintenance.refresh_schemas.digest import DIGEST, kept_shapes
from maintenance.refresh_schemas.schemas import read
from maintenance.refresh_schemas.streams import StreamFacts, tap_streams
from tap_rootly.left_out import LEFT_OUT, is_secret_name, why_left_out
from tap_rootly.records import Records

from maintenance_tests.rootly_samples import TIME, resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(tap_rootly.schemas.__file__).parent
SCHEMAS = read(FOLDER)
DOCUMENTED = kept_shapes()
SHAPES = Addendum.ours().added_to(DOCUMENTED)
STREAMS = tap_streams()
WITH_ATTRIBUTES = [stream for stream in STREAMS if not stream.is_link and "attributes" in SHAPES[stream.name]]


def test_the_schemas_are_what_the_tool_derives(capsys: pytest.CaptureFixture[str]) -> None:
    assert tool.main(["--check"]) == 0, capsys.readouterr().out


def test_every_stream_has_a_schema_and_no_schema_is_left_over() -> None:
    assert sorted(SCHEMAS) == sorted(stream.name for stream in STREAMS)


def test_every_field_is_described_in_a_sentence() -> None:
    badly = [path for path, field in fields() if not field.get("description", "").endswith(".")]
    assert badly == []


def test_no_field_is_limited_to_the_values_that_are_known_today() -> None:
    assert [path for path, field in fields() if {"enum", "const", "pattern", "required"} & field.keys()] == []


def test_keys_are_never_null_and_everything_else_may_be() -> None:
    for stream in STREAMS:
        properties = SCHEMAS[stream.name]["properties"]
        parents = set(stream.parent_fields)
        strict = {name for name, field in properties.items() if isinstance(field["type"], str)}
        assert set(stream.keys) <= strict <= {*stream.keys, *parents}, stream.name
        assert all("null" in properties[name]["type"] for name in properties.keys() - strict), stream.name


def test_rows_begin_with_what_identifies_them() -> None:
    for stream in STREAMS:
        assert tuple(SCHEMAS[stream.name]["properties"])[: len(stream.keys)] == tuple(stream.keys), stream.name


def test_no_field_that_is_left_out_has_a_column_at_any_depth() -> None:
    for path, _ in fields():
        stream, *parts = path.split(".")
        assert why_left_out(stream, parts[0]) is None, path
        assert not any(is_secret_name(part) for part in parts), path


def test_what_is_left_out_of_a_stream_is_what_the_document_has() -> None:
    for stream, left_out in LEFT_OUT.items():
        if stream != "*":
            assert left_out.keys() <= SHAPES[stream]["attributes"].keys(), stream


def test_times_are_times_wherever_they_stand() -> None:
    times = [(path, field) for path, field in fields() if path.endswith("_at")]
    assert [path for path, field in times if field.get("format") != "date-time"] == []
    assert len(times) > 200


@pytest.mark.parametrize("stream", WITH_ATTRIBUTES, ids=lambda stream: stream.name)
def test_an_answer_with_every_documented_field_becomes_a_row_with_every_column(stream: StreamFacts) -> None:
    schema = SCHEMAS[stream.name]
    warnings: list[str] = []
    records = Records(stream.name, schema["properties"], stream.relations, warnings.append)
    answer = resource(SHAPES[stream.name])
    for relation in stream.relations:
        answer["relationships"][relation] = {"data": [{"id": "5", "type": relation}]}
    row = records.row(answer)
    from_parent = {name: "1" if "id" in name else "2026-03-01T17:30:00.250000Z" for name in stream.parent_fields}

    assert row.keys() - from_parent.keys() == schema["properties"].keys() - from_parent.keys()
    jsonschema.validate({**row, **from_parent}, _closed(schema), format_checker=jsonschema.FormatChecker())
    assert TIME not in str(row)
    assert warnings == []


def test_a_name_is_known_for_a_secret_however_it_is_written() -> None:
    secret = ["password", "zoom_meeting_password", "apiKey", "X-Api-Key", "accessToken", "client_secret", "headers"]
    harmless = ["password_required", "max_tokens", "secrets_permissions", "project_key", "header_color", "author"]
    assert [name for name in secret if not is_secret_name(name)] == []
    assert [name for name in harmless if is_secret_name(name)] == []


def test_each_fact_that_no_document_has_says_where_it_comes_from() -> None:
    facts = json.loads(ADDENDUM.read_text(encoding="utf-8"))
    assert [name for name, fact in facts.items() if not fact["source"].endswith(".")] == []
    assert list(Addendum(facts).documented(DOCUMENTED)) == []


def test_what_the_document_has_by_now_is_told() -> None:
    text, free = {"type": "string"}, {"type": "object", "properties": {"id": {"type": "string"}}}
    addendum = Addendum(
        {"routes": {"source": "", "attributes": {"slug": text, "rules": {"type": "array", "items": free}}}}
    )
    before = {"routes": {"attributes": {"name": text, "rules": {"type": "array", "items": {**free, "properties": {}}}}}}
    assert list(addendum.documented(before)) == []
    after = addendum.added_to(before)
    assert after["routes"]["attributes"].keys() == {"name", "slug", "rules"}
    assert list(addendum.documented(after)) == ["routes.slug", "routes.rules.id"]


def test_a_schema_that_was_changed_by_hand_is_told_and_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, digest = tmp_path / "schemas", tmp_path / "shapes.json.gz"
    shutil.copytree(FOLDER, folder)
    shutil.copy(DIGEST, digest)
    file = folder / "severities.json"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace('"color"', '"colour"'), encoding="utf-8")

    assert tool.main(["--check"], folder, digest) == 1
    assert capsys.readouterr().out.splitlines() == [
        "+ severities.color: string or null",
        "- severities.colour: string or null",
    ]
    assert tool.main([], folder, digest) == 0
    assert file.read_text(encoding="utf-8") == before
    assert tool.main(["--check"], folder, digest) == 0
    assert digest.read_bytes() == DIGEST.read_bytes()


def fields() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field of every schema, at any depth, with its path."""
    for stream, schema in SCHEMAS.items():
        yield from _inside(stream, schema)


def _inside(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from _inside(f"{path}.{name}", field)
    if "items" in schema:
        yield from _inside(path, schema["items"])


def _closed(schema: Any) -> Any:
    """The schema with declared objects that hold nothing else: what the engine emits."""
    if isinstance(schema, dict):
        closed = {name: _closed(part) for name, part in schema.items()}
        return {**closed, "additionalProperties": False} if "properties" in schema and "type" in schema else closed
    return schema
