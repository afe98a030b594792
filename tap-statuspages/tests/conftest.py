"""What the tap's tests share: servers to read from, and a way to run the tap."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The modules beside this file are for these tests alone and belong to no package.
sys.path.append(str(Path(__file__).parent))

from singer_fanout.testing import TapRunner
from tap_statuspages.tap import TapStatusPages

from sandbox import BoxWatchSeed, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

SMALL = SigrylSeed(pages=2, components=5, incidents=9)
SEVERAL_PAGES = SigrylSeed(pages=3, components=12, incidents=40)


def started(seed: int, sigryl: SigrylSeed = SMALL) -> Sandbox:
    """A running server without a limit of requests."""
    sandbox = Sandbox(seed=seed, sigryl=sigryl, boxwatch=BoxWatchSeed(), bare=True)
    sandbox.sigryl.settings.reads = None
    sandbox.sigryl.settings.writes = None
    sandbox.start()
    return sandbox


@pytest.fixture
def tap(tmp_path: Path, quick_retries: None) -> TapRunner:  # noqa: ARG001
    """The tap, run in this process as a command line runs it."""
    return TapRunner(TapStatusPages, tmp_path)


@pytest.fixture(scope="session")
def closing() -> Iterator[Executor]:
    """Ends servers while the tests go on: each takes a moment to end."""
    with ThreadPoolExecutor(4) as executor:
        yield executor


@pytest.fixture
def box(closing: Executor) -> Iterator[Sandbox]:
    """A small server, for tests that change it or let it fail."""
    sandbox = started(11)
    yield sandbox
    closing.submit(sandbox.stop)


@pytest.fixture(scope="session")
def full_box() -> Iterator[Sandbox]:
    """A server with more pages and incidents, for tests that only read."""
    sandbox = started(7, SEVERAL_PAGES)
    yield sandbox
    sandbox.stop()
