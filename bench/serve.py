"""The server process of the benchmarks: the sandbox runs apart, so that it does not share an interpreter with a tap.

Run as `python -m bench.serve JSON`, with the fields of `Load`. Prints the base URL of the API, then serves until its
standard input is closed: it cannot outlive the benchmark that started it.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from bench.pages import rendered, served
from sandbox import CachetSeed, RateLimit, RootlySeed, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sandbox import CachetStore

SEED = 7
FIRST_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)
NOTHING = CachetSeed(groups=0, components=0, incidents=0, templates=0, metrics=0, points=0, schedules=0, subscribers=0)
"""An empty seed, since the benchmarks add their own rows: the sandbox hides some and spreads others unevenly."""


class Load(msgspec.Struct, forbid_unknown_fields=True):
    """What the server contains and how it responds.

    Attributes:
        incidents: Public incidents, without components and updates.
        from_memory: Serve the list of incidents from pages rendered beforehand, and nothing else.
        metrics: Public metrics.
        points: Points of each metric.
        everything: Whether to contain some rows of every other kind, too.
        latency: Seconds by which every response is delayed.
        requests_per_minute: Limit over any 60 seconds; 0 for none.
        sigryl_pages: Pages of Sigryl, each with its own limit of 120 requests over any 60 seconds.
        sigryl_incidents: Incidents of each Sigryl page.
        rootly_incidents: Incidents of Rootly with their children, under its own limit of 3,000 reads a minute.
    """

    incidents: int = 0
    from_memory: bool = False
    metrics: int = 0
    points: int = 0
    everything: bool = False
    latency: float = 0.0
    requests_per_minute: int = 0
    sigryl_pages: int = 0
    sigryl_incidents: int = 0
    rootly_incidents: int = 0


def serve(load: Load) -> None:
    """Serve until standard input is closed."""
    sigryl = SigrylSeed(pages=load.sigryl_pages, incidents=load.sigryl_incidents)
    rootly = RootlySeed(incidents=load.rootly_incidents, alerts=2 * load.rootly_incidents, events=5)
    box = Sandbox(seed=SEED, cachet=CachetSeed() if load.everything else NOTHING, sigryl=sigryl, rootly=rootly)
    box.cachet.settings.rate_limit = None
    if load.requests_per_minute:
        box.faults.limit = RateLimit(requests=load.requests_per_minute, seconds=60)
    _add_incidents(box.cachet.store, load.incidents)
    _add_metrics(box.cachet.store, load.metrics, load.points)
    with box, _answers(box, load) as api_url:
        print(api_url, flush=True)
        sys.stdin.read()


def _answers(box: Sandbox, load: Load) -> AbstractContextManager[str]:
    """A context that gives the base URL to read from: of the sandbox itself, or of the pages that it has rendered."""
    api_url = box.cachet.api_url
    if load.from_memory:
        return served(api_url, rendered(api_url, load.incidents), load.latency)
    box.faults.latency = load.latency
    return nullcontext(api_url)


def _add_incidents(store: CachetStore, count: int) -> None:
    for number in range(count):
        moment = FIRST_DAY + timedelta(minutes=number)
        store.insert(
            "incidents",
            guid=str(UUID(int=number)),
            user_id=1,
            name=f"Uploads answer with errors, no. {number}",
            message="**Investigating.** Some uploads are answered with an error. We look into it and tell more here.",
            status=number % 5,
            stickied=number % 50 == 0,
            notifications=number % 2 == 0,
            meta={"severity": number % 4, "team": "storage", "regions": ["eu-1", "us-2"]},
            occurred_at=moment,
            published_at=moment,
            created_at=moment,
            updated_at=moment + timedelta(hours=3),
        )


def _add_metrics(store: CachetStore, count: int, points: int) -> None:
    for number in range(count):
        metric = store.insert("metrics", name=f"Metric {number}", created_at=FIRST_DAY, updated_at=FIRST_DAY)
        for point in range(points):
            moment = FIRST_DAY + timedelta(minutes=5 * point)
            store.insert("metric_points", metric_id=metric["id"], value=point / 8, created_at=moment, updated_at=moment)


if __name__ == "__main__":
    serve(msgspec.json.decode(sys.argv[1], type=Load))
