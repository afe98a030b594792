"""target-duckdb against its first release, the target of that name on PyPI, and dlt, with the same records."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from bench import trees
from bench.duckdb_input import STREAM, write_singer_file
from bench.duckdb_loaders import database_in, dlt_default, of_tree, ours, pypi_target
from bench.figures import AT_LEAST, AT_MOST, Figure
from bench.tables import compare_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.duckdb_loaders import Load

RECORDS = 200_000
MANY_RECORDS = 10 * RECORDS
RECORDS_FOR_DLT = RECORDS // 4
"""The first records of the file: dlt needs some minutes and 15 GB of memory for all of them."""
ROUNDS = 5


def measure(folder: Path) -> list[Figure]:
    """Load the same file with each loader in turn, and a file ten times as long with ours.

    Raises:
        MissingCommitError: This clone is too shallow to include the first release.
    """
    source = folder / "orders.jsonl"
    write_singer_file(source, RECORDS)
    today = _against_today(source, folder)
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine.append(ours(source, folder / "ours"))
        theirs.append(pypi_target(source, folder / "pypi"))
    write_singer_file(source, RECORDS_FOR_DLT)
    other = dlt_default(source, folder / "dlt")
    source.unlink()
    write_singer_file(folder / "many.jsonl", MANY_RECORDS)
    many = ours(folder / "many.jsonl", folder / "ours")
    return [today, _against_pypi(mine, theirs), _against_dlt(mine, other), _memory(mine, many)]


def _against_today(source: Path, folder: Path) -> Figure:
    before, now = trees.first_release(), trees.this(folder / "tree")
    mine_in, theirs_in = folder / "now", folder / "before"
    loads, earlier_loads = zip(
        *[(of_tree(now, source, mine_in), of_tree(before, source, theirs_in)) for _ in range(ROUNDS)], strict=True
    )
    compared = compare_schema(database_in(mine_in), database_in(theirs_in), "main")
    return Figure(
        "duckdb_vs_today",
        _seconds(earlier_loads) / _seconds(loads),
        AT_LEAST,
        1.25,
        f"whole process, {RECORDS:,} records of 25 fields: records per second / those of 0.1.0",
        {
            "rows_per_second": RECORDS / _seconds(loads),
            "rows_per_second_before": RECORDS / _seconds(earlier_loads),
            "seconds": [load.seconds for load in loads],
            "seconds_before": [load.seconds for load in earlier_loads],
            "cpu_seconds": median(load.cpu_seconds for load in loads),
            "cpu_seconds_before": median(load.cpu_seconds for load in earlier_loads),
        },
        {
            "every record is there once": all(_is_complete(load, RECORDS) for load in loads),
            "the rows are the same": compared.equal,
        },
    )


def _against_pypi(mine: list[Load], theirs: list[Load]) -> Figure:
    return Figure(
        "duckdb_vs_pypi_target",
        _seconds(theirs) / _seconds(mine),
        AT_LEAST,
        4,
        f"whole process, {RECORDS:,} records of 25 fields: PyPI's target-duckdb 0.8.0 / ours",
        {
            "seconds": [load.seconds for load in mine],
            "seconds_pypi": [load.seconds for load in theirs],
            "rows_per_second": RECORDS / _seconds(mine),
            "rows_per_second_pypi": RECORDS / _seconds(theirs),
            "cpu_seconds": median(load.cpu_seconds for load in mine),
            "cpu_seconds_pypi": median(load.cpu_seconds for load in theirs),
            "peak_mb": median(load.peak_bytes for load in mine) / 1e6,
            "peak_mb_pypi": median(load.peak_bytes for load in theirs) / 1e6,
            "rows_lost_pypi": RECORDS - theirs[-1].rows,
            "last_state_pypi": _state(theirs[-1]),
        },
        {
            "ours holds every record once": all(_is_complete(load, RECORDS) for load in mine),
            "our last state is the tap's": all(_state(load) == RECORDS for load in mine),
        },
    )


def _against_dlt(mine: list[Load], other: Load) -> Figure:
    mine_per_second, other_per_second = RECORDS / _seconds(mine), RECORDS_FOR_DLT / other.seconds
    return Figure(
        "duckdb_vs_dlt",
        mine_per_second / other_per_second,
        AT_LEAST,
        6,
        f"records per second of the whole process: ours / dlt's default load of the first {RECORDS_FOR_DLT:,}",
        {
            "rows_per_second": mine_per_second,
            "rows_per_second_dlt": other_per_second,
            "seconds_dlt": other.seconds,
            "cpu_seconds_dlt": other.cpu_seconds,
            "peak_mb_dlt": other.peak_bytes / 1e6,
        },
        {"dlt holds every record once": _is_complete(other, RECORDS_FOR_DLT)},
    )


def _memory(mine: list[Load], many: Load) -> Figure:
    usual = median(load.peak_bytes for load in mine)
    return Figure(
        "duckdb_memory_growth",
        many.peak_bytes / usual,
        AT_MOST,
        1.2,
        f"peak resident memory: {MANY_RECORDS:,} records / {RECORDS:,}",
        {
            "peak_mb": usual / 1e6,
            "peak_mb_of_many": many.peak_bytes / 1e6,
            "rows_per_second_of_many": MANY_RECORDS / many.seconds,
        },
        {"every record is there once": _is_complete(many, MANY_RECORDS)},
    )


def _seconds(loads: Sequence[Load]) -> float:
    return median(load.seconds for load in loads)


def _is_complete(load: Load, records: int) -> bool:
    return (load.rows, load.keys, load.first_key, load.last_key) == (records, records, 1, records)


def _state(load: Load) -> float:
    """Number of records that the last state covers."""
    value: float = json.loads(load.last_line)["bookmarks"][STREAM]["replication_key_value"]
    return value
