"""The loader with lakes against the loader with a file, in the environment that holds DuckDB's extensions."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.duckdb_input import STREAM, write_singer_file
from bench.figures import AT_MOST, Figure
from bench.paths import ROOT
from bench.processes import run
from tests.support.postgresql import HOST, USER, PostgresServer, server_programs
from tests.support.s3 import S3Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.processes import Usage

RECORDS = 100_000
ROUNDS = 3
FILE, FOLDER, BUCKET = "a file", "a lake in a folder", "a lake in PostgreSQL and a bucket"
LOADS = ("first load", "the same rows again")
SCRIPTS = ROOT / "ducklake" / ".venv" / "bin"
_COUNT = f"""
import json, sys
from target_duckdb.target import TargetDuckDB
database = TargetDuckDB(config=json.loads(sys.argv[1])).database
print(json.dumps(database.rows("SELECT count(*), count(DISTINCT id) FROM {STREAM}")[0]))
"""  # noqa: S608 - a constant


def measure(folder: Path) -> list[Figure]:
    """Load the same file twice into each kind of database, by turns.

    Raises:
        RuntimeError: The environment or PostgreSQL is not installed.
    """
    programs = server_programs()
    if programs is None or not SCRIPTS.exists():
        raise RuntimeError("`make test-ducklake` installs what is needed")
    source = folder / "orders.jsonl"
    write_singer_file(source, RECORDS)
    usages: dict[str, dict[str, list[Usage]]] = defaultdict(lambda: defaultdict(list))
    complete = True
    with PostgresServer(programs) as postgres, S3Server(SCRIPTS) as s3:
        s3.create_bucket("lake")
        for number in range(ROUNDS):
            place = folder / f"{number}"
            place.mkdir()
            for kind, config in _kinds(place, postgres, s3).items():
                for load in LOADS:
                    usages[kind][load].append(_load(config, source, place))
                complete = complete and _count(config) == [RECORDS, RECORDS]
    return [
        Figure(
            f"ducklake_{'upsert' if again else 'first_load'}",
            _seconds(usages[FOLDER][load]) / _seconds(usages[FILE][load]),
            AT_MOST,
            2,
            f"whole process, {RECORDS:,} records of 25 fields, {load}: a lake in a folder / a file",
            {
                f"{what} of {kind}": [getattr(usage, what) for usage in found[load]]
                for kind, found in usages.items()
                for what in ("seconds", "cpu_seconds")
            },
            {"every record is there once": complete},
        )
        for again, load in enumerate(LOADS)
    ]


def _kinds(place: Path, postgres: PostgresServer, s3: S3Server) -> dict[str, dict[str, Any]]:
    database = postgres.create_database()
    return {
        FILE: {"filepath": str(place / "file.duckdb")},
        FOLDER: {"filepath": f"ducklake:{place / 'lake.ducklake'}"},
        BUCKET: {
            "filepath": f"ducklake:postgres:host={HOST} port={postgres.port} user={USER} dbname={database}",
            "data_path": f"s3://lake/{database}/",
            "s3_key_id": "any",
            "s3_secret": "any",
            "s3_region": "eu-central-1",
            "s3_endpoint": s3.url,
        },
    }


def _load(config: Mapping[str, Any], source: Path, place: Path) -> Usage:
    settings = place / "config.json"
    settings.write_text(json.dumps(config))
    command = [str(SCRIPTS / "target-duckdb"), "--config", str(settings)]
    return run(command, place / "log", os.environ, source=source, output=place / "output")


def _count(config: Mapping[str, Any]) -> list[int]:
    command = [str(SCRIPTS / "python"), "-c", _COUNT, json.dumps(config)]
    counted = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ours
    found: list[int] = json.loads(counted.stdout)
    return found


def _seconds(usages: list[Usage]) -> float:
    return median(usage.seconds for usage in usages)
