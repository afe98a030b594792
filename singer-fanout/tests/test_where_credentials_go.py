"""Credentials reach the configured server and no other, wherever an answer points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from plain_server import PlainServer, Reply
from singer_fanout import ApiClient, ApiError, RateBudget, RedirectedError, RejectedError
from singer_sdk.authenticators import BearerTokenAuthenticator
from status_page import add_templates, route

from sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from status_runs import TapRunner

TOKEN = "the-token-CANARY"


def client_of(url: str, max_retries: int = 0) -> ApiClient:
    authenticator = BearerTokenAuthenticator(token=TOKEN)
    return ApiClient(url, budget=RateBudget(0), authenticator=authenticator, max_retries=max_retries, timeout=2)


@pytest.fixture(scope="module")
def other_host() -> Iterator[Sandbox]:
    """A server that nobody was told to talk to."""
    with Sandbox(seed=1) as sandbox:
        yield sandbox


def test_a_redirect_within_the_server_is_followed_with_the_credentials(box: Sandbox) -> None:
    add_templates(box, 1)
    box.faults.add(Fault("redirect", route=route("/old"), location=f"{box.cachet.api_url}/incident-templates"))
    client = client_of(box.cachet.api_url)
    answer = client.get(client.url("/old"))
    assert len(answer.body["data"]) == 1
    assert [headers["authorization"] for headers in box.requests.headers] == [f"Bearer {TOKEN}"] * 2


def test_a_redirect_may_be_relative() -> None:
    def answer(reply: Reply) -> None:
        if reply.path == "/api/old":
            reply.raw(b"", 301, Location="new?a=1")
        else:
            reply.json([reply.path])

    with PlainServer(answer) as server:
        client = client_of(f"{server.url}/api")
        assert client.get(client.url("/old")).body == ["/api/new?a=1"]


def test_a_redirect_to_another_host_is_refused_and_nothing_is_sent_there(box: Sandbox, other_host: Sandbox) -> None:
    box.faults.add(Fault("redirect", location=f"{other_host.base_url}/cachet/api/incidents"))
    client = client_of(box.cachet.api_url, max_retries=3)
    with pytest.raises(RedirectedError) as caught:
        client.get(client.url("/incidents"))
    assert caught.value.target == f"{other_host.base_url}/cachet/api/incidents"
    host = other_host.base_url.removeprefix("http://")
    assert str(caught.value) == (
        f"GET {box.cachet.api_url}/incidents was redirected to another host, {host}, which gets no credentials. "
        "If the API has moved there, change its address in the settings."
    )
    assert box.requests.total == 1
    assert other_host.requests.total == 0


@pytest.mark.parametrize(
    "spelling",
    ["http://{other}\\@{own}/list", "http://{own}@{other}/list", "//{other}/list", "http://{other}#@{own}/list"],
)
def test_no_spelling_of_an_address_leads_elsewhere(spelling: str, other_host: Sandbox) -> None:
    def answer(reply: Reply) -> None:
        own = server.url.removeprefix("http://")
        other = other_host.base_url.removeprefix("http://")
        reply.raw(b"", 302, Location=spelling.format(own=own, other=other))

    with PlainServer(answer) as server:
        client = client_of(server.url)
        with pytest.raises(RejectedError, match="another host"):
            client.get(client.url("/list"))
    assert other_host.requests.total == 0


def test_an_address_of_another_host_is_not_asked(box: Sandbox, other_host: Sandbox) -> None:
    with pytest.raises(RejectedError, match="another host"):
        client_of(box.cachet.api_url).get(f"{other_host.cachet.api_url}/incidents")
    assert other_host.requests.total == 0


@pytest.mark.parametrize("location", ["http://[::1", "http://host:99999/", "ftp://127.0.0.1/", "http://"])
def test_a_redirect_to_what_is_no_address_is_an_error_of_one_line(location: str) -> None:
    with PlainServer(lambda reply: reply.raw(b"", 302, Location=location)) as server:
        client = client_of(server.url)
        with pytest.raises(ApiError):
            client.get(client.url("/list"))


def test_a_circle_of_redirects_ends() -> None:
    with PlainServer(lambda reply: reply.raw(b"", 302, Location="/list")) as server:
        client = client_of(server.url)
        with pytest.raises(RejectedError, match="redirected more than 5 times"):
            client.get(client.url("/list"))
        assert len(server.received) == 6


def test_a_link_to_the_next_page_on_another_host_is_not_followed(
    box: Sandbox, other_host: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ids = add_templates(box, 5)
    box.faults.add(Fault("next_link", location=f"{other_host.base_url}/evil", times=2))
    run = tap(config(page_size=2, api_token=TOKEN), ["templates"])
    assert run.ids("templates") == ids
    assert other_host.requests.total == 0


def test_an_entry_in_netrc_does_not_replace_the_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: Sandbox
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    client = client_of(box.cachet.api_url)
    client.get(client.url("/ping"))
    assert box.requests.headers[0]["authorization"] == f"Bearer {TOKEN}"


def test_cookies_of_one_answer_are_not_sent_with_the_next_request() -> None:
    with PlainServer(lambda reply: reply.json([], Set_Cookie="session=abc")) as server:
        client = client_of(server.url)
        client.get(client.url("/a"))
        client.get(client.url("/b"))
        assert "cookie" not in server.received[1].headers


@pytest.mark.parametrize("key", ["../ping", "a/b", "1?x=1", "ä#", "%2e%2e", "...", 12])
def test_an_id_stays_one_segment_of_the_path(key: object) -> None:
    with PlainServer(lambda reply: reply.json([])) as server:
        client = client_of(server.url)
        client.get(client.url("/incidents/{id}/updates", id=key))
        path = server.paths[0]
    assert path.count("/") == 3
    assert path.startswith("/incidents/")
    assert path.endswith("/updates")
    assert "?" not in path


@pytest.mark.parametrize("key", ["", ".", ".."])
def test_an_id_that_an_address_would_swallow_is_refused(key: str) -> None:
    client = client_of("https://status.example.com")
    with pytest.raises(RejectedError, match="cannot be asked for with id"):
        client.url("/incidents/{id}/updates", id=key)


@pytest.mark.parametrize("path", ["/ping/nightly", "/%70ing/nightly", "/list/../ping/nightly"])
def test_a_route_that_changes_something_is_never_asked_for(path: str) -> None:
    def answer(reply: Reply) -> None:
        reply.raw(b"", 302, Location=f"{server.url}{path}")

    side_effects = re.compile("/ping/")
    with PlainServer(answer) as server:
        client = ApiClient(server.url, budget=RateBudget(0), timeout=2, side_effects=side_effects)
        for address in (f"{server.url}{path}", client.url("/list")):
            with pytest.raises(RejectedError, match="would change something, and is not sent"):
                client.get(address)
        assert [request.path for request in server.received] == ["/list"]
