from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import CachetSeed, Sandbox

from .client import CachetClient

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = CachetSeed(
    incidents=60, components=24, groups=6, metrics=5, points=200, templates=8, schedules=16, subscribers=20
)


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
    yield from _client(CachetSeed(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
