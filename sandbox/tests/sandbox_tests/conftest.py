from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed, sowing

from .boxwatch_client import BoxWatchClient
from .client import CachetClient
from .instatus_client import InstatusClient
from .rootly_client import RootlyClient
from .sigryl_client import SigrylClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

SMALL = CachetSeed(
    incidents=60, components=24, groups=6, metrics=5, points=200, templates=8, schedules=16, subscribers=20
)

NO_CACHET = CachetSeed(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.fixture
def grown_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every server generates its data, instead of getting a copy of what another has generated."""
    monkeypatch.setattr(sowing, "MOST_ROWS", -1)
    monkeypatch.setattr(sowing, "_copies", {})


@pytest.fixture(scope="session")
def ending() -> Iterator[Executor]:
    """Ends servers while the tests go on: each takes a moment to end."""
    with ThreadPoolExecutor(4) as executor:
        yield executor


@contextmanager
def served(box: Sandbox, ending: Executor) -> Iterator[tuple[Sandbox, requests.Session]]:
    box.start()
    try:
        with requests.Session() as session:
            yield box, session
    finally:
        ending.submit(box.stop)


def _client(seed: CachetSeed, ending: Executor) -> Iterator[CachetClient]:
    with served(Sandbox(seed=7, bare=True, cachet=seed), ending) as (box, session):
        box.cachet.settings.rate_limit = None
        yield CachetClient(box, session)


@pytest.fixture(scope="session")
def shared(ending: Executor) -> Iterator[CachetClient]:
    """A server with the default data; for reading only."""
    yield from _client(CachetSeed(), ending)


@pytest.fixture
def fresh(ending: Executor) -> Iterator[CachetClient]:
    """A server of the test's own, with little data."""
    yield from _client(SMALL, ending)


@pytest.fixture
def empty(ending: Executor) -> Iterator[CachetClient]:
    """A server of the test's own, without any data."""
    yield from _client(NO_CACHET, ending)


@pytest.fixture(scope="session")
def instatus(ending: Executor) -> Iterator[InstatusClient]:
    """An Instatus server with the default data; for reading only."""
    with served(Sandbox(seed=7, bare=True, instatus=InstatusSeed()), ending) as (box, session):
        yield InstatusClient(box, session)


@pytest.fixture
def fresh_instatus(ending: Executor) -> Iterator[InstatusClient]:
    """An Instatus server of the test's own, with little data."""
    size = InstatusSeed(incidents=20, maintenances=8, components=12, subscribers=12, datapoints=40)
    with served(Sandbox(seed=7, bare=True, instatus=size), ending) as (box, session):
        yield InstatusClient(box, session)


def _sigryl(size: SigrylSeed, ending: Executor) -> Iterator[SigrylClient]:
    box = Sandbox(seed=7, bare=True, sigryl=size)
    with served(box, ending) as (_, session):
        box.sigryl.settings.reads = box.sigryl.settings.writes = None
        yield SigrylClient(box, session)


@pytest.fixture(scope="session")
def sigryl(ending: Executor) -> Iterator[SigrylClient]:
    """A Sigryl server with the default data and no limits; for reading only."""
    yield from _sigryl(SigrylSeed(), ending)


@pytest.fixture
def fresh_sigryl(ending: Executor) -> Iterator[SigrylClient]:
    """A Sigryl server of the test's own, with little data and no limits."""
    yield from _sigryl(SigrylSeed(components=5, incidents=8), ending)


def _boxwatch(size: BoxWatchSeed, ending: Executor) -> Iterator[BoxWatchClient]:
    box = Sandbox(seed=7, bare=True, boxwatch=size)
    with served(box, ending) as (_, session):
        yield BoxWatchClient(box, session)


@pytest.fixture(scope="session")
def boxwatch(ending: Executor) -> Iterator[BoxWatchClient]:
    """A BoxWatch server with the default data; for reading only."""
    yield from _boxwatch(BoxWatchSeed(), ending)


@pytest.fixture
def fresh_boxwatch(ending: Executor) -> Iterator[BoxWatchClient]:
    """A BoxWatch server of the test's own, with little data."""
    yield from _boxwatch(BoxWatchSeed(servers=6, cron_checks=4, uptime_checks=3, webhooks=2, incidents=12), ending)


@pytest.fixture(scope="session")
def rootly(ending: Executor) -> Iterator[RootlyClient]:
    """A Rootly server with the default data; for reading only."""
    with served(Sandbox(seed=7, bare=True, rootly=RootlySeed()), ending) as (box, session):
        yield RootlyClient(box, session)


@pytest.fixture
def fresh_rootly(ending: Executor) -> Iterator[RootlyClient]:
    """A Rootly server of the test's own, with little data."""
    size = RootlySeed(
        incidents=20, alerts=20, services=5, teams=3, users=5, schedules=2, workflows=2, audits=5, pulses=5
    )
    with served(Sandbox(seed=7, bare=True, rootly=size), ending) as (box, session):
        yield RootlyClient(box, session)
