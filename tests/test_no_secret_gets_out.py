"""Every tap at its most talkative, through Meltano: no key and no secret of the servers is left anywhere."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox import BoxWatchSeed, CachetSeed, Fault, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support.leaks import left_behind, told
from tests.support.sources import SOURCES
from tests.support.warehouses import DuckDBFile, PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from tests.support.project import MeltanoProject
    from tests.support.sources import Source
    from tests.support.warehouses import Warehouse

MARK = "CANARY"
"""What every planted secret holds, but for the keys of BoxWatch."""
LOUD = {
    f"{name}_LOGLEVEL": "DEBUG"
    for name in ("TAP_CACHET", "TAP_INSTATUS", "TAP_ROOTLY", "TAP_STATUSPAGES", "TARGET_DUCKDB", "TARGET_POSTGRES")
}


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


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox in which nothing is refused: what is not served cannot be told."""
    with Sandbox(
        seed=7,
        cachet=CachetSeed(incidents=6, components=6, metrics=2, points=20, subscribers=12),
        instatus=InstatusSeed(
            pages=1, unowned_pages=0, forbidden_pages=0, incidents=6, maintenances=4, subscribers=15, datapoints=20
        ),
        rootly=RootlySeed(incidents=8, alerts=8, audits=4, pulses=4, services=4, users=6, others=2),
        sigryl=SigrylSeed(pages=1),
        boxwatch=BoxWatchSeed(),
    ) as sandbox:
        sandbox.cachet.settings.rate_limit = None
        yield sandbox


@pytest.fixture
def secrets(box: Sandbox) -> dict[str, list[str]]:
    """The secrets of each server."""
    return {name: list(getattr(box, name).canaries) for name in ("cachet", "instatus", "rootly", "sigryl", "boxwatch")}


@pytest.fixture(params=["duckdb", "postgresql"])
def warehouse(request: pytest.FixtureRequest, meltano: MeltanoProject) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBFile(meltano.root / "output" / "secrets.duckdb")
    server = request.getfixturevalue("postgres")
    return PostgresDatabase(server, server.create_database())


def settings_of(box: Sandbox, sources: Sequence[Source]) -> dict[str, str]:
    """Settings that read everything that there is; the second extractor of Cachet reads an older server."""
    return {
        **{name: value for source in sources for name, value in source.environment(box).items()},
        "TAP_CACHET__SELECT": '["*.*"]',
        "TAP_CACHET_REQUESTS_PER_MINUTE": "0",
        "TAP_CACHET_API_URL": box.cachet.api_url,
        "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"],
        "TAP_CACHET_HOURLY__SELECT": '["*.*"]',
        "TAP_CACHET_HOURLY_API_URL": box.cachet.v2_api_url,
        "TAP_CACHET_HOURLY_API_TOKEN": box.cachet.tokens["v2"],
        "TAP_CACHET_HOURLY_API_VERSION": "2",
    }


def test_no_secret_is_left_anywhere(
    meltano: MeltanoProject, warehouse: Warehouse, box: Sandbox, secrets: dict[str, list[str]], tmp_path: Path
) -> None:
    served = Served(box)
    # The many tables of Rootly take another database minutes to make, and would tell the same.
    sources = [source for source in SOURCES if warehouse.target == "target-duckdb" or source.schema != "rootly"]
    extractors = ("tap-cachet", *(source.extractor for source in sources), "tap-cachet-hourly")
    printed = meltano(
        *("--log-level=debug", "run", f"--state-id-suffix={tmp_path.name}"),
        *(name for extractor in extractors for name in (extractor, warehouse.target)),
        **settings_of(box, sources),
        **LOUD,
        **warehouse.settings,
    )
    schemas = ("cachet", *(source.schema for source in sources))
    tables = {schema: warehouse.tables(schema) for schema in schemas}

    # Nearly all of them hold the mark, and are found by it.
    everything = {MARK, *(secret for planted in secrets.values() for secret in planted if MARK not in secret)}
    assert told(everything, printed) == []
    assert told(everything, str(tables)) == []
    assert {name: found for name, text in left_behind(meltano.root) if (found := told(everything, text))} == {}

    assert_that_there_was_something_to_tell(box, served.text, {name: secrets[name] for name in schemas})
    assert all(tables.values())
    assert_is_talkative(printed, ["meltano", *extractors, warehouse.target])


def assert_that_there_was_something_to_tell(box: Sandbox, served: str, secrets: dict[str, list[str]]) -> None:
    """The secrets were in the answers, and the keys in the requests."""
    sent = json.dumps(box.requests.headers)
    keys = {
        "cachet": box.cachet.tokens["full"],
        "instatus": box.instatus.api_key,
        "rootly": box.rootly.token,
        "sigryl": box.sigryl.pages[0]["api_key"],
        "boxwatch": box.boxwatch.api_key,
    }
    for name, planted in secrets.items():
        assert keys[name] in sent
        assert keys[name] in planted
    assert box.cachet.tokens["v2"] in sent
    # The one secret of Sigryl is its key.
    for name in secrets.keys() - {"sigryl"}:
        assert len(told(secrets[name], served)) > len(secrets[name]) / 3, name


def assert_is_talkative(printed: str, programs: Collection[str]) -> None:
    """Meltano, the plugins and the libraries below them have said all that they can."""
    assert set(programs) <= set(re.findall(r"\[debug +\] (\S+) ", printed))
    assert re.search(r'\[debug +\] tap-\S+ +http://127\.0\.0\.1:\d+ "GET /', printed)


def test_the_search_finds_what_there_is(tmp_path: Path) -> None:
    secret = "sk_live_CANARY_1"
    logs = tmp_path / ".meltano" / "logs" / "run"
    logs.mkdir(parents=True)
    (logs / "a.log").write_text(f"Authorization: Bearer {secret}\n")
    (tmp_path / "tap.properties.json").write_text(json.dumps({"description": secret}))
    with closing(sqlite3.connect(tmp_path / ".meltano" / "meltano.db")) as database, database:
        database.execute("CREATE TABLE runs (payload JSON)")
        database.execute("INSERT INTO runs VALUES (?)", [json.dumps({"key": secret})])
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as warehouse:
        warehouse.execute("CREATE SCHEMA hidden")
        warehouse.execute("CREATE TABLE hidden.t AS SELECT {'inside': ?} AS v FROM range(5000)", [secret])
    (tmp_path / "innocent.txt").write_text("sk_live_another")

    found: dict[str, Any] = {name: told({secret, MARK}, text) for name, text in left_behind(tmp_path)}
    clean = {name for name, secrets in found.items() if not secrets}
    assert {name.rsplit("/", maxsplit=1)[-1] for name in clean} <= {"innocent.txt", "warehouse.duckdb"}
    assert len(found) - len(clean) >= 5
