from __future__ import annotations

import re

import pytest
import requests

from sandbox import BoxWatchSeed, Sandbox

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


class TestCustomEndpoints:
    """`/endpoints/data`, behind keys of its own."""

    def test_a_key_opens_its_endpoint_wherever_it_is_sent(self, boxwatch: BoxWatchClient) -> None:
        for key, endpoint in zip(boxwatch.server.endpoint_keys(), boxwatch.server.store.rows("endpoints"), strict=True):
            answers = [
                boxwatch.anybody("/endpoints/data", headers={"Authorization": f"Bearer {key}"}),
                boxwatch.anybody("/endpoints/data", headers={"X-API-Key": key}),
                boxwatch.anybody(f"/endpoints/data?key={key}"),
            ]
            assert [answer.status_code for answer in answers] == [200, 200, 200]
            assert {answer.json()["endpoint"] for answer in answers} == {endpoint["name"]}

    def test_it_tells_its_metrics_of_its_servers(self, boxwatch: BoxWatchClient) -> None:
        store = boxwatch.server.store
        servers = {row["id"]: row for row in store.rows("servers")}
        for endpoint in store.rows("endpoints"):
            answer = boxwatch.anybody("/endpoints/data", headers={"X-API-Key": endpoint["api_key"]}).json()
            assert set(answer) == {"endpoint", "data", "timestamp"}
            assert [item["server_id"] for item in answer["data"]] == [
                server for server in endpoint["servers"] if server in servers
            ]
            for item in answer["data"]:
                assert set(item) == {"server_id", "hostname", *endpoint["metrics"]}
                assert item["hostname"] == servers[item["server_id"]]["hostname"]

    @pytest.mark.parametrize("key", ["", "bw_api_nobody", "{account}"])
    def test_no_other_key_does(self, boxwatch: BoxWatchClient, key: str) -> None:
        sent = key.format(account=boxwatch.server.api_key)
        answers = [
            boxwatch.anybody("/endpoints/data", headers={"Authorization": f"Bearer {sent}"}),
            boxwatch.anybody("/endpoints/data", headers={"X-API-Key": sent}),
            boxwatch.anybody(f"/endpoints/data?key={sent}"),
        ]
        assert [answer.status_code for answer in answers] == [401, 401, 401]
        assert isinstance(answers[0].json()["error"], str)

    def test_its_key_opens_nothing_else(self, boxwatch: BoxWatchClient) -> None:
        for key in boxwatch.server.endpoint_keys():
            assert key in boxwatch.server.canaries
            for path in LISTS:
                assert boxwatch.ask(path, headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_each_account_has_its_own_lists_and_the_public_sees_the_pages_of_all() -> None:
    seed = BoxWatchSeed(accounts=2, incidents=4)
    with Sandbox(seed=3, boxwatch=seed, bare=True) as box, requests.Session() as session:
        client = BoxWatchClient(box, session)
        for number, key in enumerate(box.boxwatch.api_keys):
            answer = client.ask("/status-pages", headers={"Authorization": f"Bearer {key}"}).json()
            slugs = [page["slug"] for page in answer["status_pages"]]
            assert slugs == [page["slug"] for page in box.boxwatch.stores[number].rows("status_pages")]
            assert {client.status(slug)["status_page"]["slug"] for slug in box.boxwatch.view(number).public_slugs()}
            slug = box.boxwatch.stores[number].rows("cron_checks")[0]["slug"]
            client.anybody(f"/ping/{slug}")
            assert len(box.boxwatch.stores[number].rows("pings")) == 1


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
