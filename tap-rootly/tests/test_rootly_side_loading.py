"""Children that come with the page of their parents: believed as far as it is proven that none is missing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from rootly_facts import differences, expected_rows
from rootly_runs import INCIDENTS, OF_INCIDENTS, settings
from singer_fanout import Answer
from tap_rootly.excerpts import Excerpt
from tap_rootly.side_loading import SideLoadedStream, Wholeness
from tap_rootly.streams import STREAMS

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rootly_history import History
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

SIDE_LOADED = sorted(str(vars(stream)["name"]) for stream in STREAMS if issubclass(stream, SideLoadedStream))
WHOLE_FAMILIES = (
    ("custom_fields", "custom_field_options"),
    ("escalation_policies", "escalation_levels", "escalation_paths"),
    ("form_fields", "form_field_options", "form_field_positions"),
    ("retrospective_processes", "retrospective_steps"),
    ("users", "user_email_addresses", "user_phone_numbers", "user_notification_rules"),
)
"""Parents, and the streams that come with them."""
NOW = datetime.now(timezone.utc).replace(microsecond=0)
OF_PAGES = ("incident_action_items", "incident_custom_field_selections", "incident_events", "incident_feedbacks")


def included(box: Sandbox) -> list[str]:
    """What was side-loaded, request by request."""
    return [url.split("include=")[1].split("&")[0] for url in box.requests.urls if "include=" in url]


@pytest.mark.parametrize("cap", [1, 2, 3, None])
def test_lists_that_are_cut_short_are_asked_for(box: Sandbox, tap: TapRunner, cap: int | None) -> None:
    box.rootly.settings.include_cap = cap
    streams = [name for name in SIDE_LOADED if name not in {"incident_alerts", "incident_post_mortems"}]
    streams = [name for name in streams if name not in {"user_email_addresses", "user_phone_numbers"}]
    run = tap(settings(box), only=streams)
    expected = expected_rows(box, streams)
    assert [line for name in streams for line in differences(name, run.rows[name], expected[name])] == []
    assert run.activated == set(streams)


def test_a_server_that_begins_to_cut_is_noticed(history: History, box: Sandbox) -> None:
    history(OF_PAGES)
    box.rootly.settings.include_cap = 1
    for row in box.rootly.store.rows("incidents"):
        box.rootly.store.update("incidents", row["id"], updated_at=NOW)
        box.rootly.store.insert("incident_events", incident_id=row["id"])
    history(OF_PAGES)
    assert history.differences("incident_events") == []


@pytest.mark.parametrize("stream", OF_PAGES)
def test_what_is_proven_needs_one_request_for_many_incidents(full_box: Sandbox, tap: TapRunner, stream: str) -> None:
    full_box.requests.clear()
    run = tap(settings(full_box, max_concurrency=1), only=[stream])
    owners = len(full_box.rootly.store.rows("incidents"))
    pages = -(-owners // 100)
    assert run.exit_code == 0
    assert full_box.requests.count(INCIDENTS) <= pages + 1
    assert full_box.requests.total < owners / 3


def test_what_was_proven_is_remembered_and_checked_on_one_incident(history: History, box: Sandbox) -> None:
    history(OF_PAGES)
    for row in box.rootly.store.rows("incidents")[:8]:
        box.rootly.store.update("incidents", row["id"], updated_at=NOW)
    history(OF_PAGES)
    asked = {route: count for route, count in box.requests.by_route.items() if route != INCIDENTS}
    assert box.requests.count(INCIDENTS) == len(OF_PAGES)
    assert all(count <= 2 for count in asked.values())
    assert history.differences(*OF_PAGES) == []


@pytest.mark.parametrize("rows_of_a_page", [100, 20])
def test_the_lists_of_all_kinds_are_read_together(large_box: Sandbox, tap: TapRunner, rows_of_a_page: int) -> None:
    large_box.rootly.settings.max_page_size = rows_of_a_page
    # Nothing is answered before everything is asked.
    large_box.faults.latency = 0.2
    streams = ["incidents", "incident_alerts", "incident_events", "incident_sub_statuses"]
    assert tap(settings(large_box), only=streams).exit_code == 0
    kinds = included(large_box)
    assert set(kinds[: len(streams)]) == {"causes", "alerts", "events", "sub_statuses"}
    assert len(set(Counter(kinds).values())) == 1


def test_one_at_a_time_nothing_is_read_ahead(large_box: Sandbox, tap: TapRunner) -> None:
    tap(settings(large_box, max_concurrency=1), only=["incidents", "incident_alerts", "incident_events"])
    assert included(large_box) == ["alerts"] * 3 + ["events"] * 3 + ["causes"] * 3


@pytest.mark.parametrize("streams", WHOLE_FAMILIES, ids=" ".join)
def test_lists_that_are_read_whole_are_read_once_for_each_kind(
    box: Sandbox, tap: TapRunner, streams: Sequence[str]
) -> None:
    assert tap(settings(box), only=streams).exit_code == 0
    assert box.requests.count(f"/rootly/v1/{streams[0]}") == len(streams)


def test_grandchildren_cost_no_further_list_of_their_parents(box: Sandbox, tap: TapRunner) -> None:
    tap(settings(box), only=["escalation_paths", "escalation_path_levels"])
    assert box.requests.count("/rootly/v1/escalation_policies") == 1


def test_a_kind_that_is_refused_is_skipped_in_its_turn(box: Sandbox, tap: TapRunner) -> None:
    streams = ["incident_action_items", "incident_alerts", "incident_feedbacks", "incident_sub_statuses"]
    box.faults.add(Fault("status", INCIDENTS, status=403, after=1))
    run = tap(settings(box), only=streams)
    assert run.exit_code == 0
    (skipped,) = set(streams) - run.activated
    expected = expected_rows(box, streams)
    assert [line for name in run.activated for line in differences(name, run.rows[name], expected[name])] == []
    assert any(f"'{skipped}'" in warning for warning in run.warnings)


def test_a_page_in_another_form_is_kept_whole() -> None:
    for content in (b"[]", b'{"data": {"id": "1"}}', b'{"data": [{"id": "1", "attributes": null}]}', b"\xef\xbb\xbf{}"):
        answer = Answer("", 200, {}, content, "")
        assert Excerpt(["updated_at"], "events")(answer) is answer


def test_only_what_is_needed_of_a_page_waits_for_its_turn() -> None:
    page = (
        b'{"data":[{"id":"1","type":"incidents","attributes":{"title":"t","updated_at":"u"},'
        b'"relationships":{"events":{"data":[]},"causes":{"data":[]}}},{"id":"2","attributes":{},"relationships":null}],'
        b'"included":[{"id":"9","attributes":{"n":1.50}}],"meta":{"next_cursor":"c"},"jsonapi":{}}'
    )
    assert Excerpt(["updated_at", "id"], "events")(Answer("", 200, {}, page, "")).content == (
        b'{"data":[{"id":"1","attributes":{"updated_at":"u"},"relationships":{"events":{"data":[]}}},'
        b'{"id":"2","attributes":{},"relationships":{}}],'
        b'"included":[{"id":"9","attributes":{"n":1.50}}],"meta":{"next_cursor":"c"}}'
    )


def test_only_documented_values_are_asked_for_one_at_a_time(full_box: Sandbox, tap: TapRunner) -> None:
    full_box.requests.clear()
    tap(settings(full_box), only=[name for name in OF_INCIDENTS if name in SIDE_LOADED])
    kinds = included(full_box)
    assert {"events", "action_items", "alerts", "feedbacks", "sub_statuses"} <= set(kinds)
    assert not any("%2C" in kind or "," in kind for kind in kinds)


class TestProof:
    """What two numbers say about other lists."""

    def test_nothing_is_believed_without_proof(self) -> None:
        assert not Wholeness().covers(1)

    def test_an_empty_list_is_whole(self) -> None:
        assert Wholeness().covers(0)

    def test_a_list_that_was_whole_proves_shorter_ones_and_no_others(self) -> None:
        wholeness = Wholeness()
        wholeness.learn(5, 5)
        assert [wholeness.covers(length) for length in (4, 5, 6)] == [True, False, False]

    def test_a_list_that_was_cut_takes_the_proof_back(self) -> None:
        wholeness = Wholeness()
        wholeness.learn(9, 9)
        wholeness.learn(3, 4)
        assert [wholeness.covers(length) for length in (2, 3)] == [True, False]
