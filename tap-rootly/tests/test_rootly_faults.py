"""What may pass is tried again, what does not is said in one line, and what is refused is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rootly_facts import differences, expected_rows
from rootly_runs import INCIDENTS, NAMES, settings

from sandbox import Fault, RootlySeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_fanout.testing import Run, TapRunner

SERVICES = "/rootly/v1/services"
PASSING: dict[str, dict[str, Any]] = {
    "internal error": {"kind": "status", "status": 500},
    "throttled for a second": {"kind": "throttle", "retry_after": 1},
    "no answer": {"kind": "drop"},
    "half a body": {"kind": "truncated"},
    "a login page": {"kind": "html"},
}
LASTING: dict[str, tuple[dict[str, Any], str]] = {
    "internal error": ({"kind": "status", "status": 500}, "answered 500 Internal Server Error"),
    "throttled": ({"kind": "throttle"}, "answered 429 Too Many Requests"),
    "no answer": ({"kind": "drop"}, "got no answer"),
    "a login page": ({"kind": "html"}, "is not JSON (text/html; charset=utf-8"),
    "a wrong request": ({"kind": "status", "status": 422}, "answered 422"),
    "a token that ends": ({"kind": "status", "status": 401}, "api_token"),
}
GATED = {"/v1/secrets": 403, "/v1/audits": 404, "/v1/incidents/{incident_id}/form_field_selections": 403}


@pytest.fixture
def other() -> Iterator[Sandbox]:
    """Another host."""
    with Sandbox(seed=1, rootly=RootlySeed(incidents=1), bare=True) as sandbox:
        yield sandbox


def read_services(tap: TapRunner, box: Sandbox, **more: Any) -> Run:
    return tap(settings(box, **more), only=["services"])


def assert_services_are_whole(run: Run, box: Sandbox) -> None:
    assert run.exit_code == 0, run.log
    assert differences("services", run.rows["services"], expected_rows(box, ["services"])["services"]) == []
    assert run.activated == {"services"}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again(box: Sandbox, tap: TapRunner, name: str) -> None:
    box.faults.add(Fault(route=SERVICES, **PASSING[name]))
    assert_services_are_whole(read_services(tap, box), box)
    assert box.requests.count(SERVICES) == 2


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_ends_the_run_with_one_line(box: Sandbox, tap: TapRunner, name: str) -> None:
    fault, said = LASTING[name]
    box.faults.add(Fault(route=SERVICES, times=None, **fault))
    run = read_services(tap, box, max_retries=0)
    assert run.exit_code == 1
    assert "Traceback" not in run.log
    (line,) = run.errors
    assert said in line
    assert f"{box.rootly.api_url}/v1/services" in line
    assert run.activated == set()
    assert box.rootly.token not in run.log


@pytest.mark.parametrize("plain", [True, False])
def test_the_servers_own_words_are_told(box: Sandbox, tap: TapRunner, plain: bool) -> None:  # noqa: FBT001
    box.rootly.settings.plain_errors = plain
    box.rootly.settings.refused_includes = ["roles"]
    run = tap(settings(box), only=["incidents", "incident_role_assignments"])
    assert "answered 400 Bad Request: roles is not specified as a relationship" in run.errors[0]


def test_trouble_everywhere_loses_no_row(box: Sandbox, tap: TapRunner) -> None:
    for name in ("internal error", "no answer", "half a body"):
        box.faults.add(Fault(probability=0.05, **{**PASSING[name], "times": None}))
    streams = ["incidents", "incident_events", "incident_form_field_selections", "alerts", "services", "users"]
    run = tap(settings(box, max_retries=6), only=streams)
    assert run.exit_code == 0, run.errors
    expected = expected_rows(box, streams)
    assert [line for name in streams for line in differences(name, run.rows[name], expected[name])] == []


@pytest.mark.parametrize("as_text", [True, False])
def test_the_limit_of_the_headers_is_followed(box: Sandbox, tap: TapRunner, as_text: bool) -> None:  # noqa: FBT001
    box.rootly.settings.rate_limit = 3000
    box.rootly.settings.limit_window_text = as_text
    run = tap(settings(box, requests_per_minute=6000), only=["incidents", "incident_form_field_selections"])
    assert run.exit_code == 0
    assert box.requests.throttled == 0


class TestWhatIsRefused:
    """Plans and scopes keep streams from some keys."""

    def test_it_is_left_out_with_a_warning_each_and_named_at_the_end(self, box: Sandbox, tap: TapRunner) -> None:
        box.rootly.settings.refused = dict(GATED)
        run = tap(settings(box), everything=True)
        assert run.exit_code == 0
        skipped = {"secrets", "audits", "incident_form_field_selections"}
        for stream in skipped:
            assert sum(text.startswith("Skipped: ") and f"'{stream}'" in text for text in run.warnings) == 1
        assert run.activated == set(NAMES) - skipped - {"shifts"}

    def test_a_fan_out_that_is_forbidden_is_not_tried_for_every_parent(
        self, large_box: Sandbox, tap: TapRunner
    ) -> None:
        large_box.rootly.settings.refused = dict(GATED)
        tap(settings(large_box, max_concurrency=2), only=["incident_form_field_selections"])
        assert large_box.requests.count(f"{INCIDENTS}/{{incident_id}}/form_field_selections") < 30

    def test_a_key_of_a_team_reads_what_it_may(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box, token="team"), everything=True)
        assert run.exit_code == 0
        assert "Skipped: stream 'api_keys'" in run.log
        assert run.rows["incidents"]

    def test_strict_makes_it_an_error(self, box: Sandbox, tap: TapRunner) -> None:
        box.rootly.settings.refused = {"/v1/services": 403}
        run = read_services(tap, box, strict=True)
        assert run.exit_code == 1
        assert "/v1/services" in run.errors[0]

    def test_nothing_at_all_is_an_error(self, box: Sandbox, tap: TapRunner) -> None:
        box.rootly.settings.refused = {"/v1/services": 404}
        run = read_services(tap, box)
        assert run.exit_code == 1
        assert "Nothing was read" in run.errors[0]


class TestAnotherHost:
    """Credentials go to the configured host alone."""

    def test_a_redirect_there_ends_the_run_and_is_not_followed(
        self, box: Sandbox, other: Sandbox, tap: TapRunner
    ) -> None:
        box.faults.add(Fault("redirect", SERVICES, location=f"{other.rootly.api_url}/v1/services", times=None))
        run = read_services(tap, box)
        assert run.exit_code == 1
        assert "redirected to another host" in run.errors[0]
        assert other.requests.total == 0

    def test_a_next_link_that_leads_there_is_not_followed(
        self, large_box: Sandbox, other: Sandbox, tap: TapRunner
    ) -> None:
        large_box.faults.add(Fault("next_link", SERVICES, location=other.base_url, times=None))
        assert_services_are_whole(read_services(tap, large_box), large_box)
        assert other.requests.total == 0
