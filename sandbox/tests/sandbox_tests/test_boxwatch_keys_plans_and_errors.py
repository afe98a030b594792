from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .boxwatch_client import BoxWatchClient

LISTS = ("/status-pages", "/servers", "/cron-checks", "/uptime-checks", "/webhooks")
NEEDING_PRO = ("/status-pages", "/uptime-checks")


def test_the_key_has_the_form_of_a_key(boxwatch: BoxWatchClient) -> None:
    assert re.fullmatch("bw_[0-9a-f]{64}", boxwatch.server.api_key)
    assert boxwatch.server.api_key in boxwatch.server.canaries


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer bw_nobody", "Bearer bw_api_{key}", "Bearer bw_tv_{key}", "Basic {key}"]
)
def test_without_the_key_every_list_is_401_and_the_error_a_text(boxwatch: BoxWatchClient, authorization: str) -> None:
    for path in LISTS:
        answer = boxwatch.ask(path, headers={"Authorization": authorization.format(key=boxwatch.server.api_key)})
        assert answer.status_code == 401
        assert isinstance(answer.json()["error"], str)


def test_the_key_is_read_from_its_header_alone(boxwatch: BoxWatchClient) -> None:
    key = boxwatch.server.api_key
    assert boxwatch.anybody(f"/servers?key={key}").status_code == 401
    assert boxwatch.anybody("/servers", headers={"X-API-Key": key}).status_code == 401
    assert boxwatch.anybody("/servers", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_the_hobby_plan_has_no_status_pages_and_no_uptime_checks(fresh_boxwatch: BoxWatchClient, path: str) -> None:
    fresh_boxwatch.server.settings.plan = "hobby"
    answer = fresh_boxwatch.ask(path)
    assert answer.status_code == (403 if path in NEEDING_PRO else 200)
    if path in NEEDING_PRO:
        assert "Pro" in answer.json()["error"]


def test_a_hobby_account_may_still_list_what_it_had_but_makes_no_more(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.server.settings.plan = "hobby"
    fresh_boxwatch.server.settings.hobby_lists = True
    assert len(fresh_boxwatch.json("/status-pages")["status_pages"]) == 4
    assert fresh_boxwatch.json("/servers")["plan"] == "hobby"
    refused = fresh_boxwatch.write("POST", "/status-pages", slug="x", name="X")
    assert refused.status_code == 403
    assert len(fresh_boxwatch.server.store.rows("status_pages")) == 4


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("GET", "/incidents"),
        ("GET", "/status-pages/8a3e9c2f-0000-4000-8000-000000000000"),
        ("POST", "/status-pages/8a3e9c2f-0000-4000-8000-000000000000/incidents"),
        ("PATCH", "/status-pages/incidents/8a3e9c2f-0000-4000-8000-000000000000"),
        ("GET", "/status/nowhere"),
        ("DELETE", "/servers"),
    ],
)
def test_what_there_is_none_of_is_404(boxwatch: BoxWatchClient, method: str, path: str) -> None:
    answer = boxwatch.ask(path, method)
    assert answer.status_code == 404
    assert isinstance(answer.json()["error"], str)


def test_incidents_of_a_page_are_not_listed_behind_the_key(boxwatch: BoxWatchClient) -> None:
    assert boxwatch.ask(f"/status-pages/{boxwatch.page_id}/incidents").status_code == 404


def test_a_limit_is_a_setting_and_counts_the_key_apart_from_everybody(fresh_boxwatch: BoxWatchClient) -> None:
    fresh_boxwatch.server.settings.rate_limit = 2
    assert [fresh_boxwatch.ask("/servers").status_code for _ in range(3)] == [200, 200, 429]
    assert [fresh_boxwatch.anybody("/status/acme-1").status_code for _ in range(3)] == [200, 200, 429]
    refused = fresh_boxwatch.ask("/servers")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert isinstance(refused.json()["error"], str)
    fresh_boxwatch.server.settings.rate_limit = None
    assert fresh_boxwatch.ask("/servers").status_code == 200
