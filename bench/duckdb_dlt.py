"""The records of a Singer file into DuckDB, with dlt's default settings.

Run by the Python of dlt's own environment: `python duckdb_dlt.py FILE DATABASE FOLDER`. Imports nothing of ours.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt  # type: ignore[import-not-found]
import orjson  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Iterator


def records(path: str) -> Iterator[dict[str, Any]]:
    """The records of all RECORD messages."""
    with Path(path).open("rb") as lines:
        for line in lines:
            message = orjson.loads(line)
            if message["type"] == "RECORD":
                yield message["record"]


if __name__ == "__main__":
    source, database, folder = sys.argv[1:]
    pipeline = dlt.pipeline(
        "bench", destination=dlt.destinations.duckdb(database), dataset_name="main", pipelines_dir=folder
    )
    pipeline.run(dlt.resource(records(source), name="orders", primary_key="id"))
