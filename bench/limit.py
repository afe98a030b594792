"""Rate limiting: how much of the limit is used, and that it is never exceeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import AT_LEAST, EXACTLY, Figure
from bench.serve import Load
from bench.server import Server
from bench.taps import TapRunner

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 600
WINDOW = 60
PARENTS = 1770
"""Three windows of requests, including the pages of the list of metrics; the last window is not quite full."""


def measure(folder: Path) -> list[Figure]:
    """Send three windows' worth of requests to a server that counts them over a sliding window of 60 seconds."""
    with Server(Load(metrics=PARENTS, points=1, requests_per_minute=LIMIT)) as server:
        config = {"api_url": server.api_url, "requests_per_minute": LIMIT, "max_concurrency": 8}
        tap = TapRunner("tap_cachet", config, folder, ["metric_points"])
        server.forget_requests()
        run = tap.sync()
        asked = server.requests()
    fastest = (asked.total - 1) // LIMIT * WINDOW
    return [
        Figure(
            "limit_utilisation",
            fastest / run.seconds,
            AT_LEAST,
            0.95,
            f"{LIMIT} requests a minute: shortest time that any client may need / time of the whole process [1]",
            details={"requests": asked.total, "fastest_seconds": fastest, "seconds": run.seconds},
            checks={"all rows were read": run.output.rows == PARENTS},
        ),
        Figure("throttled_responses", asked.throttled, EXACTLY, 0, "answers of 429 in the server's log of that run"),
    ]
