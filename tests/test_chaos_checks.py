"""The fault campaign notices what it is there to notice: rows that were lost, left over, doubled, wrong or deleted."""

from __future__ import annotations

import itertools
import random
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.cachet import CachetSeed
from sandbox.faults import KINDS, Faults

from tests.support.project import REPOSITORY

# The campaign is a program of the repository and no package that is installed.
sys.path.append(str(REPOSITORY))

from chaos.checks import Checks, Stream
from chaos.churn import Churn, Ledger, Links, Rows
from chaos.failures import ANYTHING, REFUSALS, failures
from chaos.sources import SOURCES
from chaos.weather import FAULTY, weather
from sandbox import Sandbox

if TYPE_CHECKING:
    from chaos.warehouse import Tables

STREAMS = {"incidents": Stream(("id",)), "points": Stream(("id",), keeps=True)}
STORE: Tables = {
    "incidents": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}],
    "points": [{"id": 7, "value": 1.5}],
}


def altered(**tables: Any) -> Tables:
    """The store's rows, with other rows in some tables."""
    return {**STORE, **tables}


def at_the_end(warehouse: Tables) -> list[str]:
    return list(Checks(STREAMS).at_the_end(STORE, warehouse, ever={1, 2, 3, 7, 8}))


def test_tables_that_are_what_the_store_holds_are_right() -> None:
    assert at_the_end(STORE) == []


@pytest.mark.parametrize(
    ("warehouse", "problem"),
    [
        (altered(incidents=STORE["incidents"][:1]), "incidents: lost: (2,)"),
        (altered(points=[]), "points: lost: (7,)"),
        (altered(incidents=[*STORE["incidents"], {"id": 3}]), "incidents: gone at the source, and still there: (3,)"),
        (altered(incidents=[*STORE["incidents"], {"id": 2}]), "incidents: there twice: (2,)"),
        (
            altered(incidents=[STORE["incidents"][0], {"id": 2, "name": "zwei"}]),
            "incidents: not as the source tells it: name is 'zwei' and should be 'two'",
        ),
        (altered(points=[*STORE["points"], {"id": 9}]), "points: gone at the source, and still there: (9,)"),
        ({"points": STORE["points"]}, "incidents: there is no such table"),
    ],
)
def test_a_table_that_is_wrong_is_named_with_its_rows(warehouse: Tables, problem: str) -> None:
    assert at_the_end(warehouse) == [problem]


def test_a_stream_that_only_reads_what_is_new_may_keep_what_was_there_once() -> None:
    assert at_the_end(altered(points=[*STORE["points"], {"id": 8, "value": 2}])) == []


def test_a_row_that_a_run_deletes_although_it_is_in_the_store_is_noticed() -> None:
    checks = Checks(STREAMS)
    checks.begin(STORE, STORE)

    problems = checks.after_a_run(STORE, altered(incidents=STORE["incidents"][1:]))

    assert list(problems) == ["incidents: deleted, though it was never gone: (1,)"]


def test_a_row_that_went_or_came_during_the_run_may_be_there_or_not() -> None:
    checks = Checks(STREAMS)
    checks.begin(STORE, STORE)
    later = altered(incidents=[STORE["incidents"][0], {"id": 3, "name": "three"}])

    assert list(checks.after_a_run(later, altered(incidents=STORE["incidents"][:1]))) == []


def test_a_row_that_a_run_says_it_has_read_and_that_is_not_there_is_noticed() -> None:
    checks = Checks(STREAMS)
    checks.begin(STORE, {})
    loaded = altered(incidents=STORE["incidents"][1:])

    assert list(checks.as_said(STORE, loaded, read={"points"}, deleted=set())) == []
    assert list(checks.as_said(STORE, loaded, read={"incidents"}, deleted=set())) == [
        "incidents: said to be read, and lost: (1,)"
    ]


def test_a_row_that_a_run_says_it_has_deleted_and_that_is_there_still_is_noticed() -> None:
    checks = Checks(STREAMS)
    loaded = altered(incidents=[*STORE["incidents"], {"id": 3, "name": "three"}])
    checks.begin(STORE, loaded)

    assert list(checks.as_said(STORE, loaded, read={"incidents"}, deleted=set())) == []
    assert list(checks.as_said(STORE, loaded, read=set(), deleted={"incidents", "points"})) == [
        "incidents: said to be deleted, and still there: (3,)"
    ]


