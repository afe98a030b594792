"""A long list: against a plain stream of the SDK on the same pages, and how memory grows with its length."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench.figures import AT_LEAST, AT_MOST, Figure
from bench.serve import Load
from bench.server import Server
from bench.taps import TapRunner

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.taps import Run

ROWS = 50_000
STREAM = "incidents"
ROUNDS = 3


def measure(folder: Path) -> list[Figure]:
    """Read the same list with both taps in turn; then a tenth of it."""
    with Server(Load(incidents=ROWS)) as server:
        engine = _engine(server.api_url, folder)
        plain = TapRunner("bench.plain_tap", {"api_url": server.api_url}, folder, [STREAM])
        pairs = [(engine.sync(), plain.sync()) for _ in range(ROUNDS)]
    with Server(Load(incidents=ROWS // 10)) as server:
        short = _engine(server.api_url, folder).sync()
    ours, theirs = zip(*pairs, strict=True)
    return [_rate(ours, theirs), _memory(ours[-1], short)]


def _engine(api_url: str, folder: Path) -> TapRunner:
    return TapRunner("tap_cachet", {"api_url": api_url, "requests_per_minute": 0}, folder, [STREAM])


def _rate(ours: tuple[Run, ...], theirs: tuple[Run, ...]) -> Figure:
    mine, plain = (ROWS / median(_sync_seconds(runs)) for runs in (ours, theirs))
    return Figure(
        "paged_vs_plain_sdk",
        mine / plain,
        AT_LEAST,
        2.5,
        f"{ROWS:,} records, 100 a page, 0 ms: records per second against a plain SDK stream [2]",
        details={
            "records_per_second": mine,
            "plain_records_per_second": plain,
            "sync_seconds": list(_sync_seconds(ours)),
            "plain_sync_seconds": list(_sync_seconds(theirs)),
            "process_seconds": [run.seconds for run in ours],
            "plain_process_seconds": [run.seconds for run in theirs],
            "whole_process_ratio": median(run.seconds for run in theirs) / median(run.seconds for run in ours),
        },
        checks={
            "all rows were read": ours[0].output.rows == ROWS,
            "the rows are the same, in the same order": ours[0].output.same_records(theirs[0].output),
        },
    )


def _sync_seconds(runs: Iterable[Run]) -> list[float]:
    return [run.sync_seconds[STREAM] for run in runs]


def _memory(long: Run, short: Run) -> Figure:
    return Figure(
        "paged_memory_growth",
        long.peak_bytes / short.peak_bytes,
        AT_MOST,
        1.2,
        f"peak resident memory: {ROWS // 100} pages against {ROWS // 1000}",
        details={"peak_mb": long.peak_bytes / 1e6, "peak_mb_of_a_tenth": short.peak_bytes / 1e6},
    )
