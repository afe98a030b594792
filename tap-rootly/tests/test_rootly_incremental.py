"""Runs that follow each other bring what has changed, and lose nothing of what was there."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from rootly_facts import utc
from rootly_history import History
from rootly_runs import INCIDENTS, OF_INCIDENTS, settings
from singer_fanout.testing import selecting
from tap_rootly.tap import TapRootly

from sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

FORMS = "incident_form_field_selections"
EVENTS = "incident_events"
MINUTE = timedelta(minutes=1)


def touch(box: Sandbox, incident_id: str, at: datetime | None = None, **values: Any) -> None:
    """Change an incident."""
    moment = at or datetime.now(timezone.utc).replace(microsecond=0)
    box.rootly.store.update("incidents", incident_id, updated_at=moment, **values)


def incidents(box: Sandbox) -> list[dict[str, Any]]:
    """The incidents, those that changed last at the end."""
    return sorted(box.rootly.store.rows("incidents"), key=lambda row: row["updated_at"])


def ids(run: Run, stream: str, column: str = "id") -> set[Any]:
    return {row[column] for row in run.rows[stream]}


class TestIncidents:
    """By the filter of their last change, in its order."""

    def test_a_second_run_brings_what_changed_and_the_newest_that_was_known(
        self, history: History, box: Sandbox
    ) -> None:
        history(["incidents"])
        newest, changed = incidents(box)[-1]["id"], incidents(box)[3]["id"]
        touch(box, changed, title="Changed")
        run = history(["incidents"])
        assert ids(run, "incidents") == {newest, changed}
        assert history.differences("incidents") == []
        assert box.requests.total == 1

    def test_the_bookmark_is_the_last_change_that_was_seen(self, history: History, box: Sandbox) -> None:
        run = history(["incidents"])
        bookmark = run.state["bookmarks"]["incidents"]["replication_key_value"]
        assert bookmark == utc(incidents(box)[-1]["updated_at"])

    def test_a_change_that_became_visible_late_is_caught_by_the_look_back(self, history: History, box: Sandbox) -> None:
        history(["incidents", FORMS])
        late = incidents(box)[0]["id"]
        touch(box, late, incidents(box)[-1]["updated_at"] - 2 * MINUTE, title="Late")
        assert late in ids(history(["incidents", FORMS]), "incidents")
        assert late in {row["id"] for row in history.tables["incidents"].values()}
        assert history.differences("incidents", FORMS) == []

    def test_the_look_back_is_the_settings(self, history: History, box: Sandbox) -> None:
        history(["incidents"])
        late = incidents(box)[0]["id"]
        touch(box, late, incidents(box)[-1]["updated_at"] - 2 * MINUTE)
        assert late not in ids(history(["incidents"], lookback_seconds=60), "incidents")

    def test_a_start_date_leaves_out_what_did_not_change_since(self, history: History, box: Sandbox) -> None:
        middle = incidents(box)[len(incidents(box)) // 2]
        run = history(["incidents", EVENTS], start_date=utc(middle["updated_at"]))
        wanted = {row["id"] for row in incidents(box) if row["updated_at"] >= middle["updated_at"]}
        assert ids(run, "incidents") == wanted
        assert ids(run, EVENTS, "incident_id") <= wanted
        assert run.activated == set()

    def test_only_the_kinds_that_are_wanted_are_read_with_what_belongs_to_them(
        self, history: History, box: Sandbox
    ) -> None:
        for number, row in enumerate(incidents(box)):
            touch(box, row["id"], row["updated_at"], kind=("normal", "test", "normal_sub", "scheduled")[number % 4])
        run = history(["incidents", EVENTS, FORMS], incident_kinds=["test", "normal_sub"])
        assert {row["kind"] for row in run.rows["incidents"]} == {"test", "normal_sub"}
        assert len(run.rows["incidents"]) == len(incidents(box)) / 2
        owners = ids(run, EVENTS, "incident_id") | ids(run, FORMS, "incident_id")
        assert set() < owners <= ids(run, "incidents")
        assert box.requests.count(INCIDENTS) == 1

    @pytest.mark.parametrize("rows_of_a_page", [100, 20])
    def test_incidents_that_change_while_pages_are_read_hide_no_other(
        self, tap: TapRunner, large_box: Sandbox, rows_of_a_page: int
    ) -> None:
        large_box.rootly.settings.max_page_size = rows_of_a_page
        order = incidents(large_box)
        moving = iter(order[10:40])
        large_box.faults.add(
            Fault("move", INCIDENTS, after=1, times=5, action=lambda: touch(large_box, next(moving)["id"]))
        )
        history = History(tap, large_box)
        history(["incidents"])
        assert history.differences("incidents") == []

    def test_a_long_list_is_read_in_windows_that_leave_nothing_out(self, tap: TapRunner, large_box: Sandbox) -> None:
        large_box.rootly.settings.max_page_size = 20
        history = History(tap, large_box)
        run = history(["incidents", EVENTS])
        assert history.differences("incidents", EVENTS) == []
        times = [row["updated_at"] for row in run.rows["incidents"]]
        assert times == sorted(times)
        assert any("%5Blt%5D" in url for url in large_box.requests.urls)

    @pytest.mark.parametrize("rows_of_a_page", [100, 20])
    def test_incidents_that_are_deleted_while_pages_are_read_hide_no_other(
        self, tap: TapRunner, large_box: Sandbox, rows_of_a_page: int
    ) -> None:
        large_box.rootly.settings.max_page_size = rows_of_a_page
        going = iter(incidents(large_box)[5:25])
        store = large_box.rootly.store
        large_box.faults.add(
            Fault("move", INCIDENTS, after=1, times=2, action=lambda: store.delete("incidents", next(going)["id"]))
        )
        history = History(tap, large_box)
        history(["incidents"])
        assert [line for line in history.differences("incidents") if "should not be there" not in line] == []

    def test_a_run_that_breaks_off_between_two_pages_goes_on_there(self, tap: TapRunner, large_box: Sandbox) -> None:
        history = History(tap, large_box)
        large_box.faults.add(Fault("status", INCIDENTS, status=500, after=2, times=None))
        assert history(["incidents"], max_retries=0).exit_code == 1
        large_box.faults.clear()
        run = history(["incidents"])
        assert len(run.rows["incidents"]) < 60
        assert history.differences("incidents") == []


class TestWhatBelongsToIncidents:
    """Streams with a bookmark of their own on the incident's last change."""

    def test_a_second_run_brings_the_children_of_the_incidents_that_changed(
        self, history: History, box: Sandbox
    ) -> None:
        history(OF_INCIDENTS)
        changed = incidents(box)[3]["id"]
        for table in ("incident_events", "incident_form_field_selections", "incident_action_items"):
            box.rootly.store.insert(table, incident_id=changed)
        touch(box, changed)
        run = history(OF_INCIDENTS)
        assert {row["incident_id"] for stream in OF_INCIDENTS for row in run.rows[stream]} == {changed}
        assert history.differences(*OF_INCIDENTS) == []

    def test_without_a_change_there_is_one_request_for_each_list_of_incidents(
        self, history: History, box: Sandbox
    ) -> None:
        history(OF_INCIDENTS)
        history(OF_INCIDENTS)
        assert set(box.requests.by_route) == {INCIDENTS}

    def test_a_stream_that_is_selected_a_month_late_gets_its_whole_history(
        self, history: History, box: Sandbox
    ) -> None:
        others = ["incidents", *(stream for stream in OF_INCIDENTS if stream not in {EVENTS, FORMS})]
        history(others)
        now = incidents(box)[-1]["updated_at"]
        for day, row in enumerate(incidents(box)[:4]):
            touch(box, row["id"], now + timedelta(days=7 * day + 1))
            history(others)
        history(["incidents", *OF_INCIDENTS])
        assert history.differences("incidents", *OF_INCIDENTS) == []

    def test_incidents_that_changed_at_one_time_are_not_asked_again_by_every_run(
        self, history: History, box: Sandbox
    ) -> None:
        moment = incidents(box)[-1]["updated_at"] + MINUTE
        for row in incidents(box)[:20]:
            touch(box, row["id"], moment)
        history([FORMS])
        history([FORMS])
        assert dict(box.requests.by_route) == {INCIDENTS: 1}
        late = incidents(box)[0]["id"]
        touch(box, late, moment - MINUTE / 2)
        history([FORMS])
        assert box.requests.count(f"{INCIDENTS}/{{incident_id}}/form_field_selections") == 1
        assert history.differences(FORMS) == []

    def test_an_incident_that_changed_twice_at_one_time_is_asked_twice(self, history: History, box: Sandbox) -> None:
        history([FORMS])
        changed = incidents(box)[-1]
        box.rootly.store.insert(FORMS, incident_id=changed["id"])
        touch(box, changed["id"], changed["updated_at"] + timedelta(milliseconds=1))
        history([FORMS])
        assert history.differences(FORMS) == []

    def test_an_incident_that_vanishes_between_list_and_children_stops_nobody(
        self, history: History, box: Sandbox
    ) -> None:
        gone = incidents(box)[5]["id"]
        route = f"{INCIDENTS}/{{incident_id}}/form_field_selections"
        box.faults.add(Fault("move", INCIDENTS, action=lambda: None))
        box.faults.add(Fault("move", route, action=lambda: box.rootly.store.delete("incidents", gone)))
        run = history([FORMS], max_concurrency=1)
        assert run.exit_code == 0
        assert history.differences(FORMS) == []
        history([FORMS])
        assert box.requests.count(route) == 0

    def test_an_incident_whose_children_are_forbidden_holds_the_bookmark(self, history: History, box: Sandbox) -> None:
        route = f"{INCIDENTS}/{{incident_id}}/form_field_selections"
        box.faults.add(Fault("status", route, status=403, after=12))
        run = history([FORMS], max_concurrency=1)
        assert run.exit_code == 0
        assert f"Incomplete: stream '{FORMS}'" in run.log
        box.faults.clear()
        history([FORMS])
        assert history.differences(FORMS) == []

    def test_a_run_that_fails_between_two_incidents_loses_nothing(self, history: History, box: Sandbox) -> None:
        route = f"{INCIDENTS}/{{incident_id}}/form_field_selections"
        box.faults.add(Fault("status", route, status=500, after=17, times=None))
        assert history([FORMS], max_retries=0, max_concurrency=1).exit_code == 1
        box.faults.clear()
        history([FORMS])
        assert box.requests.count(route) <= len(incidents(box)) - 16
        assert history.differences(FORMS) == []

    def test_services_of_events_follow_the_incident(self, history: History, box: Sandbox) -> None:
        history(["incident_event_services"])
        event = box.rootly.store.rows("incident_events")[0]
        box.rootly.store.insert("incident_event_services", incident_event_id=event["id"])
        touch(box, event["incident_id"])
        run = history(["incident_event_services"])
        assert ids(run, "incident_event_services", "incident_id") == {event["incident_id"]}
        assert history.differences("incident_event_services") == []


