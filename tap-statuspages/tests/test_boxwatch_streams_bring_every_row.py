"""Row by row: what the tap writes is what the account holds and what the public sees, in whatever form it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from boxwatch_facts import (
    ACTIVATED,
    ENDPOINT_ROUTE,
    LISTS,
    PUBLIC,
    PUBLIC_ROUTE,
    STREAMS,
    assert_holds,
    boxwatch_rows,
    settings,
)

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

SHAPES = ("nested", "flat", "wrapped", "by_server")


def test_every_stream_holds_what_the_account_holds(full_box: Sandbox, tap: TapRunner) -> None:
    run = tap(settings(full_box))
    assert_holds(run, full_box)
    assert run.warnings == []


@pytest.mark.parametrize("stream", sorted(STREAMS))
def test_a_stream_alone_brings_its_rows(full_box: Sandbox, tap: TapRunner, stream: str) -> None:
    assert_holds(tap(settings(full_box), only=[stream]), full_box, frozenset({stream}))


def test_one_request_at_a_time_brings_the_same_rows(full_box: Sandbox, tap: TapRunner) -> None:
    assert_holds(tap(settings(full_box, max_concurrency=1)), full_box)


@pytest.mark.parametrize("told", ["documented", "numbers", "true_false"])
def test_a_boolean_is_one_however_it_is_told(box: Sandbox, tap: TapRunner, told: Any) -> None:
    box.boxwatch.settings.booleans = told
    run = tap(settings(box))
    assert_holds(run, box)
    assert {type(row["enabled"]) for stream in LISTS for row in run.rows[stream] if "enabled" in row} == {bool}
    switches = [value for row in run.rows["servers"] for value in row["enabled_metrics"].values()]
    assert {type(value) for value in switches} == {bool}


class TestPublicAnswers:
    """Nobody has promised a form."""

    @pytest.mark.parametrize("incidents", ["active", "all"])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_incidents_are_found_in_every_form(self, box: Sandbox, tap: TapRunner, shape: Any, incidents: Any) -> None:
        box.boxwatch.settings.public_shape = shape
        box.boxwatch.settings.public_incidents = incidents
        run = tap(settings(box), only=PUBLIC)
        assert run.rows["incidents"]
        assert run.rows["incident_updates"]
        assert_holds(run, box, frozenset(PUBLIC))
        assert run.activated == {"public_status"}
        assert run.warnings == []

    def test_a_page_that_is_switched_off_shows_nothing(self, box: Sandbox, tap: TapRunner) -> None:
        hidden = [page["id"] for page in box.boxwatch.store.rows("status_pages") if not page["enabled"]]
        assert hidden
        run = tap(settings(box))
        assert not {row["status_page_id"] for row in run.rows["incidents"]} & set(hidden)
        assert run.activated == ACTIVATED
        assert run.warnings == []

    def test_what_it_shows_all_the_same_is_read(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.public_disabled = True
        assert_holds(tap(settings(box)), box)

    def test_a_page_for_people_is_left_out_with_one_warning(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.public_shape = "html"
        run = tap(settings(box, max_retries=5))
        assert run.exit_code == 0
        assert_holds(run, box, frozenset(LISTS))
        assert all(not run.rows[stream] for stream in PUBLIC)
        assert run.activated == set(LISTS)
        (warning,) = run.warnings
        assert warning.startswith(
            "Incomplete: streams 'incident_departures', 'incident_updates', 'incidents', 'public_status' keep rows"
        )
        assert "is not JSON (text/html" in warning

    def test_such_a_page_is_not_asked_for_time_and_again(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.public_shape = "html"
        tap(settings(box, max_retries=5), only=PUBLIC)
        public_pages = sum(page["enabled"] for page in box.boxwatch.store.rows("status_pages"))
        switched_off = len(box.boxwatch.store.rows("status_pages")) - public_pages
        assert box.requests.count(PUBLIC_ROUTE) == 2 * public_pages + switched_off

    @pytest.mark.parametrize("kind", ["malformed", "html", "empty", "truncated", "drop"])
    def test_an_accident_is_not_taken_for_one(self, box: Sandbox, tap: TapRunner, kind: Any) -> None:
        box.faults.add(Fault(kind, PUBLIC_ROUTE))
        run = tap(settings(box), only=PUBLIC)
        assert_holds(run, box, frozenset(PUBLIC))
        assert run.warnings == []

    def test_errors_that_last_for_a_while_are_waited_for(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("status", PUBLIC_ROUTE, status=503, times=3))
        run = tap(settings(box, max_retries=3, max_concurrency=1), only=PUBLIC)
        assert_holds(run, box, frozenset(PUBLIC))

    def test_one_that_is_refused_is_left_out_and_the_others_are_read(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("status", PUBLIC_ROUTE, status=403))
        run = tap(settings(box, max_concurrency=1), only=PUBLIC)
        assert run.exit_code == 0
        assert run.activated == set()
        assert len(run.rows["public_status"]) == len(box.boxwatch.view().public_slugs()) - 1
        (warning,) = run.warnings
        assert warning.startswith("Incomplete: streams 'incident_updates', 'incidents', 'public_status' keep rows")
        assert "403" in warning

    def test_one_that_leads_to_another_host_is_left_out(self, box: Sandbox, full_box: Sandbox, tap: TapRunner) -> None:
        full_box.requests.clear()
        box.faults.add(Fault("redirect", PUBLIC_ROUTE, times=None, location=f"{full_box.base_url}/status/acme"))
        run = tap(settings(box))
        assert run.exit_code == 0
        assert_holds(run, box, frozenset(LISTS))
        assert run.activated == set(LISTS)
        assert full_box.requests.total == 0

    def test_strict_ends_the_run_where_one_cannot_be_read(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.public_shape = "html"
        run = tap(settings(box, strict=True), only=PUBLIC)
        assert run.exit_code == 1
        assert "is not JSON" in run.errors[0]

    @pytest.mark.parametrize("slug", ["a b", "ä/../ping/x", "..", ".", "%2e%2e", "?x=1", "ping"])
    def test_a_slug_is_a_part_of_the_address_and_nothing_else(self, box: Sandbox, tap: TapRunner, slug: str) -> None:
        page = box.boxwatch.store.rows("status_pages")[0]
        box.boxwatch.store.update("status_pages", page["id"], slug=slug)
        run = tap(settings(box))
        assert run.exit_code == 0
        assert_holds(run, box, frozenset(LISTS))
        assert len(run.rows["public_status"]) >= len(box.boxwatch.view().public_slugs()) - 1
        assert all(url.startswith(("/boxwatch/status/", ENDPOINT_ROUTE, *LISTS.values())) for url in box.requests.urls)


class TestWrites:
    """The tables equal the account and its public pages before and after somebody writes."""

    def test_an_incident_from_its_first_word_to_its_last(self, box: Sandbox, tap: TapRunner) -> None:
        store = box.boxwatch.store
        page = store.rows("status_pages")[0]["id"]
        incident = store.insert("incidents", status_page_id=page, title="New", message="We look.")
        assert_holds(tap(settings(box)), box)
        store.insert("incident_updates", incident_id=incident["id"], status="identified", message="Found.")
        store.update("incidents", incident["id"], status="identified")
        run = tap(settings(box))
        assert_holds(run, box)
        assert {row["status"] for row in run.rows["incidents"] if row["id"] == incident["id"]} == {"identified"}
        store.update("incidents", incident["id"], status="resolved")
        run = tap(settings(box))
        assert_holds(run, box)
        # The public does not see it any more, and it stays where it was loaded.
        assert not [row for row in run.rows["incidents"] if row["id"] == incident["id"]]
        assert run.activated == ACTIVATED

    @pytest.mark.parametrize("table", sorted(LISTS))
    def test_a_row_that_is_deleted_is_not_in_the_next_version(self, box: Sandbox, tap: TapRunner, table: str) -> None:
        first = tap(settings(box))
        box.boxwatch.store.delete(table, box.boxwatch.store.rows(table)[0]["id"])
        second = tap(settings(box), state=first.state)
        assert_holds(second, box)
        assert len(second.rows[table]) == len(first.rows[table]) - 1
        assert second.activated == ACTIVATED


class TestCosts:
    """Requests of a run."""

    def test_every_list_is_asked_for_once_and_every_public_page_once(self, box: Sandbox, tap: TapRunner) -> None:
        tap(settings(box))
        pages = len(boxwatch_rows(box)["status_pages"])
        assert dict(box.requests.by_route) == {
            **dict.fromkeys(LISTS.values(), 1),
            PUBLIC_ROUTE: pages,
            ENDPOINT_ROUTE: len(box.boxwatch.endpoint_keys()),
        }

    def test_a_look_at_the_connection_asks_for_one_public_page(self, box: Sandbox, tap: TapRunner) -> None:
        assert tap(settings(box), arguments=["--test"]).exit_code == 0
        assert dict(box.requests.by_route) == {
            **dict.fromkeys(LISTS.values(), 1),
            PUBLIC_ROUTE: 1,
            ENDPOINT_ROUTE: 1,
        }


class TestPlans:
    """What an account lacks."""

    def test_lists_of_a_better_plan_are_left_out_with_a_warning(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.plan = "hobby"
        run = tap(settings(box))
        assert run.exit_code == 0
        kept = {"servers", "cron_checks", "webhooks"}
        assert run.activated == kept
        assert {stream for stream, rows in run.rows.items() if rows} == {*kept, "endpoint_metrics"}
        assert all(text.startswith("Skipped: ") and "403" in text for text in run.warnings)
        assert all("plan" in text for text in run.warnings)
        named = [stream for stream in STREAMS for text in run.warnings if f"'{stream}'" in text]
        assert sorted(named) == sorted(STREAMS - kept - {"endpoint_metrics"})

    def test_a_hobby_account_may_keep_the_lists_of_better_days(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.plan = "hobby"
        box.boxwatch.settings.hobby_lists = True
        assert_holds(tap(settings(box)), box)

    def test_a_limit_is_waited_for(self, box: Sandbox, tap: TapRunner) -> None:
        box.boxwatch.settings.rate_limit = 4
        box.boxwatch.settings.limit_seconds = 1.0
        run = tap(settings(box, max_retries=9))
        assert_holds(run, box)
        assert box.requests.throttled > 0
