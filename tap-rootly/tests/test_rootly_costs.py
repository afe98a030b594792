"""What a run costs in requests."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from rootly_runs import CHOSEN_BY_DEFAULT, INCIDENTS, NAMES, OF_INCIDENTS, STREAM_CLASSES, settings

if TYPE_CHECKING:
    from rootly_history import History
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

OF_INCIDENTS_BY_DEFAULT = ["incidents", *(name for name in OF_INCIDENTS if name in CHOSEN_BY_DEFAULT)]


def pages(rows: int, size: int = 100) -> int:
    return max(1, -(-rows // size))


def test_an_hour_with_twenty_changed_incidents_costs_at_most_twenty_four_requests(
    history: History, box: Sandbox
) -> None:
    history(OF_INCIDENTS_BY_DEFAULT)
    for row in box.rootly.store.rows("incidents")[:20]:
        box.rootly.store.insert("incident_events", incident_id=row["id"])
        box.rootly.store.update("incidents", row["id"], updated_at=datetime.now(timezone.utc).replace(microsecond=0))
    history(OF_INCIDENTS_BY_DEFAULT)
    assert 20 < box.requests.total <= 24
    assert history.differences(*OF_INCIDENTS_BY_DEFAULT) == []


def with_second_looks(pages: int) -> int:
    """A list of several pages is looked at again in two places, of two pages in one: rows may have moved."""
    return pages + min(pages - 1, 2)


def test_a_list_costs_its_pages_and_a_second_look_or_two(full_box: Sandbox, tap: TapRunner) -> None:
    for stream, table in (("services", "services"), ("action_items", "incident_action_items"), ("users", "users")):
        full_box.requests.clear()
        assert tap(settings(full_box), only=[stream]).exit_code == 0
        assert full_box.requests.total == with_second_looks(pages(len(full_box.rootly.store.rows(table))))


def test_one_request_at_a_time_costs_no_more_for_incidents(full_box: Sandbox, tap: TapRunner) -> None:
    full_box.requests.clear()
    tap(settings(full_box, max_concurrency=1), only=["incidents"])
    assert full_box.requests.total == pages(len(full_box.rootly.store.rows("incidents")))


def test_lists_under_the_first_incidents_are_asked_for_before_the_other_incidents_and_once(
    box: Sandbox, tap: TapRunner
) -> None:
    streams = ["incidents", "incident_form_field_selections"]
    # All incidents lie within the look-back, so that the second run lists them again.
    config = settings(box, page_size=5, lookback_seconds=10**9)
    run = tap(config, only=streams)
    asked = box.requests.urls
    below, others = ([url for url in asked if of_form == ("form_field" in url)] for of_form in (True, False))
    assert asked.index(below[0]) < asked.index(others[1])
    assert sorted(below) == sorted({*below})
    assert len(below) == len(box.rootly.store.rows("incidents"))
    one_by_one = tap({**config, "max_concurrency": 1}, only=streams)
    assert one_by_one.rows == run.rows
    box.requests.clear()
    tap(config, only=streams, state=run.state)
    assert not any("form_field" in url for url in box.requests.urls)


def test_pages_are_as_large_as_each_list_gives_them(box: Sandbox, tap: TapRunner) -> None:
    tap(settings(box), everything=True)
    sizes = {
        url.split("?")[0].removeprefix("/rootly/v1/"): url.split("page%5Bsize%5D=")[1].split("&")[0]
        for url in box.requests.urls
        if "page%5Bsize%5D=" in url
    }
    assert (sizes.pop("alert_events"), sizes.pop("shifts")) == ("50", "1000")
    assert set(sizes.values()) == {"100"}


def test_children_that_are_parents_are_read_once(box: Sandbox, tap: TapRunner) -> None:
    streams = ["schedules", "schedule_rotations", "schedule_rotation_users", "schedule_rotation_active_days"]
    tap(settings(box), only=streams)
    schedules, rotations = (len(box.rootly.store.rows(table)) for table in streams[:2])
    assert dict(box.requests.by_route) == {
        "/rootly/v1/schedules": 1,
        "/rootly/v1/schedules/{schedule_id}/schedule_rotations": schedules,
        "/rootly/v1/schedule_rotations/{schedule_rotation_id}/schedule_rotation_users": rotations,
        "/rootly/v1/schedule_rotations/{schedule_rotation_id}/schedule_rotation_active_days": rotations,
    }


def test_a_test_of_the_connection_costs_little_more_than_a_request_a_stream(full_box: Sandbox, tap: TapRunner) -> None:
    full_box.requests.clear()
    assert tap(settings(full_box), arguments=["--test"]).exit_code == 0
    parents = {getattr(STREAM_CLASSES[name], "parent_stream", None) for name in NAMES} - {None}
    assert full_box.requests.total <= len(NAMES) + len(parents) + full_box.requests.count(INCIDENTS)


def test_routes_that_do_something_are_never_asked_for(box: Sandbox, tap: TapRunner) -> None:
    run = tap(settings(box, record_ids={"live_call_routers": ["generate_phone_number"]}), only=["live_call_routers"])
    assert "would change something" in run.errors[0]
    assert box.requests.total == 0