class TestWhatOnlyGrows:
    """By the time of creation."""

    @pytest.mark.parametrize(
        ("stream", "table"), [("audits", "audits"), ("pulses", "pulses"), ("alert_events", "alert_events")]
    )
    def test_a_second_run_brings_what_was_added(self, history: History, box: Sandbox, stream: str, table: str) -> None:
        history([stream])
        newest = max(row["created_at"] for row in box.rootly.store.rows(table))
        added = [
            box.rootly.store.insert(table, created_at=newest + (1 + number) * MINUTE, updated_at=newest)["id"]
            for number in range(3)
        ]
        run = history([stream])
        assert {str(row) for row in added} <= ids(run, stream)
        assert len(run.rows[stream]) < 8
        assert history.differences(stream) == []

    def test_what_is_added_while_pages_are_read_disturbs_nothing(self, tap: TapRunner, large_box: Sandbox) -> None:
        store = large_box.rootly.store
        large_box.faults.add(
            Fault(
                "move",
                "/rootly/v1/audits",
                times=None,
                action=lambda: store.insert("audits", created_at=datetime.now(timezone.utc) + MINUTE),
            )
        )
        history = History(tap, large_box)
        run = history(["audits"])
        assert run.activated == {"audits"}
        large_box.faults.clear()
        assert [line for line in history.differences("audits") if "is missing" not in line] == []

    def test_runs_of_workflows_are_read_again_for_a_day(self, history: History, box: Sandbox) -> None:
        begun = datetime(2026, 6, 1, tzinfo=timezone.utc)
        runs = [row["id"] for row in box.rootly.store.rows("workflow_runs")]
        for number, run_id in enumerate(runs):
            moment = begun + timedelta(hours=10 * number)
            box.rootly.store.update("workflow_runs", run_id, created_at=moment, started_at=moment + MINUTE)
        history(["workflow_runs"])
        box.rootly.store.update("workflow_runs", runs[-2], status="failed")
        run = history(["workflow_runs"])
        assert ids(run, "workflow_runs") == set(runs[-3:])
        assert history.differences("workflow_runs") == []

    def test_shifts_of_the_last_month_are_read_again(self, history: History) -> None:
        first = history(["shifts"])
        newest = max(row["starts_at"] for row in first.rows["shifts"])
        run = history(["shifts"])
        assert newest in {row["starts_at"] for row in run.rows["shifts"]}
        assert len(run.rows["shifts"]) < len(first.rows["shifts"])


