"""What may pass is tried again, what does not is said in one line, and credentials stay at home."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import boxwatch_facts
import pytest
import sigryl_facts

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

SERVERS = boxwatch_facts.LISTS["servers"]
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
    "internal error": ({"kind": "status", "status": 500}, "answered 500 Internal Server Error: Status 500"),
    "throttled": ({"kind": "throttle"}, "answered 429 Too Many Requests"),
    "no answer": ({"kind": "drop"}, "got no answer"),
    "half a body": ({"kind": "truncated"}, "got no answer"),
    "a login page": ({"kind": "html"}, "is not JSON (text/html; charset=utf-8"),
    "a bad request": ({"kind": "status", "status": 400}, "answered 400 Bad Request: Status 400"),
    "a key that ends": ({"kind": "status", "status": 401}, "api_key"),
}


def read_updates(tap: TapRunner, box: Sandbox, **more: Any) -> Run:
    return tap(sigryl_facts.settings(box, **more), only=["incident_updates"])


def assert_updates_are_whole(run: Run, box: Sandbox) -> None:
    sigryl_facts.assert_holds(run, {"incident_updates": sigryl_facts.sigryl_rows(box)["incident_updates"]})
    assert run.activated == {"incident_updates"}


@pytest.mark.parametrize(
    ("name", "route"),
    [
        *((name, sigryl_facts.DETAIL) for name in PASSING),
        ("no answer", sigryl_facts.STATUS),
        ("half a body", sigryl_facts.INCIDENTS),
    ],
)
def test_what_passes_is_tried_again_at_sigryl(box: Sandbox, tap: TapRunner, name: str, route: str) -> None:
    box.faults.add(Fault(route=route, **PASSING[name]))
    run = read_updates(tap, box)
    assert_updates_are_whole(run, box)
    asked = {sigryl_facts.DETAIL: len(sigryl_facts.sigryl_rows(box)["incidents"])}.get(route, 2)
    assert box.requests.count(route) == asked + 1
    assert "(1 of them retries)" in run.log


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again_at_boxwatch(box: Sandbox, tap: TapRunner, name: str) -> None:
    box.faults.add(Fault(route=SERVERS, **PASSING[name]))
    boxwatch_facts.assert_holds(tap(boxwatch_facts.settings(box)), box)
    assert box.requests.count(SERVERS) == 2


@pytest.mark.parametrize("name", LASTING)
@pytest.mark.parametrize("provider", ["sigryl", "boxwatch"])
def test_what_lasts_is_said_in_one_line(box: Sandbox, tap: TapRunner, name: str, provider: str) -> None:
    fault, said = LASTING[name]
    facts: Any = {"sigryl": sigryl_facts, "boxwatch": boxwatch_facts}[provider]
    route = {"sigryl": sigryl_facts.DETAIL, "boxwatch": SERVERS}[provider]
    box.faults.add(Fault(route=route, times=None, **fault))
    run = tap(facts.settings(box, max_retries=0))
    assert run.exit_code == 1
    failing = {"sigryl": "incident_updates", "boxwatch": "servers"}[provider]
    # The only key of an account ends the run; whatever else lasts costs the stream that met it.
    costs_the_run = provider == "boxwatch" and name == "a key that ends"
    line, *more = run.errors
    assert route in line
    assert said in line
    assert "Traceback" not in run.log
    assert failing not in run.activated
    if costs_the_run:
        assert more == []
        return
    assert line.startswith(f"Failed: stream '{failing}' (")
    (last,) = more
    assert last.startswith("1 of ")
    assert f"could not be read, or only in part ('{failing}')" in last
    whole = {"sigryl": sigryl_facts.STREAMS, "boxwatch": boxwatch_facts.ACTIVATED}[provider]
    assert run.activated == whole - {failing}


def test_a_429_holds_the_key_that_met_it_for_as_long_as_the_server_says(box: Sandbox, tap: TapRunner) -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=2)
    fault = Fault("throttle", sigryl_facts.DETAIL, retry_after=format_datetime(moment, usegmt=True))
    box.faults.add(fault)
    run = read_updates(tap, box)
    assert_updates_are_whole(run, box)
    assert datetime.now(timezone.utc) >= moment - timedelta(seconds=1)


def test_many_accidents_lose_nothing(box: Sandbox, tap: TapRunner) -> None:
    for kind in ("drop", "truncated", "malformed"):
        box.faults.add(Fault(kind, times=None, probability=0.08))
    sigryl_facts.assert_holds(tap(sigryl_facts.settings(box, max_retries=8)), sigryl_facts.sigryl_rows(box))
    boxwatch_facts.assert_holds(tap(boxwatch_facts.settings(box, max_retries=8)), box)


@pytest.mark.parametrize("provider", ["sigryl", "boxwatch"])
def test_no_redirect_takes_a_key_to_another_host(
    box: Sandbox, full_box: Sandbox, tap: TapRunner, provider: str
) -> None:
    facts: Any = {"sigryl": sigryl_facts, "boxwatch": boxwatch_facts}[provider]
    route = {"sigryl": sigryl_facts.DETAIL, "boxwatch": SERVERS}[provider]
    full_box.requests.clear()
    box.faults.add(Fault("redirect", route, location=f"{full_box.base_url}/elsewhere"))
    run = tap(facts.settings(box))
    assert run.exit_code == 1
    assert "was redirected to another host" in run.errors[0]
    assert full_box.requests.total == 0


class TestDrift:
    """A provider adds a field."""

    def test_it_is_named_once_and_left_out(self, box: Sandbox, tap: TapRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        teller = type(box.sigryl.view()._teller)
        told = teller.component
        monkeypatch.setattr(teller, "component", lambda self, row: {**told(self, row), "upTime": 99})
        run = tap(sigryl_facts.settings(box), only=["components"])
        assert run.exit_code == 0
        assert [text for text in run.warnings if text.endswith(": components.up_time")] != []
        assert not any("up_time" in row for row in run.rows["components"])
        assert run.activated == {"components"}

    def test_a_time_that_is_none_is_null_and_said(
        self, box: Sandbox, tap: TapRunner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        teller = type(box.sigryl.view()._teller)
        told = teller.incident
        monkeypatch.setattr(
            teller, "incident", lambda self, row, **more: {**told(self, row, **more), "createdAt": "soon"}
        )
        run = tap(sigryl_facts.settings(box), only=["incidents"])
        assert {row["created_at"] for row in run.rows["incidents"]} == {None}
        assert sum("'soon'" in text for text in run.warnings) == 1
