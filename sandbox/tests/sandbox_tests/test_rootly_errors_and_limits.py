from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sandbox import Fault

if TYPE_CHECKING:
    from .rootly_client import RootlyClient


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Token x", "expired"])
def test_a_missing_wrong_or_expired_key_is_refused(rootly: RootlyClient, header: str | None) -> None:
    value = f"Bearer {rootly.server.tokens['expired']}" if header == "expired" else header
    answer = rootly.ask("/v1/incidents", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.json()["errors"][0].keys() == {"title", "status", "detail"}
    assert "X-RateLimit-Limit" in answer.headers


def test_a_scope_decides_what_a_key_may(rootly: RootlyClient) -> None:
    assert rootly.ask("/v1/audits", "team").status_code == 403
    assert rootly.ask("/v1/secrets", "team").status_code == 403
    assert rootly.ask("/v1/incidents", "team").status_code == 200
    assert rootly.ask("/v1/audits", "readonly").status_code == 200
    assert rootly.ask("/v1/causes", "readonly", "POST", json={}).status_code == 403


@pytest.mark.parametrize("status", [403, 404])
def test_a_plan_keeps_routes_and_what_lies_below_them(fresh_rootly: RootlyClient, status: int) -> None:
    fresh_rootly.server.settings.refused = {"/v1/catalogs": status, "/v1/incidents/{incident_id}/feedbacks": status}
    catalog, incident = fresh_rootly.first_id("catalogs"), fresh_rootly.first_id("incidents")
    assert fresh_rootly.ask("/v1/catalogs").status_code == status
    assert fresh_rootly.ask(f"/v1/catalogs/{catalog}/entities").status_code == status
    assert fresh_rootly.ask(f"/v1/incidents/{incident}/feedbacks").status_code == status
    assert fresh_rootly.ask(f"/v1/incidents/{incident}/events").status_code == 200
    assert fresh_rootly.ask("/v1/catalog_checklist_templates").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1/incidents/nobody",
        "/v1/users/9999",
        "/v1/users/x",
        "/v1/incidents/nobody/events",
        "/v2/incidents",
    ],
)
def test_what_is_missing_is_a_404(rootly: RootlyClient, path: str) -> None:
    answer = rootly.ask(path)
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (404, "404")


def test_errors_may_be_worded_plainly(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.plain_errors = True
    answer = fresh_rootly.ask("/v1/nothing")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})


def test_the_limit_is_told_and_kept_for_each_key(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.rate_limit = 2
    first = fresh_rootly.ask("/v1/severities").headers
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"], first["X-RateLimit-Used"]) == ("2", "1", "1")
    assert 0 < int(first["X-RateLimit-Reset"]) - time.time() <= 61
    assert fresh_rootly.ask("/v1/nothing").headers["X-RateLimit-Remaining"] == "0"
    refused = fresh_rootly.ask("/v1/severities")
    assert (refused.status_code, refused.json()) == (429, {"error": "Rate limit exceeded. Try again later."})
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in refused.headers
    assert fresh_rootly.ask("/v1/severities", "readonly").status_code == 200
    assert fresh_rootly.box.requests.throttled == 1


def test_the_limit_may_be_told_with_its_window_and_with_retry_after(fresh_rootly: RootlyClient) -> None:
    settings = fresh_rootly.server.settings
    settings.rate_limit, settings.limit_window_text, settings.retry_after = 1, True, True
    assert fresh_rootly.ask("/v1/severities").headers["X-RateLimit-Limit"] == "1, 1;window=60"
    assert 0 < int(fresh_rootly.ask("/v1/severities").headers["Retry-After"]) <= 60


def test_the_limit_can_be_switched_off(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.rate_limit = None
    assert "X-RateLimit-Limit" not in fresh_rootly.ask("/v1/severities").headers


def test_writes_are_not_counted_as_reads(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.server.settings.rate_limit = 1
    for _ in range(3):
        assert fresh_rootly.write("POST", "/v1/causes", name="x").status_code == 201
    assert fresh_rootly.ask("/v1/causes").status_code == 200


def test_faults_speak_as_the_api_does(fresh_rootly: RootlyClient) -> None:
    fresh_rootly.box.faults.add(Fault("throttle", "/rootly/v1/incidents"))
    throttled = fresh_rootly.ask("/v1/incidents")
    assert (throttled.status_code, throttled.json()) == (429, {"error": "Rate limit exceeded. Try again later."})
    assert int(throttled.headers["X-RateLimit-Reset"]) - time.time() < 3
    fresh_rootly.box.faults.add(Fault("status", status=503))
    assert fresh_rootly.ask("/v1/incidents").json()["errors"][0]["title"] == "Service Unavailable"
    fresh_rootly.box.faults.add(Fault("next_link", location="http://elsewhere.example"))
    assert fresh_rootly.json("/v1/incidents", **{"page[size]": 5})["links"]["next"].startswith(
        "http://elsewhere.example/rootly/v1/incidents"
    )


def test_a_method_that_a_route_lacks_is_refused(rootly: RootlyClient) -> None:
    assert rootly.ask("/v1/audits", method="POST", json={}).status_code == 405
