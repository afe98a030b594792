from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.instatus import site

if TYPE_CHECKING:
    from .instatus_client import InstatusClient


def first_with_components(client: InstatusClient, route: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = client.all_rows(route)
    return next(row for row in rows if row["components"] and row["updates"])


@pytest.mark.parametrize("route", ["/v1/{page}/incidents", "/v1/{page}/maintenances"])
def test_affected_components_have_the_whole_page_inside_with_its_secrets(instatus: InstatusClient, route: str) -> None:
    shown = first_with_components(instatus, route)["components"][0]
    assert len(shown["site"]) > 150
    assert shown["site"]["id"] == instatus.page_id
    assert all("CANARY" in shown["site"][name] for name in (*site.SECRETS, *site.UNNAMED, "secureLink"))
    assert "CANARY" in shown["uniqueEmail"]
    assert "subscribers" not in shown["site"]


def test_the_page_inside_can_be_trimmed(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.trim_site = True
    row = first_with_components(fresh_instatus, "/v1/{page}/incidents")
    assert set(row["components"][0]["site"]) == set(site.TRIMMED)


@pytest.mark.parametrize("kind", ["incident", "maintenance"])
def test_an_update_by_its_id_leaks_every_subscriber_of_the_page(instatus: InstatusClient, kind: str) -> None:
    owner = first_with_components(instatus, f"/v1/{{page}}/{kind}s")
    path = f"/v1/{{page}}/{kind}s/{owner['id']}/{kind}-updates/{owner['updates'][0]['id']}"
    route = f"/instatus/v1/{{page_id}}/{kind}s/{{id}}/{kind}-updates/{{update_id}}"
    before = instatus.box.requests.count(route)
    update = instatus.json(path)
    leaked = update[kind]["components"][0]["site"]["subscribers"]
    subscribers = instatus.server.store.find("subscribers", "siteId", instatus.page_id)
    assert [row["id"] for row in leaked] == [row["id"] for row in subscribers]
    assert any("CANARY" in (row["unsubscribeToken"] or "") for row in leaked)
    assert instatus.box.requests.count(route) == before + 1


def test_a_canary_is_in_every_sensitive_field(instatus: InstatusClient) -> None:
    view, page_id = instatus.server.view(), instatus.page_id
    subscribers = view.rows("subscribers", page_id)
    for name in ("unsubscribeToken", "slack", "discord", "microsoftTeamsWebhook", "googleChatWebhook", "webhook"):
        assert any("CANARY" in (row[name] or "") for row in subscribers), name
    assert any("CANARY" in row["webhookHeaders"]["Authorization"] for row in subscribers if row["webhookHeaders"])
    assert any("CANARY" in (row["secureLink"] or "") for row in view.pages())
    assert all("CANARY" in row["uniqueEmail"] for row in view.rows("components", page_id))
    monitors = view.rows("monitors", page_id)
    assert any("CANARY" in row["headers"].get("Authorization", "") for row in monitors)
    assert any("CANARY" in row["basicAuth"].get("password", "") for row in monitors)
    assert all("CANARY" in row["recipient"] for row in view.rows("monitor_alerts", page_id))
    assert all("CANARY" in row["slug"] for row in view.rows("cron_monitors", page_id))


def test_every_canary_is_listed_and_every_listed_one_is_in_the_store(instatus: InstatusClient) -> None:
    canaries = set(instatus.server.canaries)
    assert set(instatus.server.api_keys.values()) <= canaries
    assert all("CANARY" in text for text in canaries)
    stored = set(_texts([instatus.server.store.rows(name) for name in instatus.server.store.tables]))
    assert canaries - set(instatus.server.api_keys.values()) == {text for text in stored if "CANARY" in text}


def test_documents_tell_of_followers_inside_of_maintenances(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.observed_fields = False
    shown = first_with_components(fresh_instatus, "/v1/{page}/maintenances")["components"][0]
    assert set(shown) == {"id", "name", "status", "showUptime", "site", "subscribers"}
    assert len(shown["site"]["subscribers"]) == 12


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []
