"""A long list from memory: records per second of the current tap against the first release."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench import trees
from bench.figures import AT_LEAST, Figure
from bench.serve import Load
from bench.server import Server
from bench.taps import TapRunner

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 50_000
STREAM = "incidents"
ROUNDS = 7


def measure(folder: Path) -> list[Figure]:
    """Read the same pages with both trees in turn.

    Raises:
        MissingCommitError: This clone is too shallow to include the first release.
    """
    before = trees.first_release()
    now = trees.this(folder / "tree")
    files = folder / "runs"
    files.mkdir()
    with Server(Load(incidents=ROWS, from_memory=True)) as server:
        config = {"api_url": server.api_url, "requests_per_minute": 0}
        mine, theirs = (TapRunner("tap_cachet", config, files, [STREAM], tree=tree) for tree in (now, before))
        runs, earlier_runs = zip(*[(mine.sync(), theirs.sync()) for _ in range(ROUNDS)], strict=True)
    seconds, earlier_seconds = ([run.sync_seconds[STREAM] for run in those] for those in (runs, earlier_runs))
    output = runs[-1].output
    return [
        Figure(
            "tap_throughput",
            median(earlier_seconds) / median(seconds),
            AT_LEAST,
            1.5,
            f"{ROWS:,} records from memory, 0 ms: records per second / those of 0.1.0 [2, 5]",
            details={
                "records_per_second": ROWS / median(seconds),
                "records_per_second_before": ROWS / median(earlier_seconds),
                "sync_seconds": seconds,
                "sync_seconds_before": earlier_seconds,
                "cpu_seconds": median(run.cpu_seconds for run in runs),
                "cpu_seconds_before": median(run.cpu_seconds for run in earlier_runs),
                "whole_process_ratio": median(run.seconds for run in earlier_runs)
                / median(run.seconds for run in runs),
            },
            checks={
                "all rows were read": output.rows == ROWS,
                "the rows are the same, in the same order": output.same_records(earlier_runs[-1].output),
            },
        )
    ]
