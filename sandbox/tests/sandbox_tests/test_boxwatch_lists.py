from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .boxwatch_client import issues

if TYPE_CHECKING:
    from sandbox.boxwatch import BoxWatchSettings

    from .boxwatch_client import BoxWatchClient

LISTS = {
    "status_pages": ("/status-pages", "status_pages", {"timestamp"}),
    "servers": (
        "/servers",
        "servers",
        {"plan", "serverLimit", "basePlanLimit", "bonusServers", "activeCount", "timestamp"},
    ),
    "cron_checks": ("/cron-checks", "checks", {"plan_limit", "current_count", "plan"}),
    "uptime_checks": ("/uptime-checks", "checks", {"plan_limit", "current_count", "plan"}),
    "webhooks": ("/webhooks", "webhooks", {"timestamp"}),
}
FIELDS = {
    "status_pages": "id slug name description logo_url servers theme custom_domain enabled created_at",
    "servers": "id name hostname ip os status active last_seen enabled_metrics created_at group_id group_name "
    "uptime_30d metrics",
    "cron_checks": "id user_id server_id server_hostname name slug interval_seconds grace_seconds "
    "max_duration_seconds enabled status alert_on_missed alert_on_fail alert_on_stuck alert_on_long last_ping_at "
    "last_start_at last_success_at last_fail_at last_exit_code last_duration_seconds created_at",
    "uptime_checks": "id user_id name check_type target enabled expected_status_codes max_latency_ms body_contains "
    "follow_redirects tls_warn_days_before_expiry timeout_seconds alert_on_down alert_on_recovery "
    "alert_on_cert_expiry last_status last_checked_at probe_count probe_servers created_at",
    "webhooks": "id name url alert_types enabled last_triggered created_at",
}


def rows(client: BoxWatchClient, name: str) -> list[dict[str, Any]]:
    path, key, _ = LISTS[name]
    found: list[dict[str, Any]] = client.json(path)[key]
    return found


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_its_envelope_its_frame_and_the_fields_of_its_rows(boxwatch: BoxWatchClient, name: str) -> None:
    path, key, frame = LISTS[name]
    answer = boxwatch.json(path)
    assert set(answer) == {key, *frame}
    assert answer[key] == boxwatch.server.view().rows(name)
    assert len(answer[key]) == len(boxwatch.server.store.rows(name))
    assert all(set(row) == set(FIELDS[name].split()) for row in answer[key])


def test_the_frame_of_a_list_tells_the_plan_and_counts(boxwatch: BoxWatchClient) -> None:
    servers, checks = boxwatch.json("/servers"), boxwatch.json("/cron-checks")
    assert (servers["plan"], servers["serverLimit"]) == ("pro", servers["basePlanLimit"] + servers["bonusServers"])
    assert servers["activeCount"] == sum(row["active"] for row in servers["servers"]) < len(servers["servers"])
    assert checks["current_count"] == len(checks["checks"]) == 9


def test_lists_tell_booleans_as_numbers_save_those_of_servers(boxwatch: BoxWatchClient) -> None:
    for name, flag in (
        ("status_pages", "enabled"),
        ("cron_checks", "enabled"),
        ("cron_checks", "alert_on_long"),
        ("uptime_checks", "follow_redirects"),
        ("webhooks", "enabled"),
    ):
        told = [row[flag] for row in rows(boxwatch, name)]
        assert {type(value) for value in told} == {int}
        assert set(told) == {0, 1}
    servers = rows(boxwatch, "servers")
    assert {server["active"] for server in servers} == {True, False}
    assert {type(server["active"]) for server in servers} == {bool}
    assert all(value in (True, False) for server in servers for value in server["enabled_metrics"].values())
    assert {type(value) for server in servers for value in server["enabled_metrics"].values()} == {bool}


@pytest.mark.parametrize(
    ("told", "in_lists", "on_creation"), [("documented", int, bool), ("numbers", int, int), ("true_false", bool, bool)]
)
def test_how_booleans_are_told_can_be_set(
    fresh_boxwatch: BoxWatchClient, told: Any, in_lists: type, on_creation: type
) -> None:
    settings: BoxWatchSettings = fresh_boxwatch.server.settings
    settings.booleans = told
    assert {type(row["enabled"]) for row in rows(fresh_boxwatch, "webhooks")} == {in_lists}
    made = fresh_boxwatch.write("POST", "/status-pages", slug="new", name="New")
    assert type(made.json()["status_page"]["enabled"]) is on_creation


def test_times_are_told_in_whole_seconds_of_utc(boxwatch: BoxWatchClient) -> None:
    stored = boxwatch.server.store.rows("webhooks")
    for row, raw in zip(rows(boxwatch, "webhooks"), stored, strict=True):
        assert row["created_at"] == raw["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {row["last_triggered"] is None for row in rows(boxwatch, "webhooks")} == {True, False}


def test_a_webhook_never_tells_its_headers(boxwatch: BoxWatchClient) -> None:
    text = boxwatch.ask("/webhooks").text
    for webhook in boxwatch.server.store.rows("webhooks"):
        assert webhook["url"] in text
        assert webhook["headers"]["X-Token"] not in text


def test_one_status_page_is_wrapped(boxwatch: BoxWatchClient) -> None:
    answer = boxwatch.json(f"/status-pages/{boxwatch.page_id}")
    assert set(answer) == {"status_page", "timestamp"}
    assert answer["status_page"] == rows(boxwatch, "status_pages")[0]


@pytest.mark.parametrize("path", ["/servers?page=1", "/status-pages?limit=5", "/status/acme-1?key=x"])
def test_parameters_that_no_document_names_are_refused(boxwatch: BoxWatchClient, path: str) -> None:
    assert issues(boxwatch.ask(path)) == {path.partition("?")[2].partition("=")[0]: "is not a parameter"}