def test_tables_that_a_failure_concerns_need_not_be_right() -> None:
    warehouse = altered(incidents=[], points=[])

    assert list(Checks(STREAMS).at_the_end(STORE, warehouse, ever={1, 2, 7}, without={"incidents"})) == [
        "points: lost: (7,)"
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_what_fails_for_a_whole_run_is_a_route_of_some_streams_or_one_part_of_several(name: str) -> None:
    source = SOURCES[name](seed=2)
    asked = sorted(source.routes)
    all_streams = frozenset().union(*source.routes.values())
    met = [one for run in range(200) for one in failures(random.Random(run), source, asked)]  # noqa: S311

    assert all(failure.streams for failure in met)
    assert all(failure.streams < all_streams for failure in met if not failure.about)
    assert {failure.about for failure in met if failure.about} == set(source.parts)
    assert {str(failure.answers) for failure in met} >= set(map(str, ANYTHING))
    assert all(failure.is_refusal == (failure.answers in REFUSALS) for failure in met)
    assert {failure.answers.get("status") for failure in met if not failure.about}.isdisjoint({401})


def test_one_key_of_several_is_revoked_where_each_part_has_its_own() -> None:
    source = SOURCES["sigryl"](seed=2)
    met = [one for run in range(200) for one in failures(random.Random(run), source, sorted(source.routes))]  # noqa: S311

    assert any(failure.answers.get("status") == 401 and failure.route == "*" for failure in met)


def test_the_weather_spoils_its_share_of_the_answers_in_every_way_there_is() -> None:
    faults = Faults(seed=3)
    met: Counter[str] = Counter()
    for run in range(40):
        faults.clear(start_over=False)
        for fault in weather(random.Random(run), requests=100, move=lambda: None):  # noqa: S311
            faults.add(fault)
        for _ in range(100):
            met.update(fault.kind for fault in faults.take("GET", "/any"))

    assert met == faults.injected
    assert met.keys() == set(KINDS)
    assert (met.total() - met["move"]) / 4000 == pytest.approx(FAULTY, abs=0.03)


def test_rows_come_and_go_and_there_are_always_about_as_many() -> None:
    store = Sandbox(seed=1, cachet=CachetSeed(incidents=30)).cachet.store
    before = len(store.rows("incidents", deleted=False))
    churn = Churn(store, [Rows("incidents", "name")], seed=1)

    for _ in range(300):
        churn.step()

    assert min(churn.done[kind] for kind in ("insert", "update", "delete")) > 50
    assert abs(len(store.rows("incidents", deleted=False)) - before) < 20


def test_a_pair_that_was_deleted_never_comes_back() -> None:
    store = Sandbox(seed=1, cachet=CachetSeed(incidents=4, components=4)).cachet.store
    links = Links("incident_components", ("incident_id", "incidents"), ("component_id", "components"))
    churn = Churn(store, [links], seed=1)
    pairs: list[set[tuple[int, int]]] = []
    for _ in range(100):
        pairs.append({(row["incident_id"], row["component_id"]) for row in store.rows("incident_components")})
        churn.step()

    gone: set[tuple[int, int]] = set()
    for before, after in itertools.pairwise(pairs):
        gone |= before - after
        assert not gone & after
    assert gone


def test_rows_that_came_and_went_are_remembered() -> None:
    store = Sandbox(seed=1, cachet=CachetSeed(incidents=4)).cachet.store
    ledger = Ledger(store, ["incident_templates"])
    row = ledger.insert("incident_templates", name="new")
    store.delete("incident_templates", row["id"], hard=True)

    assert row["id"] in ledger.ever


@pytest.mark.parametrize("name", SOURCES)
def test_all_that_can_happen_at_a_source_does_happen(name: str) -> None:
    source = SOURCES[name](seed=2)
    for change in source.changes():
        churn = Churn(source.store, [change], seed=2)
        for _ in range(30):
            churn.step()
        assert churn.done, change
