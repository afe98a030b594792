from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from .instatus_client import InstatusClient


def close_everything(client: InstatusClient) -> None:
    store = client.server.store
    for row in store.find("incidents", "siteId", client.page_id):
        store.update("incidents", row["id"], status="RESOLVED")
    for row in store.find("maintenances", "siteId", client.page_id):
        store.update("maintenances", row["id"], status="COMPLETED")


def test_the_summary_needs_no_key_and_tells_what_is_active(instatus: InstatusClient) -> None:
    summary = instatus.public("/summary.json").json()
    assert summary == instatus.server.view().public_summary(instatus.page_id)
    incidents = instatus.all_rows("/v1/{page}/incidents?!status=RESOLVED")
    assert {row["id"] for row in summary["activeIncidents"]} == {row["id"] for row in incidents}
    assert {row["status"] for row in summary["activeMaintenances"]} == {"NOTSTARTEDYET", "INPROGRESS"}
    assert summary["page"]["status"] == "HASISSUES"
    assert "CANARY" not in instatus.public("/summary.json").text


def test_the_host_of_a_page_is_another_than_that_of_the_api(instatus: InstatusClient) -> None:
    page = instatus.server.store.rows("pages")[0]
    url = instatus.server.public_url(page)
    assert url == instatus.server.public_url_pattern.format(subdomain=page["subdomain"])
    assert urlsplit(url).hostname != urlsplit(instatus.server.api_url).hostname


def test_what_is_not_active_is_left_out_with_its_key(fresh_instatus: InstatusClient) -> None:
    close_everything(fresh_instatus)
    summary = fresh_instatus.public("/summary.json").json()
    assert (set(summary), summary["page"]["status"]) == ({"page"}, "UP")


def test_a_running_maintenance_alone_is_the_status_of_the_page(fresh_instatus: InstatusClient) -> None:
    close_everything(fresh_instatus)
    store = fresh_instatus.server.store
    store.update("maintenances", store.rows("maintenances")[0]["id"], status="INPROGRESS", duration=None)
    summary = fresh_instatus.public("/summary.json").json()
    assert summary["page"]["status"] == "UNDERMAINTENANCE"
    assert isinstance(summary["activeMaintenances"][0]["duration"], int)


def test_a_private_page_and_an_unknown_host_answer_alike(instatus: InstatusClient) -> None:
    private, unknown = (instatus.public("/summary.json", page=host) for host in ("status-2", "nobody"))
    assert (private.status_code, unknown.status_code, private.text == unknown.text) == (404, 404, True)
    assert instatus.server.view().public_summary(instatus.page_ids[1]) is None


def test_a_page_may_lead_its_visitors_to_its_own_domain(fresh_instatus: InstatusClient) -> None:
    third = fresh_instatus.server.store.rows("pages")[2]
    fresh_instatus.server.store.update("pages", third["id"], autoRedirect=True)
    answer = fresh_instatus.public("/summary.json", page="status-3", allow_redirects=False)
    assert answer.status_code == 302
    assert urlsplit(answer.headers["Location"]).hostname != urlsplit(answer.url).hostname
    assert fresh_instatus.public("/summary.json", page="status-3").json()["page"]["url"] == "https://status.example.org"
    assert fresh_instatus.public("/summary.json", page="status.example.org", allow_redirects=False).status_code == 200


def test_a_custom_domain_leads_to_the_same_page(instatus: InstatusClient) -> None:
    by_domain = instatus.public("/summary.json", page="status.example.org").json()
    assert by_domain == instatus.public("/summary.json", page="status-3").json()
    assert by_domain["page"]["url"] == "https://status.example.org"


def test_times_may_be_told_as_javascript_prints_them_and_ids_left_out(fresh_instatus: InstatusClient) -> None:
    fresh_instatus.server.settings.javascript_dates = True
    fresh_instatus.server.settings.observed_fields = False
    incident = fresh_instatus.public("/summary.json").json()["activeIncidents"][0]
    assert set(incident) == {"name", "started", "status", "impact", "url"}
    assert incident["started"].endswith(" GMT+0000 (Coordinated Universal Time)")
    assert "id" in fresh_instatus.public("/v3/summary.json").json()["activeIncidents"][0]


def test_an_incident_that_is_not_published_is_not_told(fresh_instatus: InstatusClient) -> None:
    incident = fresh_instatus.write(
        "POST", "/v1/{page}/incidents", name="Secret", status="INVESTIGATING", shouldPublish=False
    )
    told = fresh_instatus.public("/summary.json").json()["activeIncidents"]
    assert incident["id"] not in {row["id"] for row in told}


def test_version_three_tells_components_with_their_groups(instatus: InstatusClient) -> None:
    told = {row["id"]: row for row in instatus.public("/v3/components.json").json()["components"]}
    rows = {row["id"]: row for row in instatus.all_rows("/v1/{page}/components")}
    shown = {row_id for row_id, row in rows.items() if not row["isParent"] and row["archivedAt"] is None}
    assert set(told) == shown
    for row_id, row in told.items():
        group = rows[row_id]["group"]
        assert row["group"] == (group and {name: group[name] for name in ("id", "name", "description")})
    assert any(row["group"] is None for row in told.values())