class TestAlerts:
    """By the filter of their last change, in an order of their own."""

    def test_a_second_run_brings_what_changed(self, history: History, box: Sandbox) -> None:
        history(["alerts"])
        oldest, *_, newest = sorted(box.rootly.store.rows("alerts"), key=lambda row: row["updated_at"])
        box.rootly.store.update("alerts", oldest["id"], summary="Changed", updated_at=newest["updated_at"] + MINUTE)
        run = history(["alerts"])
        assert oldest["id"] in ids(run, "alerts")
        assert len(run.rows["alerts"]) < 6
        assert history.differences("alerts") == []

    def test_an_alert_that_changes_while_others_are_read_is_brought_by_the_next_run(
        self, tap: TapRunner, large_box: Sandbox
    ) -> None:
        store = large_box.rootly.store
        first = large_box.rootly.view()["/v1/alerts"][0]["id"]

        def change() -> None:
            store.update(
                "alerts", first, summary="Changed while others were read", updated_at=datetime.now(timezone.utc)
            )

        large_box.faults.add(Fault("move", "/rootly/v1/alerts", after=1, action=change))
        history = History(tap, large_box)
        history(["alerts"])
        history(["alerts"])
        assert history.differences("alerts") == []


class TestARunThatIsKilled:
    """Nothing is lost and nothing doubled, whenever it is."""

    STREAMS = ("incidents", EVENTS, FORMS, "incident_action_items", "incident_alerts", "services", "alerts")

    @pytest.mark.parametrize("seed", range(2))
    def test_a_rerun_completes_the_tables(self, history: History, box: Sandbox, tmp_path: Path, seed: int) -> None:
        box.faults.latency = 0.03
        random_numbers = random.Random(seed)  # noqa: S311 - no secret
        for _ in range(2):
            self._run_and_kill(box, history, tmp_path, 0.8 + random_numbers.random() * 1.5)
        box.faults.latency = 0.0
        assert history(self.STREAMS).exit_code == 0
        assert history.differences(*self.STREAMS) == []

    def _run_and_kill(self, box: Sandbox, history: History, folder: Path, seconds: float) -> None:
        config, catalog, state = (folder / name for name in ("c.json", "catalog.json", "s.json"))
        config.write_text(json.dumps(settings(box)))
        catalog.write_text(json.dumps(selecting(TapRootly, settings(box), self.STREAMS)))
        state.write_text(json.dumps(history.state))
        command = [sys.executable, "-m", "tap_rootly", "--config", str(config), "--catalog", str(catalog)]
        output = folder / "out.jsonl"
        with output.open("wb") as messages:
            process = subprocess.Popen(  # noqa: S603 - the tap itself
                [*command, "--state", str(state)], stdout=messages, stderr=subprocess.DEVNULL
            )
            time.sleep(seconds)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        lines = output.read_bytes().split(b"\n")
        # What was written in part is not a message.
        history.load(json.loads(line) for line in lines[:-1])
