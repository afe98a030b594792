"""Every source into S3, in both formats that ``target-s3`` is offered with: every row, every value as it is told."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.every_load import full_box
from tests.support.s3 import S3Server
from tests.support.sources import SOURCES, Source
from tests.support.told import assert_tables_tell
from tests.test_every_source_through_meltano import lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.comparison import Row, Tables
    from tests.support.project import MeltanoProject

CACHET = Source(
    "tap-cachet",
    "tap-cachet",
    "cachet",
    lambda box: {"API_URL": box.cachet.api_url, "API_TOKEN": box.cachet.tokens["full"]},
    KEYS,
    expected_tables,
    lambda _: None,
)
EVERY_SOURCE = (*SOURCES, CACHET)
BUCKETS = {"lines": "jsonl", "columns": "parquet"}
FLAT = {"FLATTENING_ENABLED": "true", "FLATTENING_MAX_DEPTH": "1"}
"""Parquet has no column for an object whose fields are not declared; flattened by the tap, it is a JSON text."""


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with full_box() as sandbox:
        sandbox.cachet.settings.rate_limit = None
        yield sandbox


@pytest.fixture(scope="module")
def files(meltano: MeltanoProject, box: Sandbox) -> dict[str, dict[tuple[str, str], list[bytes]]]:
    """What the loader has written into each bucket, by schema and stream."""
    with S3Server() as server:
        for bucket, file_format in BUCKETS.items():
            server.create_bucket(bucket)
            pairs = [name for source in EVERY_SOURCE for name in (source.extractor, "target-s3")]
            settings = {
                "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_BUCKET": bucket,
                "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_REGION": "eu-central-1",
                "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_ACCESS_KEY_ID": "any",
                "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_SECRET_ACCESS_KEY": "any",
                "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_ENDPOINT_OVERRIDE": server.url,
                "TARGET_S3_COMPRESSION": "none",
                "TARGET_S3_FORMAT_FORMAT_TYPE": file_format,
            }
            for source in EVERY_SOURCE:
                settings.update(source.environment(box, **(FLAT if file_format == "parquet" else {})))
            meltano("run", f"--state-id-suffix={bucket}", *pairs, **settings)
        return {bucket: server.files(bucket) for bucket in BUCKETS}


@pytest.fixture(params=EVERY_SOURCE, ids=lambda source: source.extractor)
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.param
    return found


def test_json_lines_hold_every_row_as_it_was_sent(
    source: Source, box: Sandbox, files: dict[str, dict[tuple[str, str], list[bytes]]]
) -> None:
    found = {
        stream: [json.loads(line) for part in parts for line in part.splitlines()]
        for (schema, stream), parts in files["lines"].items()
        if schema == source.schema
    }
    expected = source.expected(box)
    assert_tables_tell(lists(source, _times_read(found)), _times_read(expected), source.keys)


def test_parquet_holds_every_row_with_its_times_to_the_second(
    source: Source, box: Sandbox, files: dict[str, dict[tuple[str, str], list[bytes]]], tmp_path: Path
) -> None:
    found = {}
    for (schema, stream), parts in files["columns"].items():
        if schema == source.schema:
            for number, part in enumerate(parts):
                (tmp_path / f"{stream}.{number}.parquet").write_bytes(part)
            found[stream] = duckdb.read_parquet(str(tmp_path / f"{stream}.*.parquet")).to_arrow_table().to_pylist()
    expected = source.expected(box)
    told = {name: [_flat(row, found.get(name, [])) for row in rows] for name, rows in expected.items()}
    seconds = {name: [_to_the_second(row) for row in rows] for name, rows in _times_read(told).items()}
    texts_read = {name: [_texts_read(row) for row in rows] for name, rows in found.items()}
    assert_tables_tell(lists(source, texts_read), seconds, source.keys)


def _flat(row: Row, found: list[Row]) -> Row:
    """A row as the tap flattens it: objects whose fields have columns of their own are spread over these."""
    columns = {column for each in found for column in each}
    flat: Row = {}
    for name, value in row.items():
        inner = {column for column in columns if column.startswith(f"{name}__")}
        if name in columns or not inner:
            flat[name] = value
        else:
            flat.update({f"{name}__{field}": each for field, each in (value or {}).items()})
    return flat


def _times_read(tables: Mapping[str, Any]) -> Tables:
    return {
        name: [{column: _time(value) for column, value in row.items()} for row in rows] for name, rows in tables.items()
    }


def _time(value: Any) -> Any:
    if isinstance(value, str) and value[10:11] == "T":
        try:
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return value
    return value


def _to_the_second(row: Row) -> Row:
    return {n: v.replace(microsecond=0) if isinstance(v, datetime) else v for n, v in row.items()}


def _texts_read(row: Row) -> Row:
    return {n: json.loads(v) if isinstance(v, str) and v[:1] in {"{", "["} else v for n, v in row.items()}
