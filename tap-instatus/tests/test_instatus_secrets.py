"""Secrets are planted wherever the server keeps any: none of them leaves the tap, and the key stays at home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from instatus_facts import schema, settings
from singer_fanout.testing import run_tap, selecting
from tap_instatus.tap import TapInstatus

from sandbox import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

MARK = "CANARY"
SENSITIVE = {
    "pages": {"secureLink"},
    "components": {"uniqueEmail"},
    "subscribers": {
        *("unsubscribeToken", "slack", "discord", "microsoftTeamsWebhook", "googleChatWebhook", "webhook"),
        "webhookHeaders",
    },
    "monitors": {"basicAuth", "headers"},
    "cron_monitors": {"slug"},
    "monitor_alerts": {"recipient"},
}
"""Fields that hold secrets, by list."""
PROVIDERS = {
    *("twilioSid", "twilioToken", "nexmoKey", "nexmoSecret", "messagebirdAPIKey", "mailgunKey", "sendGridKey"),
    *("postmarkKey", "smtpUser", "smtpPass", "sesAccessKeyId", "sesSecretAccessKey", "snsAccessKeyId"),
    *("snsSecretAccessKey", "esendexUsername", "esendexPassword", "pingdomToken", "datadogApiKey"),
    *("datadogApplicationKey", "newrelicApiKey", "prometheusApiToken", "intercomWorkspaceId", "singlePassword"),
    *("secretToBypassPrivacy", "secureLinkToken"),
}
"""Columns of the page that stands, whole, in each component of an incident or a maintenance."""


@pytest.fixture(autouse=True)
def chatter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tap and its libraries say all that they can."""
    monkeypatch.setenv("LOGLEVEL", "DEBUG")
    monkeypatch.setenv("TAP_INSTATUS_LOGLEVEL", "DEBUG")


def assert_keeps_secrets(run: Run) -> None:
    assert " | DEBUG " in run.log, "the log tells too little to prove anything"
    assert MARK not in run.output
    assert MARK not in run.log


class TestTheServerTellsThem:
    """Or the other tests would prove nothing."""

    @pytest.mark.parametrize("collection", SENSITIVE)
    def test_a_list_holds_secrets(self, full_box: Sandbox, collection: str) -> None:
        view = full_box.instatus.view()
        rows = view.pages() if collection == "pages" else [row for _, row in view.all_rows(collection)]
        for name in SENSITIVE[collection]:
            assert MARK in json.dumps([row.get(name) for row in rows]), name

    @pytest.mark.parametrize("collection", ["incidents", "maintenances"])
    def test_each_affected_component_holds_those_of_the_whole_page(self, full_box: Sandbox, collection: str) -> None:
        rows = [row for _, row in full_box.instatus.view().all_rows(collection)]
        sites = [component["site"] for row in rows for component in row["components"]]
        assert len(sites[0]) > 150
        for name in PROVIDERS:
            assert any(MARK in str(site[name]) for site in sites), name


