"""No more requests than the API allows, whoever sends them; a pause that it asks for holds everybody."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from plain_server import PlainServer, Reply
from singer_fanout import ApiClient, ApiError, RateBudget, RequestPool, StoppedError, TransientError
from singer_fanout.budget import announced_limit, requested_wait
from status_page import route

from sandbox import Fault, RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable

    from status_runs import TapRunner

    from sandbox import Sandbox


MINUTE = 0.5


@pytest.fixture
def short_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget's minute is so short that a test can see several."""
    monkeypatch.setattr(RateBudget, "PERIOD", MINUTE)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each request was taken from a budget, by the budget's own clock: a busy machine sends some of them later."""
    seconds: list[float] = []
    attempt = RateBudget._try

    def noted(budget: RateBudget) -> float:
        now = time.monotonic()
        delay = attempt(budget)
        if not delay:
            seconds.append(now)
        return delay

    monkeypatch.setattr(RateBudget, "_try", noted)
    return seconds


def most_in_a_minute(times: list[float]) -> int:
    ordered = sorted(times)
    return max(bisect_left(ordered, moment + MINUTE) - place for place, moment in enumerate(ordered))


def client_of(server: PlainServer, budget: RateBudget, max_retries: int = 3) -> ApiClient:
    return ApiClient(server.url, budget=budget, max_retries=max_retries, timeout=5, connections=8)


def get_all(client: ApiClient, count: int, workers: int = 8) -> list[Any]:
    pool = RequestPool(workers)
    try:
        return [answer.body for answer in pool.in_order(lambda item: client.get(client.url(f"/{item}")), range(count))]
    finally:
        pool.close()


def plain(reply: Reply) -> None:
    reply.json(reply.path)


@pytest.mark.usefixtures("short_minutes")
def test_never_more_than_the_budget_in_any_window(taken: list[float]) -> None:
    with PlainServer(plain) as server:
        budget = RateBudget(20, margin=0.1)
        get_all(client_of(server, budget), 70)
        assert len(server.received) == len(taken) == 70
    assert most_in_a_minute(taken) <= 20
    assert taken[-1] - taken[0] < 60 * MINUTE
    assert budget.seconds_waited > 2 * MINUTE


@pytest.mark.usefixtures("short_minutes")
def test_a_server_with_that_limit_never_has_to_say_so(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for number in range(60):
        box.cachet.store.insert("metrics", name=str(number))
    box.faults.limit = RateLimit(requests=30, seconds=MINUTE)
    run = tap(config(requests_per_minute=30), ["points"])
    assert run.exit_code == 0
    assert box.requests.count(route("/metrics/{id}/points")) == 60
    assert box.requests.throttled == 0


def test_no_budget_means_no_wait() -> None:
    budget = RateBudget(0)
    begun = time.monotonic()
    for _ in range(5000):
        budget.acquire()
        budget.give_back()
    assert time.monotonic() - begun < 20
    assert budget.seconds_waited == 0


@pytest.mark.usefixtures("short_minutes")
def test_what_was_sent_long_ago_is_forgotten() -> None:
    budget = RateBudget(1000, margin=0)
    for _ in range(3):
        for _ in range(300):
            budget.acquire()
            budget.give_back()
        time.sleep(MINUTE + 0.01)
    budget.acquire()
    budget.give_back()
    assert budget._bucket.count() == 1


@pytest.mark.usefixtures("short_minutes")
def test_a_request_counts_until_a_minute_after_its_answer() -> None:
    answered: list[float] = []

    def answer(reply: Reply) -> None:
        if reply.number == 1:
            time.sleep(2 * MINUTE)
        answered.append(time.monotonic())
        plain(reply)

    with PlainServer(answer) as server:
        get_all(client_of(server, RateBudget(2, margin=0)), 4)
        sent = sorted(request.at for request in server.received)
    # The slow one may have been counted at any time until its answer: meanwhile there is but one other in each minute.
    assert sent[2] >= answered[0] + MINUTE - 0.01
    assert sent[3] >= answered[1] + MINUTE - 0.01


# What the headers ask for

NOW = datetime(2026, 5, 24, 18, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"X-RateLimit-Reset": "30"}, 30),
        ({"X-RateLimit-Reset": "1"}, 1),
        ({"Retry-After": "5", "X-RateLimit-Reset": "30"}, 5),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "30"}, 30),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp() * 1000) + 30_000)}, 30),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"X-RateLimit-Reset": "inf"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_all_its_spellings(headers: dict[str, str], seconds: float | None) -> None:
    # The server's clock counts, not ours.
    assert requested_wait({"Date": format_datetime(NOW, usegmt=True), **headers}) == seconds


