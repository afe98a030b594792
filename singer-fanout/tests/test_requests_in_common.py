"""What is prepared once for all requests is what each of them would have been on its own."""

from __future__ import annotations

import pytest
import requests
from plain_server import PlainServer
from singer_fanout import ApiClient, RateBudget
from singer_fanout.connections import PlainRequests
from singer_sdk.authenticators import APIKeyAuthenticator, BearerTokenAuthenticator

BASE = "https://status.example.com/api"
HEADERS = {"Accept": "application/json"}


def bearer() -> BearerTokenAuthenticator:
    return BearerTokenAuthenticator(token="the-token-CANARY")


class NewTokens(BearerTokenAuthenticator):
    """Another token for each request."""

    def __init__(self) -> None:
        super().__init__(token="0")
        self.given = 0

    def authenticate_request(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        self.given += 1
        self.auth_headers = {"Authorization": f"Bearer {self.given}"}
        return super().authenticate_request(request)


@pytest.mark.parametrize(
    "rest",
    [
        "/incidents",
        "/incidents/12/updates",
        "/a/",
        "/list?page=1&per_page=100&include=a%2Cb&name=x+y",
        "/list?page%5Bsize%5D=100&filter%5Bupdated_at%5D%5Bgt%5D=2026-05-24T18%3A42%3A11.000Z",
        "/a_b-c~d/e.f",
    ],
)
def test_a_plain_request_is_the_one_that_would_be_prepared(rest: str) -> None:
    plain = PlainRequests(BASE, HEADERS, bearer()).to(BASE + rest)
    usual = bearer()(requests.Request("GET", BASE + rest, headers=HEADERS).prepare())
    assert plain is not None
    assert (plain.method, plain.url, plain.path_url) == ("GET", usual.url, usual.path_url)
    assert dict(plain.headers) == dict(usual.headers)


def test_a_comma_stays_as_it_is() -> None:
    url = f"{BASE}/list?include=a,b&sort=id"
    plain = PlainRequests(BASE, HEADERS, None).to(url)
    assert plain is not None
    assert plain.url == requests.Request("GET", url, headers=HEADERS).prepare().url == url


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}.evil.example/list",
        f"{BASE}@evil.example/list",
        f"{BASE}/../ping/nightly",
        f"{BASE}/./list",
        f"{BASE}/%70ing/nightly",
        f"{BASE}//evil.example/list",
        f"{BASE}/list?a=%41",
        f"{BASE}/list?a=%2c",
        f"{BASE}/list?a=%5F",
        f"{BASE}/list#end",
        f"{BASE}/list\\..",
        f"{BASE}/lïst",
        f"{BASE}/list\n",
        BASE,
        "https://other.example.com/api/list",
        "http://status.example.com/api/list",
    ],
)
def test_what_is_not_plain_gets_a_closer_look(url: str) -> None:
    assert PlainRequests(BASE, HEADERS, bearer()).to(url) is None


@pytest.mark.parametrize("base", ["https://Status.example.com", "https://status.example.com/ä", "https://[::1", ""])
def test_a_base_that_is_written_otherwise_when_it_is_sent_has_no_plain_requests(base: str) -> None:
    assert PlainRequests(base, HEADERS, None).to(f"{base}/list") is None


def test_credentials_in_the_query_are_added_to_each_request() -> None:
    authenticator = APIKeyAuthenticator(key="key", value="the-key", location="params")
    with PlainServer(lambda reply: reply.json([])) as server:
        client = ApiClient(server.url, budget=RateBudget(0), authenticator=authenticator)
        client.get(client.url("/list", {"page": 2}))
        assert [request.path for request in server.received] == ["/list?page=2&key=the-key"]


def test_an_authenticator_of_its_own_kind_is_asked_for_each_request() -> None:
    with PlainServer(lambda reply: reply.json([])) as server:
        client = ApiClient(server.url, budget=RateBudget(0), authenticator=NewTokens())
        for _ in range(2):
            client.get(client.url("/list"))
        assert [request.headers["authorization"] for request in server.received] == ["Bearer 1", "Bearer 2"]


def test_a_client_that_was_closed_connects_anew() -> None:
    with PlainServer(lambda reply: reply.json([])) as server:
        client = ApiClient(server.url, budget=RateBudget(0), max_retries=0)
        client.get(client.url("/list"))
        client.close()
        assert client.get(client.url("/list")).body == []


def test_requests_go_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with PlainServer(lambda reply: reply.json([])) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        client = ApiClient("http://status.example.com/api", budget=RateBudget(0), authenticator=bearer(), max_retries=0)
        for _ in range(2):
            client.get(client.url("/list"))
        assert [request.path for request in proxy.received] == ["http://status.example.com/api/list"] * 2
