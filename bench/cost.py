"""The cost of a run in requests and in output: both must grow with the rows, not with the parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import AT_MOST, EXACTLY, Figure
from bench.serve import Load
from bench.server import Server
from bench.taps import TapRunner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.taps import Run

PARENTS = 4000
FEWER_PARENTS = 1000
CHILDREN = 6
CHILD = "metric_points"
ROWS_PER_STATE = 10_000


def measure(folder: Path) -> list[Figure]:
    """Fan out over many and over fewer parents, read a single-page list, and test the connection."""
    return [
        *_output_of_a_fan_out(folder),
        _requests_of_one_page(folder),
        _requests_of_a_test(folder),
    ]


def _output_of_a_fan_out(folder: Path) -> Sequence[Figure]:
    many, few = (_children(parents, folder) for parents in (PARENTS, FEWER_PARENTS))
    rows = many.output.rows
    states = many.output.messages["STATE", ""]
    per_row, fewer_per_row = (run.output.bytes / run.output.rows for run in (many, few))
    return [
        Figure(
            "child_schema_messages",
            many.output.messages["SCHEMA", CHILD],
            EXACTLY,
            1,
            f"SCHEMA messages of the children of {PARENTS:,} parents",
            checks={"all rows were read": rows == PARENTS * CHILDREN},
        ),
        Figure(
            "states_per_10k_records",
            (states - 1) / (rows / ROWS_PER_STATE),
            AT_MOST,
            1,
            f"STATE messages before the last one, for {ROWS_PER_STATE:,} rows",
            details={"states": states, "rows": rows},
        ),
        Figure(
            "output_bytes_per_row",
            per_row / fewer_per_row,
            AT_MOST,
            1.02,
            f"bytes of output a row: {PARENTS:,} parents against {FEWER_PARENTS:,}",
            details={
                f"bytes_per_row_{PARENTS}": per_row,
                f"bytes_per_row_{FEWER_PARENTS}": fewer_per_row,
                "output_mb": many.output.bytes / 1e6,
                "seconds": many.seconds,
            },
        ),
    ]


def _children(parents: int, folder: Path) -> Run:
    with Server(Load(metrics=parents, points=CHILDREN)) as server:
        return _tap(server, folder, [CHILD]).sync()


def _requests_of_one_page(folder: Path) -> Figure:
    with Server(Load(incidents=60)) as server:
        tap = _tap(server, folder, ["incidents"])
        server.forget_requests()
        rows = tap.sync().output.rows
        asked = server.requests().total
    return Figure(
        "one_page_requests",
        asked,
        EXACTLY,
        1,
        "requests for a list of one page",
        checks={"all rows were read": rows == 60},  # noqa: PLR2004
    )


def _requests_of_a_test(folder: Path) -> Figure:
    with Server(Load(everything=True)) as server:
        tap = _tap(server, folder, None)
        streams = len(tap.catalog()["streams"])
        server.forget_requests()
        tap.test()
        asked = server.requests().total
    return Figure(
        "test_requests_per_stream",
        asked / streams,
        AT_MOST,
        1,
        "requests of --test, for each of the tap's streams",
        details={"requests": asked, "streams": streams},
    )


def _tap(server: Server, folder: Path, streams: Sequence[str] | None) -> TapRunner:
    return TapRunner("tap_cachet", {"api_url": server.api_url, "requests_per_minute": 0}, folder, streams)
