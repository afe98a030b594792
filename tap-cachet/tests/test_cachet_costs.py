"""What a run costs in requests: servers allow 300 a minute, older ones 60."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from cachet_facts import CachetFacts, Viewer
from cachet_runs import settings

from sandbox import CachetSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cachet_runs import Row, Tap

PER_PAGE = 100
CHECK = 1
"""The request that checks the token."""

LISTS = {
    "components": "components",
    "component_groups": "component_groups",
    "incidents": "incidents",
    "incident_updates": "incidents",
    "incident_templates": "incident_templates",
    "metrics": "metrics",
    "schedules": "schedules",
    "schedule_updates": "schedules",
    "subscribers": "subscribers",
}
"""Streams that are made of the pages of one list alone."""


def pages(rows: int) -> int:
    """Requests for a list, one at a time: its pages, and a second look at each page but the last."""
    wanted = max(1, -(-rows // PER_PAGE))
    return 2 * wanted - 1


def shown_alone(owners: list[Row], links: list[Row], key: str) -> int:
    """Owners whose own route has to be asked: those that share a component with another one of their page."""
    asked = 0
    for start in range(0, len(owners), PER_PAGE):
        page = [owner["id"] for owner in owners[start : start + PER_PAGE]]
        of_page = [link for link in links if link[key] in page]
        shared = Counter(link["component_id"] for link in of_page)
        asked += len({link[key] for link in of_page if shared[link["component_id"]] > 1})
    return asked


def point_pages(facts: dict[str, list[Row]]) -> int:
    """Requests for the points of all metrics, read for the first time."""
    points = Counter(row["metric_id"] for row in facts["metric_points"])
    return sum(pages(points[row["id"]]) for row in facts["metrics"])


def cost(stream: str, facts: dict[str, list[Row]]) -> int:
    """Requests of a stream that is read alone, one at a time, the token check aside."""
    if stream in LISTS:
        return pages(len(facts[LISTS[stream]]))
    if stream == "metric_points":
        return pages(len(facts["metrics"])) + point_pages(facts)
    if stream in {"status", "version"}:
        return 1
    owner = stream.removesuffix("_components")
    owners = facts[f"{owner}s"]
    return pages(len(owners)) + shown_alone(owners, facts[stream], f"{owner}_id")


@pytest.fixture(scope="module")
def facts(full_box: Sandbox) -> dict[str, list[Row]]:
    return CachetFacts(full_box, Viewer("full")).streams()


@pytest.mark.parametrize(
    "stream", [*LISTS, "incident_components", "schedule_components", "metric_points", "status", "version"]
)
def test_a_stream_alone_costs_its_pages(full_box: Sandbox, tap: Tap, facts: dict[str, list[Row]], stream: str) -> None:
    full_box.requests.clear()
    run = tap(settings(full_box, "full", max_concurrency=1), only=[stream])
    assert run.exit_code == 0
    assert full_box.requests.total == CHECK + cost(stream, facts)
    assert re.search(rf"Finished: .*, {full_box.requests.total} requests\n", run.log), run.log


def test_a_whole_run_reads_no_list_twice(full_box: Sandbox, tap: Tap, facts: dict[str, list[Row]]) -> None:
    full_box.requests.clear()
    run = tap(settings(full_box, "full", max_concurrency=1), everything=True)
    assert run.exit_code == 0
    lists = sum(pages(len(facts[table])) for table in set(LISTS.values()))
    links = sum(
        shown_alone(facts[f"{owner}s"], facts[f"{owner}_components"], f"{owner}_id")
        for owner in ("incident", "schedule")
    )
    assert full_box.requests.total == CHECK + lists + links + point_pages(facts) + len(["status", "version"])


def test_requests_ahead_cost_little_more(full_box: Sandbox, tap: Tap) -> None:
    totals = []
    for requests_at_once in (1, 8):
        full_box.requests.clear()
        run = tap(settings(full_box, "full", max_concurrency=requests_at_once), everything=True)
        assert run.exit_code == 0
        totals.append(full_box.requests.total)
    one_by_one, ahead = totals
    assert ahead <= one_by_one * 1.1


def test_every_page_is_as_large_as_the_server_allows(full_box: Sandbox, tap: Tap) -> None:
    full_box.requests.clear()
    assert tap(settings(full_box, "full"), everything=True).exit_code == 0
    lists = [url for url in full_box.requests.urls if "page=" in url and "/subscribers?per_page=1" not in url]
    assert lists
    assert all("per_page=100" in url for url in lists)


class TestALookAtTheConnection:
    """`--test` asks for a first row of each stream."""

    def test_it_costs_no_more_than_one_request_a_stream(self, full_box: Sandbox, tap: Tap) -> None:
        full_box.requests.clear()
        run = tap(settings(full_box, "full"), arguments=["--test"])
        assert run.exit_code == 0
        streams = set(CachetFacts(full_box).streams()) | {"status", "version"}
        assert full_box.requests.total <= CHECK + len(streams)
        # The lists that streams share are asked for once, the links ask for one owner each.
        lists = {route: count for route, count in full_box.requests.by_route.items() if "{id}" not in route}
        assert lists.pop("/cachet/api/subscribers") == CHECK + 1
        assert set(lists.values()) == {1}

    def test_a_guest_can_do_it_too(self, full_box: Sandbox, tap: Tap) -> None:
        assert tap(settings(full_box), arguments=["--test"]).exit_code == 0

    def test_a_wrong_token_fails_it(self, full_box: Sandbox, tap: Tap) -> None:
        run = tap({**settings(full_box), "api_token": "1|wrong"}, arguments=["--test"])
        assert run.exit_code == 1
        assert "api_token" in run.log

    def test_an_api_that_is_switched_off_fails_it(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.settings.api_enabled = False
        assert tap(settings(box), arguments=["--test"]).exit_code == 1


class TestASmallServer:
    """Lists of a single page, the usual case."""

    @pytest.fixture
    def tiny_box(self) -> Iterator[Sandbox]:
        size = CachetSeed(incidents=5, components=6, groups=2, metrics=2, points=9, schedules=3, subscribers=2)
        with Sandbox(seed=2, cachet=size, bare=True) as sandbox:
            sandbox.cachet.settings.rate_limit = None
            for link in sandbox.cachet.store.rows("incident_components"):
                sandbox.cachet.store.delete("incident_components", link["id"])
            for link in sandbox.cachet.store.rows("schedule_components"):
                sandbox.cachet.store.delete("schedule_components", link["id"])
            yield sandbox

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    def test_a_list_of_one_page_costs_one_request(self, tiny_box: Sandbox, tap: Tap, requests_at_once: int) -> None:
        run = tap(settings(tiny_box, "full", max_concurrency=requests_at_once), everything=True)
        assert run.exit_code == 0
        metrics = len(CachetFacts(tiny_box, Viewer("full")).streams()["metrics"])
        assert dict(tiny_box.requests.by_route) == {
            "/cachet/api/components": 1,
            "/cachet/api/component-groups": 1,
            "/cachet/api/incidents": 1,
            "/cachet/api/incident-templates": 1,
            "/cachet/api/metrics": 1,
            "/cachet/api/metrics/{id}/points": metrics,
            "/cachet/api/schedules": 1,
            "/cachet/api/subscribers": CHECK + 1,
            "/cachet/api/status": 1,
            "/cachet/api/version": 1,
        }
