"""Secrets are planted wherever the servers keep any: none of them leaves the tap."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boxwatch_facts
import pytest
import sigryl_facts
from singer_fanout.testing import run_tap, selecting
from tap_statuspages.tap import TapStatusPages

from sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

MARK = "CANARY"
SETTINGS = {
    "sigryl": sigryl_facts.settings,
    "a page of sigryl": sigryl_facts.single_page,
    "boxwatch": boxwatch_facts.settings,
    "accounts of boxwatch": boxwatch_facts.accounts_settings,
}
LIST = {
    "sigryl": sigryl_facts.INCIDENTS,
    "a page of sigryl": sigryl_facts.DETAIL,
    "boxwatch": boxwatch_facts.LISTS["webhooks"],
    "accounts of boxwatch": boxwatch_facts.ENDPOINT_ROUTE,
}


@pytest.fixture(autouse=True)
def chatter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tap and its libraries say all that they can."""
    monkeypatch.setenv("LOGLEVEL", "DEBUG")
    monkeypatch.setenv("TAP_STATUSPAGES_LOGLEVEL", "DEBUG")


def secrets(box: Sandbox) -> list[str]:
    return [*box.sigryl.canaries, *box.boxwatch.canaries, MARK]


def assert_keeps_secrets(run: Run, box: Sandbox) -> None:
    assert " | DEBUG " in run.log, "the log tells too little to prove anything"
    for secret in secrets(box):
        assert secret not in run.output
        assert secret not in run.log


def test_the_sandbox_has_secrets_to_tell(full_box: Sandbox) -> None:
    view = full_box.boxwatch.view()
    assert all(MARK in row["slug"] for row in view.rows("cron_checks"))
    assert all(MARK in row["url"] for row in view.rows("webhooks"))
    assert all(MARK in page["api_key"] for page in full_box.sigryl.pages)
    assert full_box.boxwatch.api_key in full_box.boxwatch.canaries
    assert all(MARK in key for key in full_box.boxwatch.endpoint_keys())


@pytest.mark.parametrize("of", SETTINGS)
def test_a_run_tells_none(box: Sandbox, tap: TapRunner, of: str) -> None:
    run = tap(SETTINGS[of](box))
    assert run.exit_code == 0
    assert_keeps_secrets(run, box)
    assert run.warnings == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 401},
        {"kind": "status", "status": 403},
        {"kind": "status", "status": 400},
        {"kind": "html"},
        {"kind": "drop"},
        {"kind": "truncated"},
        {"kind": "malformed"},
        {"kind": "redirect", "location": "http://127.0.0.1:9/elsewhere"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values())[:20],
)
@pytest.mark.parametrize("of", SETTINGS)
def test_an_error_tells_none(box: Sandbox, tap: TapRunner, of: str, fault: dict[str, Any]) -> None:
    box.faults.add(Fault(route=LIST[of], times=None, **fault))
    run = tap(SETTINGS[of](box, max_retries=0, strict=True))
    assert run.exit_code == 1
    assert_keeps_secrets(run, box)


