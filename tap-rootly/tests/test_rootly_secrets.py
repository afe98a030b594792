"""Secrets are planted wherever the server keeps any: none of them leaves the tap."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from rootly_runs import settings
from singer_fanout.testing import run_tap
from tap_rootly.tap import TapRootly

from sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

MARK = "CANARY"


@pytest.fixture(autouse=True)
def chatter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tap and its libraries say all that they can."""
    monkeypatch.setenv("LOGLEVEL", "DEBUG")
    monkeypatch.setenv("TAP_ROOTLY_LOGLEVEL", "DEBUG")


def assert_keeps_secrets(run: Run) -> None:
    assert " | DEBUG " in run.log, "the log tells too little to prove anything"
    assert MARK not in run.output
    assert MARK not in run.log


def test_the_sandbox_has_secrets_to_tell(full_box: Sandbox) -> None:
    assert len(full_box.rootly.canaries) > 50
    assert all(MARK in secret for secret in full_box.rootly.canaries)


def test_a_run_tells_none(box: Sandbox, tap: TapRunner) -> None:
    run = tap(settings(box), everything=True)
    assert run.exit_code == 0
    assert_keeps_secrets(run)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 401},
        {"kind": "html"},
        {"kind": "truncated"},
        {"kind": "redirect", "location": "http://127.0.0.1:9/elsewhere"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values())[:20],
)
def test_an_error_tells_none(box: Sandbox, tap: TapRunner, fault: dict[str, Any]) -> None:
    box.faults.add(Fault(route="/rootly/v1/secrets", times=None, **fault))
    run = tap(settings(box, max_retries=0), only=["secrets"])
    assert run.exit_code == 1
    assert_keeps_secrets(run)


def test_a_wrong_token_is_not_repeated(box: Sandbox, tap: TapRunner) -> None:
    run = tap({**settings(box), "api_token": f"wrong{MARK}"})
    assert run.exit_code == 1
    assert_keeps_secrets(run)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_token": {"nested": MARK}},
        {"api_token": f"key{MARK}", "api_url": f"https://user:{MARK}@rootly.example.com"},
        {"api_token": f"key{MARK}", "max_retries": "many"},
    ],
)
def test_wrong_settings_are_told_without_their_secrets(tap: TapRunner, wrong: dict[str, Any]) -> None:
    run = tap(wrong)
    assert run.exit_code == 1
    assert MARK not in run.log + run.output


def test_neither_the_catalog_nor_the_description_holds_any(box: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings(box)))
    for arguments in (["--discover"], ["--about"], ["--about", "--format", "json"]):
        run = run_tap(TapRootly, ["--config", str(config), *arguments])
        assert run.output
        assert MARK not in run.output + run.log


def test_no_column_is_called_like_a_secret() -> None:
    names = {
        name
        for stream in TapRootly(config={"api_token": "none"}).streams.values()
        for name in stream.schema["properties"]
    }
    suspicious = {name for name in names if any(part in name for part in ("password", "secret", "signing"))}
    assert {name for name in suspicious if not name.startswith("secret")} == set()
