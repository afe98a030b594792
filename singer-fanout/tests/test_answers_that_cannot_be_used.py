"""Answers that may get better are asked for again; others end it at once; what is said helps the user."""

from __future__ import annotations

import gzip
import re
import time
from typing import TYPE_CHECKING

import pytest
import singer_fanout.client as client_module
from plain_server import PlainServer, Reply
from singer_fanout import (
    ApiClient,
    ApiError,
    RateBudget,
    RefusedError,
    RejectedError,
    TransientError,
    UnauthorizedError,
)
from status_page import add_templates, route

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox import Sandbox

LIST = route("/incident-templates")


def client_of(url: str, *, max_retries: int = 2, timeout: float = 2, secrets: tuple[str, ...] = ()) -> ApiClient:
    return ApiClient(url, budget=RateBudget(0), timeout=timeout, max_retries=max_retries, secrets=secrets)


def failure(client: ApiClient, path: str = "/list") -> ApiError:
    with pytest.raises(ApiError) as caught:
        client.get(client.url(path))
    return caught.value


PASSING_FAULTS = [
    Fault("drop"),
    Fault("truncated"),
    Fault("malformed"),
    Fault("html"),
    Fault("empty"),
    Fault("slow", seconds=20),
    Fault("status", status=500),
    Fault("status", status=502),
    Fault("status", status=503),
    Fault("throttle"),
]


@pytest.mark.parametrize("fault", PASSING_FAULTS, ids=lambda fault: f"{fault.kind}-{fault.status}")
def test_a_failure_that_passes_is_not_noticed(box: Sandbox, waits: list[float], fault: Fault) -> None:
    add_templates(box, 2)
    box.faults.add(Fault(fault.kind, route=LIST, times=2, status=fault.status, seconds=fault.seconds))
    client = client_of(box.cachet.api_url, timeout=0.3)
    answer = client.get(client.url("/incident-templates"))
    assert [resource["id"] for resource in answer.body["data"]] == ["1", "2"]
    assert box.requests.count(LIST) == 3
    assert len(waits) == 2


@pytest.mark.parametrize("max_retries", [0, 3])
def test_a_failure_that_stays_is_given_up_after_the_retries(box: Sandbox, waits: list[float], max_retries: int) -> None:
    box.faults.add(Fault("status", status=503, times=None))
    error = failure(client_of(box.cachet.api_url, max_retries=max_retries))
    assert isinstance(error, TransientError)
    assert box.requests.total == 1 + max_retries
    assert len(waits) == max_retries


def test_each_wait_is_longer_than_the_one_before(box: Sandbox, waits: list[float]) -> None:
    box.faults.add(Fault("status", status=503, times=None))
    failure(client_of(box.cachet.api_url, max_retries=9))
    for number, wait in enumerate(waits):
        assert min(0.5 * 2**number, 60) <= wait <= min(0.5 * 2**number, 60) + 0.5


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, UnauthorizedError),
        (403, RefusedError),
        (404, RefusedError),
        (409, RejectedError),
        (422, RejectedError),
    ],
)
def test_a_refusal_is_final_at_once(box: Sandbox, status: int, kind: type[ApiError]) -> None:
    box.faults.add(Fault("status", status=status))
    error = failure(client_of(box.cachet.api_url))
    assert type(error) is kind
    assert error.status == status
    assert box.requests.total == 1


def test_an_answer_that_is_neither_good_nor_bad_is_rejected() -> None:
    with PlainServer(lambda reply: reply.json([], 304)) as server:
        assert isinstance(failure(client_of(server.url)), RejectedError)


# What the user reads


def text_for(answer: Callable[[Reply], None], **options: float) -> str:
    with PlainServer(answer) as server:
        text = str(failure(client_of(server.url, max_retries=0, timeout=options.get("timeout", 2))))
        return text.replace(server.url, "http://HOST")


def test_a_refusal_tells_the_address_the_status_and_what_the_api_said() -> None:
    assert text_for(lambda reply: reply.json({"message": "No such\n list."}, 404)) == (
        "GET http://HOST/list answered 404 Not Found: No such list."
    )
    assert text_for(lambda reply: reply.json({"errors": [{"title": "Bad filter"}]}, 400)) == (
        "GET http://HOST/list answered 400 Bad Request: Bad filter"
    )
    assert text_for(lambda reply: reply.raw(b"<h1>nginx</h1>", 503)) == (
        "GET http://HOST/list answered 503 Service Unavailable"
    )


def test_the_message_of_an_error_that_is_an_object_is_told() -> None:
    body = {"error": {"code": "BAD_REQUEST", "message": "id is required"}}
    assert text_for(lambda reply: reply.json(body, 400)).endswith("answered 400 Bad Request: id is required")


def test_a_page_that_is_not_json_is_shown_by_its_type_and_its_beginning() -> None:
    page = b"<!doctype html><title>Sign in</title>" + b" " * 200
    assert text_for(lambda reply: reply.raw(page, Content_Type="text/html")) == (
        "GET http://HOST/list answered 200 with something that is not JSON (text/html, 237 bytes): "
        f"{page[:80].decode()!r}. Is the API's address right?"
    )


