"""What the tap's tests share: servers to read from, and a way to run the tap."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from singer_fanout.testing import TapRunner
from tap_instatus.tap import TapInstatus

# The modules beside this file are for these tests alone and belong to no package.
sys.path.append(str(Path(__file__).parent))

from instatus_facts import InstatusFacts, settings

from sandbox import InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from instatus_facts import Row
    from singer_fanout.testing import Run

SMALL = InstatusSeed(
    pages=2, unowned_pages=0, forbidden_pages=0, incidents=9, maintenances=6, components=8, subscribers=6, datapoints=20
)
SEVERAL_PAGES = InstatusSeed(
    unowned_pages=0,
    forbidden_pages=0,
    components=118,
    incidents=230,
    updates_per_incident=1.2,
    # Each brings the whole page along.
    components_per_incident=0.4,
    maintenances=104,
    subscribers=130,
    datapoints=300,
    monitors=130,
    cron_monitors=230,
)


@pytest.fixture
def tap(tmp_path: Path, quick_retries: None) -> TapRunner:  # noqa: ARG001
    """The tap, run in this process as a command line runs it."""
    return TapRunner(TapInstatus, tmp_path)


@pytest.fixture(scope="session")
def closing() -> Iterator[Executor]:
    """Ends servers while the tests go on: each takes a moment to end."""
    with ThreadPoolExecutor(4) as executor:
        yield executor


@pytest.fixture
def box(closing: Executor) -> Iterator[Sandbox]:
    """A small server, for tests that change it or let it fail."""
    sandbox = Sandbox(seed=11, instatus=SMALL, bare=True)
    sandbox.start()
    yield sandbox
    closing.submit(sandbox.stop)


@pytest.fixture
def large_box(closing: Executor) -> Iterator[Sandbox]:
    """A server whose lists have several pages, for tests that change it or let it fail."""
    sandbox = Sandbox(seed=7, instatus=SEVERAL_PAGES, bare=True)
    sandbox.start()
    yield sandbox
    closing.submit(sandbox.stop)


@pytest.fixture(scope="session")
def full_box() -> Iterator[Sandbox]:
    """A server whose lists have several pages, for tests that only read."""
    with Sandbox(seed=7, instatus=SEVERAL_PAGES, bare=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def facts(full_box: Sandbox) -> dict[str, list[Row]]:
    """The rows of that server, by stream."""
    return InstatusFacts(full_box).streams()


@pytest.fixture(scope="session")
def whole_run(full_box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of all streams against that server."""
    return TapRunner(TapInstatus, tmp_path_factory.mktemp("run"))(settings(full_box), everything=True)


@pytest.fixture(scope="session")
def mixed_box() -> Iterator[Sandbox]:
    """A server with two pages that the key does not open, for tests that only read."""
    with Sandbox(
        seed=5,
        instatus=InstatusSeed(
            incidents=9, maintenances=6, components=8, subscribers=6, datapoints=20, components_per_incident=0.5
        ),
        bare=True,
    ) as sandbox:
        yield sandbox
