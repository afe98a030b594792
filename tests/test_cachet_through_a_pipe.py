"""tap-cachet and target-duckdb without Meltano: what a load brings, and what a load that goes wrong leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Fault
from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import assert_equal, by_key, duckdb_tables
from tests.support.pipe import Pipe

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.comparison import Tables

SCHEMA = "cachet"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def pipe(box: Sandbox, file: Path, tmp_path: Path) -> Pipe:
    return Pipe(
        tmp_path,
        "tap-cachet",
        {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"], "max_retries": 0},
        "target-duckdb",
        {"filepath": str(file), "default_target_schema": SCHEMA, "hard_delete": True},
    )


def ids(tables: Tables, name: str) -> set[int]:
    return {key[0] for key in by_key(tables[name], KEYS[name])}


def test_a_pipe_without_meltano_loads_every_row(pipe: Pipe, box: Sandbox, file: Path) -> None:
    pipe.load()

    expected = expected_tables(box)
    del expected["subscribers"]
    assert_equal(duckdb_tables(file, SCHEMA), expected, KEYS)
    assert pipe.state["bookmarks"]["metric_points"]


def test_a_second_load_reads_only_the_new_metric_points(pipe: Pipe, box: Sandbox, file: Path) -> None:
    pipe.load()
    route = "/cachet/api/metrics/{id}/points"
    first = box.requests.count(route)
    box.requests.clear()

    pipe.load()

    assert box.requests.count(route) < first
    expected = expected_tables(box)
    del expected["subscribers"]
    assert_equal(duckdb_tables(file, SCHEMA), expected, KEYS)


def test_a_load_that_fails_removes_nothing_and_the_next_one_makes_up_for_it(
    pipe: Pipe, box: Sandbox, file: Path
) -> None:
    pipe.load()
    before = ids(duckdb_tables(file, SCHEMA), "incidents")
    box.cachet.store.delete("incidents", max(before))

    box.faults.add(Fault("status", route="/cachet/api/incidents", status=500, times=None, after=1))
    pipe.load(fails=True)
    after_failure = ids(duckdb_tables(file, SCHEMA), "incidents")

    box.faults.clear()
    pipe.load()
    after_success = ids(duckdb_tables(file, SCHEMA), "incidents")

    assert after_failure == before
    assert after_success == before - {max(before)}


def test_a_stream_that_the_server_refuses_keeps_its_rows_while_the_others_are_loaded(
    pipe: Pipe, box: Sandbox, file: Path
) -> None:
    pipe.load()
    before = duckdb_tables(file, SCHEMA)
    template = before["incident_templates"][0]["id"]
    box.cachet.store.delete("incident_templates", template)
    box.cachet.store.delete("components", before["components"][0]["id"])

    box.faults.add(Fault("status", route="/cachet/api/components", status=403, times=None))
    log = pipe.load()
    after = duckdb_tables(file, SCHEMA)

    assert ids(after, "components") == ids(before, "components")
    assert ids(after, "incident_templates") == ids(before, "incident_templates") - {template}
    assert any("WARNING" in line and "components" in line for line in log.splitlines())
