"""Fan-out: the gain from concurrency with a slow API, and a check that it changes nothing but the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import AT_LEAST, Figure
from bench.serve import Load
from bench.server import Server
from bench.taps import TapRunner

if TYPE_CHECKING:
    from pathlib import Path

    from bench.taps import Run

PARENTS = 2000
LATENCY = 0.1
WIDE = 16


def measure(folder: Path) -> list[Figure]:
    """Read the points of many metrics with one worker and with many."""
    with Server(Load(metrics=PARENTS, points=2, latency=LATENCY)) as server:
        wide = _read(server.api_url, WIDE, folder)
        narrow = _read(server.api_url, 1, folder)
    return [
        Figure(
            "fanout_speedup",
            narrow.seconds / wide.seconds,
            AT_LEAST,
            12,
            f"{PARENTS:,} parents, one request each, {LATENCY * 1000:g} ms: {WIDE} workers against 1, whole processes",
            details={"seconds_1": narrow.seconds, f"seconds_{WIDE}": wide.seconds, "rows": wide.output.rows},
            checks={
                "all rows were read": wide.output.rows == 2 * PARENTS,
                "the rows are the same, in the same order": wide.output.same_records(narrow.output),
                "the final bookmarks are the same": wide.output.final_state == narrow.output.final_state,
            },
        )
    ]


def _read(api_url: str, workers: int, folder: Path) -> Run:
    config = {"api_url": api_url, "max_concurrency": workers, "requests_per_minute": 0}
    return TapRunner("tap_cachet", config, folder, ["metric_points"]).sync()
