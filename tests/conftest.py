"""What the end-to-end tests share: one Meltano project and one PostgreSQL server a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import CachetSeed, Sandbox
from tests.support.postgresql import PostgresServer, server_programs
from tests.support.project import MeltanoProject

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTRACTORS = (
    "tap-cachet",
    "tap-cachet-hourly",
    "tap-instatus",
    "tap-instatus-hourly",
    "tap-rootly",
    "tap-statuspages",
    "tap-sigryl",
    "tap-boxwatch",
)


@pytest.fixture(scope="session")
def meltano(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    """A Meltano project with every plugin installed."""
    project = MeltanoProject(tmp_path_factory.mktemp("project"))
    # The other loaders of the project file are installed by the tests that need them.
    project("install", *EXTRACTORS, "target-duckdb", "target-postgres")
    return project


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL server."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    with PostgresServer(programs) as server:
        yield server


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that is small enough to be loaded in seconds, with more than one page of some tables."""
    seed = CachetSeed(incidents=130, components=40, groups=6, metrics=4, points=420, templates=9, schedules=24)
    with Sandbox(seed=7, cachet=seed, bare=True) as sandbox:
        # Several loads a minute would only wait for it.
        sandbox.cachet.settings.rate_limit = None
        yield sandbox
