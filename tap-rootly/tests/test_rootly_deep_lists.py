"""Rootly refuses pages that lie deep, and may take long for a large one: no row is lost or doubled by either."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from rootly_facts import differences, expected_rows
from rootly_runs import settings

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rootly_history import History
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

LONG = ("action_items", "audits", "pulses", "users", "services", "incidents", "alerts", "alert_events")


@pytest.fixture
def deep_box(full_box: Sandbox) -> Iterator[Sandbox]:
    """A server whose lists go on behind the last page that can be asked for."""
    rootly = full_box.rootly.settings
    before = rootly.deepest_page, rootly.deep_status
    yield full_box
    rootly.deepest_page, rootly.deep_status = before


@pytest.mark.parametrize(("deepest", "status"), [(1, 422), (2, 400)])
def test_long_lists_are_read_whole(deep_box: Sandbox, tap: TapRunner, deepest: int, status: int) -> None:
    deep_box.rootly.settings.deepest_page, deep_box.rootly.settings.deep_status = deepest, status
    run = tap(settings(deep_box), only=LONG)
    assert (run.exit_code, run.errors) == (0, [])
    expected = expected_rows(deep_box, LONG)
    assert [line for name in LONG for line in differences(name, run.rows[name], expected[name])] == []
    assert run.activated == set(LONG)


def test_children_of_a_long_list_of_parents_are_read_whole(deep_box: Sandbox, tap: TapRunner) -> None:
    deep_box.rootly.settings.deepest_page = 1
    streams = ["user_email_addresses", "service_catalog_properties", "catalog_entities"]
    run = tap(settings(deep_box), only=streams)
    expected = expected_rows(deep_box, streams)
    assert [line for name in streams for line in differences(name, run.rows[name], expected[name])] == []
    assert run.activated == set(streams)


def test_a_list_without_a_filter_is_read_as_far_as_it_goes_and_nothing_is_deleted(
    box: Sandbox, history: History
) -> None:
    known = box.rootly.store.rows("playbooks")[0]
    for _ in range(250):
        box.rootly.store.insert("playbooks", **{name: value for name, value in known.items() if name != "id"})
    history(["playbooks", "services"])
    box.rootly.settings.deepest_page = 2
    run = history(["playbooks", "services"])
    assert run.exit_code == 1
    assert any("playbooks" in text and "400" in text for text in run.errors)
    assert len(run.rows["playbooks"]) == 200
    assert run.activated == {"services"}
    assert history.differences("playbooks", "services") == []


def test_a_later_run_asks_for_nothing_from_before_its_bookmark(box: Sandbox, history: History) -> None:
    history(["audits"])
    bookmark = history.state["bookmarks"]["audits"]["replication_key_value"]
    newest = max(box.rootly.store.rows("audits"), key=lambda row: row["created_at"])
    for _ in range(30):
        box.rootly.store.insert("audits", **{name: value for name, value in newest.items() if name != "id"})
    box.rootly.settings.deepest_page = 1
    run = history(["audits"], page_size=10)
    assert min(row["created_at"] for row in run.rows["audits"]) >= bookmark[:10]
    assert all("filter%5Bcreated_at%5D%5Bgte%5D=" in url for url in box.requests.urls)
    assert min(url.split("gte%5D=")[1][:10] for url in box.requests.urls) >= bookmark[:8]


class TestPagesThatTakeTooLong:
    """They are asked for again at half the size."""

    @staticmethod
    def slow(box: Sandbox, size: int, times: int | None = None) -> None:
        box.faults.add(Fault("slow", about=f"size%5D={size}", seconds=15, times=times))

    @pytest.mark.parametrize("stream", ["action_items", "incidents", "incident_events", "alert_events"])
    def test_the_rows_are_the_same(self, large_box: Sandbox, tap: TapRunner, stream: str) -> None:
        size = 50 if stream == "alert_events" else 100
        self.slow(large_box, size)
        run = tap(settings(large_box, request_timeout=1, max_retries=0), only=[stream])
        assert (run.exit_code, run.errors) == (0, [])
        assert differences(stream, run.rows[stream], expected_rows(large_box, [stream])[stream]) == []
        assert run.activated == {stream}
        assert self.sizes(large_box) == {str(size), str(size // 2)}

    def test_a_page_in_the_midst_of_a_list_is_put_together_out_of_smaller_ones(
        self, large_box: Sandbox, tap: TapRunner
    ) -> None:
        large_box.faults.add(Fault("slow", about="number%5D=2&page%5Bsize%5D=45", seconds=15, times=None))
        run = tap(settings(large_box, request_timeout=1, max_retries=0, page_size=45), only=["action_items"])
        assert (run.exit_code, run.activated) == (0, {"action_items"})
        found = Counter(row["id"] for row in run.rows["action_items"])
        assert found == Counter(row["id"] for row in large_box.rootly.store.rows("incident_action_items"))

    def test_a_server_with_a_largest_page_of_its_own_gives_every_row(self, large_box: Sandbox, tap: TapRunner) -> None:
        large_box.rootly.settings.max_page_size = 60
        large_box.faults.add(Fault("slow", about="number%5D=3&page%5Bsize%5D=100", seconds=15, times=None))
        run = tap(settings(large_box, request_timeout=1, max_retries=0), only=["action_items"])
        assert (run.exit_code, run.activated) == (0, {"action_items"})
        found = Counter(row["id"] for row in run.rows["action_items"])
        assert found == Counter(row["id"] for row in large_box.rootly.store.rows("incident_action_items"))

    def test_what_takes_too_long_in_small_pages_too_is_repeated_and_fails(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("slow", "/rootly/v1/services", seconds=15, times=None))
        run: Run = tap(settings(box, request_timeout=1, max_retries=1, page_size=20), only=["services", "teams"])
        assert (run.exit_code, run.activated) == (1, {"teams"})
        sizes = [url.split("size%5D=")[1] for url in box.requests.urls if "/services" in url]
        assert sizes == ["20", "10", "5", "5"]

    @staticmethod
    def sizes(box: Sandbox) -> set[str]:
        return {url.split("size%5D=")[1].split("&")[0] for url in box.requests.urls}


def test_the_size_of_pages_is_a_setting(box: Sandbox, tap: TapRunner) -> None:
    streams = ["incidents", "services", "alert_events"]
    run = tap(settings(box, page_size=7), only=streams)
    expected = expected_rows(box, streams)
    assert [line for name in streams for line in differences(name, run.rows[name], expected[name])] == []
    assert TestPagesThatTakeTooLong.sizes(box) == {"7"}


def test_incidents_that_were_changed_all_at_once_are_read_whole(large_box: Sandbox, tap: TapRunner) -> None:
    first, *others = large_box.rootly.store.rows("incidents")
    large_box.rootly.store.update("incidents", first["id"], updated_at=datetime(2025, 1, 1, tzinfo=timezone.utc))
    for incident in others:
        large_box.rootly.store.update("incidents", incident["id"], updated_at=datetime(2026, 5, 1, tzinfo=timezone.utc))
    run = tap(settings(large_box, page_size=5), only=["incidents"])
    assert differences("incidents", run.rows["incidents"], expected_rows(large_box, ["incidents"])["incidents"]) == []
    # Nothing is asked for twice: a page of the whole list, and one at least for each of sixteen windows.
    assert large_box.requests.total <= 230 / 5 + 1 + 2 * 16
