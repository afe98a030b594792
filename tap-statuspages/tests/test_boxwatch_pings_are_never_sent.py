"""A GET of `/ping/SLUG` reports a run of a job: nothing that the tap does sends one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from boxwatch_facts import LISTS, PUBLIC_ROUTE, STREAMS, settings

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox


def pings(box: Sandbox) -> list[str]:
    """The addresses of the pings that were sent, and what they have left behind."""
    sent = [url for url in box.requests.urls if "ping" in url]
    return sent + [str(row) for row in box.boxwatch.store.rows("pings")]


def slug(box: Sandbox) -> str:
    """The slug of a job."""
    found: str = box.boxwatch.store.rows("cron_checks")[0]["slug"]
    return found


def test_the_server_would_have_noticed_one(box: Sandbox) -> None:
    requests.get(f"{box.boxwatch.api_url}/ping/{slug(box)}", timeout=10).raise_for_status()
    assert len(pings(box)) == 2


@pytest.mark.parametrize("stream", sorted(STREAMS))
def test_a_stream_sends_none(box: Sandbox, tap: TapRunner, stream: str) -> None:
    assert tap(settings(box), only=[stream]).exit_code == 0
    assert pings(box) == []


@pytest.mark.parametrize("arguments", [[], ["--test"], ["--discover"]], ids=["run", "test", "discover"])
def test_no_way_of_running_sends_one(box: Sandbox, tap: TapRunner, arguments: list[str]) -> None:
    assert tap(settings(box), arguments=arguments).exit_code == 0
    assert pings(box) == []


@pytest.mark.parametrize("route", [*LISTS.values(), PUBLIC_ROUTE])
@pytest.mark.parametrize("end", ["", "/start", "/fail", "/fail/1"])
def test_no_redirect_leads_there(box: Sandbox, tap: TapRunner, route: str, end: str) -> None:
    location = f"{box.boxwatch.api_url}/ping/{slug(box)}{end}"
    box.faults.add(Fault("redirect", route, times=None, location=location))
    run = tap(settings(box))
    assert pings(box) == []
    assert _was_noticed(run)
    assert slug(box) not in run.log


def test_no_slug_of_a_page_leads_there(box: Sandbox, tap: TapRunner) -> None:
    page: dict[str, Any] = box.boxwatch.store.rows("status_pages")[0]
    box.boxwatch.store.update("status_pages", page["id"], slug=f"../ping/{slug(box)}")
    assert tap(settings(box)).exit_code == 0
    assert box.boxwatch.store.rows("pings") == []


def _was_noticed(run: Run) -> bool:
    return any("would change something, and is not sent" in text for text in [*run.warnings, *run.errors])
