from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.boxwatch.settings import PublicShape

    from .boxwatch_client import BoxWatchClient

INCIDENT = "id status_page_id title status severity message affected_servers created_at resolved_at"
UPDATE = "id incident_id status message created_at"
JSON_SHAPES: tuple[PublicShape, ...] = ("nested", "flat", "wrapped", "by_server")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects of a JSON value, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from objects(item)


def found(document: Any, fields: str, *, without: str) -> list[dict[str, Any]]:
    """The objects that have certain fields, each once; the field `without` tells them from others."""
    names = fields.split()
    rows = [each for each in objects(document) if set(names) <= set(each) and without not in each]
    return list({row["id"]: {name: row[name] for name in names} for row in rows}.values())


def by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["id"]))


@pytest.mark.parametrize("incidents", ["active", "all"])
@pytest.mark.parametrize("shape", JSON_SHAPES)
def test_every_shape_tells_the_same_incidents_and_updates(
    fresh_boxwatch: BoxWatchClient, shape: PublicShape, incidents: Any
) -> None:
    settings = fresh_boxwatch.server.settings
    settings.public_shape, settings.public_incidents = shape, incidents
    view = fresh_boxwatch.server.view()
    documents = [fresh_boxwatch.status(slug) for slug in view.public_slugs()]
    assert by_id(found(documents, INCIDENT, without="incident_id")) == by_id(view.incidents())
    assert by_id(found(documents, UPDATE, without="title")) == by_id(view.incident_updates())
    assert len({row["status_page_id"] for row in view.incidents()}) == len(documents)
    assert {row["status"] == "resolved" for row in view.incidents()} == {False, incidents == "all"}


def test_shapes_have_their_incidents_under_keys_of_their_own(fresh_boxwatch: BoxWatchClient) -> None:
    settings = fresh_boxwatch.server.settings
    keys = {}
    for shape in JSON_SHAPES:
        settings.public_shape = shape
        keys[shape] = set(fresh_boxwatch.status())
    assert keys["nested"] == {"status_page", "servers", "incidents", "timestamp"}
    assert keys["flat"] == {"page", "servers", "active_incidents", "incident_updates", "timestamp"}
    assert keys["wrapped"] == {"data"}
    assert keys["by_server"] == {"page", "servers", "other_incidents", "timestamp"}


def test_an_incident_stands_with_every_server_that_it_affects(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.server.settings.public_shape = "by_server"
    servers = [server["id"] for server in fresh_boxwatch.status()["servers"]]
    incident = fresh_boxwatch.open_incident(affected_servers=servers[:2])
    shown = fresh_boxwatch.status()["servers"]
    holders = [server["id"] for server in shown if incident["id"] in {each["id"] for each in server["incidents"]}]
    assert holders == servers[:2]


def test_the_state_of_a_server_is_worked_out(fresh_boxwatch: BoxWatchClient) -> None:
    store = fresh_boxwatch.server.store
    servers = [server["id"] for server in fresh_boxwatch.status()["servers"]][:3]
    for server, state, load in zip(servers, ("online", "online", "offline"), (5, 95, 5), strict=True):
        store.update("servers", server, status=state, metrics={"cpu_usage": load})
    states = [server["status"] for server in fresh_boxwatch.status()["servers"]]
    assert states[:3] == ["operational", "degraded", "down"]
    assert 9_999 in store.rows("status_pages")[0]["servers"]
    assert 9_999 not in servers


def test_a_page_for_people_is_not_json(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.server.settings.public_shape = "html"
    fresh_boxwatch.open_incident(title="<b>Bold</b> & brave")
    answer = fresh_boxwatch.anybody("/status/acme-1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; brave" in answer.text
    assert fresh_boxwatch.server.view().public_status("acme-1") is None


def test_a_disabled_page_is_not_found_unless_it_is_shown(fresh_boxwatch: BoxWatchClient) -> None:
    assert fresh_boxwatch.server.view().public_slugs() == ["acme-1", "acme-2", "acme-4"]
    assert fresh_boxwatch.anybody("/status/acme-3").status_code == 404
    fresh_boxwatch.server.settings.public_disabled = True
    shown, viewed = fresh_boxwatch.status("acme-3"), fresh_boxwatch.server.view().public_status("acme-3")
    assert viewed is not None
    # A second may have passed between them.
    assert shown.pop("timestamp") <= viewed.pop("timestamp")
    assert shown == viewed


def test_a_public_answer_holds_no_secret(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.server.settings.public_incidents = "all"
    for slug in fresh_boxwatch.server.view().public_slugs():
        text = fresh_boxwatch.anybody(f"/status/{slug}").text
        assert not [canary for canary in fresh_boxwatch.server.canaries if canary in text]


@pytest.mark.parametrize(
    ("suffix", "kind", "changes"),
    [
        ("", "success", {"status": "up", "last_exit_code": 0}),
        ("/start", "start", {}),
        ("/fail", "fail", {"status": "down", "last_exit_code": None}),
        ("/fail/7", "fail", {"status": "down", "last_exit_code": 7}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_ping_by_any_method_and_without_a_key_changes_the_check_and_is_counted(
    fresh_boxwatch: BoxWatchClient, method: str, suffix: str, kind: str, changes: dict[str, Any]
) -> None:
    store = fresh_boxwatch.server.store
    before = store.rows("cron_checks")[0]
    answer = fresh_boxwatch.anybody(f"/ping/{before['slug']}{suffix}", method)
    assert answer.status_code == 200
    after = store.rows("cron_checks")[0]
    assert after["last_ping_at"] != before["last_ping_at"]
    assert {name: after[name] for name in changes} == changes
    assert [(ping["check_id"], ping["kind"]) for ping in store.rows("pings")] == [(before["id"], kind)]
    template = "/boxwatch/ping/{slug}" + suffix.replace("7", "{code}")
    assert fresh_boxwatch.box.requests.by_route == {template: 1}


def test_a_ping_of_a_slug_that_nobody_has_looks_like_any_other(fresh_boxwatch: BoxWatchClient) -> None:
    before = fresh_boxwatch.server.store.rows("cron_checks")
    assert fresh_boxwatch.anybody("/ping/nobody").json() == {"ok": True}
    assert fresh_boxwatch.server.store.rows("cron_checks") == before
    assert fresh_boxwatch.server.store.rows("pings") == []
