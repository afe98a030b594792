from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed

from .boxwatch_client import BoxWatchClient
from .client import CachetClient
from .instatus_client import InstatusClient
from .rootly_client import RootlyClient
from .sigryl_client import SigrylClient

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = CachetSeed(
    incidents=60, components=24, groups=6, metrics=5, points=200, templates=8, schedules=16, subscribers=20
)

NO_CACHET = CachetSeed(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def _client(seed: CachetSeed) -> Iterator[CachetClient]:
    with Sandbox(seed=7, cachet=seed) as box, requests.Session() as session:
        box.cachet.settings.rate_limit = None
        yield CachetClient(box, session)


@pytest.fixture(scope="session")
def shared() -> Iterator[CachetClient]:
    """A server with the default data; for reading only."""
    yield from _client(CachetSeed())


@pytest.fixture
def fresh() -> Iterator[CachetClient]:
    """A server of the test's own, with little data."""
    yield from _client(SMALL)


@pytest.fixture
def empty() -> Iterator[CachetClient]:
    """A server of the test's own, without any data."""
    yield from _client(NO_CACHET)


@pytest.fixture(scope="session")
def instatus() -> Iterator[InstatusClient]:
    """An Instatus server with the default data; for reading only."""
    with Sandbox(seed=7, cachet=NO_CACHET, instatus=InstatusSeed()) as box, requests.Session() as session:
        yield InstatusClient(box, session)


@pytest.fixture
def fresh_instatus() -> Iterator[InstatusClient]:
    """An Instatus server of the test's own, with little data."""
    size = InstatusSeed(incidents=20, maintenances=8, components=12, subscribers=12, datapoints=40)
    with Sandbox(seed=7, cachet=NO_CACHET, instatus=size) as box, requests.Session() as session:
        yield InstatusClient(box, session)


def _sigryl(size: SigrylSeed) -> Iterator[SigrylClient]:
    with Sandbox(seed=7, cachet=NO_CACHET, sigryl=size) as box, requests.Session() as session:
        box.sigryl.settings.reads = box.sigryl.settings.writes = None
        yield SigrylClient(box, session)


@pytest.fixture(scope="session")
def sigryl() -> Iterator[SigrylClient]:
    """A Sigryl server with the default data and no limits; for reading only."""
    yield from _sigryl(SigrylSeed())


@pytest.fixture
def fresh_sigryl() -> Iterator[SigrylClient]:
    """A Sigryl server of the test's own, with little data and no limits."""
    yield from _sigryl(SigrylSeed(components=5, incidents=8))


def _boxwatch(size: BoxWatchSeed) -> Iterator[BoxWatchClient]:
    with Sandbox(seed=7, cachet=NO_CACHET, boxwatch=size) as box, requests.Session() as session:
        yield BoxWatchClient(box, session)


@pytest.fixture(scope="session")
def boxwatch() -> Iterator[BoxWatchClient]:
    """A BoxWatch server with the default data; for reading only."""
    yield from _boxwatch(BoxWatchSeed())


@pytest.fixture
def fresh_boxwatch() -> Iterator[BoxWatchClient]:
    """A BoxWatch server of the test's own, with little data."""
    yield from _boxwatch(BoxWatchSeed(servers=6, cron_checks=4, uptime_checks=3, webhooks=2, incidents=12))


@pytest.fixture(scope="session")
def rootly() -> Iterator[RootlyClient]:
    """A Rootly server with the default data; for reading only."""
    with Sandbox(seed=7, cachet=NO_CACHET) as box, requests.Session() as session:
        yield RootlyClient(box, session)


@pytest.fixture
def fresh_rootly() -> Iterator[RootlyClient]:
    """A Rootly server of the test's own, with little data."""
    size = RootlySeed(incidents=20, alerts=20, services=5, teams=3, users=5, schedules=2, workflows=2, audits=5, pulses=5)
    with Sandbox(seed=7, cachet=NO_CACHET, rootly=size) as box, requests.Session() as session:
        yield RootlyClient(box, session)
