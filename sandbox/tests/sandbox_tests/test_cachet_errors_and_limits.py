from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import CachetClient


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/me", "The route api/me could not be found."),
        ("/incidents/99999", "No query results for model [Cachet\\Models\\Incident] 99999"),
        ("/incidents/abc", "No query results for model [Cachet\\Models\\Incident] abc"),
        ("/components/groups", "No query results for model [Cachet\\Models\\Component] groups"),
        ("/incidents/1/updates/999", "No query results for model [Cachet\\Models\\Update] 999"),
        ("/metrics/1/points/99999", "No query results for model [Cachet\\Models\\MetricPoint] 99999"),
    ],
)
def test_what_is_missing_is_named(shared: CachetClient, path: str, message: str) -> None:
    answer = shared.ask(path, "full")
    assert (answer.status_code, answer.json()) == (404, {"message": message})
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("server", ["cachet", "cachet-older"])
@pytest.mark.parametrize("path", ["components", "incidents/1", "api/v1/components"])
def test_a_path_beside_the_api_is_named_from_the_root_on(shared: CachetClient, server: str, path: str) -> None:
    answer = shared.ask(f"/{server}/{path}", base=shared.box.base_url, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (404, {"message": f"The route {path} could not be found."})


@pytest.mark.parametrize("path", ["components", "api/components", "api/v1/nope"])
def test_2_x_says_the_same_of_every_path_that_is_none(shared: CachetClient, path: str) -> None:
    answer = shared.ask(f"/cachet-v2/{path}", base=shared.box.base_url)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["detail"].startswith("The requested resource could not be found but may be")


def test_a_page_for_people_is_at_the_root(shared: CachetClient) -> None:
    answer = shared.ask("/cachet", base=shared.box.base_url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_wrong_method_tells_the_right_ones(shared: CachetClient) -> None:
    answer = shared.write("PUT", "/metrics/1/points/1", value=1)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, DELETE"
    assert answer.json()["message"] == (
        "The PUT method is not supported for route api/metrics/1/points/1. Supported methods: GET, HEAD, DELETE."
    )


def test_success_is_json_api_and_facts_are_json(shared: CachetClient) -> None:
    assert shared.ask("/incidents").headers["Content-Type"] == "application/vnd.api+json"
    assert shared.ask("/ping").headers["Content-Type"] == "application/json"
    assert shared.ask("/ping").headers["Cache-Control"] == "no-cache, private"
    assert shared.json("/version") == {"data": {"version": "3.x-dev"}}


def test_reads_are_counted_by_address_and_subscribers_by_user(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.rate_limit = 2
    assert fresh.ask("/ping").headers["X-RateLimit-Remaining"] == "1"
    assert fresh.ask("/incidents", "full").headers["X-RateLimit-Remaining"] == "0"
    refused = fresh.ask("/metrics", "readonly")
    assert (refused.status_code, refused.json()) == (429, {"message": "Too Many Attempts."})
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["X-RateLimit-Limit"] == "2"
    assert "X-RateLimit-Reset" in refused.headers
    assert fresh.ask("/subscribers", "full").headers["X-RateLimit-Remaining"] == "1"
    assert fresh.ask("/subscribers", "subscribers").headers["X-RateLimit-Remaining"] == "1"


def test_who_lacks_a_token_is_told_so_before_anything_is_counted(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.rate_limit = 1
    for _ in range(3):
        answer = fresh.ask("/subscribers")
        assert answer.status_code == 401
        assert "X-RateLimit-Limit" not in answer.headers


def test_limits_can_be_switched_off(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.rate_limit = None
    assert "X-RateLimit-Limit" not in fresh.ask("/ping").headers
    assert "X-RateLimit-Limit" not in fresh.ask("/ping", base=fresh.box.cachet.older_api_url).headers
