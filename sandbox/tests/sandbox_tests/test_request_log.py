from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from .client import CachetClient


def test_counts_by_route_template(fresh: CachetClient) -> None:
    fresh.ask("/incidents/1")
    fresh.ask("/incidents/2?include=updates")
    fresh.ask("/incidents")
    fresh.ask("/incidents/1/updates/3")
    log = fresh.box.requests
    assert log.total == 4
    assert log.count("/cachet/api/incidents/{id}") == 2
    assert log.by_route == {
        "/cachet/api/incidents/{id}": 2,
        "/cachet/api/incidents": 1,
        "/cachet/api/incidents/{id}/updates/{child_id}": 1,
    }


def test_keeps_what_was_sent_in_order(fresh: CachetClient) -> None:
    fresh.ask("/incidents?sort=id&filter%5Bname%5D=a%20b", "readonly")
    fresh.ask("/ping", method="POST")
    log = fresh.box.requests
    assert log.urls == ["/cachet/api/incidents?sort=id&filter%5Bname%5D=a%20b", "/cachet/api/ping"]
    assert log.methods == ["GET", "POST"]
    assert log.headers[0]["authorization"] == f"Bearer {fresh.box.cachet.tokens['readonly']}"
    assert "authorization" not in log.headers[1]


def test_clear_forgets_everything(fresh: CachetClient) -> None:
    fresh.ask("/ping")
    fresh.box.requests.clear()
    log = fresh.box.requests
    assert (log.total, log.urls, dict(log.by_route), log.throttled) == (0, [], {}, 0)


def test_loses_no_count_to_concurrency(fresh: CachetClient) -> None:
    url = f"{fresh.box.cachet.api_url}/ping"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: requests.get(url, timeout=5), range(80)))
    assert fresh.box.requests.count("/cachet/api/ping") == 80


def test_counts_answers_that_are_throttled(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.rate_limit = 2
    statuses = [fresh.ask("/ping").status_code for _ in range(5)]
    assert statuses == [200, 200, 429, 429, 429]
    assert fresh.box.requests.throttled == 3
