"""What the end-to-end tests share: one Meltano project and one PostgreSQL server a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.every_load import EveryLoad, load_everything
from tests.support.model_builds import DbtProcess
from tests.support.postgres_fixture import NO_SERVER, postgres_server  # noqa: F401 - a fixture
from tests.support.postgresql import server_programs
from tests.support.project import MeltanoProject
from tests.support.small_box import small_box
from tests.support.warehouses import DuckDBFile, PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox import Sandbox
    from tests.support.warehouses import Warehouse


@pytest.fixture(scope="session")
def meltano(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    """A Meltano project with every plugin installed."""
    project = MeltanoProject(tmp_path_factory.mktemp("project"))
    # Extractors that inherit from a tap have its environment, and the tests that need other loaders install them.
    project("install", "tap-cachet", "target-duckdb", "target-postgres")
    # Their environments differ from that of tap-cachet in the tap alone.
    project.install_uncompiled("tap-instatus", "tap-rootly", "tap-statuspages")
    project.quicken()
    return project


@pytest.fixture(scope="session")
def every_warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], dict[str, Warehouse]]:
    """Makes an empty database of each kind that there is, by the name of the kind."""

    def make() -> dict[str, Warehouse]:
        made: dict[str, Warehouse] = {"duckdb": DuckDBFile(tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb")}
        if server_programs() is not None:
            server = request.getfixturevalue("postgres")
            made["postgresql"] = PostgresDatabase(server, server.create_database())
        return made

    return make


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DbtProcess]:
    """A dbt that builds the models."""
    with DbtProcess(tmp_path_factory.mktemp("dbt")) as process:
        yield process


@pytest.fixture(scope="session")
def every_load(
    meltano: MeltanoProject,
    every_warehouse: Callable[[], dict[str, Warehouse]],
    tmp_path_factory: pytest.TempPathFactory,
) -> EveryLoad:
    """The loads of all sources; the file stands in the project, among all that may be left behind."""
    warehouses = every_warehouse()
    warehouses["duckdb"] = DuckDBFile(meltano.root / "output" / "every_source.duckdb")
    return load_everything(meltano, warehouses, tmp_path_factory.mktemp("every_load"))


@pytest.fixture(params=["duckdb", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """A kind of warehouse; a test of one that is not installed is skipped."""
    if request.param == "postgresql" and server_programs() is None:
        pytest.skip(NO_SERVER)
    return str(request.param)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A small sandbox of the test's own."""
    with small_box() as sandbox:
        yield sandbox
