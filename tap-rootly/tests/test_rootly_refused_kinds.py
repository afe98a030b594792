"""A server that does not side-load everything costs what it refuses, and nothing beside it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from rootly_facts import differences, expected_rows
from rootly_runs import INCIDENTS, settings
from singer_fanout import utc_text

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from rootly_history import History
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

KINDS = {
    "incident_action_items": "action_items",
    "incident_alerts": "alerts",
    "incident_events": "events",
    "incident_feedbacks": "feedbacks",
    "incident_role_assignments": "roles",
    "incident_sub_statuses": "sub_statuses",
}
STREAMS = ["incidents", *KINDS]
NOTHING_NEW = 1


def wrong(box: Sandbox, run: Run, streams: Iterable[str]) -> list[str]:
    """What is wrong with the rows of some streams."""
    expected = expected_rows(box, streams)
    return [line for name in streams for line in differences(name, run.rows[name], expected[name])]


def days_later(state: dict[str, Any], days: float) -> dict[str, Any]:
    """The state as it is read so many days later: what it remembers is older."""
    then = utc_text(datetime.now(timezone.utc) - timedelta(days=days))
    for bookmark in state["bookmarks"].values():
        for entry in bookmark.values():
            if isinstance(entry, dict) and "at" in entry:
                entry["at"] = then
    return state


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("refused", [{"alerts"}, {"events", "roles"}, set(KINDS.values()) - {"feedbacks"}], ids=sorted)
def test_a_kind_that_is_refused_costs_its_own_stream(
    box: Sandbox, tap: TapRunner, refused: Collection[str], status: int
) -> None:
    box.rootly.settings.refused_includes, box.rootly.settings.include_refusal = sorted(refused), status
    run = tap(settings(box), only=STREAMS)
    lost = {stream for stream, kind in KINDS.items() if kind in refused}
    assert run.exit_code == 1
    assert run.activated == set(STREAMS) - lost
    assert wrong(box, run, sorted(set(STREAMS) - lost)) == []
    for stream in lost:
        assert any(f"'{stream}'" in line and str(status) in line for line in run.errors)


def test_all_kinds_together_may_be_refused_without_a_loss(box: Sandbox, tap: TapRunner) -> None:
    box.rootly.settings.most_includes = 2
    run = tap(settings(box), only=STREAMS)
    assert (run.exit_code, run.activated) == (0, set(STREAMS))
    assert wrong(box, run, STREAMS) == []


@pytest.mark.parametrize(
    ("streams", "parents", "refused"),
    [
        (["users", "user_email_addresses", "user_notification_rules"], "users", "email_addresses"),
        (
            ["escalation_policies", "escalation_levels", "escalation_paths"],
            "escalation_policies",
            "escalation_policy_levels",
        ),
        (["form_field_options", "form_field_positions", "form_field_placements"], "form_fields", "options"),
        (["retrospective_processes", "retrospective_steps"], "retrospective_processes", "retrospective_steps"),
        (["workflows", "workflow_tasks", "workflow_alert_field_conditions"], "workflows", "alert_field_conditions"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_parents_are_read_the_same_way(
    box: Sandbox, tap: TapRunner, streams: list[str], parents: str, refused: str
) -> None:
    box.rootly.settings.refused_includes = [refused]
    run = tap(settings(box), only=streams)
    (lost,) = set(streams) - run.activated
    assert run.exit_code == 1
    assert any(f"'{lost}'" in line and f"include={refused}" in line for line in run.errors)
    assert wrong(box, run, sorted(run.activated)) == []
    assert box.requests.count(f"/rootly/v1/{parents}") > 1


def test_what_was_refused_is_not_asked_for_again_for_a_week(history: History, box: Sandbox) -> None:
    box.rootly.settings.refused_includes = ["alerts"]
    history(STREAMS)
    run = history(STREAMS)
    assert run.exit_code == 1
    assert box.requests.count(INCIDENTS) == NOTHING_NEW
    assert any("'incident_alerts'" in line and "asked for again 7 days later" in line for line in run.errors)
    history.state = days_later(history.state, 8)
    history(STREAMS)
    assert box.requests.count(INCIDENTS) > NOTHING_NEW
    history(STREAMS)
    assert box.requests.count(INCIDENTS) == NOTHING_NEW


def test_a_kind_that_is_taken_again_brings_its_whole_history(history: History, box: Sandbox) -> None:
    box.rootly.settings.refused_includes = ["alerts", "events"]
    history(STREAMS)
    box.rootly.settings.refused_includes = []
    history.state = days_later(history.state, 8)
    run = history(STREAMS)
    assert run.exit_code == 0
    assert history.differences(*STREAMS) == []
    assert not [name for name, bookmark in run.state["bookmarks"].items() if "refused_include" in bookmark]


def test_how_many_kinds_are_taken_at_once_is_remembered(history: History, box: Sandbox) -> None:
    box.rootly.settings.most_includes = 3
    history(STREAMS)
    history(STREAMS)
    groups = box.requests.count(INCIDENTS)
    assert groups <= len(KINDS)
    assert not [url for url in box.requests.urls if unquote(url).count(",") >= 3]
    box.rootly.settings.most_includes = None
    history.state = days_later(history.state, 8)
    history(STREAMS)
    assert box.requests.count(INCIDENTS) == NOTHING_NEW


def test_incidents_go_without_their_causes_where_those_are_refused(history: History, box: Sandbox) -> None:
    box.rootly.settings.refused_includes = ["causes"]
    run = history(["incidents", "incident_events"])
    assert run.exit_code == 1
    assert run.activated == {"incidents", "incident_events"}
    assert any("include=causes" in line and "'incidents'" in line for line in run.errors)
    assert len(run.rows["incidents"]) == len(box.rootly.store.rows("incidents"))
    history(["incidents", "incident_events"])
    assert box.requests.count(INCIDENTS) == NOTHING_NEW


def test_a_server_that_knows_no_sparse_fields_sends_all_of_them(history: History, box: Sandbox) -> None:
    box.rootly.settings.sparse_fields = False
    run = history(["incident_events", "incident_feedbacks"])
    assert (run.exit_code, run.warnings) == (0, [])
    assert history.differences("incident_events", "incident_feedbacks") == []
    history(["incident_events", "incident_feedbacks"])
    assert box.requests.count(INCIDENTS) == NOTHING_NEW


def test_a_list_that_is_refused_is_not_asked_for_kind_by_kind(box: Sandbox, tap: TapRunner) -> None:
    box.rootly.settings.refused = {"/v1/incidents": 404}
    run = tap(settings(box), only=[*STREAMS, "services"])
    assert run.exit_code == 0
    assert run.activated == {"services"}
    assert box.requests.count(INCIDENTS) <= 3


def test_a_kind_that_fails_for_another_reason_is_asked_for_by_the_next_run(history: History, box: Sandbox) -> None:
    # All kinds, the bare list, and then the first half of the kinds, alone and by twos.
    box.faults.add(Fault("status", INCIDENTS, status=500))
    run = history(STREAMS, max_retries=0)
    assert run.exit_code == 0
    assert history.differences(*STREAMS) == []
    history(STREAMS)
    assert box.requests.count(INCIDENTS) == NOTHING_NEW


def test_a_failure_in_the_midst_of_a_list_leaves_the_bookmarks_before_it(tap: TapRunner, large_box: Sandbox) -> None:
    streams = ["incidents", "incident_events", "incident_alerts"]
    large_box.faults.add(Fault("status", INCIDENTS, status=500, after=2, times=None))
    first = tap(settings(large_box, max_retries=0), only=streams)
    assert first.exit_code == 1
    large_box.faults.clear()
    second = tap(settings(large_box), only=streams, state=first.state)
    assert second.exit_code == 0
    expected = expected_rows(large_box, streams)
    for stream in streams:
        assert differences(stream, latest_of(stream, first, second), expected[stream]) == []
    assert len(second.rows["incidents"]) < len(expected["incidents"]) / 2


def latest_of(stream: str, *runs: Run) -> list[dict[str, Any]]:
    """What a target holds of a stream after some runs."""
    from rootly_facts import latest  # noqa: PLC0415

    return latest(stream, [row for run in runs for row in run.rows[stream]])
