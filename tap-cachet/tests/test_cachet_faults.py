"""What may pass is tried again, what does not is said in one line, and credentials stay at home."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from cachet_facts import CachetFacts, Viewer, differences
from cachet_runs import settings

from sandbox import CachetSeed, Fault, RateLimit, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cachet_runs import Run, Tap

COMPONENTS = "/cachet/api/components"
PASSING: dict[str, dict[str, Any]] = {
    "internal error": {"kind": "status", "status": 500},
    "bad gateway": {"kind": "status", "status": 502},
    "unavailable for a second": {"kind": "status", "status": 503, "retry_after": 1},
    "throttled for a second": {"kind": "throttle", "retry_after": 1},
    "no answer": {"kind": "drop"},
    "half a body": {"kind": "truncated"},
    "broken JSON": {"kind": "malformed"},
    "a login page": {"kind": "html"},
    "no body": {"kind": "empty"},
}
LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "internal error": ({"kind": "status", "status": 500}, "answered 500 Internal Server Error"),
    "unavailable": ({"kind": "status", "status": 503}, "answered 503 Service Unavailable"),
    "throttled": ({"kind": "throttle"}, "answered 429 Too Many Requests"),
    "no answer": ({"kind": "drop"}, "got no answer"),
    "half a body": ({"kind": "truncated"}, "got no answer"),
    "broken JSON": ({"kind": "malformed"}, "broken JSON"),
    "a login page": ({"kind": "html"}, "is not JSON (text/html; charset=utf-8"),
    "no body": ({"kind": "empty"}, "is not JSON"),
    "a body that stalls": ({"kind": "slow", "seconds": 15.0}, "got no answer"),
    "a wrong request": ({"kind": "status", "status": 422}, "answered 422"),
    "a bad request": ({"kind": "status", "status": 400}, "answered 400"),
    "a token that ends": ({"kind": "status", "status": 401}, "api_token"),
}


@pytest.fixture
def other() -> Iterator[Sandbox]:
    """Another host."""
    with Sandbox(seed=1, cachet=CachetSeed(incidents=1, points=0, subscribers=0), bare=True) as sandbox:
        yield sandbox


def read_components(tap: Tap, box: Sandbox, **more: Any) -> Run:
    return tap(settings(box, "full", **more), only=["components"])


def assert_components_are_whole(run: Run, box: Sandbox) -> None:
    assert run.exit_code == 0, run.log
    expected = CachetFacts(box, Viewer("full")).streams()["components"]
    assert differences("components", run.rows["components"], expected) == []
    assert run.activated == {"components"}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again(box: Sandbox, tap: Tap, name: str) -> None:
    box.faults.add(Fault(route=COMPONENTS, **PASSING[name]))
    run = read_components(tap, box)
    assert_components_are_whole(run, box)
    assert box.requests.count(COMPONENTS) == 2


@pytest.mark.parametrize("name", PASSING)
def test_the_summary_counts_what_was_repeated(box: Sandbox, tap: Tap, name: str) -> None:
    box.faults.add(Fault(route="/cachet/api/incident-templates", **PASSING[name]))
    run = tap(settings(box), only=["incident_templates"])
    assert len(run.rows["incident_templates"]) == 3
    assert "3 rows from 1 stream, 2 requests (1 of them retries)" in run.log


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_ends_the_run_with_one_line(box: Sandbox, tap: Tap, name: str) -> None:
    fault, said = LASTING[name]
    box.faults.add(Fault(route=COMPONENTS, times=None, **fault))
    run = read_components(tap, box, max_retries=0, request_timeout=1)
    assert run.exit_code == 1
    assert "Traceback" not in run.log
    (line,) = run.errors
    assert said in line
    assert f"{box.cachet.api_url}/components" in line
    assert run.activated == set()
    assert box.cachet.tokens["full"] not in run.log


def test_nobody_waits_for_an_hour(box: Sandbox, tap: Tap) -> None:
    box.faults.add(Fault("throttle", COMPONENTS, retry_after=3600))
    run = read_components(tap, box)
    assert run.exit_code == 1
    (line,) = run.errors
    assert "asks to wait 3600 s" in line


def test_the_number_of_retries_is_the_settings(box: Sandbox, tap: Tap) -> None:
    box.faults.add(Fault("status", COMPONENTS, status=502, times=None))
    run = read_components(tap, box, max_retries=2)
    assert run.exit_code == 1
    assert box.requests.count(COMPONENTS) == 3


def test_a_date_that_says_when_to_try_again_is_waited_for(box: Sandbox, tap: Tap) -> None:
    until = datetime.now(timezone.utc) + timedelta(seconds=3)
    box.faults.add(Fault("throttle", COMPONENTS, retry_after=format_datetime(until, usegmt=True)))
    run = read_components(tap, box)
    assert_components_are_whole(run, box)
    assert datetime.now(timezone.utc) >= until.replace(microsecond=0) - timedelta(seconds=1)


def test_a_limit_that_is_met_costs_time_and_no_rows(box: Sandbox, tap: Tap) -> None:
    box.faults.limit = RateLimit(requests=6, seconds=1.0)
    run = tap(settings(box, "full", max_retries=10), everything=True)
    assert run.exit_code == 0
    expected = CachetFacts(box, Viewer("full")).streams()
    assert [line for name, rows in expected.items() for line in differences(name, run.rows[name], rows)] == []


def test_trouble_everywhere_loses_no_row(box: Sandbox, tap: Tap) -> None:
    for name in ("internal error", "no answer", "half a body", "broken JSON", "no body"):
        box.faults.add(Fault(probability=0.06, **{**PASSING[name], "times": None}))
    run = tap(settings(box, "full", max_retries=6), everything=True)
    assert run.exit_code == 0, run.errors
    expected = CachetFacts(box, Viewer("full")).streams()
    assert [line for name, rows in expected.items() for line in differences(name, run.rows[name], rows)] == []


def test_a_slow_body_is_waited_for(box: Sandbox, tap: Tap) -> None:
    box.faults.add(Fault("slow", COMPONENTS, seconds=1.5))
    assert_components_are_whole(read_components(tap, box, request_timeout=1), box)


class TestAnotherHost:
    """Credentials go to the configured host alone."""

    def test_a_redirect_there_ends_the_run_and_is_not_followed(self, box: Sandbox, other: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("redirect", COMPONENTS, location=f"{other.cachet.api_url}/components", times=None))
        run = read_components(tap, box)
        assert run.exit_code == 1
        (line,) = run.errors
        assert "redirected to another host" in line
        assert other.base_url.removeprefix("http://") in line
        assert other.requests.total == 0

    def test_a_redirect_of_the_token_check_is_not_followed(self, box: Sandbox, other: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("redirect", "/cachet/api/subscribers", location=other.base_url, times=None))
        run = read_components(tap, box)
        assert run.exit_code == 1
        assert other.requests.total == 0

    def test_a_redirect_within_the_host_is_followed(self, box: Sandbox, tap: Tap) -> None:
        location = f"{COMPONENTS}?sort=id&filter[enabled]=0,1&page=1&per_page=100&include=group,meta"
        box.faults.add(Fault("redirect", COMPONENTS, location=location))
        assert_components_are_whole(read_components(tap, box), box)
        assert {headers["authorization"] for headers in box.requests.headers} == {f"Bearer {box.cachet.tokens['full']}"}

    def test_redirects_in_a_circle_end_the_run(self, box: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("redirect", COMPONENTS, location=COMPONENTS, times=None))
        run = read_components(tap, box)
        assert run.exit_code == 1
        assert "redirected more than" in run.errors[0]

    @pytest.mark.parametrize("server", ["current", "v2"])
    def test_a_next_link_that_leads_there_is_not_followed(
        self, large_box: Sandbox, other: Sandbox, tap: Tap, server: str
    ) -> None:
        route = {"current": "/cachet/api/components", "v2": "/cachet-v2/api/v1/components"}[server]
        large_box.faults.add(Fault("next_link", route, location=other.base_url, times=None))
        token = {"current": "full", "v2": "v2"}[server]
        run = tap(settings(large_box, token, server=server), only=["components"])
        assert run.exit_code == 0
        assert len({row["id"] for row in run.rows["components"]}) == len(run.rows["components"]) > 60
        assert other.requests.total == 0
