"""A run that is given a prepared catalog reads what it would read if it discovered."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support.project import REPOSITORY, SCRIPTS
from tests.support.sources import SOURCES
from tests.support.warehouses import DuckDBFile

# The fleet has an environment of its own, in which Airflow is; this part of it needs none.
sys.path.append(str(REPOSITORY / "fleet"))

from status_fleet.catalogs import PreparedCatalogs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.project import MeltanoProject

MELTANO = str(SCRIPTS / "meltano")
SCHEMAS = {"tap-cachet": "cachet", **{source.extractor: source.schema for source in SOURCES}}
OFF = {
    "tap-cachet": {"subscribers"},
    "tap-instatus": {"subscribers", "team"},
    "tap-rootly": {"users", "secrets", "incident_subscribers", "audits"},
    "tap-sigryl": set[str](),
    "tap-boxwatch": set[str](),
}
"""Some of what each extractor must not read unless somebody asks for it."""


@dataclass(frozen=True)
class Read:
    """What a run has read.

    Attributes:
        columns: The columns of each table, by extractor.
        log: What Meltano printed.
    """

    columns: Mapping[str, set[tuple[str, str]]]
    log: str


@dataclass(frozen=True)
class Runs:
    """The same runs, discovered and with catalogs that were prepared."""

    discovered: Read
    prepared: Read


@pytest.fixture(scope="module")
def catalogs(meltano: MeltanoProject, tmp_path_factory: pytest.TempPathFactory) -> PreparedCatalogs:
    return PreparedCatalogs(tmp_path_factory.mktemp("catalogs"), meltano.root)


@pytest.fixture(scope="module")
def runs(meltano: MeltanoProject, catalogs: PreparedCatalogs, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All five extractors in one run each way, because each run starts Meltano."""
    given: dict[str, str] = {}
    with small_box() as box:
        settings = settings_of(box)
        for extractor in SCHEMAS:
            catalogs.prepare(extractor, {}, MELTANO)
            given.update(catalogs.variables(extractor, settings))

        def read(name: str, *options: str, **more: str) -> Read:
            warehouse = DuckDBFile(tmp_path_factory.mktemp(name) / "warehouse.duckdb")
            pairs = [plugin for extractor in SCHEMAS for plugin in (extractor, warehouse.target)]
            log = meltano(
                "run", *options, f"--state-id-suffix={name}", *pairs, **settings, **more, **warehouse.settings
            )
            return Read({extractor: set(warehouse.columns(schema)) for extractor, schema in SCHEMAS.items()}, log)

        return Runs(read("discovered", "--refresh-catalog"), read("prepared", **given))


def small_box() -> Sandbox:
    return Sandbox(
        seed=7,
        cachet=CachetSeed(incidents=4, components=4, groups=2, metrics=1, points=4, templates=2, schedules=2),
        instatus=InstatusSeed(pages=1, unowned_pages=0, forbidden_pages=0),
        rootly=RootlySeed(incidents=3),
        sigryl=SigrylSeed(pages=1, incidents=3),
        boxwatch=BoxWatchSeed(incidents=3),
    )


def settings_of(box: Sandbox) -> dict[str, str]:
    """The settings of all extractors, which select nothing."""
    box.cachet.settings.rate_limit = None
    settings = {"TAP_CACHET_API_URL": box.cachet.api_url, "TAP_CACHET_REQUESTS_PER_MINUTE": "0"}
    for source in SOURCES:
        environment = source.environment(box)
        settings.update(
            {name: value for name, value in environment.items() if not name.endswith(("__SELECT", "_ENDPOINT_KEYS"))}
        )
    return settings


@pytest.mark.parametrize("extractor", SCHEMAS)
def test_a_run_with_a_prepared_catalog_reads_the_streams_and_columns_of_one_that_discovers(
    runs: Runs, extractor: str
) -> None:
    assert runs.prepared.columns[extractor] == runs.discovered.columns[extractor] != set()


@pytest.mark.parametrize("extractor", SCHEMAS)
def test_what_is_off_stays_off_with_a_prepared_catalog(runs: Runs, extractor: str) -> None:
    assert not OFF[extractor] & {table for table, _ in runs.prepared.columns[extractor]}


def test_no_run_with_a_prepared_catalog_discovers(runs: Runs) -> None:
    discovers = "Running catalog discovery"
    assert (runs.discovered.log.count(discovers), runs.prepared.log.count(discovers)) == (len(SCHEMAS), 0)


@pytest.mark.parametrize(
    "environment",
    [
        {"TAP_BOXWATCH__SELECT": '["incidents.*"]'},
        {"TAP_BOXWATCH__METADATA": '{"incidents": {"replication-method": "FULL_TABLE"}}'},
        {"TAP_STATUSPAGES__SELECT_FILTER": '["incidents"]'},
        {"TAP_BOXWATCH_KEEP_UNDECLARED": "true"},
        {"TAP_STATUSPAGES_KEEP_UNDECLARED": "true"},
        {"TAP_BOXWATCH_ACCOUNTS": '[{"name": "eu", "api_key": "k"}]'},
        {"MELTANO_ENVIRONMENT": "prod"},
        {"TAP_BOXWATCH__CATALOG": "own.json"},
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_a_run_that_asks_for_other_streams_or_columns_gets_no_catalog(
    catalogs: PreparedCatalogs, environment: Mapping[str, str]
) -> None:
    catalogs.prepare("tap-boxwatch", {}, MELTANO)
    assert catalogs.variables("tap-boxwatch", {"TAP_BOXWATCH_API_KEY": "k"}) != {}
    assert catalogs.variables("tap-boxwatch", environment) == {}
