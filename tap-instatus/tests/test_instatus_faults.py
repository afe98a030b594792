"""What may pass is tried again, what does not is said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import OF_INCIDENTS, InstatusFacts, all_differences, settings

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

INCIDENTS = "/instatus/v1/{page_id}/incidents"
PASSING: dict[str, dict[str, Any]] = {
    "internal error": {"kind": "status", "status": 500},
    "throttled for a second": {"kind": "throttle", "retry_after": 1},
    "throttled": {"kind": "throttle"},
    "no answer": {"kind": "drop"},
    "half a body": {"kind": "truncated"},
    "broken JSON": {"kind": "malformed"},
    "a login page": {"kind": "html"},
    "no body": {"kind": "empty"},
}
LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "internal error": ({"kind": "status", "status": 500}, "answered 500 Internal Server Error"),
    "throttled": ({"kind": "throttle"}, "answered 429 Too Many Requests"),
    "no answer": ({"kind": "drop"}, "got no answer"),
    "a login page": ({"kind": "html"}, "is not JSON (text/html; charset=utf-8"),
    "a bad request": ({"kind": "status", "status": 400}, "answered 400"),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again(box: Sandbox, tap: TapRunner, name: str) -> None:
    box.faults.add(Fault(route=INCIDENTS, **PASSING[name]))
    run = tap(settings(box), only=["incidents"])
    assert run.exit_code == 0, run.log
    assert all_differences(run.rows, InstatusFacts(box).streams(["incidents"])) == []
    assert run.activated == {"incidents"}
    assert box.requests.count(INCIDENTS) == 2 * 2 + 1


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_ends_the_run_with_one_line(box: Sandbox, tap: TapRunner, name: str) -> None:
    fault, said = LASTING[name]
    box.faults.add(Fault(route=INCIDENTS, times=None, **fault))
    run = tap(settings(box, max_retries=0), only=["incidents"])
    assert run.exit_code == 1
    assert "Traceback" not in run.log
    (line,) = run.errors
    assert said in line
    assert f"{box.instatus.api_url}/v1/" in line
    assert run.activated == set()


def test_what_instatus_says_of_an_error_is_shown(box: Sandbox, tap: TapRunner) -> None:
    box.instatus.refuse(box.instatus.view().pages()[0]["id"], 403)
    run = tap(settings(box, strict=True), only=["incidents"])
    assert "answered 403 Forbidden: " in run.errors[0]


def test_a_limit_that_is_met_costs_time_and_no_rows(box: Sandbox, tap: TapRunner) -> None:
    box.instatus.settings.rate_limit = 40
    box.faults.add(Fault("throttle", times=3, after=5, retry_after=1))
    chosen = ["components", "incidents", "monitors", "metrics"]
    run = tap(settings(box, max_retries=5), only=chosen)
    assert run.exit_code == 0
    assert all_differences(run.rows, InstatusFacts(box).streams(chosen)) == []


def test_trouble_everywhere_loses_no_row(box: Sandbox, tap: TapRunner) -> None:
    for name in ("internal error", "no answer", "half a body", "broken JSON", "no body"):
        box.faults.add(Fault(probability=0.05, **{**PASSING[name], "times": None}))
    chosen = {"pages", "components", "metrics", "monitors", "user"} | OF_INCIDENTS
    run = tap(settings(box, max_retries=6), only=chosen)
    assert run.exit_code == 0, run.errors
    assert all_differences(run.rows, InstatusFacts(box).streams(chosen)) == []
    assert run.activated == chosen


def test_ids_are_encoded_before_they_enter_a_path(box: Sandbox, tap: TapRunner) -> None:
    tap(settings(box, record_ids={"incidents": ["../../../v1/user", "a/b?c=d"]}), only=["incidents"])
    assert box.requests.count("/instatus/v1/user") == 0
    asked = [url for url in box.requests.urls if "/incidents/" in url]
    assert len(asked) == 4
    assert all("%2F" in url and "?" not in url for url in asked)
