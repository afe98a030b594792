"""Children that come with the page of their parents: believed as far as it is proven that none is missing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from rootly_facts import differences, expected_rows
from rootly_runs import INCIDENTS, OF_INCIDENTS, settings
from tap_rootly.side_loading import SideLoadedStream, Wholeness
from tap_rootly.streams import STREAMS

if TYPE_CHECKING:
    from rootly_history import History
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

SIDE_LOADED = sorted(str(vars(stream)["name"]) for stream in STREAMS if issubclass(stream, SideLoadedStream))
NOW = datetime.now(timezone.utc).replace(microsecond=0)
OF_PAGES = ("incident_action_items", "incident_custom_field_selections", "incident_events", "incident_feedbacks")


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


def test_only_documented_values_are_asked_for_one_at_a_time(full_box: Sandbox, tap: TapRunner) -> None:
    full_box.requests.clear()
    tap(settings(full_box), only=[name for name in OF_INCIDENTS if name in SIDE_LOADED])
    included = [url.split("include=")[1].split("&")[0] for url in full_box.requests.urls if "include=" in url]
    assert {"events", "action_items", "alerts", "feedbacks", "sub_statuses"} <= set(included)
    assert not any("%2C" in value or "," in value for value in included)


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
