"""What the tap's tests share: servers to read from, and a way to run the tap."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The modules beside this file are for these tests alone and belong to no package.
sys.path.append(str(Path(__file__).parent))

from rootly_history import History
from singer_fanout.testing import TapRunner
from tap_rootly.tap import TapRootly

from sandbox import RootlySeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

DISCOVERED = TapRootly(config={"api_token": "none"}).catalog_dict
SMALL = RootlySeed(incidents=24, alerts=30, audits=20, pulses=15, services=6)
SEVERAL_PAGES = RootlySeed(
    incidents=230, alerts=220, services=110, audits=220, users=105, pulses=210, alert_events=1.5, events=2, others=3
)


def started(seed: int, size: RootlySeed) -> Sandbox:
    """A running server without a limit of requests."""
    sandbox = Sandbox(seed=seed, rootly=size, bare=True)
    sandbox.rootly.settings.rate_limit = None
    sandbox.start()
    return sandbox


@pytest.fixture
def tap(tmp_path: Path, quick_retries: None) -> TapRunner:  # noqa: ARG001
    """The tap, run in this process as a command line runs it."""
    return TapRunner(TapRootly, tmp_path, DISCOVERED)


@pytest.fixture(scope="session")
def closing() -> Iterator[Executor]:
    """Ends servers while the tests go on: each takes a moment to end."""
    with ThreadPoolExecutor(4) as executor:
        yield executor


@pytest.fixture
def box(closing: Executor) -> Iterator[Sandbox]:
    """A small server, for tests that change it or let it fail."""
    sandbox = started(11, SMALL)
    yield sandbox
    closing.submit(sandbox.stop)


@pytest.fixture
def large_box(closing: Executor) -> Iterator[Sandbox]:
    """A server whose lists have several pages, for tests that change it or let it fail."""
    sandbox = started(7, SEVERAL_PAGES)
    yield sandbox
    closing.submit(sandbox.stop)


@pytest.fixture(scope="session")
def full_box() -> Iterator[Sandbox]:
    """A server whose lists have several pages, for tests that only read."""
    sandbox = started(7, SEVERAL_PAGES)
    yield sandbox
    sandbox.stop()


@pytest.fixture
def history(tap: TapRunner, box: Sandbox) -> History:
    """Runs that follow each other, and the warehouse that they fill."""
    return History(tap, box)
