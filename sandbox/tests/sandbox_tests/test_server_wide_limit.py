from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sandbox import RateLimit

if TYPE_CHECKING:
    from .client import CachetClient


def test_the_limit_holds_over_all_apis_and_tells_when_to_come_back(fresh: CachetClient) -> None:
    fresh.box.faults.limit = RateLimit(requests=3, seconds=30)
    v2 = fresh.box.cachet.v2_api_url
    passing = [fresh.ask("/ping"), fresh.ask("/ping", base=v2), fresh.ask("/incidents")]
    refused = fresh.ask("/ping", base=v2)
    assert [answer.headers["X-RateLimit-Remaining"] for answer in passing] == ["2", "1", "0"]
    assert refused.status_code == 429
    assert refused.headers["X-RateLimit-Limit"] == "3"
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert abs(int(refused.headers["X-RateLimit-Reset"]) - time.time() - 30) < 10
    assert refused.json()["errors"][0]["status"] == 429


def test_the_window_slides(fresh: CachetClient) -> None:
    fresh.box.faults.limit = limit = RateLimit(requests=2, seconds=40)
    assert [fresh.ask("/ping").status_code for _ in range(3)] == [200, 200, 429]
    # As if the first request had been sent a window earlier.
    limit._times[0] -= 40
    assert [fresh.ask("/ping").status_code for _ in range(2)] == [200, 429]


def test_clearing_the_faults_ends_limit_and_latency(fresh: CachetClient) -> None:
    fresh.box.faults.limit = RateLimit(requests=0, seconds=60)
    fresh.box.faults.latency = 5
    fresh.box.faults.clear()
    assert fresh.ask("/ping").elapsed.total_seconds() < 4
