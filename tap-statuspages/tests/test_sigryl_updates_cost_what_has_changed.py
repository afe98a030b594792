"""The updates of an incident cost a request: a run reads what may have changed, and the table is right all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sigryl_facts import (
    COMPONENTS,
    DETAIL,
    INCIDENTS,
    STATUS,
    Warehouse,
    assert_holds,
    settings,
    sigryl_rows,
    single_page,
)

from sandbox import Fault, Sandbox, SigrylSeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_fanout.testing import Run, TapRunner

ONLY = ["incident_updates"]


class History:
    """Runs of one stream after the other, as a scheduler starts them, and the warehouse that they fill."""

    def __init__(self, box: Sandbox, tap: TapRunner) -> None:
        self.box = box
        self.warehouse = Warehouse()
        self.state: dict[str, Any] = {}
        self.config = settings(box)
        self._tap = tap

    def run(self, *, exit_code: int = 0, **more: Any) -> Run:
        """Run once more, from the state of the run before."""
        self.box.requests.clear()
        run = self._tap({**self.config, **more}, only=ONLY, state=self.state or None)
        assert run.exit_code == exit_code, run.log
        self.warehouse.load(run)
        self.state = run.state or self.state
        return run

    @property
    def asked(self) -> int:
        """Incidents that the last run has asked for."""
        return self.box.requests.count(DETAIL)

    def assert_whole(self) -> None:
        """The warehouse holds the updates that the pages hold."""
        self.warehouse.assert_holds({"incident_updates": sigryl_rows(self.box)["incident_updates"]})


@pytest.fixture
def history(box: Sandbox, tap: TapRunner) -> History:
    return History(box, tap)


@pytest.fixture
def open_incidents(box: Sandbox) -> list[str]:
    """The ids of those that are not resolved, oldest first."""
    incidents = [row for row in box.sigryl.store.rows("incidents") if row["status"] != "resolved"]
    assert incidents
    return [row["id"] for row in incidents]


@pytest.fixture
def resolved(box: Sandbox) -> list[str]:
    return [row["id"] for row in box.sigryl.store.rows("incidents") if row["status"] == "resolved"]


def add_update(box: Sandbox, incident: str, status: str) -> None:
    """What a person does on the page."""
    store = box.sigryl.store
    store.update("incidents", incident, status=status)
    store.insert("updates", incidentId=incident, status=status, message=f"Now {status}.")


def open_incident(box: Sandbox, page: int = 0) -> str:
    store = box.sigryl.store
    incident = store.insert("incidents", pageId=store.rows("pages")[page]["id"], title="New", status="investigating")
    add_update(box, incident["id"], "investigating")
    return str(incident["id"])


class TestCosts:
    """Requests of one run after the other."""

    def test_the_first_run_asks_for_every_incident_once(self, history: History) -> None:
        history.run()
        incidents = len(sigryl_rows(history.box)["incidents"])
        assert dict(history.box.requests.by_route) == {STATUS: 2, INCIDENTS: 2, DETAIL: incidents}

    def test_the_second_asks_for_those_that_were_open(self, history: History, open_incidents: list[str]) -> None:
        history.run()
        run = history.run()
        assert history.asked == len(open_incidents)
        assert {row["incident_id"] for row in run.rows["incident_updates"]} <= set(open_incidents)
        history.assert_whole()

    def test_all_streams_together_ask_for_no_list_twice(self, box: Sandbox, tap: TapRunner) -> None:
        tap(settings(box))
        details = box.requests.by_route.pop(DETAIL)
        assert details == len(sigryl_rows(box)["incidents"])
        asked = {route: count for route, count in box.requests.by_route.items() if route != DETAIL}
        assert set(asked.values()) == {2}
        assert len(asked) == 3

    def test_a_new_incident_is_one_request_more(self, history: History, open_incidents: list[str]) -> None:
        history.run()
        open_incident(history.box)
        history.run()
        assert history.asked == len(open_incidents) + 1
        history.assert_whole()

    def test_an_incident_that_is_resolved_is_read_once_more_and_then_never(
        self, history: History, open_incidents: list[str]
    ) -> None:
        history.run()
        add_update(history.box, open_incidents[0], "resolved")
        history.run()
        assert history.asked == len(open_incidents)
        history.assert_whole()
        history.run()
        assert history.asked == len(open_incidents) - 1
        history.assert_whole()

    def test_an_incident_that_is_open_again_is_read_again(
        self, history: History, open_incidents: list[str], resolved: list[str]
    ) -> None:
        # Reopened between two runs and still open: the list tells.
        history.run()
        add_update(history.box, resolved[0], "investigating")
        history.run()
        assert history.asked == len(open_incidents) + 1
        history.assert_whole()
        add_update(history.box, resolved[0], "resolved")
        history.run()
        assert history.asked == len(open_incidents) + 1
        history.assert_whole()

    def test_an_incident_that_is_resolved_while_it_is_read_is_read_again(
        self, history: History, open_incidents: list[str]
    ) -> None:
        # The list said that it was open, so the next run looks at it once more.
        history.box.faults.add(
            Fault("move", DETAIL, action=lambda: add_update(history.box, open_incidents[0], "resolved"))
        )
        history.run()
        history.run()
        assert history.asked == len(open_incidents)
        history.assert_whole()

    def test_one_that_opens_again_while_it_is_read_is_read_again(self, history: History, resolved: list[str]) -> None:
        history.box.faults.add(Fault("move", DETAIL, action=lambda: add_update(history.box, resolved[0], "monitoring")))
        history.run()
        add_update(history.box, resolved[0], "resolved")
        history.run()
        history.assert_whole()

    def test_a_look_at_the_connection_costs_a_request_a_stream(self, box: Sandbox, tap: TapRunner) -> None:
        assert tap(settings(box), arguments=["--test"]).exit_code == 0
        assert set(box.requests.by_route.values()) == {1}
        assert set(box.requests.by_route) == {STATUS, COMPONENTS, INCIDENTS, DETAIL}

    def test_without_a_state_everything_is_read(self, history: History) -> None:
        history.run()
        history.state = {}
        history.run()
        assert history.asked == len(sigryl_rows(history.box)["incidents"])
        history.assert_whole()


class TestRereadResolved:
    """`reread_resolved`: all of them in every run."""

    def test_it_sees_what_was_added_to_a_resolved_incident(self, history: History, resolved: list[str]) -> None:
        history.run()
        add_update(history.box, resolved[0], "resolved")
        history.run()
        with pytest.raises(AssertionError):
            history.assert_whole()
        history.run(reread_resolved=True)
        assert history.asked == len(sigryl_rows(history.box)["incidents"])
        history.assert_whole()

    def test_it_sees_what_was_deleted_from_one(self, history: History) -> None:
        history.run()
        store = history.box.sigryl.store
        store.delete("updates", store.rows("updates")[0]["id"])
        history.run(reread_resolved=True)
        history.assert_whole()

    def test_the_runs_after_it_go_on_from_there(self, history: History, open_incidents: list[str]) -> None:
        history.run(reread_resolved=True)
        history.run()
        assert history.asked == len(open_incidents)
        history.assert_whole()


class TestDeletes:
    """What is gone at the source goes from the warehouse, although most of its rows are not read again."""

    def test_the_rows_that_are_not_read_again_stay(self, history: History) -> None:
        history.run()
        for _ in range(3):
            run = history.run()
            assert run.activated == set(ONLY)
        history.assert_whole()

    @pytest.mark.parametrize("which", ["open", "resolved"])
    def test_an_incident_that_is_gone_takes_its_updates_with_it(
        self, history: History, open_incidents: list[str], resolved: list[str], which: str
    ) -> None:
        history.run()
        history.box.sigryl.store.delete("incidents", (open_incidents if which == "open" else resolved)[0])
        history.run()
        history.assert_whole()

    def test_after_that_runs_are_short_again(self, history: History, open_incidents: list[str]) -> None:
        history.run()
        history.box.sigryl.store.delete("incidents", open_incidents[0])
        history.run()
        history.run()
        assert history.asked == len(open_incidents) - 1
        history.assert_whole()

    def test_an_update_that_is_gone_from_an_open_incident_is_deleted(
        self, history: History, open_incidents: list[str]
    ) -> None:
        add_update(history.box, open_incidents[0], "identified")
        history.run()
        store = history.box.sigryl.store
        (first, *_) = store.find("updates", "incidentId", open_incidents[0])
        store.delete("updates", first["id"])
        history.run()
        history.assert_whole()

    def test_a_page_that_leaves_the_settings_keeps_its_updates_until_it_is_given_up(self, history: History) -> None:
        history.run()
        history.config = single_page(history.box)
        run = history.run()
        slug, other = (view.slug for view in history.box.sigryl.views())
        assert run.activated == set()
        assert f"{other} was loaded before and is not read now" in run.log
        history.assert_whole()
        history.run(give_up_parts=[other])
        expected = [row for row in sigryl_rows(history.box)["incident_updates"] if row["page_slug"] == slug]
        history.warehouse.assert_holds({"incident_updates": expected})

    def test_a_page_that_joins_them_is_read_alone(self, history: History, open_incidents: list[str]) -> None:
        history.config = single_page(history.box)
        history.run()
        history.config = settings(history.box)
        history.run()
        incidents = history.box.sigryl.view(1).incidents()
        open_there = {incident["_id"] for incident in history.box.sigryl.view(1).incidents(active=True)}
        assert history.asked == len(incidents) + len(set(open_incidents) - open_there)
        history.assert_whole()

    def test_an_incident_that_vanishes_while_it_is_read_deletes_nothing_and_the_next_run_is_right(
        self, history: History, open_incidents: list[str]
    ) -> None:
        history.run()
        gone = open_incidents[0]
        delete = Fault("move", DETAIL, action=lambda: history.box.sigryl.store.delete("incidents", gone))
        history.box.faults.add(delete)
        run = history.run()
        assert run.activated == set()
        (warning,) = run.warnings
        assert warning.startswith("Incomplete: stream 'incident_updates' keeps rows that may be deleted")
        history.run()
        history.assert_whole()

    def test_a_refused_incident_is_read_by_the_next_run(self, history: History) -> None:
        history.box.faults.add(Fault("status", DETAIL, status=403, after=3))
        assert history.run().activated == set()
        history.run()
        history.assert_whole()

    def test_a_refused_page_deletes_nothing_of_its_own(self, history: History) -> None:
        history.run()
        history.box.faults.add(Fault("status", INCIDENTS, status=404))
        assert history.run().activated == set()
        history.assert_whole()
        history.run()
        history.assert_whole()

    def test_without_versions_nothing_is_deleted_and_runs_are_short_too(
        self, history: History, open_incidents: list[str]
    ) -> None:
        off = {"emit_activate_version_messages": False}
        run = history.run(**off)
        assert not any("version" in message for message in run.messages)
        history.run(**off)
        assert history.asked == len(open_incidents)
        # Switched on again, what was loaded without a version has to be loaded with one.
        history.run()
        assert history.asked == len(sigryl_rows(history.box)["incidents"])
        history.assert_whole()


class TestARunThatEndsEarly:
    """A first run may take an hour: what it has read is not read again."""

    def test_the_next_one_goes_on_where_it_ended(self, history: History, open_incidents: list[str]) -> None:
        history.box.faults.add(Fault("status", DETAIL, status=500, after=8, times=None))
        history.run(exit_code=1, max_concurrency=1, max_retries=0)
        history.box.faults.clear()
        history.run()
        # Of the eight that were read, those that are open are read again.
        assert history.asked <= len(sigryl_rows(history.box)["incidents"]) - 8 + len(open_incidents)
        history.assert_whole()

    def test_it_deletes_nothing(self, history: History, resolved: list[str]) -> None:
        history.run()
        history.box.sigryl.store.delete("incidents", resolved[0])
        before = len(history.warehouse.rows("incident_updates"))
        history.box.faults.add(Fault("status", DETAIL, status=500, after=2, times=None))
        history.run(exit_code=1, max_retries=0)
        assert len(history.warehouse.rows("incident_updates")) == before
        history.box.faults.clear()
        history.run()
        history.assert_whole()


class TestActiveOnly:
    """`status: active`: a short look between two whole runs."""

    def test_it_reads_what_is_open(self, box: Sandbox, tap: TapRunner, open_incidents: list[str]) -> None:
        run = tap(settings(box, status="active"))
        assert {row["id"] for row in run.rows["incidents"]} == set(open_incidents)
        expected = [row for row in sigryl_rows(box)["incident_updates"] if row["incident_id"] in open_incidents]
        assert_holds(run, {**sigryl_rows(box), "incidents": run.rows["incidents"], "incident_updates": expected})
        assert box.requests.count(DETAIL) == len(open_incidents)
        assert all("status=active" in url for url in box.requests.urls if url.startswith(f"{INCIDENTS}?"))

    def test_it_deletes_no_incidents(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box, status="active"))
        assert run.activated == {"status_pages", "components"}
        incidents, updates = run.warnings
        kept = "Incomplete: stream '{}' keeps rows that may be deleted ({})"
        assert incidents == kept.format("incidents", "the setting status leaves resolved incidents out")
        assert updates == kept.format("incident_updates", "not all of its parents, incidents, were read")

    def test_it_leaves_the_state_to_the_whole_runs(self, history: History, open_incidents: list[str]) -> None:
        history.run()
        whole = json.dumps(history.state)
        new = open_incident(history.box)
        add_update(history.box, open_incidents[0], "resolved")
        history.run(status="active")
        assert json.dumps(history.state) == whole
        history.run()
        assert history.asked == len({*open_incidents, new})
        history.assert_whole()

    def test_the_rows_it_brings_are_deleted_later_as_all_others(self, history: History) -> None:
        history.run()
        new = open_incident(history.box)
        history.run(status="active")
        history.box.sigryl.store.delete("incidents", new)
        history.run(reread_resolved=True)
        history.assert_whole()


class TestState:
    """What is kept from run to run."""

    def test_it_is_small(self, tap: TapRunner) -> None:
        with Sandbox(seed=3, sigryl=SigrylSeed(pages=1, incidents=600, updates_per_incident=0.1), bare=True) as box:
            box.sigryl.settings.reads = None
            run = tap(settings(box), only=ONLY)
        assert run.exit_code == 0
        assert len(json.dumps(run.state)) < 1200

    def test_one_that_cannot_be_understood_means_that_everything_is_read(self, history: History) -> None:
        history.run()
        history.state["bookmarks"]["incident_updates"]["pages"] = {"status-1": "?"}
        history.run()
        assert history.asked == len(sigryl_rows(history.box)["incidents"])
        history.assert_whole()

    def test_it_holds_no_key(self, history: History) -> None:
        history.run()
        assert "CANARY" not in json.dumps(history.state)


class TestLimit:
    """So many requests in a window for each key, and no 429."""

    @pytest.fixture
    def limited(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
        # A minute is a second here; both sides agree on that.
        monkeypatch.setattr("singer_fanout.budget.RateBudget.PERIOD", 1.0)
        with Sandbox(seed=3, sigryl=SigrylSeed(pages=3, incidents=30, updates_per_incident=1), bare=True) as box:
            box.sigryl.settings.limit_seconds = 1.0
            box.sigryl.settings.reads = 20
            yield box

    def test_it_is_never_met(self, limited: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(limited, requests_per_minute=20))
        assert_holds(run, sigryl_rows(limited))
        assert limited.requests.throttled == 0

    def test_the_pages_are_read_by_turns_so_that_all_their_limits_are_used(
        self, limited: Sandbox, tap: TapRunner
    ) -> None:
        tap(settings(limited, requests_per_minute=20), only=ONLY)
        asked = list(zip(limited.requests.urls, limited.requests.headers, strict=True))
        keys = [headers["authorization"] for url, headers in asked if DETAIL in url]
        # Whatever the moment, the pages have come equally far, but for the requests that are under way.
        for place in range(len(keys)):
            counts = [keys[:place].count(key) for key in set(keys)]
            assert max(counts) - min(counts) <= 16

    def test_a_limit_that_is_met_all_the_same_is_waited_for(self, limited: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(limited, requests_per_minute=0, max_retries=5), only=["components", "incidents"])
        assert run.exit_code == 0
        limited.sigryl.settings.reads = 15
        run = tap(settings(limited, requests_per_minute=0, max_retries=9))
        assert_holds(run, sigryl_rows(limited))
        assert limited.requests.throttled > 0


def test_a_run_that_is_killed_has_told_which_incidents_it_was_about_to_read(history: History) -> None:
    messages = history.run().messages
    first_row = next(place for place, message in enumerate(messages) if message["type"] == "RECORD")
    states = [message["value"] for message in messages[:first_row] if message["type"] == "STATE"]
    told = states[-1]["bookmarks"]["incident_updates"]["pages"]
    read = {
        (message["record"]["page_slug"], message["record"]["incident_id"])
        for message in messages
        if "record" in message
    }
    assert read <= {(slug, incident) for slug, page in told.items() for incident in page["again"]}
