"""`incremental_emit`: every list is read whole, and only rows that were changed since the last run are emitted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import STREAMS, InstatusFacts, all_differences, fullest_page, schema, settings

from sandbox import Fault

if TYPE_CHECKING:
    from instatus_facts import Row
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

CHANGING = {stream for stream in STREAMS if "updated_at" in schema(stream)["properties"]}


def read(tap: TapRunner, box: Sandbox, after: Run | None = None, **more: Any) -> Run:
    state = after.state if after else None
    return tap(settings(box, incremental_emit=True, **more), everything=True, state=state)


def test_the_streams_that_tell_of_changes_are_those_with_a_time_of_change() -> None:
    assert {
        *("pages", "components", "incidents", "incident_updates", "maintenances", "maintenance_updates"),
        *("subscribers", "monitors", "monitor_alerts", "routing_rules", "escalation_policies", "workspaces"),
    } == CHANGING


def test_the_first_run_brings_everything(full_box: Sandbox, tap: TapRunner, facts: dict[str, list[Row]]) -> None:
    run = read(tap, full_box)
    assert run.exit_code == 0
    assert all_differences(run.rows, facts) == []


def test_no_version_is_activated_where_rows_may_be_missing(full_box: Sandbox, tap: TapRunner) -> None:
    first = read(tap, full_box)
    second = read(tap, full_box, first)
    whole = set(STREAMS) - CHANGING
    assert first.activated == whole - {"public_summary"}
    assert second.activated == whole
    assert not any("version" in m for m in first.messages if m["type"] == "RECORD" and m["stream"] in CHANGING)


def test_the_next_run_brings_only_rows_at_or_after_the_bookmark_of_their_page(
    full_box: Sandbox, tap: TapRunner, facts: dict[str, list[Row]]
) -> None:
    first = read(tap, full_box)
    second = read(tap, full_box, first)
    for stream in CHANGING - {"pages", "workspaces"}:
        bookmarks = first.state["bookmarks"][stream]["page_bookmarks"]
        newest = {page: max(row["updated_at"] for row in facts[stream] if row["page_id"] == page) for page in bookmarks}
        assert bookmarks == newest
        expected = [row["id"] for row in facts[stream] if row["updated_at"] >= bookmarks[row["page_id"]]]
        assert sorted(row["id"] for row in second.rows[stream]) == sorted(expected)
        assert len(expected) < len(facts[stream])
    for stream in set(STREAMS) - CHANGING:
        assert len(second.rows[stream]) == len(first.rows[stream])


def test_a_changed_row_comes_with_the_next_run(box: Sandbox, tap: TapRunner) -> None:
    first = read(tap, box)
    incident = box.instatus.store.rows("incidents")[0]["id"]
    box.instatus.store.update("incidents", incident, name="renamed")
    second = read(tap, box, first)
    assert [row["name"] for row in second.rows["incidents"] if row["id"] == incident] == ["renamed"]
    third = read(tap, box, second)
    # What changed a moment ago may have changed once more while it was read.
    assert [row["name"] for row in third.rows["incidents"] if row["id"] == incident] == ["renamed"]


def test_a_change_that_is_made_while_the_list_is_read_comes_with_the_next_run(
    large_box: Sandbox, tap: TapRunner
) -> None:
    store, page = large_box.instatus.store, fullest_page(large_box)
    newest, *_, oldest = large_box.instatus.view().rows("incidents", page)

    def change() -> None:
        earlier = datetime.now(timezone.utc)
        store.update("incidents", newest["id"], name="changed", updatedAt=earlier)
        store.update("incidents", oldest["id"], updatedAt=earlier + timedelta(milliseconds=1))

    large_box.faults.add(Fault("move", "/instatus/v1/{page_id}/incidents", after=1, action=change))
    first = read(tap, large_box, max_concurrency=1, page_ids=[page])
    assert "changed" not in {row["name"] for row in first.rows["incidents"]}
    second = read(tap, large_box, first, page_ids=[page])
    assert "changed" in {row["name"] for row in second.rows["incidents"]}


def test_a_page_that_is_seen_for_the_first_time_comes_whole(box: Sandbox, tap: TapRunner) -> None:
    page = fullest_page(box)
    box.instatus.refuse(page, 401, listed=False)
    first = read(tap, box)
    assert page not in {row["id"] for row in first.rows["pages"]}
    box.instatus.allow(page)
    second = read(tap, box, first)
    assert page in {row["id"] for row in second.rows["pages"]}
    told = {row["id"] for row in box.instatus.view().rows("incidents", page)}
    assert {row["id"] for row in second.rows["incidents"] if row["page_id"] == page} == told


def test_the_bookmark_of_a_page_that_is_refused_stays_where_it_was(box: Sandbox, tap: TapRunner) -> None:
    first = read(tap, box)
    page = fullest_page(box)
    changed = box.instatus.store.find("incidents", "siteId", page)[0]["id"]
    box.instatus.refuse(page, 403)
    box.instatus.store.update("incidents", changed, updatedAt=datetime(2026, 7, 2, tzinfo=timezone.utc))
    second = read(tap, box, first)
    kept = [run.state["bookmarks"]["incidents"]["page_bookmarks"][page] for run in (first, second)]
    assert kept[0] == kept[1]
    box.instatus.allow(page)
    assert changed in {row["id"] for row in read(tap, box, second).rows["incidents"]}


def test_a_page_that_is_gone_leaves_no_bookmark_behind(box: Sandbox, tap: TapRunner) -> None:
    first = read(tap, box)
    page = fullest_page(box)
    box.instatus.refuse(page, 401, listed=False)
    second = read(tap, box, first)
    assert page in first.state["bookmarks"]["incidents"]["page_bookmarks"]
    assert page not in second.state["bookmarks"]["incidents"]["page_bookmarks"]


def test_rows_that_do_not_tell_when_they_changed_come_each_time(box: Sandbox, tap: TapRunner) -> None:
    box.instatus.settings.observed_fields = False
    first = read(tap, box)
    second = read(tap, box, first)
    assert first.rows["incidents"]
    assert second.rows["incidents"] == first.rows["incidents"]
    assert len(second.rows["components"]) < len(first.rows["components"])


def test_it_saves_no_request(box: Sandbox, tap: TapRunner) -> None:
    first = read(tap, box)
    whole = dict(box.requests.by_route)
    box.requests.clear()
    read(tap, box, first)
    assert dict(box.requests.by_route) == whole


def test_full_tables_come_back_when_it_is_switched_off(box: Sandbox, tap: TapRunner) -> None:
    first = read(tap, box)
    second = tap(settings(box), everything=True, state=first.state)
    assert all_differences(second.rows, InstatusFacts(box).streams()) == []
    assert second.activated == set(STREAMS)


@pytest.mark.parametrize("kept", [[], "2026", {"page": 7}])
def test_a_state_that_no_tap_has_written_is_an_error(box: Sandbox, tap: TapRunner, kept: object) -> None:
    state = {"bookmarks": {"incidents": {"page_bookmarks": kept}}}
    run = tap(settings(box, incremental_emit=True), only=["incidents"], state=state)
    assert run.exit_code == 1
    assert "page_bookmarks" in run.errors[0]
