"""Loaders that are not ours take the output of a tap as it is: JSON Lines, and Parquet and JSON Lines in S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import by_key
from tests.support.s3 import S3Server
from tests.support.small_box import small_box

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.comparison import Tables
    from tests.support.project import MeltanoProject


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A server that speaks S3."""
    with S3Server() as server:
        yield server


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox in which nothing happens between the loads."""
    with small_box() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def tap_settings(box: Sandbox) -> dict[str, str]:
    return {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"]}


def assert_same_rows(found: Tables, box: Sandbox) -> None:
    """Compare what every kind of file can hold: which rows there are, their texts, numbers and times."""
    expected = {name: rows for name, rows in expected_tables(box).items() if name != "subscribers"}
    assert found.keys() == expected.keys()
    for name, rows in found.items():
        facts = by_key(expected[name], KEYS[name])
        assert by_key(rows, KEYS[name]).keys() == facts.keys(), name
        for key, row in by_key(rows, KEYS[name]).items():
            for column, value in row.items():
                fact = facts[key].get(column)
                if isinstance(fact, (str, int, float)) and not isinstance(value, (dict, list)):
                    assert value == pytest.approx(fact) if isinstance(fact, float) else value == fact, (name, column)


def jsonl_tables(files: Mapping[str, list[bytes]]) -> Tables:
    return {name: [json.loads(line) for part in parts for line in part.splitlines()] for name, parts in files.items()}


def s3_settings(s3: S3Server, bucket: str, **more: str) -> dict[str, str]:
    return {
        "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_BUCKET": bucket,
        "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_REGION": "eu-central-1",
        "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_ACCESS_KEY_ID": "any",
        "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_SECRET_ACCESS_KEY": "any",
        "TARGET_S3_CLOUD_PROVIDER_AWS_AWS_ENDPOINT_OVERRIDE": s3.url,
        "TARGET_S3_COMPRESSION": "none",
        **more,
    }


@pytest.fixture(scope="module")
def lines(
    meltano: MeltanoProject, tap_settings: dict[str, str], s3: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with JSON Lines; the same run has put them into S3, too."""
    folder = tmp_path_factory.mktemp("lines")
    s3.create_bucket("lines")
    settings = {
        **tap_settings,
        **s3_settings(s3, "lines", TARGET_S3_FORMAT_FORMAT_TYPE="jsonl"),
        "TARGET_JSONL_DESTINATION_PATH": str(folder),
        "TARGET_JSONL_DO_TIMESTAMP_FILE": "false",
    }
    meltano("run", "--state-id-suffix=lines", "tap-cachet", "target-jsonl", "tap-cachet", "target-s3", **settings)
    return folder


def test_json_lines_hold_every_row(lines: Path, box: Sandbox) -> None:
    assert_same_rows(jsonl_tables({file.stem: [file.read_bytes()] for file in lines.glob("*.jsonl")}), box)


@pytest.mark.usefixtures("lines")
def test_json_lines_in_s3_hold_every_row(s3: S3Server, box: Sandbox) -> None:
    assert_same_rows(jsonl_tables(s3.files_by_stream("lines", prefix="cachet")), box)


def test_parquet_in_s3_holds_every_row_with_its_types(
    meltano: MeltanoProject, box: Sandbox, tap_settings: dict[str, str], s3: S3Server, tmp_path: Path
) -> None:
    s3.create_bucket("columns")
    settings = s3_settings(s3, "columns")
    meltano("run", "--state-id-suffix=columns", "tap-cachet", "target-s3", **tap_settings, **settings)
    tables: dict[str, list[dict[str, Any]]] = {}
    types: dict[str, dict[str, str]] = {}
    for name, (content,) in s3.files_by_stream("columns", prefix="cachet").items():
        file = tmp_path / f"{name}.parquet"
        file.write_bytes(content)
        relation = duckdb.read_parquet(str(file))
        types[name] = dict(zip(relation.columns, map(str, relation.types), strict=True))
        tables[name] = relation.to_arrow_table().to_pylist()
    assert_same_rows(tables, box)
    assert types["incidents"]["id"] == "BIGINT"
    assert types["incidents"]["name"] == "VARCHAR"
    assert types["incidents"]["notifications"] == "BOOLEAN"
    assert types["metric_points"]["value"] == "DOUBLE"