@pytest.mark.parametrize("date", [False, True])
def test_a_429_is_repeated_when_the_api_says(date: bool) -> None:  # noqa: FBT001
    def answer(reply: Reply) -> None:
        if reply.number == 1:
            moment = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=2), usegmt=True)
            reply.json({}, 429, Retry_After=moment if date else "1")
        else:
            plain(reply)

    with PlainServer(answer) as server:
        client = client_of(server, RateBudget(0))
        client.get(client.url("/list"))
        first, second = (request.at for request in server.received)
    assert 0.95 <= second - first < 20


def test_a_429_holds_all_threads(taken: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[tuple[float, float]] = []
    pause = RateBudget.pause

    def noted(budget: RateBudget, seconds: float) -> None:
        begun = time.monotonic()
        pause(budget, seconds)
        pauses.append((begun, time.monotonic()))

    def answer(reply: Reply) -> None:
        if reply.number == 5:
            reply.json({}, 429, Retry_After="1")
        else:
            time.sleep(0.02)
            plain(reply)

    monkeypatch.setattr(RateBudget, "pause", noted)
    with PlainServer(answer) as server:
        assert get_all(client_of(server, RateBudget(1000)), 40) == [f"/{item}" for item in range(40)]
        assert len(server.received) == len(taken) == 41
    ((begun, known),) = pauses
    # What was on its way is not called back.
    assert [moment for moment in taken if known < moment < begun + 0.99] == []
    assert [moment for moment in taken if moment >= begun + 0.99]


def test_an_answer_that_was_the_last_of_the_limit_holds_the_next_request() -> None:
    def answer(reply: Reply) -> None:
        reply.json(reply.path, X_RateLimit_Limit="60", X_RateLimit_Remaining="0", X_RateLimit_Reset="1")

    with PlainServer(answer) as server:
        client = client_of(server, RateBudget(60))
        client.get(client.url("/a"))
        client.get(client.url("/b"))
        first, second = (request.at for request in server.received)
    assert second - first >= 0.95


def test_the_last_answer_of_a_limit_is_used_however_long_the_next_pause_would_be() -> None:
    def answer(reply: Reply) -> None:
        reply.json("data", X_RateLimit_Limit="60", X_RateLimit_Remaining="0", X_RateLimit_Reset="3600")

    with PlainServer(answer) as server:
        client = client_of(server, RateBudget(60))
        assert client.get(client.url("/a")).body == "data"


def test_a_pause_that_nobody_wants_to_wait_for_is_an_error_at_once() -> None:
    with PlainServer(lambda reply: reply.json({}, 429, Retry_After="3600")) as server:
        client = client_of(server, RateBudget(0))
        begun = time.monotonic()
        with pytest.raises(
            ApiError, match="the API asks to wait 3600 s before the next request; run again later"
        ) as told:
            client.get(client.url("/list"))
        assert told.value.may_pass
        assert time.monotonic() - begun < 20
        assert len(server.received) == 1


def test_a_route_that_is_down_for_hours_does_not_hold_the_others(waits: list[float]) -> None:
    def answer(reply: Reply) -> None:
        if "down" in reply.path:
            reply.json({}, 503, Retry_After="7200")
        else:
            reply.json("data")

    with PlainServer(answer) as server:
        client = client_of(server, RateBudget(0))
        with pytest.raises(TransientError, match="answered 503"):
            client.get(client.url("/down"))
        assert client.get(client.url("/up")).body == "data"
    assert len(waits) == 3


def test_no_time_to_wait_is_no_reason_to_hurry(waits: list[float]) -> None:
    with PlainServer(lambda reply: reply.json({}, 429, Retry_After="0")) as server:
        client = client_of(server, RateBudget(0))
        with pytest.raises(TransientError):
            client.get(client.url("/list"))
    assert len(waits) == 3
    assert all(wait >= 0.5 for wait in waits)


# What the headers tell


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("3000", 3000),
        ("3000, 3000;window=60", 3000),
        ("100, 100;window=1, 2000;window=60", 2000),
        ("1000, 1000;window=3600", None),
        ("1000;w=60", None),
        ("", None),
        (None, None),
    ],
)
def test_a_limit_may_name_its_windows(text: str | None, limit: int | None) -> None:
    assert announced_limit(text) == limit