class TestARun:
    """Whatever is selected, whatever goes wrong."""

    @pytest.mark.parametrize("key", ["owner", "member"])
    def test_it_tells_none(self, box: Sandbox, tap: TapRunner, key: str) -> None:
        run = tap(settings(box, key), everything=True)
        assert run.exit_code == 0
        assert_keeps_secrets(run)

    def test_single_records_tell_none(self, box: Sandbox, tap: TapRunner) -> None:
        lists = ("components", "incidents", "maintenances", "templates", "metrics", "audience_groups")
        chosen = {name: [row["id"] for _, row in box.instatus.view().all_rows(name)][:3] for name in lists}
        run = tap(settings(box, record_ids=chosen), everything=True)
        assert all(run.rows[name] for name in lists)
        assert_keeps_secrets(run)

    def test_the_other_version_of_components_tells_none(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box, components_api_version=2), only=["components"])
        assert run.rows["components"]
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
            {"kind": "malformed"},
            {"kind": "redirect", "location": "http://127.0.0.1:9/elsewhere"},
        ],
        ids=lambda fault: "-".join(str(value) for value in fault.values())[:20],
    )
    def test_an_error_tells_none(self, box: Sandbox, tap: TapRunner, fault: dict[str, Any]) -> None:
        box.faults.add(Fault(route="/instatus/v1/{page_id}/incidents", times=None, **fault))
        box.faults.add(Fault(route="/instatus-public/{host}/summary.json", times=None, **fault))
        run = tap(settings(box, max_retries=0, strict=True), only=["incidents", "public_summary"])
        assert run.exit_code == 1
        assert_keeps_secrets(run)

    def test_a_wrong_key_is_not_repeated(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box, "revoked"))
        assert run.exit_code == 1
        assert_keeps_secrets(run)

    def test_the_command_itself_tells_none(self, box: Sandbox, tmp_path: Path) -> None:
        config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
        config.write_text(json.dumps(settings(box)))
        catalog.write_text(json.dumps(selecting(TapInstatus, settings(box))))
        command = [sys.executable, "-m", "tap_instatus", "--config", str(config), "--catalog", str(catalog)]
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))  # noqa: S603
        assert " | DEBUG " in run.stderr
        assert MARK not in run.stdout + run.stderr

    def test_the_key_may_come_from_the_environment(self, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TAP_INSTATUS_API_URL", box.instatus.api_url)
        monkeypatch.setenv("TAP_INSTATUS_API_KEY", box.instatus.api_key)
        monkeypatch.setenv("TAP_INSTATUS_PUBLIC_URL", box.instatus.public_url_pattern)
        monkeypatch.setenv("TAP_INSTATUS_REQUESTS_PER_MINUTE", "0")
        run = run_tap(TapInstatus, ["--config=ENV"])
        assert run.exit_code == 0, run.log
        assert run.rows["incidents"]
        assert_keeps_secrets(run)


@pytest.mark.parametrize("wrong", [{"api_key": {"nested": MARK}}, {"api_key": MARK, "max_retries": "many"}])
def test_wrong_settings_are_told_without_their_secrets(tap: TapRunner, wrong: dict[str, Any]) -> None:
    run = tap(wrong)
    assert run.exit_code == 1
    assert MARK not in run.log + run.output


def test_no_schema_has_a_column_for_them() -> None:
    for stream, names in SENSITIVE.items():
        columns = {column.replace("_", "") for column in schema(stream)["properties"]}
        assert columns.isdisjoint(name.lower() for name in names)


class TestThePublicHost:
    """What every visitor sees is read without the key."""

    PUBLIC = "/instatus-public/{host}/summary.json"

    def test_the_key_does_not_go_there(self, box: Sandbox, tap: TapRunner) -> None:
        run = tap(settings(box), only=["public_summary"])
        assert len(run.rows["public_summary"]) == 1
        sent = zip(box.requests.urls, box.requests.headers, strict=True)
        public = [headers for url, headers in sent if urlsplit(url).path.startswith("/instatus-public/")]
        assert len(public) == 2
        assert not any("authorization" in headers for headers in public)
        assert MARK not in json.dumps(public)

    def test_it_does_not_go_there_though_both_are_one_host(self, box: Sandbox, tap: TapRunner) -> None:
        pattern = box.instatus.public_url_pattern.replace("localhost", "127.0.0.1")
        tap(settings(box, public_url=pattern), only=["public_summary"])
        sent = zip(box.requests.urls, box.requests.headers, strict=True)
        assert not any("authorization" in headers for url, headers in sent if url.startswith("/instatus-public/"))

    def test_it_does_not_come_along_when_the_api_redirects_there(self, box: Sandbox, tap: TapRunner) -> None:
        location = box.instatus.public_url(box.instatus.view().pages()[0]["subdomain"]) + "/summary.json"
        box.faults.add(Fault("redirect", "/instatus/v1/user", location=location, times=None))
        run = tap(settings(box), only=["user"])
        assert run.exit_code == 1
        assert "redirected to another host" in run.errors[0]
        assert not any(url.startswith("/instatus-public/") for url in box.requests.urls)

    def test_a_domain_of_its_own_may_be_asked(self, full_box: Sandbox, tap: TapRunner) -> None:
        pattern = full_box.instatus.public_url_pattern.replace("{subdomain}", "{custom_domain}")
        run = tap(settings(full_box, public_url=pattern), only=["public_summary"])
        pages = {page["id"] for page in full_box.instatus.view().pages() if page["customDomain"]}
        assert {row["page_id"] for row in run.rows["public_summary"]} == pages
        assert any("has no custom_domain" in text for text in run.warnings)

    @pytest.mark.parametrize("subdomain", ["evil.example.com/", "a@evil.example.com", "..", "a:1", ""])
    def test_a_name_that_would_lead_elsewhere_is_not_followed(
        self, box: Sandbox, tap: TapRunner, subdomain: str
    ) -> None:
        for page in box.instatus.store.rows("pages"):
            box.instatus.store.update("pages", page["id"], subdomain=subdomain)
        run = tap(settings(box), only=["public_summary"])
        assert run.exit_code == 0
        assert run.rows["public_summary"] == []
        assert not any(url.startswith("/instatus-public/") for url in box.requests.urls)

    @pytest.mark.parametrize(
        "fault",
        [{"kind": "html"}, {"kind": "status", "status": 401}, {"kind": "status", "status": 503}, {"kind": "drop"}],
        ids=lambda fault: str(fault.get("status", fault["kind"])),
    )
    def test_a_page_that_shows_nothing_costs_no_other_stream(
        self, box: Sandbox, tap: TapRunner, fault: dict[str, Any]
    ) -> None:
        box.faults.add(Fault(route=self.PUBLIC, times=None, **fault))
        run = tap(settings(box), only=["pages", "public_summary", "templates"])
        assert run.exit_code == 0
        assert run.activated == {"pages", "templates"}
        assert not any("api_key" in text for text in run.warnings)

    def test_what_passes_is_tried_again(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("drop", self.PUBLIC))
        assert len(tap(settings(box), only=["public_summary"]).rows["public_summary"]) == 1
