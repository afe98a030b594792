"""What a user has to mend is said in one line, before anything is read, and the run does not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rootly_runs import NAMES, settings
from tap_rootly.tap import TapRootly

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox


def assert_ends_with_one_line(run: Run) -> str:
    """Return the line that says why."""
    assert run.exit_code == 1
    assert "Traceback" not in run.log
    assert run.output == "" or "RECORD" not in run.types
    (line, *rest) = run.errors
    assert rest in ([], ["Config validation failed"])
    return line


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"api_url": "rootly.example.com"}, "api_url: "),
        ({"api_url": "http://rootly.example.com"}, "api_url: http sends credentials to rootly.example.com"),
        ({"api_url": "https://api.rootly.com/v1"}, "api_url: must end before /v1"),
        ({"api_url": "https://api.rootly.com/v1/"}, "api_url: must end before /v1"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"lookback_seconds": -1}, "lookback_seconds"),
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"record_ids": {"incident": ["a"]}}, "record_ids"),
        ({"record_ids": {"shifts": ["a"]}}, "record_ids"),
        ({"record_ids": {"incidents": [7]}}, "record_ids"),
        ({"api_token": None}, "api_token"),
    ],
)
def test_a_wrong_setting_is_named(full_box: Sandbox, tap: TapRunner, wrong: dict[str, Any], said: str) -> None:
    full_box.requests.clear()
    run = tap({**settings(full_box), **wrong})
    assert run.exit_code == 1
    assert said in "\n".join(run.errors)
    assert full_box.requests.total == 0


def test_a_missing_token_is_named(full_box: Sandbox, tap: TapRunner) -> None:
    config = {name: value for name, value in settings(full_box).items() if name != "api_token"}
    assert "api_token" in "\n".join(tap(config).errors)


@pytest.mark.parametrize("token", ["wrong", "expired"])
def test_a_token_that_the_server_does_not_know_ends_the_run(full_box: Sandbox, tap: TapRunner, token: str) -> None:
    known = {"expired": full_box.rootly.tokens["expired"], "wrong": "nobody"}[token]
    run = tap({**settings(full_box), "api_token": known})
    line = assert_ends_with_one_line(run)
    assert "401" in line
    assert "api_token" in line
    assert "Organization Settings > API Keys" in line


def test_a_null_setting_stands_for_its_default(full_box: Sandbox, tap: TapRunner) -> None:
    names = ("start_date", "lookback_seconds", "record_ids", "max_concurrency", "strict", "max_retries", "chart_period")
    run = tap({**settings(full_box), **dict.fromkeys(names)}, only=["services", "incidents"])
    assert run.exit_code == 0, run.log
    assert run.rows["services"]


def test_an_address_of_something_else_is_an_error(full_box: Sandbox, tap: TapRunner) -> None:
    run = tap({**settings(full_box), "api_url": f"{full_box.base_url}/elsewhere"}, only=["services"])
    assert "Nothing was read" in assert_ends_with_one_line(run)


def test_charts_that_need_a_period_say_so(full_box: Sandbox, tap: TapRunner) -> None:
    run = tap(settings(full_box, chart_period=None), only=["service_incidents_charts", "service_uptime_charts"])
    assert run.exit_code == 0
    assert run.warnings == ["Skipped: stream 'service_incidents_charts' (it needs the setting chart_period)"]
    assert run.rows["service_uptime_charts"]


def test_every_stream_can_be_asked_for_alone(box: Sandbox, tap: TapRunner) -> None:
    for stream in NAMES[::20]:
        run = tap(settings(box), only=[stream])
        assert run.exit_code == 0
        assert set(run.rows) == {stream}


def test_the_media_type_is_json_api(full_box: Sandbox, tap: TapRunner) -> None:
    full_box.requests.clear()
    tap(settings(full_box), only=["services"])
    (headers,) = full_box.requests.headers[:1]
    assert headers["accept"] == headers["content-type"] == "application/vnd.api+json"
    assert headers["authorization"] == f"Bearer {full_box.rootly.token}"
    assert headers["user-agent"].startswith(f"{TapRootly.name}/")
