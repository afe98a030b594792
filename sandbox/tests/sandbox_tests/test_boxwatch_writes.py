from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .boxwatch_client import issues

if TYPE_CHECKING:
    from .boxwatch_client import BoxWatchClient


def public_incident(client: BoxWatchClient, incident_id: str) -> Any:
    """An incident as the public page tells it now, or None."""
    return next((each for each in client.status()["incidents"] if each["id"] == incident_id), None)


def test_an_incident_is_opened_updated_resolved_and_opened_again(fresh_boxwatch: BoxWatchClient) -> None:
    incident = fresh_boxwatch.open_incident(severity="critical", affected_servers=[1, 2])
    assert (incident["status"], incident["severity"], incident["resolved_at"]) == ("investigating", "critical", None)
    shown = public_incident(fresh_boxwatch, incident["id"])
    assert {name: shown[name] for name in incident} == incident
    assert [(each["status"], each["message"]) for each in shown["updates"]] == [("investigating", "m")]
    path = f"/status-pages/incidents/{incident['id']}"
    answer = fresh_boxwatch.write("POST", f"{path}/updates", status="monitoring", message="Fixed?")
    assert answer.status_code == 201
    assert answer.json()["update"]["incident_id"] == incident["id"]
    assert public_incident(fresh_boxwatch, incident["id"])["status"] == "monitoring"
    fresh_boxwatch.write("POST", f"{path}/updates", status="resolved", message="Fixed.")
    assert public_incident(fresh_boxwatch, incident["id"]) is None
    fresh_boxwatch.server.settings.public_incidents = "all"
    resolved = public_incident(fresh_boxwatch, incident["id"])
    assert (resolved["status"], resolved["resolved_at"] is None) == ("resolved", False)
    assert [each["message"] for each in resolved["updates"]] == ["m", "Fixed?", "Fixed."]
    reopened = fresh_boxwatch.write("PATCH", path, status="identified").json()["incident"]
    assert (reopened["status"], reopened["resolved_at"]) == ("identified", None)


def test_an_incident_is_changed_without_an_update(fresh_boxwatch: BoxWatchClient) -> None:
    incident = fresh_boxwatch.open_incident()
    path = f"/status-pages/incidents/{incident['id']}"
    changed = fresh_boxwatch.write("PATCH", path, title="New", affected_servers=[3])
    assert changed.json()["incident"] == {**incident, "title": "New", "affected_servers": [3]}
    assert len(public_incident(fresh_boxwatch, incident["id"])["updates"]) == 1


def test_a_status_page_is_made_and_live_at_once(fresh_boxwatch: BoxWatchClient) -> None:
    answer = fresh_boxwatch.write("POST", "/status-pages", slug="new-1", name="New", servers=[1])
    assert answer.status_code == 201
    page = answer.json()["status_page"]
    assert set(page) == {"id", "slug", "name", "servers", "theme", "enabled", "created_at"}
    assert (page["theme"], page["enabled"]) == ("dark", True)
    assert fresh_boxwatch.json("/status-pages")["status_pages"][-1]["slug"] == "new-1"
    assert fresh_boxwatch.status("new-1")["incidents"] == []


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"slug": "is required", "name": "is required"}),
        ({"slug": "No Good", "name": "x"}, {"slug": "must match [a-z0-9-]+"}),
        ({"slug": "x", "name": 5, "theme": "red"}, {"name": "must be a text", "theme": "must be one of dark, light"}),
        ({"slug": "x", "name": "x", "servers": [True]}, {"servers": "must be a list of integers"}),
        ({"slug": "x", "name": "x", "servers": [77]}, {"servers": "names a server that is not yours"}),
        ({"slug": "x", "name": "x", "colour": "red"}, {"colour": "is not a field"}),
    ],
)
def test_all_that_is_wrong_with_a_body_is_said_by_field(
    fresh_boxwatch: BoxWatchClient, body: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert issues(fresh_boxwatch.write("POST", "/status-pages", **body)) == wrong
    assert len(fresh_boxwatch.server.store.rows("status_pages")) == 4


def test_a_slug_is_given_out_once(fresh_boxwatch: BoxWatchClient) -> None:
    answer = fresh_boxwatch.write("POST", "/status-pages", slug="acme-1", name="x")
    assert (answer.status_code, answer.json()) == (400, {"error": "Slug already taken"})


def test_a_body_that_is_not_declared_as_json_is_not_read(fresh_boxwatch: BoxWatchClient) -> None:
    content = b'{"slug": "new", "name": "New"}'
    answer = fresh_boxwatch.ask("/status-pages", "POST", data=content, headers={"Content-Type": "text/plain"})
    assert set(issues(answer)) == {"slug", "name"}
    json_type = {"Content-Type": "application/json; charset=utf-8"}
    assert fresh_boxwatch.ask("/status-pages", "POST", data=content, headers=json_type).status_code == 201


@pytest.mark.parametrize(("enabled", "told"), [(True, True), (0, False), (1, True)])
def test_a_cron_check_is_made_with_a_slug_of_its_own(
    fresh_boxwatch: BoxWatchClient, *, enabled: Any, told: bool
) -> None:
    body = {"name": "Nightly", "interval_seconds": 86400, "grace_seconds": 300, "server_id": 2, "enabled": enabled}
    answer = fresh_boxwatch.write("POST", "/cron-checks", **body)
    check = answer.json()["check"]
    assert (answer.status_code, check["enabled"], check["server_hostname"]) == (201, told, "host-2.example.com")
    assert fresh_boxwatch.json("/cron-checks")["checks"][-1]["slug"] == check["slug"]
    fresh_boxwatch.anybody(f"/ping/{check['slug']}")
    assert fresh_boxwatch.json("/cron-checks")["checks"][-1]["status"] == "up"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": "x", "interval_seconds": 59}, {"interval_seconds": "integer 60..7776000"}),
        ({"name": "x", "interval_seconds": 60, "enabled": 2}, {"enabled": "must be true or false"}),
        ({"name": "x", "interval_seconds": 60, "server_id": 77}, {"server_id": "is none of the account's servers"}),
    ],
)
def test_a_cron_check_that_will_not_do_is_refused(
    fresh_boxwatch: BoxWatchClient, body: dict[str, Any], wrong: dict[str, str]
) -> None:
    assert issues(fresh_boxwatch.write("POST", "/cron-checks", **body)) == wrong


def test_what_is_deleted_in_the_store_takes_along_what_belongs_to_it(fresh_boxwatch: BoxWatchClient) -> None:
    store = fresh_boxwatch.server.store
    incident = fresh_boxwatch.open_incident()
    store.delete("status_pages", incident["status_page_id"])
    assert store.find("incidents", "status_page_id", incident["status_page_id"]) == []
    assert store.find("incident_updates", "incident_id", incident["id"]) == []
    assert len(fresh_boxwatch.json("/status-pages")["status_pages"]) == 3
