"""Rootly: incidents with everything that is read for them by default, in a first run and in one an hour later.

Compared with the first release of the tap, with the same tap without concurrency, and with dlt's `rest_api` source for
the same tables.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import requests

from bench import trees
from bench.duckdb_loaders import DLT, environment
from bench.figures import AT_MOST, EXACTLY, Figure
from bench.processes import SHOWN_OF_A_LOG
from bench.serve import SEED, Load
from bench.server import RequestCounts, Server
from bench.taps import TapRunner
from bench.trees import HERE
from sandbox import Rootly, RootlySeed

if TYPE_CHECKING:
    from bench.taps import Run
    from bench.trees import Tree

LIMIT = 3000
WINDOW = 60
LATENCY = 0.1
INCIDENTS = 3000
FEWER_INCIDENTS = 200
"""Incidents to read without concurrency: the time is proportional, and is extrapolated to all of them."""
CHANGED = 20
AT_ONCE = 16
STREAMS = (
    "incidents",
    "incident_action_items",
    "incident_alerts",
    "incident_events",
    "incident_feedbacks",
    "incident_form_field_selections",
    "incident_post_mortems",
    "incident_role_assignments",
    "incident_sub_statuses",
)
"""The streams of incidents that are selected by default."""


@dataclass(frozen=True)
class TwoRuns:
    """The first run against a server, and the one after some incidents have changed.

    Attributes:
        first: The first run.
        asked: The server's request counts for it.
        second: The second run.
        asked_again: The server's request counts for that one.
    """

    first: Run
    asked: RequestCounts
    second: Run
    asked_again: RequestCounts


@dataclass(frozen=True)
class DltRun:
    """A finished extraction by dlt.

    Attributes:
        seconds: Wall time of the whole process.
        failed: Whether it failed.
        asked: The server's request counts.
    """

    seconds: float
    failed: bool
    asked: RequestCounts


def measure(folder: Path) -> list[Figure]:
    """Read all incidents, then those that changed; with dlt, all of them."""
    before = _two_runs(folder, trees.first_release())
    now = _two_runs(folder, HERE)
    first, asked, second, asked_again = now.first, now.asked, now.second, now.asked_again
    with _server(INCIDENTS) as server:
        dlt = _dlt(server, folder)
    narrow_seconds = _one_by_one(folder)
    fastest = (asked.total - 1) // LIMIT * WINDOW
    return [
        Figure(
            "rootly_first_sync",
            first.seconds / fastest,
            AT_MOST,
            1.08,
            f"{INCIDENTS:,} incidents with what belongs to them: time taken / shortest time under the limit [1]",
            details={
                "requests": asked.total,
                "seconds": first.seconds,
                "fastest_seconds": fastest,
                "rows": first.output.rows,
                "seconds_one_at_a_time": narrow_seconds,
                "requests_first_release": before.asked.total,
                "seconds_first_release": before.first.seconds,
            },
            checks={"all incidents were read": _count(first, "incidents") == INCIDENTS},
        ),
        Figure(
            "rootly_first_sync_requests",
            asked.total,
            AT_MOST,
            3060,
            "requests of that run: one for each incident that has to be asked for by itself, and the lists",
            details={"first_release": before.asked.total},
        ),
        Figure("rootly_throttled_responses", asked.throttled, EXACTLY, 0, "answers of 429 in the log of that run"),
        Figure(
            "rootly_requests_vs_dlt",
            asked.total / dlt.asked.total,
            AT_MOST,
            1 / 3,
            "requests / requests of dlt's rest_api source for the same tables [4]",
            details={
                "requests_dlt": dlt.asked.total,
                "seconds_dlt": dlt.seconds,
                "throttled_dlt": dlt.asked.throttled,
                "gave_up_dlt": dlt.failed,
            },
        ),
        Figure(
            "rootly_hourly_requests",
            asked_again.total,
            AT_MOST,
            24,
            f"requests of the run after {CHANGED} incidents have changed",
            details={
                "seconds": second.seconds,
                "rows": second.output.rows,
                "first_release": before.asked_again.total,
                "seconds_first_release": before.second.seconds,
            },
            checks={
                "the incidents that changed were read": _count(second, "incidents") > CHANGED,
                "so was what belongs to them": _count(second, "incident_events") >= CHANGED,
            },
        ),
    ]


def _server(incidents: int) -> Server:
    return Server(Load(rootly_incidents=incidents, latency=LATENCY))


def _two_runs(folder: Path, tree: Tree) -> TwoRuns:
    """Read all incidents, then those that changed; each tree uses a server of its own with the same data."""
    with _server(INCIDENTS) as server:
        server.forget_requests()
        first = _tap(server, folder, tree=tree).sync()
        asked = server.requests()
        _change(server, CHANGED)
        server.forget_requests()
        second = _tap(server, folder, state=first.output.final_state, tree=tree).sync()
        return TwoRuns(first, asked, second, server.requests())


def _tap(
    server: Server, folder: Path, at_once: int = AT_ONCE, state: dict[str, Any] | None = None, tree: Tree = HERE
) -> TapRunner:
    config = {"api_url": _api_url(server), "api_token": _token(), "max_concurrency": at_once}
    return TapRunner("tap_rootly", config, folder, STREAMS, state=state, tree=tree)


def _one_by_one(folder: Path) -> float:
    """Seconds for all incidents without concurrency, extrapolated from the time for some of them."""
    with _server(FEWER_INCIDENTS) as server:
        run = _tap(server, folder, at_once=1).sync()
    return run.seconds * INCIDENTS / FEWER_INCIDENTS


def _change(server: Server, count: int) -> None:
    """Add an event to incidents from the whole history, as users do."""
    with requests.Session() as session:
        session.headers.update({"Authorization": f"Bearer {_token()}", "Content-Type": "application/vnd.api+json"})
        url = f"{_api_url(server)}/v1/incidents"
        pages = [
            session.get(url, params={"page[size]": 100, "page[number]": number}).json() for number in (1, 9, 17, 25)
        ]
        chosen = [incident["id"] for page in pages for incident in page["data"][:: 100 * len(pages) // count]]
        for incident in chosen[:count]:
            event = {"event": f"Looked at again, {datetime.now(timezone.utc):%H:%M}"}
            _send(session, "POST", f"{url}/{incident}/events", "incident_events", event)
            _send(session, "PUT", f"{url}/{incident}", "incidents", {"summary": "Looked at again"})


def _send(session: requests.Session, method: str, url: str, kind: str, attributes: dict[str, Any]) -> None:
    body = {"data": {"type": kind, "attributes": attributes}}
    session.request(method, url, json=body).raise_for_status()


def _dlt(server: Server, folder: Path) -> DltRun:
    script = Path(__file__).with_name("rootly_dlt.py")
    command = [str(environment(DLT)), str(script), _api_url(server), _token(), str(folder / "dlt")]
    settings = {**HERE.environment, "RUNTIME__DLTHUB_TELEMETRY": "false"}
    log = folder / "dlt.log"
    server.forget_requests()
    started = time.perf_counter()
    with log.open("wb") as output:
        code = subprocess.run(  # noqa: S603 - ours
            command, env=settings, stdout=output, stderr=output, check=False
        ).returncode
    seconds = time.perf_counter() - started
    asked = server.requests()
    if code and not asked.throttled:
        raise RuntimeError(f"{script.name} failed:\n{log.read_text()[-SHOWN_OF_A_LOG:]}")
    return DltRun(seconds, code != 0, asked)


def _api_url(server: Server) -> str:
    return urljoin(server.api_url, "/rootly")


def _token() -> str:
    # The same seed produces the same keys in every process.
    return Rootly(RootlySeed(incidents=1), SEED).token


def _count(run: Run, stream: str) -> int:
    return run.output.messages["RECORD", stream]
