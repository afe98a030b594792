"""The public pages show what is going on: what has ended stays where it was loaded, and its end is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from boxwatch_facts import KEYS, LISTS, PUBLIC_ROUTE, settings
from sigryl_facts import Warehouse

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

ONLY = ["incidents", "incident_updates", "incident_departures", "status_pages"]
PAGES = LISTS["status_pages"]


class History:
    """Runs one after the other, as a scheduler starts them, and the warehouse that they fill."""

    def __init__(self, box: Sandbox, tap: TapRunner) -> None:
        self.box = box
        self.store = box.boxwatch.store
        self.warehouse = Warehouse(KEYS)
        self.state: dict[str, Any] = {}
        self._tap = tap

    def run(self, *, exit_code: int = 0, only: list[str] = ONLY, **more: Any) -> Run:
        """Run once more, from the state of the run before."""
        run = self._tap(settings(self.box, **more), only=only, state=self.state or None)
        assert run.exit_code == exit_code, run.log
        self.warehouse.load(run)
        self.state = run.state or self.state
        return run

    def departed(self) -> list[str]:
        """The incidents whose end was told, each as often as there is a row of it."""
        return [row["incident_id"] for row in self.warehouse.rows("incident_departures")]

    def ids(self, stream: str) -> set[str]:
        return {row["id"] for row in self.warehouse.rows(stream)}

    def page_of(self, incident: str) -> str:
        """The status page of an incident."""
        return next(str(row["status_page_id"]) for row in self.store.rows("incidents") if row["id"] == incident)

    def shown(self) -> list[str]:
        return [row["id"] for row in self.box.boxwatch.view().incidents()]

    def end(self, incident: str) -> None:
        self.store.update("incidents", incident, status="resolved")


@pytest.fixture
def history(box: Sandbox, tap: TapRunner) -> History:
    return History(box, tap)


def body_without(*names: str) -> Fault:
    """All public answers, without some of their fields."""

    def cut(body: bytes) -> bytes:
        return json.dumps({name: value for name, value in json.loads(body).items() if name not in names}).encode()

    return Fault("rewrite", PUBLIC_ROUTE, times=None, rewrite=cut)


def body_with(change: Callable[[list[Any]], Any]) -> Fault:
    """All public answers, with something else in place of their incidents."""

    def changed(body: bytes) -> bytes:
        answer = json.loads(body)
        return json.dumps({**answer, "incidents": change(answer.get("incidents", []))}).encode()

    return Fault("rewrite", PUBLIC_ROUTE, times=None, rewrite=changed)


def test_an_incident_that_has_ended_stays_with_its_updates_and_its_end_is_told(history: History) -> None:
    before = history.run()
    ended, *others = history.shown()
    updates = history.ids("incident_updates")
    history.end(ended)
    run = history.run()
    assert run.activated == {"status_pages"}
    assert history.ids("incidents") == {ended, *others}
    assert history.ids("incident_updates") == updates
    (departure,) = history.warehouse.rows("incident_departures")
    page = history.page_of(ended)
    assert departure["incident_id"] == ended
    assert departure["status_page_id"] == page
    slugs = {row["id"]: row["slug"] for row in history.store.rows("status_pages")}
    assert departure["page_slug"] == slugs[page]
    seen = {message["time_extracted"] for message in before.messages if message["type"] == "RECORD"}
    assert departure["last_seen_at"] in seen
    assert departure["last_seen_at"] < departure["first_missing_at"]


def test_nothing_has_ended_in_a_first_run_nor_while_nothing_changes(history: History) -> None:
    for _ in range(3):
        assert history.run().rows["incident_departures"] == []


def test_an_end_is_told_once(history: History) -> None:
    history.run()
    history.end(history.shown()[0])
    assert len(history.run().rows["incident_departures"]) == 1
    assert history.run().rows["incident_departures"] == []


def test_one_that_comes_back_and_ends_again_has_ended_twice(history: History) -> None:
    history.run()
    incident = history.shown()[0]
    for _ in range(2):
        history.end(incident)
        history.run()
        history.store.update("incidents", incident, status="monitoring")
        history.run()
    assert history.departed() == [incident, incident]
    assert len({row["last_seen_at"] for row in history.warehouse.rows("incident_departures")}) == 2


def test_the_state_holds_only_what_is_shown(history: History) -> None:
    history.run()
    assert _remembered(history) == set(history.shown())
    for incident in history.shown():
        history.end(incident)
    history.run()
    assert _remembered(history) == set()
    assert history.state["bookmarks"]["incident_departures"]["shown"] == []


class TestPagesThatCannotBeRead:
    """What is not seen has not ended."""

    @pytest.mark.parametrize(
        "fault",
        [
            Fault("status", PUBLIC_ROUTE, status=403, times=None),
            Fault("status", PUBLIC_ROUTE, status=404, times=None),
            Fault("html", PUBLIC_ROUTE, times=None),
            body_without("incidents"),
            Fault("rewrite", PUBLIC_ROUTE, times=None, rewrite=lambda _: b'{"error": "Try again later"}'),
            Fault("rewrite", PUBLIC_ROUTE, times=None, rewrite=lambda _: b"[]"),
            Fault("status", PAGES, status=403, times=None),
            body_with(lambda _: None),
            body_with(lambda _: "none"),
            body_with(lambda incidents: [*incidents, None]),
        ],
        ids=[
            "forbidden",
            "not found",
            "a web page",
            "another form",
            "an error",
            "a list",
            "no list of pages",
            "null",
            "a text",
            "null among them",
        ],
    )
    def test_it_tells_of_no_end_and_the_next_run_does(self, history: History, fault: Fault) -> None:
        history.run()
        ended = history.shown()[0]
        history.end(ended)
        history.box.faults.add(fault)
        streams = ["incident_departures", "cron_checks"]
        assert history.run(only=streams).rows["incident_departures"] == []
        history.box.faults.clear()
        history.run()
        assert history.departed() == [ended]

    def test_a_page_that_is_switched_off_tells_of_no_end(self, history: History) -> None:
        history.run()
        ended = history.shown()[0]
        page = history.page_of(ended)
        history.store.update("status_pages", page, enabled=False)
        assert history.run().rows["incident_departures"] == []
        history.end(ended)
        history.store.update("status_pages", page, enabled=True)
        history.run()
        assert history.departed() == [ended]

    def test_a_page_that_is_gone_tells_of_no_end_and_is_forgotten(self, history: History) -> None:
        history.run()
        page = history.page_of(history.shown()[0])
        history.store.delete("status_pages", page)
        assert history.run().rows["incident_departures"] == []
        assert _remembered(history) == set(history.shown())

    def test_a_page_that_is_renamed_is_the_same_page(self, history: History) -> None:
        history.run()
        page = history.page_of(history.shown()[0])
        history.store.update("status_pages", page, slug="renamed")
        assert history.run().rows["incident_departures"] == []

    def test_an_incident_of_which_little_is_told_is_still_shown(self, history: History) -> None:
        history.run()
        history.box.faults.add(body_with(lambda incidents: [{"uuid": incident["id"]} for incident in incidents]))
        assert history.run().rows["incident_departures"] == []
        history.box.faults.clear()
        ended = history.shown()[0]
        history.end(ended)
        history.run()
        assert history.departed() == [ended]

    def test_an_incident_without_an_id_may_be_one_that_is_missed(self, history: History) -> None:
        history.run()

        def nameless(body: bytes) -> bytes:
            answer = json.loads(body)
            for incident in answer.get("incidents", [])[:1]:
                del incident["id"]
            return json.dumps(answer).encode()

        history.box.faults.add(Fault("rewrite", PUBLIC_ROUTE, times=None, rewrite=nameless))
        run = history.run()
        assert run.rows["incident_departures"] == []
        assert any("incidents come without an id" in text for text in run.warnings)
        history.box.faults.clear()
        assert history.run().rows["incident_departures"] == []


class TestRunsThatEndEarly:
    """At least once, and once in the table."""

    def test_an_end_that_was_told_before_the_state_was_kept_is_told_again_under_the_same_key(
        self, history: History
    ) -> None:
        history.run()
        history.end(history.shown()[0])
        kept = dict(history.state)
        first = history.run()
        history.state = kept
        second = history.run()
        assert len(first.rows["incident_departures"]) == len(second.rows["incident_departures"]) == 1
        assert len(history.departed()) == 1

    def test_no_state_is_ahead_of_what_was_told(self, history: History) -> None:
        history.run()
        ended = set(history.shown())
        for incident in ended:
            history.end(incident)
        run = history.run()
        known, told = ended, set()
        for message in run.messages:
            if message.get("stream") == "incident_departures" and message["type"] == "RECORD":
                told.add(message["record"]["incident_id"])
            elif message["type"] == "STATE":
                kept = message["value"]["bookmarks"].get("incident_departures", {}).get("shown", [])
                remembered = {incident for page in kept for incident in page["incidents"]}
                assert known - remembered <= told
        assert told == ended

    def test_a_failure_in_midst_of_the_pages_loses_no_end(self, history: History) -> None:
        history.run()
        ended = set(history.shown())
        assert len({history.page_of(incident) for incident in ended}) > 1
        for incident in ended:
            history.end(incident)
        history.box.faults.add(Fault("status", PUBLIC_ROUTE, status=500, after=2, times=None))
        history.run(exit_code=1, only=["incident_departures"], max_concurrency=1, max_retries=0)
        history.box.faults.clear()
        history.run()
        assert set(history.departed()) == ended
        assert len(history.departed()) == len(ended)


class TestFromTheFirstVersion:
    """A state that knows nothing of ends."""

    def test_it_deletes_nothing_and_tells_of_no_end(self, history: History) -> None:
        # As 0.1 loaded them: everything that is shown, under a version that was activated.
        first = history.run(keep_ended_incidents=False)
        assert {"incidents", "incident_updates"} <= first.activated
        ended = history.shown()[0]
        del history.state["bookmarks"]["incident_departures"]
        history.end(ended)
        run = history.run()
        assert run.activated == {"status_pages"}
        assert ended in history.ids("incidents")
        assert run.rows["incident_departures"] == []


class TestWithoutThem:
    """`keep_ended_incidents: false`: the tables are what the pages show."""

    def test_what_has_ended_goes(self, history: History) -> None:
        history.run()
        ended = history.shown()[0]
        history.end(ended)
        history.run(keep_ended_incidents=False)
        assert history.ids("incidents") == set(history.shown())
        assert ended not in {row["incident_id"] for row in history.warehouse.rows("incident_updates")}

    def test_an_answer_that_does_not_speak_of_incidents_deletes_none(self, history: History) -> None:
        history.run(keep_ended_incidents=False)
        before = history.ids("incidents")
        history.box.faults.add(body_without("incidents"))
        run = history.run(keep_ended_incidents=False)
        assert run.activated == {"status_pages"}
        assert history.ids("incidents") == before

    def test_ends_are_told_all_the_same(self, history: History) -> None:
        history.run(keep_ended_incidents=False)
        ended = history.shown()[0]
        history.end(ended)
        history.run(keep_ended_incidents=False)
        assert history.departed() == [ended]


@pytest.mark.parametrize(
    "broken", ["?", {}, [1], [{"page": 1, "seen_at": "x", "incidents": []}], [{"page": "a", "incidents": "b"}]]
)
def test_a_state_that_cannot_be_understood_tells_of_no_end(history: History, broken: Any) -> None:
    history.run()
    history.state["bookmarks"]["incident_departures"]["shown"] = broken
    history.end(history.shown()[0])
    assert history.run().rows["incident_departures"] == []
    assert _remembered(history) == set(history.shown())


def _remembered(history: History) -> set[str]:
    pages = history.state["bookmarks"]["incident_departures"]["shown"]
    return {incident for page in pages for incident in page["incidents"]}
