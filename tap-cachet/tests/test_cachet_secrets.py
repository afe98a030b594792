"""Secrets are planted wherever the server keeps any: none of them leaves the tap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cachet_runs import run as run_tap
from cachet_runs import selecting, settings

from sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from cachet_runs import Run, Tap

    from sandbox import Sandbox

MARK = "CANARY"


@pytest.fixture(autouse=True)
def chatter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tap and its libraries say all that they can."""
    monkeypatch.setenv("LOGLEVEL", "DEBUG")
    monkeypatch.setenv("TAP_CACHET_LOGLEVEL", "DEBUG")


def assert_keeps_secrets(run: Run) -> None:
    assert " | DEBUG " in run.log, "the log tells too little to prove anything"
    assert MARK not in run.output
    assert MARK not in run.log


def test_the_sandbox_has_secrets_to_tell(full_box: Sandbox) -> None:
    assert all(MARK in secret for secret in full_box.cachet.canaries)
    assert any(row["slack_webhook_url"] for row in full_box.cachet.store.rows("subscribers"))


@pytest.mark.parametrize(("token", "server"), [("full", "current"), ("full", "older"), ("readonly", "current")])
def test_a_run_tells_none(box: Sandbox, tap: Tap, token: str, server: str) -> None:
    run = tap(settings(box, token, server=server), everything=True)
    assert run.exit_code == 0
    assert_keeps_secrets(run)


@pytest.mark.usefixtures("quick_second_look")
def test_a_run_against_2_x_tells_none_of_its_subscribers_secrets(box: Sandbox, tap: Tap) -> None:
    run = tap(settings(box, "v2", server="v2"), everything=True)
    assert run.rows["subscribers"]
    assert_keeps_secrets(run)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 401},
        {"kind": "status", "status": 400},
        {"kind": "html"},
        {"kind": "drop"},
        {"kind": "truncated"},
        {"kind": "redirect", "location": "http://127.0.0.1:9/elsewhere"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values())[:20],
)
def test_an_error_tells_none(box: Sandbox, tap: Tap, fault: dict[str, Any]) -> None:
    box.faults.add(Fault(route="/cachet/api/incidents", times=None, **fault))
    run = tap(settings(box, "full", max_retries=0), everything=True)
    assert run.exit_code == 1
    assert_keeps_secrets(run)


def test_a_wrong_token_is_not_repeated(box: Sandbox, tap: Tap) -> None:
    run = tap({**settings(box), "api_token": f"9|wrong{MARK}"})
    assert run.exit_code == 1
    assert_keeps_secrets(run)


def test_a_server_that_cannot_be_reached_is_no_reason_to_tell_any(box: Sandbox, tap: Tap) -> None:
    run = tap({**settings(box, "full", max_retries=0), "api_url": "http://127.0.0.1:9/api"})
    assert run.exit_code == 1
    assert "Traceback" not in run.log
    assert_keeps_secrets(run)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_token": {"nested": MARK}},
        {"api_url": f"https://user:{MARK}@status.example.com/api"},
        {"api_token": f"1|{MARK}", "max_retries": "many"},
    ],
)
def test_wrong_settings_are_told_without_their_secrets(tap: Tap, wrong: dict[str, Any]) -> None:
    run = tap(wrong)
    assert run.exit_code == 1
    assert MARK not in run.log + run.output


def test_neither_the_catalog_nor_the_description_holds_any(box: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(box, "full")))
    for arguments in (
        ["--discover"],
        ["--about"],
        ["--about", "--format", "json"],
        ["--about", "--format", "markdown"],
    ):
        run = run_tap(["--config", str(config), *arguments])
        assert run.output
        assert MARK not in run.output + run.log


def test_the_command_itself_tells_none(box: Sandbox, tmp_path: Path) -> None:
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(settings(box, "full")))
    catalog.write_text(json.dumps(selecting(settings(box, "full"))))
    command = [sys.executable, "-m", "tap_cachet", "--config", str(config), "--catalog", str(catalog)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))  # noqa: S603
    assert " | DEBUG " in run.stderr
    assert MARK not in run.stdout + run.stderr


def test_the_token_from_the_environment_is_kept_as_well(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_CACHET_API_URL", box.cachet.api_url)
    monkeypatch.setenv("TAP_CACHET_API_TOKEN", box.cachet.tokens["full"])
    monkeypatch.setenv("TAP_CACHET_REQUESTS_PER_MINUTE", "0")
    run = run_tap(["--config=ENV"])
    assert run.exit_code == 0, run.log
    assert any("authorization" in headers for headers in box.requests.headers)
    assert_keeps_secrets(run)
