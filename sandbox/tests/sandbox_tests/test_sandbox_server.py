from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import CachetSeed, Sandbox

if TYPE_CHECKING:
    from .client import CachetClient


def test_answers_as_soon_as_it_is_entered_and_refuses_once_it_is_left() -> None:
    with Sandbox(cachet=CachetSeed(incidents=0)) as box:
        url = f"{box.cachet.api_url}/ping"
        assert requests.get(url, timeout=5).json() == {"data": "Pong!"}
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_has_no_address_before_it_runs() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Sandbox(cachet=CachetSeed(incidents=0)).base_url


def test_a_bare_one_holds_what_it_is_told_to_and_nothing_else() -> None:
    with Sandbox(seed=1, cachet=CachetSeed(incidents=3), bare=True) as box:
        assert len(box.cachet.store.rows("incidents")) == 3
        assert box.sigryl.pages == []
        assert box.boxwatch.store.rows("servers") == []
        assert box.instatus.store.rows("pages") == []


def test_takes_the_port_that_is_asked_for_and_fails_clearly_where_it_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=port, cachet=CachetSeed(incidents=0)).start()
    with Sandbox(port=port, cachet=CachetSeed(incidents=0)) as box:
        assert box.base_url == f"http://127.0.0.1:{port}"


def test_latency_of_concurrent_requests_overlaps(fresh: CachetClient) -> None:
    fresh.box.faults.latency = 0.5
    started = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: requests.get(f"{fresh.box.cachet.api_url}/ping", timeout=5).status_code, range(16))
        )
    assert answers == [200] * 16
    # One after the other they would take 8 s.
    assert 0.5 <= time.monotonic() - started < 7


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements(shared: CachetClient) -> None:
    def seconds() -> float:
        started = time.monotonic()
        shared.json("/incidents?per_page=20")
        return time.monotonic() - started

    shared.json("/ping")
    # Such a wait takes 0.04 s and comes with every answer; the machine may be busy for most of them.
    assert min(seconds() for _ in range(30)) < 0.04


def test_a_page_of_a_hundred_rows_costs_no_more_in_a_big_table() -> None:
    def seconds_of_a_page(rows: int) -> float:
        """The fastest of many: a busy machine is not busy in all of them."""
        size = CachetSeed(incidents=0, points=0, subscribers=0, templates=rows)
        with Sandbox(cachet=size) as box, requests.Session() as session:
            box.cachet.settings.rate_limit = None
            params: dict[str, str | int] = {"sort": "id", "per_page": 100, "page": rows // 100 - 1}
            answers = [
                session.get(f"{box.cachet.api_url}/incident-templates", params=params, timeout=10) for _ in range(40)
            ]
            assert answers[-1].json()["data"][-1]["id"] == str(rows - 100)
        return min(answer.elapsed.total_seconds() for answer in answers)

    assert seconds_of_a_page(50_000) < 3 * seconds_of_a_page(500)


def test_head_is_answered_without_a_body(shared: CachetClient) -> None:
    answer = shared.ask("/incidents", method="HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_path_of_no_api_is_not_found(shared: CachetClient) -> None:
    assert shared.ask("/nothing/here", base=shared.box.base_url).status_code == 404