@pytest.mark.parametrize("of", SETTINGS)
def test_a_key_that_is_sent_back_is_not_repeated(
    box: Sandbox, tap: TapRunner, of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library below logs whatever it asks for, when it is told to.
    monkeypatch.setenv("TAP_STATUSPAGES_LOGLEVEL", "INFO")
    config = SETTINGS[of](box, max_retries=0)
    if of == "accounts of boxwatch":
        (key, *_) = config["accounts"][0]["endpoint_keys"]
    else:
        key = config.get("api_key") or config["pages"][0]["api_key"]
    box.faults.add(Fault("redirect", LIST[of], times=None, location=f"{box.base_url}/nowhere?key={key}"))
    run = tap(config)
    assert "/nowhere?key=***" in run.log
    assert not any(secret in run.log + run.output for secret in secrets(box))


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": {"nested": MARK}},
        {"api_url": f"https://user:{MARK}@status.example.com"},
        {"api_key": f"sk_live_{MARK}", "max_retries": "many"},
        {"pages": f"sk_live_{MARK}"},
        {"pages": f'[{{"api_key": "sk_live_{MARK}"'},
        {"pages": [f"sk_live_{MARK}"]},
        {"pages": {"api_key": f"sk_live_{MARK}"}},
        {"pages": [{"api_key": [f"sk_live_{MARK}"]}]},
        {"pages": [{"key": f"sk_live_{MARK}"}]},
        {"pages": [{"api_key": f"sk_live_{MARK}"}, {"api_key": f"sk_live_{MARK}"}]},
        {"pages": [{"api_key": f"sk_live_{MARK}", "api_url": f"http://a.example.com/{MARK}x"}], "max_retries": "many"},
        {"provider": "boxwatch", "api_key": f"bw_api_{MARK}"},
        {"provider": "boxwatch", "api_key": "bw_1", "endpoint_keys": [f"bw_{MARK}"]},
        {"provider": "boxwatch", "api_key": "bw_1", "endpoint_keys": f"bw_api_{MARK}"},
        {"provider": "boxwatch", "api_key": "bw_1", "endpoint_keys": [{"key": f"bw_api_{MARK}"}]},
        {"provider": "boxwatch", "api_key": "bw_1", "endpoint_keys": [f"bw_api_{MARK}"], "max_retries": "many"},
        {"provider": "boxwatch", "accounts": [{"name": "a", "api_key": f"bw_{MARK}", "key": MARK}]},
        {"provider": "boxwatch", "accounts": [{"name": "a", "api_key": "bw_1", "endpoint_keys": [f"bw_tv_{MARK}"]}]},
    ],
    ids=str,
)
def test_wrong_settings_are_told_without_their_secrets(tap: TapRunner, wrong: dict[str, Any]) -> None:
    run = tap({"api_url": "https://status.example.com", **wrong})
    assert run.exit_code == 1
    assert "Traceback" not in run.log
    assert MARK not in run.log + run.output


@pytest.mark.parametrize("of", SETTINGS)
def test_neither_the_catalog_nor_the_description_holds_any(box: Sandbox, tmp_path: Path, of: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(SETTINGS[of](box)))
    for arguments in (
        ["--discover"],
        ["--about"],
        ["--about", "--format", "json"],
        ["--about", "--format", "markdown"],
    ):
        run = run_tap(TapStatusPages, ["--config", str(config), *arguments])
        assert run.output
        assert not any(secret in run.output + run.log for secret in secrets(box))


@pytest.mark.parametrize("of", ["sigryl", "boxwatch"])
def test_the_command_itself_tells_none(box: Sandbox, tmp_path: Path, of: str) -> None:
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(SETTINGS[of](box)))
    catalog.write_text(json.dumps(selecting(TapStatusPages, SETTINGS[of](box))))
    command = [sys.executable, "-m", "tap_statuspages", "--config", str(config), "--catalog", str(catalog)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))  # noqa: S603
    assert " | DEBUG " in run.stderr
    assert not any(secret in run.stdout + run.stderr for secret in secrets(box))


def test_keys_from_the_environment_are_kept_as_well(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_STATUSPAGES_PAGES", json.dumps(box.sigryl.pages))
    monkeypatch.setenv("TAP_STATUSPAGES_REQUESTS_PER_MINUTE", "0")
    run = run_tap(TapStatusPages, ["--config=ENV"])
    assert run.exit_code == 0, run.log
    assert {headers["authorization"] for headers in box.requests.headers} == {
        f"Bearer {page['api_key']}" for page in box.sigryl.pages
    }
    assert_keeps_secrets(run, box)


def test_pages_in_the_environment_that_are_no_json_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_STATUSPAGES_PAGES", f"sk_live_{MARK}")
    run = run_tap(TapStatusPages, ["--config=ENV"])
    assert run.exit_code == 1
    assert MARK not in run.log + run.output
    assert run.errors == ["TAP_STATUSPAGES_PAGES in the environment is not JSON"]
