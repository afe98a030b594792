"""tap-cachet and target-duckdb without Meltano: what a load brings, and what a load that goes wrong leaves alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Fault
from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import assert_equal, by_key, duckdb_tables
from tests.support.pipe import Pipe
from tests.support.small_box import small_box

if TYPE_CHECKING:
    from tests.support.comparison import Tables

SCHEMA = "cachet"


ROUTE_OF_POINTS = "/cachet/api/metrics/{id}/points"


@dataclass(frozen=True)
class Loaded:
    """What a load has made of the file.

    Attributes:
        tables: The rows of the file.
        log: What both programs have logged.
        state: The state that the loader has confirmed.
        points: How often metric points were asked for.
    """

    tables: Tables
    log: str
    state: Any
    points: int


@dataclass(frozen=True)
class Loads:
    """Loads into one file, one after the other; things happen at the server before the last two.

    Attributes:
        expected: The rows of the server until then.
    """

    expected: Tables
    first: Loaded
    again: Loaded
    failed: Loaded
    partly_refused: Loaded


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory) -> Loads:
    folder = tmp_path_factory.mktemp("pipe")
    file = folder / "warehouse.duckdb"
    with small_box() as box:
        pipe = Pipe(
            folder,
            "tap-cachet",
            {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"], "max_retries": 0},
            "target-duckdb",
            {"filepath": str(file), "default_target_schema": SCHEMA, "hard_delete": True},
        )

        def load(*, fails: bool = False) -> Loaded:
            box.requests.clear()
            log = pipe.load(fails=fails)
            points = box.requests.count(ROUTE_OF_POINTS)
            return Loaded(duckdb_tables(file, SCHEMA), log, pipe.state, points)

        def delete(table: str) -> None:
            box.cachet.store.delete(table, max(ids(again.tables, table)))

        first, again = load(), load()
        expected = expected_tables(box)
        del expected["subscribers"]
        delete("incidents")
        box.faults.add(Fault("status", route="/cachet/api/incidents", status=500, times=None, after=1))
        failed = load(fails=True)
        box.faults.clear()
        delete("incident_templates")
        delete("components")
        box.faults.add(Fault("status", route="/cachet/api/components", status=403, times=None))
        return Loads(expected, first, again, failed, load())


def ids(tables: Tables, name: str) -> set[int]:
    return {key[0] for key in by_key(tables[name], KEYS[name])}


def test_a_pipe_without_meltano_loads_every_row(loads: Loads) -> None:
    assert_equal(loads.first.tables, loads.expected, KEYS)
    assert loads.first.state["bookmarks"]["metric_points"]


def test_a_second_load_reads_only_the_new_metric_points(loads: Loads) -> None:
    assert loads.again.points < loads.first.points
    assert_equal(loads.again.tables, loads.expected, KEYS)


def test_a_load_that_fails_removes_nothing_and_the_next_one_makes_up_for_it(loads: Loads) -> None:
    before = ids(loads.again.tables, "incidents")
    assert ids(loads.failed.tables, "incidents") == before
    assert ids(loads.partly_refused.tables, "incidents") == before - {max(before)}


def test_a_stream_that_the_server_refuses_keeps_its_rows_while_the_others_are_loaded(loads: Loads) -> None:
    before, after = loads.again.tables, loads.partly_refused.tables
    templates = ids(before, "incident_templates")

    assert ids(after, "components") == ids(before, "components")
    assert ids(after, "incident_templates") == templates - {max(templates)}
    assert any("WARNING" in line and "components" in line for line in loads.partly_refused.log.splitlines())