def test_an_empty_answer_is_shown_as_such() -> None:
    assert text_for(lambda reply: reply.raw(b"", Content_Type="application/json")) == (
        "GET http://HOST/list answered 200 with something that is not JSON (application/json, 0 bytes): ''. "
        "Is the API's address right?"
    )


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda reply: reply.hang_up(), "ConnectionError: Remote end closed connection without response"),
        (lambda _: time.sleep(1), r"ReadTimeout: Read timed out\. \(read timeout=0\.3\)"),
        (
            lambda reply: (reply.start(Content_Length="100"), reply.send(b"[1,"), reply.hang_up()),
            r"\w+: IncompleteRead\(3 bytes read, 97 more expected\)",
        ),
    ],
    ids=["dropped", "silent", "truncated"],
)
def test_a_missing_answer_is_told_with_its_cause(answer: Callable[[Reply], None], cause: str) -> None:
    text = text_for(answer, timeout=0.3)
    assert re.fullmatch(f"GET http://HOST/list got no answer: {cause}", text), text


def test_a_server_that_is_not_there_is_told_with_its_cause() -> None:
    text = str(failure(client_of("http://127.0.0.1:9", max_retries=0)))
    cause = r"ConnectionError: Failed to establish a new connection: \[Errno \d+\] Connection refused"
    assert re.fullmatch(f"GET http://127.0.0.1:9/list got no answer: {cause}", text), text


@pytest.mark.parametrize("body", [b'"%b', b'{"message": "%b"}'], ids=["not JSON", "a message"])
@pytest.mark.parametrize("before", [0, 40, 70, 290])
def test_a_secret_that_the_api_sends_back_is_in_no_error_not_even_in_part(body: bytes, before: int) -> None:
    secret = "s3cr3t-/+ token-that-is-long"
    answer = body % (b"x" * before + secret.encode())
    with PlainServer(lambda reply: reply.raw(answer, 400 if b"message" in body else 200)) as server:
        client = client_of(server.url, max_retries=0, secrets=(secret,))
        with pytest.raises(ApiError) as caught:
            client.get(client.url("/list", {"key": secret}))
    for start in range(len(secret) - 5):
        assert secret[start : start + 6] not in str(caught.value)


# Bodies


@pytest.mark.parametrize("header", ["Content_Length", "X_Without_Length"])
def test_a_body_that_trickles_for_ever_ends(header: str) -> None:
    def trickle(reply: Reply) -> None:
        reply.start(200, **{header: "1000"})
        for _ in range(1000):
            reply.send(b" ")
            time.sleep(0.05)

    with PlainServer(trickle) as server:
        begun = time.monotonic()
        error = failure(client_of(server.url, max_retries=0, timeout=0.2))
        assert time.monotonic() - begun < 20
    assert str(error).endswith("Timeout: the body took longer than 1 s")


def test_bodies_travel_compressed_where_the_server_can() -> None:
    def answer(reply: Reply) -> None:
        reply.raw(gzip.compress(b'{"data": [1.10]}'), Content_Encoding="gzip")

    with PlainServer(answer) as server:
        client = client_of(server.url)
        answered = client.get(client.url("/list"))
        assert "gzip" in server.received[0].headers["accept-encoding"]
    assert str(answered.body["data"][0]) == "1.10"


def test_a_large_body_arrives_whole() -> None:
    body = b"[" + b"1234567890," * 100_000 + b"0]"
    with PlainServer(lambda reply: reply.raw(body)) as server:
        client = client_of(server.url)
        assert client.get(client.url("/list")).content == body


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_that_fills_the_memory_is_not_read_on(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(client_module, "LARGEST_BODY", 2**20)
    body = b" " * 2**24
    sent = gzip.compress(body) if encoding == "gzip" else body
    with PlainServer(lambda reply: reply.raw(sent, Content_Encoding=encoding)) as server:
        error = failure(client_of(server.url))
        assert len(server.received) == 1
    assert isinstance(error, RejectedError)
    assert str(error) == f"GET {server.url}/list answered more than 1 MB, which is not read"


@pytest.mark.parametrize("encoding", [{}, {"Transfer_Encoding": "chunked"}])
def test_a_body_that_breaks_off_is_asked_for_again(encoding: dict[str, str], waits: list[float]) -> None:
    def answer(reply: Reply) -> None:
        if reply.number == 1:
            reply.start(200, **encoding)
            reply.send(b"4\r\n[1,2\r\n" if encoding else b"[1,2")
            reply.hang_up()
        else:
            reply.json([1, 2, 3])

    with PlainServer(answer) as server:
        client = client_of(server.url)
        assert client.get(client.url("/list")).body == [1, 2, 3]
    assert len(waits) == 1


@pytest.mark.parametrize("status", [204, 205])
def test_an_answer_without_content_is_none(status: int) -> None:
    text = text_for(lambda reply: reply.start(status, Content_Length="0"))
    assert text.startswith(f"GET http://HOST/list answered {status} with something that is not JSON")
