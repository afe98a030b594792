"""Children that come with the page of their parents: believed as far as it is proven that none is missing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import singer_fanout.shared
from rootly_facts import differences, expected_rows
from rootly_runs import INCIDENTS, STREAM_CLASSES, settings
from singer_fanout import Answer
from tap_rootly.excerpts import Excerpt
from tap_rootly.side_loading import SAMPLE, SideLoadedStream, Wholeness
from tap_rootly.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rootly_history import History
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

SIDE_LOADED = sorted(str(vars(stream)["name"]) for stream in STREAMS if issubclass(stream, SideLoadedStream))
WITHOUT_LIST = {name for name in SIDE_LOADED if not getattr(STREAM_CLASSES[name], "has_own_list", True)}
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


MOST_EVENTS = 4
UNDER_EACH = ("incident_form_field_selections", "incident_meeting_recordings", "incident_status_page_events")


def included(box: Sandbox) -> list[list[str]]:
    """What was side-loaded, request by request."""
    queries = [parse_qs(urlsplit(url).query) for url in box.requests.urls]
    return [query["include"][0].split(",") for query in queries if "include" in query]


@pytest.mark.parametrize("cap", [1, 2, 3, None])
def test_lists_that_are_cut_short_are_asked_for(box: Sandbox, tap: TapRunner, cap: int | None) -> None:
    box.rootly.settings.include_cap = cap
    streams = [name for name in SIDE_LOADED if STREAM_CLASSES[name].paged and name not in WITHOUT_LIST]
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
    assert box.requests.count(INCIDENTS) == 1
    assert box.requests.total <= 1 + len(OF_PAGES)
    assert history.differences(*OF_PAGES) == []


def test_a_proof_that_does_not_hold_any_longer_is_forgotten_for_all_kinds(history: History, box: Sandbox) -> None:
    history(OF_PAGES)
    box.rootly.settings.include_cap = 1
    for row in box.rootly.store.rows("incidents"):
        box.rootly.store.update("incidents", row["id"], updated_at=NOW)
    run = history(OF_PAGES)
    proofs = [bookmark.get("whole_below") for bookmark in run.state["bookmarks"].values()]
    assert set(proofs) <= {None, 0, 1}
    assert history.differences(*OF_PAGES) == []


def test_what_may_be_cut_and_has_no_list_of_its_own_is_told(box: Sandbox, tap: TapRunner) -> None:
    box.rootly.settings.include_cap = 1
    run = tap(settings(box), only=["incident_events", "incident_role_assignments"])
    assert run.exit_code == 0
    assert run.activated == {"incident_events"}
    assert "no more than 1 of a kind come with one of its incidents" in run.log


@pytest.mark.parametrize("streams", [("incidents", *OF_PAGES, "incident_alerts"), OF_PAGES], ids=["rows", "children"])
def test_all_kinds_come_with_one_reading_of_the_incidents(
    full_box: Sandbox, tap: TapRunner, streams: tuple[str, ...]
) -> None:
    full_box.requests.clear()
    assert tap(settings(full_box), only=streams).exit_code == 0
    pages = -(-len(full_box.rootly.store.rows("incidents")) // 100)
    assert full_box.requests.count(INCIDENTS) == pages
    assert set(map(len, included(full_box))) == {len(streams)}


def test_pages_of_incidents_hold_no_more_than_is_wanted(full_box: Sandbox, tap: TapRunner) -> None:
    for streams, sparse in (
        (["incident_events"], True),
        (["incident_form_field_selections"], True),
        (["incidents", "incident_events"], False),
    ):
        full_box.requests.clear()
        tap(settings(full_box), only=streams)
        lists = [url for url in full_box.requests.urls if url.startswith(f"{INCIDENTS}?")]
        assert all(("fields%5Bincidents%5D=updated_at" in url) is sparse for url in lists), streams


@pytest.mark.parametrize("streams", WHOLE_FAMILIES, ids=" ".join)
def test_lists_that_are_read_whole_are_read_once(box: Sandbox, tap: TapRunner, streams: Sequence[str]) -> None:
    assert tap(settings(box), only=streams).exit_code == 0
    assert box.requests.count(f"/rootly/v1/{streams[0]}") == 1


def test_grandchildren_cost_no_further_list_of_their_parents(box: Sandbox, tap: TapRunner) -> None:
    tap(settings(box), only=["escalation_paths", "escalation_path_levels"])
    assert box.requests.count("/rootly/v1/escalation_policies") == 1


def test_streams_with_a_list_under_each_parent_share_the_list_of_the_parents(box: Sandbox, tap: TapRunner) -> None:
    tap(settings(box), only=["incidents", "incident_events", *UNDER_EACH])
    assert box.requests.count(INCIDENTS) == 1


def test_a_page_in_another_form_is_kept_whole() -> None:
    for content in (b"[]", b'{"data": {"id": "1"}}', b'{"data": [{"id": "1", "attributes": null}]}', b"\xef\xbb\xbf{}"):
        answer = Answer("", 200, {}, content, "")
        assert Excerpt(["updated_at"], ["events"])(answer) is answer


def test_only_what_is_needed_of_a_page_waits_for_its_turn() -> None:
    page = (
        b'{"data":[{"id":"1","type":"incidents","attributes":{"title":"t","updated_at":"u"},'
        b'"relationships":{"events":{"data":[{"id":"9","type":"e"}]},"causes":{"data":[{"id":"8","type":"c"}]}}},'
        b'{"id":"2","attributes":{},"relationships":null}],'
        b'"included":[{"id":"9","type":"e","attributes":{"n":1.50}},{"id":"8","type":"c"}],'
        b'"meta":{"next_cursor":"c"},"jsonapi":{}}'
    )
    assert Excerpt(["updated_at", "id"], ["events"])(Answer("", 200, {}, page, "")).content == (
        b'{"data":[{"id":"1","attributes":{"updated_at":"u"},"relationships":{"events":{"data":[{"id":"9","type":"e"}]}}},'
        b'{"id":"2","attributes":{},"relationships":{}}],'
        b'"included":[{"id":"9","type":"e","attributes":{"n":1.50}}],"meta":{"next_cursor":"c"}}'
    )


def test_of_many_lists_that_are_as_long_as_the_longest_some_are_checked(large_box: Sandbox, tap: TapRunner) -> None:
    store = large_box.rootly.store
    for row in store.rows("incidents"):
        while len(found := store.tables["incident_events"].find("incident_id", row["id"])) < MOST_EVENTS:
            store.insert("incident_events", incident_id=row["id"])
        for event in list(found)[MOST_EVENTS:]:
            store.delete("incident_events", event["id"])
    run = tap(settings(large_box), only=["incident_events"])
    own_lists = large_box.requests.count(f"{INCIDENTS}/{{incident_id}}/events")
    assert SAMPLE <= own_lists <= SAMPLE + 1
    assert (
        differences(
            "incident_events",
            run.rows["incident_events"],
            expected_rows(large_box, ["incident_events"])["incident_events"],
        )
        == []
    )

    large_box.requests.clear()
    large_box.rootly.settings.include_cap = MOST_EVENTS - 1
    run = tap(settings(large_box), only=["incident_events"])
    assert large_box.requests.count(f"{INCIDENTS}/{{incident_id}}/events") == len(store.rows("incidents"))
    assert (
        differences(
            "incident_events",
            run.rows["incident_events"],
            expected_rows(large_box, ["incident_events"])["incident_events"],
        )
        == []
    )


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


@pytest.mark.parametrize("room", [0, 300_000])
def test_what_there_is_no_room_for_is_read_again(
    full_box: Sandbox, tap: TapRunner, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(singer_fanout.shared, "MOST_KEPT", room)
    streams = ("incidents", *OF_PAGES, "incident_form_field_selections", "services", "service_catalog_properties")
    run = tap(settings(full_box), only=streams)
    assert run.exit_code == 0, run.errors
    expected = expected_rows(full_box, streams)
    assert [line for name in streams for line in differences(name, run.rows[name], expected[name])] == []
    assert run.activated == set(streams)
