from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .sigryl_client import DETAIL, error

if TYPE_CHECKING:
    from .sigryl_client import SigrylClient

READS = ("/status", "/components", "/incidents", "/incidents/detail?id=x", "/nowhere")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer sk_live_nobody", "Basic {key}", "{key}"])
def test_without_a_valid_key_everything_is_401(sigryl: SigrylClient, authorization: str) -> None:
    sent = authorization.format(key=sigryl.server.api_keys[0])
    for path in READS:
        assert error(sigryl.ask(path, headers={"Authorization": sent})) == (401, "UNAUTHORIZED")


def test_a_key_in_the_query_opens_nothing(sigryl: SigrylClient) -> None:
    answer = sigryl.ask(f"/status?api_key={sigryl.server.api_keys[0]}", headers={"Authorization": ""})
    assert error(answer) == (401, "UNAUTHORIZED")


def test_a_key_that_was_replaced_opens_nothing_any_more(fresh_sigryl: SigrylClient) -> None:
    before = fresh_sigryl.server.api_keys[1]
    page_id = fresh_sigryl.server.view(1).page_id
    fresh_sigryl.server.store.update("pages", page_id, apiKey="sk_live_new")
    answer = fresh_sigryl.ask("/status", headers={"Authorization": f"Bearer {before}"})
    assert error(answer) == (401, "UNAUTHORIZED")
    assert fresh_sigryl.json("/status", page=1)["slug"] == "status-2"


def test_a_key_sees_its_own_page_alone(sigryl: SigrylClient) -> None:
    assert [sigryl.json("/status", page)["slug"] for page in (0, 1)] == ["status-1", "status-2"]
    first, second = set(sigryl.incident_ids()), set(sigryl.incident_ids(page=1))
    assert len(first) == len(second) == 40
    assert first.isdisjoint(second)
    assert error(sigryl.ask(f"/incidents/detail?id={second.pop()}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/status?page=1", "page"),
        ("/components?limit=100", "limit"),
        ("/incidents?status=active&cursor=x", "cursor"),
        ("/incidents?id=x", "id"),
        ("/incidents?status=resolved", "status must be active"),
        ("/incidents?status=", "status must be active"),
        ("/incidents/detail", "id is required"),
        ("/incidents/detail?id=", "id is required"),
        ("/incidents/detail?id=x&expand=updates", "expand"),
    ],
)
def test_what_is_not_documented_is_refused(sigryl: SigrylClient, path: str, words: str) -> None:
    answer = sigryl.ask(path)
    assert error(answer) == (400, "BAD_REQUEST")
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/incidents/x"), ("GET", "/pages"), ("DELETE", "/incidents")])
def test_routes_that_there_are_none_of_are_404(sigryl: SigrylClient, method: str, path: str) -> None:
    assert error(sigryl.ask(path, method=method)) == (404, "NOT_FOUND")


def test_a_key_has_120_reads_and_60_writes_a_minute(fresh_sigryl: SigrylClient) -> None:
    settings = fresh_sigryl.server.settings
    settings.reads, settings.writes = type(settings)().reads, type(settings)().writes
    answers = [fresh_sigryl.ask("/status") for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {200}
    assert error(answers[120]) == (429, "RATE_LIMITED")
    assert 0 < int(answers[120].headers["Retry-After"]) <= 60
    incident = fresh_sigryl.server.view().incidents()[0]["_id"]
    path = f"/incidents?id={incident}"
    writes = [fresh_sigryl.write("PATCH", path, severity="major").status_code for _ in range(61)]
    assert writes == [200] * 60 + [429]
    assert fresh_sigryl.box.requests.throttled == 2


def test_each_key_has_a_limit_of_its_own(fresh_sigryl: SigrylClient) -> None:
    fresh_sigryl.server.settings.reads = 2
    statuses = [[fresh_sigryl.ask("/status", page).status_code for _ in range(3)] for page in (0, 1)]
    assert statuses == [[200, 200, 429], [200, 200, 429]]


def test_requests_that_fail_count_and_those_without_a_key_do_not(fresh_sigryl: SigrylClient) -> None:
    fresh_sigryl.server.settings.reads = 2
    assert fresh_sigryl.ask("/status", headers={"Authorization": ""}).status_code == 401
    statuses = [fresh_sigryl.ask("/incidents/detail?id=x").status_code for _ in range(3)]
    assert statuses == [404, 404, 429]
    assert fresh_sigryl.box.requests.count(DETAIL) == 3


def test_the_window_of_the_limit_can_be_short(fresh_sigryl: SigrylClient) -> None:
    settings = fresh_sigryl.server.settings
    settings.reads, settings.limit_seconds = 1, 0.2
    assert fresh_sigryl.ask("/status").status_code == 200
    refused = fresh_sigryl.ask("/status")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    settings.reads = None
    assert fresh_sigryl.ask("/status").status_code == 200
