"""Sigryl: one request per incident, a limit per page. All limits are used to the full, and the next run is short.

Run as `python -m bench.statuspages COUNT` for a single page with COUNT incidents.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from bench.figures import AT_LEAST, AT_MOST, EXACTLY, Figure, table
from bench.serve import SEED, Load
from bench.server import Server
from bench.taps import TapRunner
from sandbox import Sigryl, SigrylSeed

if TYPE_CHECKING:
    from bench.taps import Run

LIMIT = 120
WINDOW = 60
PAGES = 3
INCIDENTS = 250
"""Three windows of requests, including the page's status and its list; the last window is almost empty."""
OF_EVERY_RUN = 5
"""Requests for a page when nothing has changed: its status, its list, and its three open incidents."""


def measure(folder: Path, pages: int = PAGES, incidents: int = INCIDENTS) -> list[Figure]:
    """Read the updates of all incidents, then those of the open incidents.

    Args:
        folder: Folder for the files.
        pages: Number of pages, read concurrently.
        incidents: Number of incidents of each.
    """
    with Server(Load(sigryl_pages=pages, sigryl_incidents=incidents)) as server:
        server.forget_requests()
        config = _config(server, pages, incidents)
        first = TapRunner("tap_statuspages", config, folder, ["incident_updates"]).sync()
        asked = server.requests()
        server.forget_requests()
        second = _after(first, config, folder)
        asked_again = server.requests()
    fastest = (asked.total // pages - 1) // LIMIT * WINDOW
    return [
        Figure(
            "sigryl_limit_utilisation",
            fastest / first.seconds,
            AT_LEAST,
            0.95,
            f"{pages} pages of {incidents} incidents, {LIMIT} requests a minute each: shortest time / time taken [3]",
            details={"requests": asked.total, "fastest_seconds": fastest, "seconds": first.seconds},
            checks={"every incident was asked for once": asked.total == pages * (2 + incidents)},
        ),
        Figure("sigryl_throttled_responses", asked.throttled, EXACTLY, 0, "answers of 429 in the log of that run"),
        Figure(
            "sigryl_second_run_requests",
            asked_again.total / pages,
            AT_MOST,
            OF_EVERY_RUN,
            "requests for each page in the run after it",
            details={"seconds": second.seconds, "rows": second.output.rows},
            checks={"the rows of open incidents were read": 0 < second.output.rows < first.output.rows},
        ),
    ]


def _config(server: Server, pages: int, incidents: int) -> dict[str, Any]:
    # The same seed produces the same keys in every process.
    keys = Sigryl(SigrylSeed(pages=pages, incidents=incidents), SEED).api_keys
    url = urljoin(server.api_url, "/sigryl")
    return {"provider": "sigryl", "api_url": url, "pages": [{"api_key": key} for key in keys]}


def _after(run: Run, config: dict[str, Any], folder: Path) -> Run:
    """The run that follows a run, with its state."""
    return TapRunner("tap_statuspages", config, folder, ["incident_updates"], state=run.output.final_state).sync()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        for line in table(measure(Path(scratch), pages=1, incidents=int(sys.argv[1]))):
            print(line)