@pytest.mark.usefixtures("short_minutes")
def test_a_lower_limit_in_the_headers_is_followed(taken: list[float]) -> None:
    def answer(reply: Reply) -> None:
        reply.json(reply.path, X_RateLimit_Limit="10", X_RateLimit_Remaining=str(max(10 - reply.number, 1)))

    with PlainServer(answer) as server:
        budget = RateBudget(100, margin=0.1)
        client = client_of(server, budget)
        get_all(client, 1)
        get_all(client, 30)
    assert budget.limit == 10
    assert len(taken) == 31
    assert most_in_a_minute(taken) <= 10


@pytest.mark.usefixtures("short_minutes")
def test_a_higher_limit_in_the_headers_is_not_what_the_user_asked_for(taken: list[float]) -> None:
    with PlainServer(lambda reply: reply.json(1, X_RateLimit_Limit="500", X_RateLimit_Remaining="400")) as server:
        budget = RateBudget(10, margin=0.1)
        get_all(client_of(server, budget), 25)
    assert budget.limit == 10
    assert len(taken) == 25
    assert most_in_a_minute(taken) <= 10


@pytest.mark.usefixtures("short_minutes")
def test_others_that_use_the_same_limit_are_noticed(taken: list[float]) -> None:
    # Of the 20, others have used 15 already.
    def answer(reply: Reply) -> None:
        reply.json(1, X_RateLimit_Limit="20", X_RateLimit_Remaining=str(max(5 - reply.number, 1)))

    with PlainServer(answer) as server:
        budget = RateBudget(20, margin=0.1)
        client = client_of(server, budget)
        get_all(client, 1)
        get_all(client, 10)
    assert len(taken) == 11
    assert most_in_a_minute(taken) <= 6


@pytest.mark.parametrize("odd", ["many", "", "nan", "inf", "100, 100;w=60", "-1", "0"])
def test_headers_that_make_no_sense_change_nothing(odd: str) -> None:
    budget = RateBudget(50)
    budget.observe(200, {"X-RateLimit-Limit": odd, "X-RateLimit-Remaining": "5"})
    assert budget.limit == 50


# Ends


@pytest.mark.parametrize("held_by", ["pause", "budget", "backoff"])
def test_who_waits_ends_at_once_when_the_run_is_told_to(held_by: str) -> None:
    stop = threading.Event()
    budget = RateBudget(1, stop=stop)
    with PlainServer(lambda reply: reply.json({}, 503 if held_by == "backoff" else 200)) as server:
        client = ApiClient(server.url, budget=budget, stop=stop, max_retries=9)
        if held_by == "pause":
            budget.pause(60)
        elif held_by == "budget":
            budget.acquire()
        threading.Timer(0.3, stop.set).start()
        begun = time.monotonic()
        with pytest.raises(StoppedError):
            client.get(client.url("/list"))
        assert time.monotonic() - begun < 20


def test_a_tap_survives_a_server_that_throttles_it_now_and_then(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    for number in range(30):
        box.cachet.store.insert("metrics", name=str(number))
    box.faults.add(Fault("throttle", after=10, times=2, retry_after=1))
    run = tap(config(max_retries=3), ["points"])
    assert run.exit_code == 0
    assert run.activated == {"points"}
    assert "(2 of them retries)" in run.log
