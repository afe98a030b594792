"""Every source into every kind of warehouse, load after load; the first loads tell all they can.

Most of the time of a run goes into starting programs, finding out settings and making tables. So those who compare rows
and those who look for secrets look at the same loads. Meltano runs every tap into DuckDB, and one into PostgreSQL; the
other taps reach PostgreSQL through a pipe.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox import BoxWatchSeed, CachetSeed, Fault, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support import cachet_rows
from tests.support.cachet_day import CachetDay
from tests.support.postgres_loading import PostgresLoads
from tests.support.small_box import SEVERAL_PAGES
from tests.support.sources import SOURCES, Source, boxwatch_facts
from tests.support.warehouses import DuckDBFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.support.comparison import Tables
    from tests.support.project import MeltanoProject
    from tests.support.warehouses import Columns, Warehouse

LOUD = {
    f"{name}_LOGLEVEL": "DEBUG"
    for name in ("TAP_CACHET", "TAP_INSTATUS", "TAP_ROOTLY", "TAP_STATUSPAGES", "TARGET_DUCKDB", "TARGET_POSTGRES")
}
SERVERS = ("cachet", "instatus", "rootly", "sigryl", "boxwatch")


def with_accounts(source: Source) -> Source:
    """BoxWatch as those have it who read two accounts: their numbers are the same, and the name is part of the key."""
    numbers = boxwatch_facts.ACCOUNTS[:2]
    named = ("servers", "cron_checks", "uptime_checks", "webhooks", "endpoint_metrics")

    def settings(box: Sandbox) -> Mapping[str, str]:
        accounts = boxwatch_facts.accounts_settings(box)["accounts"]
        single = {
            name: value for name, value in source.settings(box).items() if name not in {"API_KEY", "ENDPOINT_KEYS"}
        }
        return {**single, "ACCOUNTS": json.dumps(accounts)}

    def expected(box: Sandbox) -> Tables:
        rows = [boxwatch_facts.boxwatch_rows(box, number) for number, _ in enumerate(numbers)]
        return {
            stream: [{**row, "account": name} for name, told in zip(numbers, rows, strict=True) for row in told[stream]]
            for stream in rows[0]
        }

    keys = {stream: ("account", *key) if stream in named else key for stream, key in source.keys.items()}
    return replace(source, settings=settings, expected=expected, keys=keys)


SEVERAL = [with_accounts(source) if source.schema == "boxwatch" else source for source in SOURCES]
CACHET = Source(
    "tap-cachet",
    "tap-cachet",
    "cachet",
    lambda box: {
        "API_URL": box.cachet.api_url,
        "API_TOKEN": box.cachet.tokens["full"],
        "REQUESTS_PER_MINUTE": "0",
    },
    cachet_rows.KEYS,
    cachet_rows.expected_tables,
    lambda box: CachetDay(box).live(),
)
OLD_CACHET = replace(
    CACHET,
    extractor="tap-cachet-hourly",
    schema="cachet_2",
    settings=lambda box: {
        "API_URL": box.cachet.v2_api_url,
        "API_TOKEN": box.cachet.tokens["v2"],
        "API_VERSION": "2",
    },
)
"""An older server, whose rows are only searched for secrets."""
FIRST_READ = (CACHET, *SEVERAL, OLD_CACHET)
EXTRACTORS = tuple(source.extractor for source in FIRST_READ)
"""What the first run reads with."""
SCHEMAS = tuple(source.schema for source in FIRST_READ)
"""What the first run fills."""
LOADED = (CACHET, *SEVERAL)
"""Whose rows are compared."""
THROUGH_MELTANO = "boxwatch"
"""The schema that Meltano fills in PostgreSQL."""


@dataclass(frozen=True)
class Load:
    """What a load has made of the warehouses.

    Attributes:
        expected: The rows that the source had.
        tables: The rows of each warehouse.
        columns: The columns of each warehouse.
    """

    expected: Tables
    tables: Mapping[str, Tables]
    columns: Mapping[str, Columns]


@dataclass(frozen=True)
class Loads:
    """Two loads of a source, into every kind of warehouse; rows have come and gone between them."""

    source: Source
    first: Load
    second: Load


@dataclass(frozen=True)
class LoudRun:
    """The first run, in which every program said all that it could.

    Attributes:
        printed: What it printed.
        served: All that the servers had answered.
        sent: The headers of all requests.
        keys: The key of each server, and of the older Cachet, by name.
        secrets: The secrets of each server.
        targets: The loader of each kind of warehouse.
        tables: The rows of each warehouse, by schema.
    """

    printed: str
    served: str
    sent: str
    keys: Mapping[str, str]
    secrets: Mapping[str, Sequence[str]]
    targets: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Tables]]


@dataclass(frozen=True)
class EveryLoad:
    """All loads, and those that told everything.

    Attributes:
        loads: The loads, by extractor.
        again: A third load of Cachet, before which nothing has happened, into PostgreSQL if there is one.
        gone: The ids that were deleted between the first and the second load of Cachet, by table.
        loud: The first loads.
    """

    loads: Mapping[str, Loads]
    again: Load
    gone: Mapping[str, set[int]]
    loud: LoudRun


class Served:
    """The answers of a sandbox, kept to see which secrets were in them."""

    def __init__(self, box: Sandbox) -> None:
        self._bodies: list[bytes] = []
        box.faults.add(Fault("rewrite", times=None, rewrite=self._note))

    @property
    def text(self) -> str:
        """All bodies."""
        return b"\n".join(self._bodies).decode()

    def _note(self, body: bytes) -> bytes:
        self._bodies.append(body)
        return body


FEW = CachetSeed(incidents=6, components=6, metrics=2, points=20, subscribers=12)


def full_box(cachet: CachetSeed = FEW) -> Sandbox:
    """A sandbox in which nothing is refused: what is not served cannot be loaded, and cannot be told."""
    return Sandbox(
        seed=7,
        cachet=cachet,
        instatus=InstatusSeed(unowned_pages=0, forbidden_pages=0),
        rootly=RootlySeed(),
        sigryl=SigrylSeed(pages=1),
        boxwatch=BoxWatchSeed(accounts=2),
    )


def load_everything(meltano: MeltanoProject, warehouses: Mapping[str, Warehouse], folder: Path) -> EveryLoad:
    """Load every source twice into empty warehouses.

    Args:
        meltano: The project.
        warehouses: An empty warehouse of each kind that there is.
        folder: A folder of its own.
    """
    postgres = warehouses.get("postgresql")
    pipe = PostgresLoads(meltano, postgres, folder) if postgres is not None else None
    settings = {name: value for each in warehouses.values() for name, value in each.settings.items()}
    with full_box(SEVERAL_PAGES) as box:
        box.cachet.settings.rate_limit = None
        for source in FIRST_READ:
            settings.update(source.environment(box, _LOAD_SCHEMA=source.schema))

        def load(sources: Sequence[Source], *options: str, log_level: str, **more: str) -> str:
            printed = meltano(*options, *_command(sources, warehouses), **settings, **more)
            for source in sources if pipe is not None else ():
                if source.schema != THROUGH_MELTANO:
                    printed += pipe(source, box, log_level=log_level)
            return printed

        served = Served(box)
        printed = load(FIRST_READ, "--log-level=debug", log_level="DEBUG", **LOUD)
        printed += _one_account(meltano, box)
        loud = _told(printed, served.text, box, warehouses)
        first = _loaded(box, warehouses)
        for source in SEVERAL:
            source.live(box)
        gone = CachetDay(box).live()
        load(LOADED, log_level="INFO")
        second = _loaded(box, warehouses)
        if pipe is not None:
            pipe(CACHET, box)
        again = _load_of(CACHET, box, {kind: each for kind, each in warehouses.items() if each is postgres})
    loads = {source.extractor: Loads(source, first[source.extractor], second[source.extractor]) for source in LOADED}
    return EveryLoad(loads, again, gone, loud)


def _command(sources: Sequence[Source], warehouses: Mapping[str, Warehouse]) -> tuple[str, ...]:
    """All in one run, because each starts Meltano; the state is that of these loads, though the project is shared."""
    pairs = [
        name
        for source in sources
        for kind, warehouse in warehouses.items()
        if kind == "duckdb" or source.schema == THROUGH_MELTANO
        for name in (source.extractor, warehouse.target)
    ]
    return ("run", "--state-id-suffix=every-source", *pairs)


def _one_account(meltano: MeltanoProject, box: Sandbox) -> str:
    """Read BoxWatch as those have it who read one account, whose keys are settings of their own."""
    (source,) = (each for each in SOURCES if each.schema == "boxwatch")
    warehouse = DuckDBFile(meltano.root / "output" / "one_account.duckdb")
    command = ("run", "--state-id-suffix=one-account", source.extractor, warehouse.target)
    return meltano("--log-level=debug", *command, **LOUD, **source.environment(box), **warehouse.settings)


def _loaded(box: Sandbox, warehouses: Mapping[str, Warehouse]) -> dict[str, Load]:
    return {source.extractor: _load_of(source, box, warehouses) for source in LOADED}


def _load_of(source: Source, box: Sandbox, warehouses: Mapping[str, Warehouse]) -> Load:
    return Load(
        source.expected(box),
        {kind: warehouse.tables(source.schema) for kind, warehouse in warehouses.items()},
        {kind: warehouse.columns(source.schema) for kind, warehouse in warehouses.items()},
    )


def _told(printed: str, served: str, box: Sandbox, warehouses: Mapping[str, Warehouse]) -> LoudRun:
    keys = {
        "cachet": box.cachet.tokens["full"],
        "cachet 2.x": box.cachet.tokens["v2"],
        "instatus": box.instatus.api_key,
        "rootly": box.rootly.token,
        "sigryl": box.sigryl.pages[0]["api_key"],
        "boxwatch": box.boxwatch.api_key,
    }
    return LoudRun(
        printed,
        served,
        json.dumps(box.requests.headers),
        keys,
        {name: list(getattr(box, name).canaries) for name in SERVERS},
        {kind: warehouse.target for kind, warehouse in warehouses.items()},
        {kind: {schema: each.tables(schema) for schema in SCHEMAS} for kind, each in warehouses.items()},
    )
