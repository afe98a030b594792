"""What a run costs in requests: no document tells how many are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from instatus_facts import OF_INCIDENTS, OF_MAINTENANCES, settings

from sandbox import InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_fanout.testing import TapRunner

API = "/instatus"
OF_A_PAGE = {
    f"{API}/v1/{{page_id}}/components",
    f"{API}/v1/{{page_id}}/incidents",
    f"{API}/v1/{{page_id}}/maintenances",
    f"{API}/v1/{{page_id}}/templates",
    f"{API}/v1/{{page_id}}/team",
    f"{API}/v2/{{page_id}}/subscribers",
    f"{API}/v1/{{page_id}}/metrics",
    f"{API}/v1/{{page_id}}/audience-groups",
}
"""Bare arrays: a short page is looked behind once."""
WITH_TOTALS = {f"{API}/{{page_id}}/monitors", f"{API}/{{page_id}}/monitors/cron", f"{API}/{{page_id}}/monitor-alerts"}
UNPAGED = {f"{API}/{{page_id}}/routing-rules", f"{API}/{{page_id}}/escalation-policies"}


@pytest.mark.parametrize("requests_at_once", [1, 8])
def test_a_small_account_costs_two_requests_a_list_and_page(
    box: Sandbox, tap: TapRunner, requests_at_once: int
) -> None:
    run = tap(settings(box, max_concurrency=requests_at_once), everything=True)
    assert run.exit_code == 0
    assert dict(box.requests.by_route) == {
        f"{API}/v2/pages": 2,
        f"{API}/v1/workspaces": 2,
        f"{API}/v1/user": 1,
        **dict.fromkeys(OF_A_PAGE, 2 * 2),
        **dict.fromkeys(WITH_TOTALS | UNPAGED, 2),
        "/instatus-public/{host}/summary.json": 2,
    }


@pytest.mark.parametrize("streams", [OF_INCIDENTS, OF_MAINTENANCES, {"metrics", "metric_datapoints"}])
def test_streams_of_one_list_cost_no_more_than_one_of_them(
    full_box: Sandbox, tap: TapRunner, streams: set[str]
) -> None:
    costs = []
    for chosen in (streams, [min(streams)]):
        full_box.requests.clear()
        run = tap(settings(full_box), only=chosen)
        assert run.rows.keys() == set(chosen)
        costs.append(dict(full_box.requests.by_route))
    assert costs[0] == costs[1]


def test_an_empty_list_is_not_looked_behind(tap: TapRunner) -> None:
    size = InstatusSeed(pages=1, unowned_pages=0, forbidden_pages=0, incidents=0)
    with Sandbox(seed=3, instatus=size, bare=True) as box:
        tap(settings(box), only=["incidents"])
        assert box.requests.count(f"{API}/v1/{{page_id}}/incidents") == 1


class TestAPageWithALongHistory:
    """1,234 incidents: 13 pages."""

    @pytest.fixture(scope="class")
    @classmethod
    def long_box(cls) -> Iterator[Sandbox]:
        size = InstatusSeed(pages=1, unowned_pages=0, forbidden_pages=0, incidents=1234)
        with Sandbox(seed=2, instatus=size, bare=True) as sandbox:
            yield sandbox

    def test_it_arrives_whole(self, long_box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(long_box), only=OF_INCIDENTS)
        assert len({row["id"] for row in run.rows["incidents"]}) == len(run.rows["incidents"]) == 1234
        told = [row for _, row in long_box.instatus.view().all_rows("incidents")]
        assert len(run.rows["incident_updates"]) == sum(len(row["updates"]) for row in told)
        assert len(run.rows["incident_components"]) == sum(len(row["components"]) for row in told)
        assert run.activated == OF_INCIDENTS

    def test_it_costs_few_more_requests_than_it_has_pages(self, long_box: Sandbox, tap: TapRunner) -> None:
        long_box.requests.clear()
        tap(settings(long_box), only=OF_INCIDENTS)
        assert long_box.requests.count(f"{API}/v1/{{page_id}}/incidents") == 20

    def test_a_test_of_the_connection_asks_for_no_list_twice(self, long_box: Sandbox, tap: TapRunner) -> None:
        long_box.requests.clear()
        run = tap(settings(long_box), arguments=["--test"])
        assert run.exit_code == 0
        assert set(long_box.requests.by_route.values()) == {1}


def test_by_id_routes_and_routes_with_side_effects_are_never_asked_for(full_box: Sandbox, tap: TapRunner) -> None:
    full_box.requests.clear()
    assert tap(settings(full_box), everything=True).exit_code == 0
    assert not [route for route in full_box.requests.by_route if route.endswith("{id}") or "/run" in route]
    assert not any("check_inserted_logs" in url or "-updates/" in url for url in full_box.requests.urls)
    assert set(full_box.requests.methods) == {"GET"}
