"""Every stream holds every row of the server's list, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rootly_facts import COMPUTED, differences, expected_rows
from rootly_runs import CHOSEN_BY_DEFAULT, NAMES, STREAM_CLASSES, STREAM_OBJECTS, settings
from singer_fanout.testing import TapRunner
from tap_rootly.tap import TapRootly

if TYPE_CHECKING:
    from singer_fanout.testing import Row, Run

    from sandbox import Sandbox

KEPT = {"shifts"}
"""Streams from which nothing is ever deleted."""
LISTS = [name for name in NAMES if name not in COMPUTED]
"""What the SDK says of each stream whose bookmark is known at its end only."""


@pytest.fixture(scope="module")
def whole_run(full_box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return TapRunner(TapRootly, tmp_path_factory.mktemp("whole"))(settings(full_box), everything=True)


@pytest.fixture(scope="module")
def facts(full_box: Sandbox) -> dict[str, list[Row]]:
    return expected_rows(full_box)


def test_a_run_of_all_streams_ends_well(whole_run: Run) -> None:
    assert whole_run.exit_code == 0, whole_run.errors
    assert whole_run.warnings == []
    assert whole_run.activated == set(NAMES) - KEPT


@pytest.mark.parametrize("stream", LISTS)
def test_a_stream_holds_the_servers_rows(whole_run: Run, facts: dict[str, list[Row]], stream: str) -> None:
    assert facts[stream], "nothing would be compared"
    assert differences(stream, whole_run.rows[stream], facts[stream]) == []


@pytest.mark.parametrize("stream", NAMES)
def test_a_column_that_is_never_filled_is_one_that_the_server_does_not_tell(
    whole_run: Run, facts: dict[str, list[Row]], stream: str
) -> None:
    told = {name for row in facts.get(stream, ()) for name, value in row.items() if value is not None}
    filled = {name for row in whole_run.rows[stream] for name, value in row.items() if value is not None}
    assert told - filled == set()
    assert whole_run.rows[stream]


def test_lists_of_several_pages_are_among_them(facts: dict[str, list[Row]]) -> None:
    long = {stream for stream, rows in facts.items() if len(rows) > 2 * STREAM_OBJECTS[stream].page_size}  # type: ignore[attr-defined]
    assert {"incidents", "alerts", "audits", "action_items", "incident_events"} <= long


def test_charts_are_told_for_each_row_that_they_are_about(whole_run: Run, facts: dict[str, list[Row]]) -> None:
    for stream in (name for name in NAMES if name.endswith("_charts")):
        owner = STREAM_CLASSES[stream].primary_keys[0]
        parents = {row["id"] for row in facts[STREAM_CLASSES[stream].parent_stream]}  # type: ignore[attr-defined]
        assert {row[owner] for row in whole_run.rows[stream]} == parents
        assert all(isinstance(row["data"], dict) and row["period"] == "7 days" for row in whole_run.rows[stream])


def test_what_is_no_list_is_one_row(whole_run: Run, full_box: Sandbox) -> None:
    (user,), (ranges,) = whole_run.rows["current_user"], whole_run.rows["ip_ranges"]
    assert str(user["id"]) in {str(row["id"]) for row in full_box.rootly.store.rows("users")}
    assert ranges["webhooks_ipv4"]


def test_only_what_most_users_want_is_read_by_default(box: Sandbox, tap: TapRunner) -> None:
    run = tap(settings(box))
    assert run.exit_code == 0
    assert sorted(run.rows) == CHOSEN_BY_DEFAULT
    assert {"api_keys", "secrets", "audits", "webhook_deliveries", "users"}.isdisjoint(CHOSEN_BY_DEFAULT)


@pytest.mark.parametrize(
    "stream",
    ["schedule_rotation_users", "escalation_path_levels", "catalog_entity_properties", "incident_event_services"],
)
def test_a_stream_whose_parents_are_children_needs_none_of_them(full_box: Sandbox, tap: TapRunner, stream: str) -> None:
    run = tap(settings(full_box), only=[stream])
    assert run.rows.keys() == {stream}
    assert differences(stream, run.rows[stream], expected_rows(full_box, [stream])[stream]) == []


def test_a_server_without_any_row_is_read_without_a_warning(box: Sandbox, tap: TapRunner) -> None:
    for table in set(box.rootly.store.tables) - {"ip_ranges"}:
        for row in box.rootly.store.rows(table):
            box.rootly.store.delete(table, row["id"])
    run = tap(settings(box), only=[name for name in NAMES if name != "current_user"])
    assert (run.exit_code, run.warnings) == (0, [])
    assert run.rows.keys() == {"ip_ranges"}
    assert run.activated == set(NAMES) - {"current_user"} - KEPT


@pytest.mark.parametrize("requests_at_once", [1, 16])
def test_the_rows_do_not_depend_on_how_many_requests_are_sent_at_once(
    box: Sandbox, tap: TapRunner, requests_at_once: int
) -> None:
    streams = [name for name in LISTS if not name.startswith("incident_event_")]
    run = tap(settings(box, max_concurrency=requests_at_once), only=streams)
    expected = expected_rows(box, streams)
    assert [line for name in streams for line in differences(name, run.rows[name], expected[name])] == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def test_times_are_told_in_utc_whatever_the_accounts_zone(box: Sandbox, tap: TapRunner, zone: str) -> None:
    box.rootly.settings.timezone = zone
    run = tap(settings(box), only=["incidents"])
    by_id = {row["id"]: row for row in box.rootly.store.rows("incidents")}
    assert all(
        row["created_at"] == by_id[row["id"]]["created_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        for row in run.rows["incidents"]
    )


class TestChosenRecords:
    """`record_ids` narrows what is read."""

    def test_only_they_and_what_belongs_to_them_are_read_and_nothing_is_deleted(
        self, full_box: Sandbox, tap: TapRunner
    ) -> None:
        chosen = sorted(row["id"] for row in full_box.rootly.store.rows("incidents"))[:3]
        service = full_box.rootly.store.rows("services")[0]["id"]
        streams = ["incidents", "incident_events", "incident_form_field_selections", "incident_alerts", "services"]
        full_box.requests.clear()
        run = tap(settings(full_box, record_ids={"incidents": chosen, "services": [service]}), only=streams)
        assert run.exit_code == 0
        assert [row["id"] for row in run.rows["incidents"]] == chosen
        assert [row["id"] for row in run.rows["services"]] == [service]
        expected = expected_rows(full_box, streams)
        for stream in ("incident_events", "incident_form_field_selections", "incident_alerts"):
            wanted = [row for row in expected[stream] if row["incident_id"] in chosen]
            assert differences(stream, run.rows[stream], wanted) == []
        assert run.activated == set()
        assert full_box.requests.count("/rootly/v1/incidents") == 0

    def test_no_bookmark_moves(self, full_box: Sandbox, tap: TapRunner) -> None:
        streams = ["incidents", "incident_events", "incident_form_field_selections"]
        known = {
            "bookmarks": {
                stream: {"replication_key": key, "replication_key_value": "2025-06-01T00:00:00.000000Z"}
                for stream, key in zip(streams, ["updated_at", *["incident_updated_at"] * 2], strict=True)
            }
        }
        newest = max(full_box.rootly.store.rows("incidents"), key=lambda row: row["updated_at"])["id"]
        run = tap(settings(full_box, record_ids={"incidents": [newest]}), only=streams, state=known)
        assert run.rows["incidents"]
        for stream in streams:
            assert run.state["bookmarks"][stream]["replication_key_value"] == "2025-06-01T00:00:00.000000Z"

    def test_a_record_that_is_not_there_is_said_and_the_others_are_read(
        self, full_box: Sandbox, tap: TapRunner
    ) -> None:
        service = full_box.rootly.store.rows("services")[0]["id"]
        run = tap(settings(full_box, record_ids={"services": ["nothing", service]}), only=["services"])
        assert run.exit_code == 0
        assert [row["id"] for row in run.rows["services"]] == [service]
        assert any("nothing" in text and "404" in text for text in run.warnings)

    def test_an_id_cannot_lead_elsewhere(self, full_box: Sandbox, tap: TapRunner) -> None:
        full_box.requests.clear()
        run = tap(settings(full_box, record_ids={"services": ["../incidents", "?x=1"]}), only=["services"])
        assert run.rows.keys() == set()
        assert all(url.startswith("/rootly/v1/services/") for url in full_box.requests.urls)
