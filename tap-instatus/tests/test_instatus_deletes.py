"""A target deletes what a version does not hold: so a version is activated after a complete read, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from instatus_facts import OF_INCIDENTS, OF_PAGES, STREAMS, InstatusFacts, all_differences, fullest_page, settings

from sandbox import Fault, InstatusSeed, Sandbox

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

INCIDENTS = "/instatus/v1/{page_id}/incidents"
ALL = set(STREAMS)
PUBLIC = {"public_summary"}
PEOPLE = {"subscribers", "team"}
"""Not activated where a page is private."""


class TestACompleteRead:
    """Nothing was refused, nothing moved."""

    def test_every_stream_is_activated_after_the_last_of_its_rows(self, whole_run: Run) -> None:
        kinds = [(message["type"], message.get("stream")) for message in whole_run.messages]
        assert whole_run.activated == ALL - PUBLIC
        for stream in whole_run.activated:
            activated = kinds.index(("ACTIVATE_VERSION", stream))
            assert kinds.count(("ACTIVATE_VERSION", stream)) == 1
            assert activated > max(place for place, kind in enumerate(kinds) if kind == ("RECORD", stream))

    def test_the_rows_carry_the_version_that_is_activated(self, whole_run: Run) -> None:
        messages = [message for message in whole_run.messages if message.get("stream") not in PUBLIC]
        activated = {m["stream"]: m["version"] for m in messages if m["type"] == "ACTIVATE_VERSION"}
        assert {(m["stream"], m["version"]) for m in messages if m["type"] == "RECORD"} == set(activated.items())

    def test_the_next_run_brings_what_was_written_and_lacks_what_was_deleted(
        self, box: Sandbox, tap: TapRunner
    ) -> None:
        first = tap(settings(box), everything=True)
        store = box.instatus.store
        page = fullest_page(box)
        incidents = store.find("incidents", "siteId", page)
        store.delete("incidents", incidents[0]["id"])
        store.update("incidents", incidents[1]["id"], name="renamed")
        store.insert("subscribers", siteId=page, email="new@example.com")
        store.delete("components", store.find("components", "siteId", page)[-1]["id"])
        second = tap(settings(box), everything=True, state=first.state)
        facts = InstatusFacts(box).streams()
        assert all_differences(second.rows, facts) == []
        assert len(second.rows["incidents"]) == len(first.rows["incidents"]) - 1
        assert len(second.rows["subscribers"]) == len(first.rows["subscribers"]) + 1
        assert first.activated == ALL - PUBLIC
        # The private page was never read: it has no rows that could be lost.
        assert second.activated == ALL

    def test_the_setting_switches_deletes_off(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(full_box, emit_activate_version_messages=False), only=["incidents", "user"])
        assert run.activated == set()
        assert not any("version" in message for message in run.messages)


class TestAPageThatIsRefused:
    """401 and 403 for a page, 404 for one that vanished: the others are read, nothing is deleted."""

    def test_the_other_pages_are_read(self, mixed_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(mixed_box), everything=True)
        assert run.exit_code == 0
        assert all_differences(run.rows, InstatusFacts(mixed_box).streams()) == []
        assert run.activated == {"pages", "workspaces", "user"}

    def test_each_refused_page_is_named_with_all_its_streams(self, mixed_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(mixed_box), only=["incidents", "monitors"])
        view = mixed_box.instatus.view()
        refused = {page["id"] for page in view.pages()} - set(view.page_ids("incidents"))
        assert len(refused) == 2
        *left_out, incomplete = run.warnings
        assert {text.split(" (")[0] for text in left_out} == {
            f"Left out: page {page} of streams 'incidents', 'monitors'" for page in refused
        }
        assert incomplete.startswith("Incomplete: streams 'incidents', 'monitors' keep rows that may be deleted")

    @pytest.mark.parametrize(("status", "resource"), [(401, "incidents"), (403, "monitors"), (404, "incidents")])
    def test_one_list_of_one_page_is_no_reason_to_give_up_the_rest(
        self, box: Sandbox, tap: TapRunner, status: int, resource: str
    ) -> None:
        box.instatus.refuse(fullest_page(box), status, resource)
        run = tap(settings(box), only=OF_PAGES)
        assert run.exit_code == 0
        missing = OF_INCIDENTS if resource == "incidents" else {"monitors"}
        assert run.activated == OF_PAGES - missing
        assert all(run.rows[stream] for stream in missing)
        assert all_differences(run.rows, InstatusFacts(box).streams(OF_PAGES)) == []

    def test_the_one_page_that_is_owned_is_read_though_many_others_are_refused(self, tap: TapRunner) -> None:
        size = InstatusSeed(pages=1, unowned_pages=11, forbidden_pages=0, incidents=3)
        with Sandbox(seed=6, instatus=size, bare=True) as crowded:
            run = tap(settings(crowded), only=["incidents"])
        assert run.exit_code == 0
        assert len(run.rows["incidents"]) == 3
        assert run.activated == set()

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_strict_ends_the_run(self, box: Sandbox, tap: TapRunner, status: int) -> None:
        page = fullest_page(box)
        box.instatus.refuse(page, status)
        run = tap(settings(box, strict=True), only=["components"])
        assert run.exit_code == 1
        (line,) = run.errors
        assert page in line
        assert str(status) in line

    @pytest.mark.parametrize("status", [401, 403])
    def test_streams_that_share_a_list_are_refused_it_once(self, box: Sandbox, tap: TapRunner, status: int) -> None:
        box.instatus.refuse(fullest_page(box), status)
        tap(settings(box), only=OF_INCIDENTS)
        assert box.requests.count(INCIDENTS) == 1 + 2

    def test_a_page_that_is_allowed_again_is_read_and_deletes_are_seen(self, box: Sandbox, tap: TapRunner) -> None:
        page = fullest_page(box)
        box.instatus.refuse(page, 403)
        first = tap(settings(box), only=["incidents"])
        box.instatus.allow(page)
        second = tap(settings(box), only=["incidents"], state=first.state)
        assert (first.activated, second.activated) == (set(), {"incidents"})
        assert {row["page_id"] for row in second.rows["incidents"]} > {
            row["page_id"] for row in first.rows["incidents"]
        }

    def test_a_page_refused_after_its_first_rows_is_not_taken_for_whole(
        self, large_box: Sandbox, tap: TapRunner
    ) -> None:
        page = fullest_page(large_box)
        assert large_box.instatus.view().pages()[-1]["id"] == page
        two_short_lists_and_a_page = 2 * 2 + 1

        def refuse() -> None:
            large_box.instatus.refuse(page, 403)

        large_box.faults.add(Fault("move", INCIDENTS, after=two_short_lists_and_a_page, action=refuse))
        run = tap(settings(large_box, max_concurrency=1), only=["incidents"])
        assert run.exit_code == 0
        assert len([row for row in run.rows["incidents"] if row["page_id"] == page]) == 100
        assert run.activated == set()

    def test_a_key_without_some_rights_reads_the_rest(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box, "member"), everything=True)
        facts = InstatusFacts(box, "member").streams()
        assert run.exit_code == 0
        assert all_differences(run.rows, facts) == []
        assert facts["subscribers"] == facts["team"] == []
        assert len(facts["pages"]) == 1


class TestAListThatBreaksOff:
    """The server fails in the middle."""

    def test_it_costs_the_streams_that_are_made_of_it(self, large_box: Sandbox, tap: TapRunner) -> None:
        large_box.faults.add(Fault("status", INCIDENTS, status=500, after=3, times=None))
        run = tap(settings(large_box, max_retries=0))
        assert run.exit_code == 1
        assert run.activated == ALL - PUBLIC - PEOPLE - {"incidents", "incident_updates", "incident_components"}
        assert "STATE" in run.types
