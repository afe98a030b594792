"""An update that lacks its time or its id is kept where a key can be made for it, and counted where none can."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boxwatch_facts
import pytest
import sigryl_facts
from sigryl_facts import DETAIL, INCIDENTS, Warehouse, single_page

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

T1, T2, T3 = 1_780_000_000_000, 1_780_000_060_000, 1_780_000_120_000
AT = {
    T1: "2026-05-28T20:26:40.000000Z",
    T2: "2026-05-28T20:27:40.000000Z",
    T3: "2026-05-28T20:28:40.000000Z",
}


def update(message: str, time: Any = None, **more: Any) -> dict[str, Any]:
    return {"status": "investigating", "message": message, **({} if time is None else {"createdAt": time}), **more}


class Sigryl:
    """One incident, with these updates."""

    def __init__(self, box: Sandbox, tap: TapRunner) -> None:
        self.box = box
        self.warehouse = Warehouse()
        self.state: dict[str, Any] = {}
        self._tap = tap

    def run(self, *updates: dict[str, Any], opened: Any = T1) -> Run:
        incident = {"_id": "i1", "title": "Slow", "status": "monitoring", "severity": "minor", "createdAt": opened}
        self.box.faults.clear()
        self._answer(INCIDENTS, {"incidents": [incident]})
        self._answer(DETAIL, {"incident": {}, "updates": updates})
        # The server knows no such incident; what it would say of it does not matter.
        run = self._tap(single_page(self.box), only=["incident_updates"], state=self.state or None)
        assert run.exit_code == 0, run.log
        self.warehouse.load(run)
        self.state = run.state
        return run

    def _answer(self, route: str, body: dict[str, Any]) -> None:
        told = json.dumps(body).encode()
        self.box.faults.add(Fault("rewrite", route, times=None, rewrite=lambda _: told))

    def rows(self) -> dict[str, tuple[str, int]]:
        """Message -> key of each row in the warehouse."""
        rows = self.warehouse.rows("incident_updates")
        assert len({row["message"] for row in rows}) == len(rows)
        return {row["message"]: (row["created_at"], row["position"]) for row in rows}


@pytest.fixture
def sigryl(box: Sandbox, tap: TapRunner, monkeypatch: pytest.MonkeyPatch) -> Sigryl:
    # Any incident may be asked for.
    first = box.sigryl.store.rows("incidents")[0]
    monkeypatch.setattr("sandbox.sigryl.core.writes.row_of_page", lambda *_: first)
    return Sigryl(box, tap)


class TestWithoutATime:
    """Sigryl: the time is a part of the key."""

    def test_it_stands_under_that_of_the_update_before_it(self, sigryl: Sigryl) -> None:
        run = sigryl.run(update("a", T1), update("b", T2), update("c"), update("d", T3))
        assert sigryl.rows() == {"a": (AT[T1], 0), "b": (AT[T2], 0), "c": (AT[T2], 1), "d": (AT[T3], 0)}
        assert run.activated == {"incident_updates"}
        assert [text for text in run.warnings if "1 updates come without a time" in text]

    def test_the_order_in_which_they_are_told_does_not_matter(self, sigryl: Sigryl) -> None:
        sigryl.run(update("d", T3), update("c"), update("b", T2), update("a", T1))
        assert sigryl.rows() == {"a": (AT[T1], 0), "b": (AT[T2], 0), "c": (AT[T2], 1), "d": (AT[T3], 0)}

    def test_the_first_one_stands_under_the_time_of_the_incident(self, sigryl: Sigryl) -> None:
        sigryl.run(update("a"), update("b"), update("c", T2))
        assert sigryl.rows() == {"a": (AT[T1], 0), "b": (AT[T1], 1), "c": (AT[T2], 0)}

    def test_its_key_stays_when_others_follow(self, sigryl: Sigryl) -> None:
        sigryl.run(update("a", T1), update("b"))
        sigryl.run(update("a", T1), update("b"), update("c", T2), update("d"))
        assert sigryl.rows() == {"a": (AT[T1], 0), "b": (AT[T1], 1), "c": (AT[T2], 0), "d": (AT[T2], 1)}

    def test_it_is_not_there_twice_when_it_is_told_its_time_after_all(self, sigryl: Sigryl) -> None:
        sigryl.run(update("a", T1), update("b"))
        sigryl.run(update("a", T1), update("b", T2))
        assert sigryl.rows() == {"a": (AT[T1], 0), "b": (AT[T2], 0)}

    @pytest.mark.parametrize("odd", ["soon", True, {"at": 1}, [T1], 10**30, 1e300])
    def test_a_time_that_is_none_is_like_no_time(self, sigryl: Sigryl, odd: Any) -> None:
        sigryl.run(update("a", T1), update("b", odd))
        assert sigryl.rows() == {"a": (AT[T1], 0), "b": (AT[T1], 1)}

    def test_those_before_which_nothing_has_a_time_are_counted_and_delete_nothing(self, sigryl: Sigryl) -> None:
        run = sigryl.run(update("a"), update("b"), update("c", T2), opened=None)
        assert sigryl.rows() == {"c": (AT[T2], 0)}
        assert run.activated == set()
        (warning,) = run.warnings
        assert "2 updates come without a time, as is whatever stands before them" in warning

    def test_no_time_at_all_is_counted(self, sigryl: Sigryl) -> None:
        run = sigryl.run(update("a"), update("b"), opened=None)
        assert run.rows["incident_updates"] == []
        assert run.activated == set()


class TestWithoutAnId:
    """BoxWatch: the id is the key."""

    @pytest.fixture
    def read(self, box: Sandbox, tap: TapRunner) -> Any:
        """Read the updates of one incident that a public page shows."""
        page = box.boxwatch.store.rows("status_pages")[0]
        for other in box.boxwatch.store.rows("status_pages")[1:]:
            box.boxwatch.store.delete("status_pages", other["id"])
        assert page["enabled"]

        def run(*updates: dict[str, Any], **incident: Any) -> Run:
            whole = {"id": "i1", "title": "Slow", "status": "monitoring", "severity": "minor", **incident}
            told = json.dumps({"incidents": [{**whole, "updates": updates}]}).encode()
            box.faults.clear()
            box.faults.add(Fault("rewrite", boxwatch_facts.PUBLIC_ROUTE, times=None, rewrite=lambda _: told))
            done = tap(boxwatch_facts.settings(box), only=["incidents", "incident_updates"])
            assert done.exit_code == 0, done.log
            return done

        return run

    @staticmethod
    def update(message: str, **more: Any) -> dict[str, Any]:
        return {"status": "investigating", "message": message, "created_at": "2026-05-24T10:00:00Z", **more}

    def test_it_gets_one_of_its_incident_and_its_time(self, read: Any) -> None:
        run = read(self.update("a", id="u1"), self.update("b"), self.update("c"))
        assert {row["message"]: row["id"] for row in run.rows["incident_updates"]} == {
            "a": "u1",
            "b": "i1/2026-05-24T10:00:00.000000Z/0",
            "c": "i1/2026-05-24T10:00:00.000000Z/1",
        }
        assert {row["incident_id"] for row in run.rows["incident_updates"]} == {"i1"}
        assert run.warnings == []

    @pytest.mark.parametrize("odd", [None, "", True, {"uuid": "u1"}, ["u1"], 7.5])
    def test_an_id_that_is_none_is_like_no_id(self, read: Any, odd: Any) -> None:
        run = read(self.update("a", id=odd))
        assert [row["id"] for row in run.rows["incident_updates"]] == ["i1/2026-05-24T10:00:00.000000Z/0"]

    def test_without_a_time_as_well_it_is_counted(self, read: Any) -> None:
        nameless = [{"status": "identified", "message": text, "created_at": None} for text in ("b", "c")]
        run = read(self.update("a", id="u1"), *nameless)
        assert [row["id"] for row in run.rows["incident_updates"]] == ["u1"]
        assert len(run.rows["incidents"]) == 1
        (warning,) = run.warnings
        assert "2 updates come without an id" in warning

    def test_one_with_an_id_needs_no_time(self, read: Any) -> None:
        (row,) = read({"id": "u1", "status": "identified", "message": "m"}).rows["incident_updates"]
        assert row["id"] == "u1"
        assert row.get("created_at") is None

    def test_one_of_an_incident_without_an_id_is_kept_by_its_own(self, read: Any) -> None:
        run = read(self.update("a", id="u1"), self.update("b"), id=None)
        assert [(row["id"], row["incident_id"]) for row in run.rows["incident_updates"]] == [("u1", None)]
        assert run.rows["incidents"] == []
        assert sum("1 incidents come without an id" in text for text in run.warnings) == 1


def test_rows_without_a_key_do_not_keep_the_others(box: Sandbox, tap: TapRunner) -> None:
    def nameless(body: bytes) -> bytes:
        answer = json.loads(body)
        answer["incidents"][0].pop("_id")
        return json.dumps(answer).encode()

    box.faults.add(Fault("rewrite", INCIDENTS, times=None, rewrite=nameless))
    run = tap(sigryl_facts.settings(box), only=["incidents", "incident_updates"])
    assert run.exit_code == 0
    assert len(run.rows["incidents"]) == len(sigryl_facts.sigryl_rows(box)["incidents"]) - 2
    assert run.activated == set()
