"""Row by row: what the tap writes is what the server holds, for every viewer and every kind of server."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cachet_facts import CachetFacts, CachetV2Facts, Viewer, differences
from cachet_runs import settings

from sandbox import Fault

if TYPE_CHECKING:
    from cachet_runs import Row, Run, Tap

    from sandbox import Sandbox

MADE_OF_PAGES = ("schedule_components", "subscribers")
"""What a 3.x core of 2025 cannot tell."""


def assert_holds(run: Run, expected: dict[str, list[Row]]) -> None:
    assert run.exit_code == 0, run.log
    assert run.rows.keys() - {"status", "version"} <= expected.keys()
    for stream, rows in expected.items():
        assert differences(stream, run.rows[stream], rows) == []


class TestTheCurrentServer:
    """3.x since July 2026."""

    @pytest.mark.parametrize("viewer", ["guest", "readonly", "full"])
    def test_every_stream_holds_what_this_viewer_may_see(self, full_box: Sandbox, tap: Tap, viewer: str) -> None:
        run = tap(settings(full_box, None if viewer == "guest" else viewer), everything=True)
        expected = CachetFacts(full_box, Viewer(viewer)).streams()
        if viewer != "full":
            expected["subscribers"] = []
        assert_holds(run, expected)

    def test_one_request_at_a_time_brings_the_same_rows(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, "full", max_concurrency=1), everything=True)
        assert_holds(run, CachetFacts(full_box, Viewer("full")).streams())

    def test_a_viewer_sees_no_more_than_the_data_allows(self, full_box: Sandbox) -> None:
        seen = [
            {stream: len(rows) for stream, rows in CachetFacts(full_box, Viewer(viewer)).streams().items()}
            for viewer in ("guest", "readonly", "full")
        ]
        assert seen[0]["incidents"] < seen[1]["incidents"] < seen[2]["incidents"]
        assert seen[0]["metric_points"] < seen[1]["metric_points"]
        assert seen[0]["components"] < seen[1]["components"]

    @pytest.mark.parametrize("stream", ["incident_updates", "incident_components", "schedule_updates", "metric_points"])
    def test_a_stream_that_is_made_of_others_needs_none_of_them(self, full_box: Sandbox, tap: Tap, stream: str) -> None:
        run = tap(settings(full_box, "full"), only=[stream])
        assert run.rows.keys() == {stream}
        expected = CachetFacts(full_box, Viewer("full")).streams()[stream]
        assert differences(stream, run.rows[stream], expected) == []

    @pytest.mark.parametrize("database", ["sqlite", "mariadb", "postgresql"])
    def test_the_servers_database_does_not_show(self, box: Sandbox, tap: Tap, database: Any) -> None:
        box.cachet.settings.database = database
        run = tap(settings(box, "full"), everything=True)
        assert_holds(run, CachetFacts(box, Viewer("full")).streams())
        assert {type(row["notifications"]) for row in run.rows["incidents"]} == {bool}
        assert str not in {type(row["default_value"]) for row in run.rows["metrics"]}

    def test_status_and_version_are_one_row_each_under_the_servers_address(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box), only=["status", "version"])
        (status,), (version,) = run.rows["status"], run.rows["version"]
        assert status.keys() == {"api_url", "status", "message"}
        assert version == {"api_url": full_box.cachet.api_url, "version": "3.x-dev"}

    def test_a_server_without_any_row_is_read_without_a_warning(self, box: Sandbox, tap: Tap) -> None:
        for table in box.cachet.store.tables:
            for row in box.cachet.store.rows(table):
                box.cachet.store.delete(table, row["id"], hard=True)
        run = tap(settings(box, "full"), everything=True)
        assert (run.exit_code, run.warnings) == (0, [])
        assert run.rows.keys() == {"status", "version"}

    def test_no_warning_is_given_where_nothing_is_missing(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, "full"), everything=True)
        assert run.warnings == []


class TestMetadata:
    """Free metadata is an object, whatever the server makes of it."""

    @pytest.mark.parametrize(
        ("kept", "emitted"),
        [
            ({}, None),
            ({"a": None}, {"a": None}),
            ({"a": [1, {"b": []}], "c": {}}, {"a": [1, {"b": []}], "c": {}}),
            ({"big": 9007199254740993}, {"big": 9007199254740993}),
            ({"human": "x", "value": 1}, {"human": "x", "value": 1}),
            ([1, 2], {"value": [1, 2]}),
            ("text", {"value": "text"}),
            (7, {"value": 7}),
        ],
    )
    def test_it_is_an_object_or_null(self, box: Sandbox, tap: Tap, kept: Any, emitted: Any) -> None:
        box.cachet.store.update("incidents", 1, meta=kept)
        run = tap(settings(box, "full"), only=["incidents"])
        (meta,) = (row["meta"] for row in run.rows["incidents"] if row["id"] == 1)
        assert meta == emitted


class TestTimes:
    """The server's times carry no zone."""

    def test_times_of_another_zone_are_told_in_utc(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.settings.timezone = "America/New_York"
        run = tap(settings(box, "full", server_timezone="America/New_York"), everything=True)
        assert_holds(run, CachetFacts(box, Viewer("full")).streams())

    def test_the_hour_that_occurs_twice_is_taken_for_the_earlier_one(self, box: Sandbox, tap: Tap) -> None:
        first = datetime(2025, 10, 26, 0, 30, tzinfo=timezone.utc)
        box.cachet.settings.timezone = "Europe/Berlin"
        for incident, moment in enumerate((first, first + timedelta(hours=1), first + timedelta(hours=2)), start=1):
            box.cachet.store.update("incidents", incident, occurred_at=moment, visible=1, deleted_at=None)
        run = tap(settings(box, "full", server_timezone="Europe/Berlin"), only=["incidents"])
        occurred = {row["id"]: row["occurred_at"] for row in run.rows["incidents"]}
        assert occurred[1] == occurred[2] == "2025-10-26T00:30:00.000000Z"
        assert occurred[3] == "2025-10-26T02:30:00.000000Z"

    def test_the_hour_that_does_not_occur_shifts_nothing_else(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.settings.timezone = "Europe/Berlin"
        before = datetime(2026, 3, 29, 0, 59, 59, tzinfo=timezone.utc)
        box.cachet.store.update("incidents", 1, occurred_at=before, created_at=before + timedelta(seconds=1))
        run = tap(settings(box, "full", server_timezone="Europe/Berlin"), only=["incidents"])
        (row,) = (row for row in run.rows["incidents"] if row["id"] == 1)
        assert (row["occurred_at"], row["created_at"]) == ("2026-03-29T00:59:59.000000Z", "2026-03-29T01:00:00.000000Z")

    def test_a_time_that_the_server_does_not_know_is_null(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.store.update("incidents", 1, touch=False, occurred_at=None, created_at=None, updated_at=None)
        run = tap(settings(box, "full"), only=["incidents"])
        (row,) = (row for row in run.rows["incidents"] if row["id"] == 1)
        assert [row["occurred_at"], row["created_at"], row["updated_at"]] == [None] * 3


class TestAnOlderServer:
    """3.x of December 2025: no metadata, no components of schedules, no subscribers, nothing hidden."""

    def test_what_it_can_tell_is_read_whole(self, box: Sandbox, tap: Tap) -> None:
        run = tap(settings(box, server="older"), everything=True)
        expected = CachetFacts(box, Viewer(scoped=False)).streams()
        for stream in MADE_OF_PAGES:
            expected[stream] = []
        assert_holds(run, expected)

    def test_each_lack_is_said_once(self, box: Sandbox, tap: Tap) -> None:
        run = tap(settings(box, "full", server="older"), everything=True)
        lacks = ("api_token cannot be checked", "meta is null", "components of schedules", "'subscribers'")
        assert [sum(lack in text for text in run.warnings) for lack in lacks] == [1, 1, 2, 1]
        assert len(run.warnings) == 5

    def test_the_links_that_it_cannot_tell_are_not_deleted(self, box: Sandbox, tap: Tap) -> None:
        run = tap(settings(box, server="older"), everything=True)
        assert "schedule_components" not in run.activated
        assert "subscribers" not in run.activated
        assert {"schedules", "schedule_updates", "incidents", "incident_components"} <= run.activated

    def test_it_reads_the_components_of_schedules_where_there_are_none(self, box: Sandbox, tap: Tap) -> None:
        for row in box.cachet.store.rows("schedule_components"):
            box.cachet.store.delete("schedule_components", row["id"])
        run = tap(settings(box, server="older"), only=["schedules", "schedule_components"])
        assert run.activated == {"schedules", "schedule_components"}
        assert run.rows["schedule_components"] == []

    def test_an_accident_is_not_taken_for_a_lack(self, box: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("status", route="/cachet/api/schedules", status=500, times=1))
        run = tap(settings(box, "full"), only=["schedules", "schedule_components"])
        assert run.warnings == []
        expected = CachetFacts(box, Viewer("full")).streams()["schedule_components"]
        assert differences("schedule_components", run.rows["schedule_components"], expected) == []

    @pytest.mark.parametrize("times", [1, None])
    def test_a_route_that_answers_400_does_not_cost_the_metadata_of_the_others(
        self, box: Sandbox, tap: Tap, times: int | None
    ) -> None:
        box.faults.add(Fault("status", route="/cachet/api/components", status=400, times=times))
        run = tap(settings(box, "full"), only=["components", "incidents"])
        expected = CachetFacts(box, Viewer("full")).streams()["incidents"]
        assert not any("meta is null" in text for text in run.warnings)
        assert differences("incidents", run.rows["incidents"], expected) == []
        assert run.activated == {"incidents"}


@pytest.mark.usefixtures("quick_second_look")
class TestA2xServer:
    """2.4: flat objects, totals, times in the zone that is asked for, nulls told as now."""

    @pytest.mark.parametrize("token", [None, "v2"])
    def test_every_stream_holds_what_this_viewer_may_see(self, box: Sandbox, tap: Tap, token: str | None) -> None:
        run = tap(settings(box, token, server="v2"), everything=True)
        assert_holds(run, CachetV2Facts(box, has_token=token is not None).streams())
        assert [text for text in run.warnings if "needs an api_token" not in text] == []

    def test_it_is_asked_for_utc_in_every_request(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.settings.timezone = "Europe/Berlin"
        streams = ["components", "metrics", "incident_templates"]
        run = tap(settings(box, "v2", server="v2"), only=streams)
        expected = CachetV2Facts(box, has_token=True).streams()
        assert_holds(run, {stream: expected[stream] for stream in streams})
        assert {headers.get("time-zone") for headers in box.requests.headers} == {"UTC"}
        assert {headers.get("x-cachet-token") for headers in box.requests.headers} == {box.cachet.tokens["v2"]}
        assert not any("authorization" in headers for headers in box.requests.headers)

    def test_lists_of_several_pages_are_read_whole(self, full_box: Sandbox, tap: Tap) -> None:
        streams = ["components", "incident_updates", "incident_components", "metric_points", "subscribers"]
        run = tap(settings(full_box, "v2", server="v2"), only=streams)
        expected = CachetV2Facts(full_box, has_token=True).streams()
        for stream in streams:
            assert differences(stream, run.rows[stream], expected[stream]) == []

    def test_a_null_time_is_told_apart_from_now(self, box: Sandbox, tap: Tap) -> None:
        now = datetime.now(timezone.utc).replace(microsecond=0)
        box.cachet.store.update("schedules", 1, completed_at=None, scheduled_at=now, deleted_at=None)
        run = tap(settings(box, server="v2"), only=["schedules"])
        (row,) = (row for row in run.rows["schedules"] if row["id"] == 1)
        assert row["completed_at"] is None
        assert row["scheduled_at"] == now.strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def test_a_group_or_component_of_zero_is_none(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.store.update("components", 1, component_group_id=None, enabled=True, deleted_at=None)
        for link in box.cachet.store.rows("incident_components"):
            box.cachet.store.delete("incident_components", link["id"])
        run = tap(settings(box, server="v2"), only=["components", "incidents", "incident_components"])
        assert {row["group_id"] for row in run.rows["components"] if row["id"] == 1} == {None}
        assert {row["component_id"] for row in run.rows["incidents"]} == {None}
        assert run.rows["incident_components"] == []


class TestChosenRecords:
    """`record_ids` narrows what is read."""

    def test_only_they_are_read_and_nothing_is_deleted(self, full_box: Sandbox, tap: Tap) -> None:
        full_box.requests.clear()
        component = CachetFacts(full_box, Viewer("full")).streams()["components"][0]["id"]
        chosen = {"incidents": [3, 1], "components": [component], "metrics": [1], "schedules": [1]}
        streams = ["incidents", "incident_updates", "incident_components", "components", "metrics", "schedules"]
        run = tap(settings(full_box, "full", record_ids=chosen), only=streams)
        assert run.exit_code == 0
        assert [row["id"] for row in run.rows["incidents"]] == [3, 1]
        assert [row["id"] for row in run.rows["components"]] == [component]
        expected = CachetFacts(full_box, Viewer("full")).streams()
        for stream in ("incident_updates", "incident_components"):
            wanted = [row for row in expected[stream] if row["incident_id"] in {1, 3}]
            assert differences(stream, run.rows[stream], wanted) == []
        assert run.activated == set()
        assert full_box.requests.count("/cachet/api/incidents") == 0

    def test_streams_that_are_not_named_are_read_whole(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, record_ids={"incidents": [1]}), only=["incidents", "components"])
        assert len(run.rows["incidents"]) == 1
        assert run.activated == {"components"}

    def test_a_record_that_is_not_there_is_said_and_the_others_are_read(self, full_box: Sandbox, tap: Tap) -> None:
        component = CachetFacts(full_box).streams()["components"][0]["id"]
        run = tap(settings(full_box, record_ids={"components": [987654, component]}), only=["components"])
        assert run.exit_code == 0
        assert [row["id"] for row in run.rows["components"]] == [component]
        assert any("987654" in text and "404" in text for text in run.warnings)

    def test_none_at_all_reads_nothing(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap(settings(full_box, record_ids={"components": []}), only=["components"])
        assert (run.exit_code, run.rows["components"], run.activated) == (0, [], set())

    @pytest.mark.usefixtures("quick_second_look")
    def test_they_are_read_from_2_x_too(self, box: Sandbox, tap: Tap) -> None:
        config = settings(box, "v2", server="v2", record_ids={"incidents": [1], "component_groups": [1]})
        run = tap(config, only=["incidents", "component_groups"])
        expected = [row for row in CachetV2Facts(box, has_token=True).streams()["incidents"] if row["id"] == 1]
        assert differences("incidents", run.rows["incidents"], expected) == []
        assert [row["id"] for row in run.rows["component_groups"]] == [1]
