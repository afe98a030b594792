"""A list that loses its oldest incidents at once may have been cut: nothing is deleted, and it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sigryl_facts import DETAIL, INCIDENTS, KEYS, Warehouse, settings, sigryl_rows

from sandbox import Fault, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from singer_fanout.testing import Run, TapRunner

ONLY = ["incidents", "incident_updates"]


class History:
    """Runs one after the other, and the warehouse that they fill."""

    def __init__(self, box: Sandbox, tap: TapRunner) -> None:
        self.box = box
        self.store = box.sigryl.store
        self.warehouse = Warehouse(KEYS)
        self.state: dict[str, Any] = {}
        self._tap = tap

    def run(self, only: list[str] | None = None, **more: Any) -> Run:
        self.box.requests.clear()
        run = self._tap(settings(self.box, **more), only=only or ONLY, state=self.state or None)
        assert run.exit_code == 0, run.log
        self.warehouse.load(run)
        self.state = run.state or self.state
        return run

    def oldest(self, number: int, page: int = 0) -> list[str]:
        """The oldest incidents of a page."""
        rows = self.store.find("incidents", "pageId", self.store.rows("pages")[page]["id"])
        return [row["id"] for row in sorted(rows, key=lambda row: (row["createdAt"], row["id"]))[:number]]

    def delete(self, incidents: list[str]) -> None:
        for incident in incidents:
            self.store.delete("incidents", incident)

    def assert_whole(self) -> None:
        self.warehouse.assert_holds({stream: sigryl_rows(self.box)[stream] for stream in ONLY})


@pytest.fixture
def history(closing: Executor, tap: TapRunner) -> Iterator[History]:
    """Two pages of forty incidents each."""
    sandbox = Sandbox(seed=9, sigryl=SigrylSeed(pages=2, incidents=40, updates_per_incident=1.2), bare=True)
    sandbox.sigryl.settings.reads = None
    sandbox.start()
    yield History(sandbox, tap)
    closing.submit(sandbox.stop)


def cut(run: Run) -> list[str]:
    return [text for text in run.warnings if "has lost its 10 oldest incidents at once" in text]


def test_a_list_that_is_cut_deletes_nothing_and_is_told_with_what_to_do(history: History) -> None:
    history.run()
    history.box.sigryl.settings.list_cap = 25
    run = history.run()
    assert run.activated == set()
    history.assert_whole()
    assert "--full-refresh" in cut(run)[0]
    assert history.box.sigryl.view(0).slug in cut(run)[0]


def test_it_stays_so_until_somebody_decides(history: History) -> None:
    history.run()
    history.box.sigryl.settings.list_cap = 25
    for _ in range(3):
        run = history.run()
        assert cut(run)
        assert run.activated == set()
    history.assert_whole()


def test_what_is_new_is_read_all_the_same_and_nothing_else(history: History) -> None:
    history.run()
    still_open = sum(len(view.incidents(active=True)) for view in history.box.sigryl.views())
    history.box.sigryl.settings.list_cap = 30
    page = history.store.rows("pages")[0]["id"]
    new = history.store.insert("incidents", pageId=page, title="New", status="investigating")["id"]
    history.store.insert("updates", incidentId=new, status="investigating", message="We look.")
    history.run()
    assert history.box.requests.count(DETAIL) <= still_open + 1
    history.assert_whole()


def test_a_run_without_a_state_takes_the_list_as_it_is(history: History) -> None:
    history.run()
    history.box.sigryl.settings.list_cap = 25
    history.run()
    history.state = {}
    run = history.run()
    assert cut(run) == []
    assert run.activated == set(ONLY)
    told = {incident["_id"] for view in history.box.sigryl.views() for incident in view.incidents()}
    assert {row["id"] for row in history.warehouse.rows("incidents")} == told
    assert {row["incident_id"] for row in history.warehouse.rows("incident_updates")} <= told
    assert cut(history.run()) == []


def test_a_list_that_is_whole_again_is_read_as_before(history: History) -> None:
    history.run()
    history.box.sigryl.settings.list_cap = 25
    history.run()
    history.box.sigryl.settings.list_cap = None
    history.delete(history.oldest(1))
    run = history.run()
    assert cut(run) == []
    assert run.activated == set(ONLY)
    history.assert_whole()


@pytest.mark.parametrize("number", [1, 5, 9])
def test_fewer_than_ten_are_deleted(history: History, number: int) -> None:
    history.run()
    history.delete(history.oldest(number))
    run = history.run()
    assert cut(run) == []
    assert run.activated == set(ONLY)
    history.assert_whole()


@pytest.mark.parametrize("number", [10, 11, 40])
def test_ten_or_more_are_not(history: History, number: int) -> None:
    history.run()
    before = len(history.warehouse.rows("incidents"))
    history.delete(history.oldest(number))
    run = history.run()
    assert len(cut(run)) == 1
    assert run.activated == set()
    assert len(history.warehouse.rows("incidents")) == before


def test_many_that_are_not_the_oldest_are_deleted(history: History) -> None:
    history.run()
    history.delete(history.oldest(30)[5:])
    run = history.run()
    assert cut(run) == []
    history.assert_whole()


def test_many_deletes_one_after_the_other_are_deletes(history: History) -> None:
    history.run()
    for _ in range(4):
        history.delete(history.oldest(4))
        assert cut(history.run()) == []
    history.assert_whole()


def test_a_page_of_a_few_incidents_has_no_old_end(history: History) -> None:
    history.delete(history.oldest(31))
    history.run()
    history.delete(history.oldest(9))
    run = history.run()
    assert cut(run) == []
    history.assert_whole()


@pytest.mark.parametrize("stream", ONLY)
def test_each_stream_alone_notices_it(history: History, stream: str) -> None:
    history.run([stream])
    before = len(history.warehouse.rows(stream))
    history.box.sigryl.settings.list_cap = 25
    run = history.run([stream])
    assert run.activated == set()
    assert len(history.warehouse.rows(stream)) == before


def test_a_look_at_what_is_open_tells_nothing_of_the_old_end(history: History) -> None:
    history.run()
    kept = history.state
    assert cut(history.run(status="active")) == []
    assert history.state == kept
    assert cut(history.run()) == []


def test_reading_all_updates_again_deletes_nothing_either(history: History) -> None:
    history.run()
    history.box.sigryl.settings.list_cap = 25
    assert history.run(reread_resolved=True).activated == set()
    history.box.sigryl.settings.list_cap = None
    history.run()
    history.assert_whole()


def test_a_state_of_the_first_version_knows_no_old_end(history: History) -> None:
    history.run()
    del history.state["bookmarks"]["incidents"]["old_ends"]
    run = history.run()
    assert run.activated == set(ONLY)
    history.assert_whole()
    assert len(history.state["bookmarks"]["incidents"]["old_ends"]) == 2


@pytest.mark.parametrize("broken", ["?", {}, [1], [["a", 1, "b"]], [["a"]]])
def test_a_state_that_cannot_be_understood_knows_none_either(history: History, broken: Any) -> None:
    history.run()
    history.state["bookmarks"]["incidents"]["old_ends"] = broken
    assert cut(history.run()) == []
    history.assert_whole()


def test_a_page_that_is_refused_once_keeps_its_old_end(history: History) -> None:
    history.run()
    known = history.state["bookmarks"]["incidents"]["old_ends"]
    history.box.faults.add(Fault("status", INCIDENTS, status=403))
    history.run(max_concurrency=1)
    assert history.state["bookmarks"]["incidents"]["old_ends"] == known
