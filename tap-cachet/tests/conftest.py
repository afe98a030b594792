"""What the tap's tests share: servers to read from, and a way to run the tap."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The modules beside this file are for these tests alone and belong to no package.
sys.path.append(str(Path(__file__).parent))

from cachet_runs import Tap
from tap_cachet import client

from sandbox import CachetSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

SMALL = CachetSeed(incidents=12, components=12, groups=4, metrics=3, points=24, templates=3, schedules=9, subscribers=6)
SEVERAL_PAGES = CachetSeed(
    incidents=230, components=120, groups=6, metrics=4, points=900, templates=9, schedules=104, subscribers=130
)


def started(seed: int, size: CachetSeed) -> Sandbox:
    """A running server without a limit of requests."""
    sandbox = Sandbox(seed=seed, cachet=size, bare=True)
    sandbox.cachet.settings.rate_limit = None
    sandbox.start()
    return sandbox


@pytest.fixture
def tap(tmp_path: Path, quick_retries: None) -> Tap:  # noqa: ARG001
    """The tap, run in this process as a command line runs it."""
    return Tap(tmp_path)


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
def quick_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look a second time as early as times of whole seconds allow."""
    monkeypatch.setattr(client, "SECOND_LOOK_SECONDS", 1.05)
