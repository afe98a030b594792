"""Every tap at its most talkative, through Meltano: no key and no secret of the servers is left anywhere."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.every_load import EXTRACTORS, SCHEMAS
from tests.support.leaks import left_behind, told

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tests.support.every_load import EveryLoad, LoudRun
    from tests.support.project import MeltanoProject

MARK = "CANARY"
"""What every planted secret holds, but for the keys of BoxWatch."""


@pytest.fixture
def loud(every_load: EveryLoad) -> LoudRun:
    """A run of all taps into all warehouses, from servers that refuse nothing: what is not served cannot be told."""
    return every_load.loud


@pytest.fixture
def everything(loud: LoudRun) -> set[str]:
    """What nobody may tell. Nearly all secrets hold the mark, and are found by it."""
    return {MARK, *(secret for planted in loud.secrets.values() for secret in planted if MARK not in secret)}


def test_no_secret_is_printed(loud: LoudRun, everything: set[str]) -> None:
    assert told(everything, loud.printed) == []


def test_no_secret_is_loaded(loud: LoudRun, everything: set[str], kind: str) -> None:
    tables = loud.tables[kind]
    assert tables.keys() == set(SCHEMAS)
    assert all(tables.values())
    assert told(everything, str(tables)) == []


def test_no_secret_is_left_behind(meltano: MeltanoProject, everything: set[str]) -> None:
    left = dict(left_behind(meltano.root))
    assert {name: found for name, text in left.items() if (found := told(everything, text))} == {}
    for file in ("every_source.duckdb", "one_account.duckdb"):
        assert any(name.endswith(f"{file}, table by table") for name in left)


def test_there_was_something_to_tell(loud: LoudRun) -> None:
    """The secrets were in the answers, and the keys in the requests."""
    for name, planted in loud.secrets.items():
        assert loud.keys[name] in loud.sent
        assert loud.keys[name] in planted
    assert loud.keys["cachet 2.x"] in loud.sent
    # The one secret of Sigryl is its key.
    for name in loud.secrets.keys() - {"sigryl"}:
        assert len(told(loud.secrets[name], loud.served)) > len(loud.secrets[name]) / 3, name


def test_every_program_was_talkative(loud: LoudRun, kind: str) -> None:
    assert_is_talkative(loud.printed, ["meltano", *EXTRACTORS, loud.targets[kind]])


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
