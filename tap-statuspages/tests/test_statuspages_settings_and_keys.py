"""What a user has to mend is said in one line, before anything is read, and the run does not end well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boxwatch_facts
import pytest
import sigryl_facts
from singer_fanout.testing import differences, run_tap
from tap_statuspages.tap import TapStatusPages

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

KEY = "sk_live_one"
NO_KEYS: dict[str, Any] = {"api_key": None, "endpoint_keys": None}


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
        ({"provider": "statuspage"}, "'statuspage' is not one of ['sigryl', 'boxwatch'] in config['provider']"),
        ({"provider": "Sigryl"}, "'Sigryl' is not one of"),
        ({"api_url": "status.example.com"}, "api_url: not a full address"),
        ({"api_url": "http://status.example.com"}, "api_url: http sends credentials to status.example.com"),
        ({"api_url": "https://status.example.com/api/v1"}, "api_url: must end before /api/v1"),
        ({"api_url": "https://status.example.com/api/v1/"}, "api_url: must end before /api/v1"),
        ({"api_url": None}, "api_url: is missing; each deployment of Sigryl (provider: sigryl)"),
        ({"api_url": 7}, "7 is not of type"),
        ({"pages": None}, "api_key: is empty"),
        ({"pages": [], "api_key": " "}, "api_key: is empty"),
        ({"pages": None, "api_key": "bw_12"}, "api_key: this is a key of BoxWatch"),
        ({"pages": "all"}, "is not of type 'array'"),
        ({"pages": {"api_key": KEY}}, "is not of type 'array'"),
        ({"pages": [KEY]}, "is not of type 'object'"),
        ({"pages": [{"api_key": 5}]}, "is not of type 'string'"),
        ({"pages": [{"api_url": "https://a.example.com"}]}, "'api_key' is a required property in config['pages'][0]"),
        ({"pages": [{"api_key": KEY, "name": "x"}]}, "'name' was unexpected"),
        ({"pages": [{"api_key": KEY}, {"api_key": ""}]}, "pages[1].api_key: is empty"),
        ({"pages": [{"api_key": KEY}, {"api_key": "bw_12"}]}, "pages[1].api_key: this is a key of BoxWatch"),
        ({"pages": [{"api_key": KEY}, {"api_key": KEY}]}, "pages[1]: is the same page as pages[0]"),
        ({"pages": [{"api_key": KEY, "api_url": "a.example.com"}]}, "pages[0].api_url: not a full address"),
        (
            {"pages": [{"api_key": KEY, "api_url": "http://a.example.com"}]},
            "pages[0].api_url: http sends credentials to a.example.com",
        ),
        (
            {"pages": [{"api_key": KEY, "api_url": "https://a.example.com/api/v1"}]},
            "pages[0].api_url: must end before /api/v1",
        ),
        (
            {"pages": [{"api_key": KEY}], "api_key": KEY},
            "api_key: give the key of each page in pages, or a single page",
        ),
        ({"status": "open"}, "'open' is not one of ['all', 'active']"),
        ({"reread_resolved": "yes"}, "'yes' is not of type 'boolean'"),
        ({"accounts": [{"name": "a", "api_key": KEY}]}, "accounts: is for BoxWatch; a key of Sigryl opens one page"),
        ({"endpoint_keys": ["bw_api_1"]}, "endpoint_keys: is for BoxWatch; Sigryl has no custom endpoints"),
        ({"requests_per_minute": -1}, "-1 is less than the minimum of 0"),
        ({"max_concurrency": 0}, "0 is less than the minimum of 1"),
    ],
)
def test_a_wrong_setting_of_sigryl_is_named_before_the_first_request(
    full_box: Sandbox, tap: TapRunner, wrong: dict[str, Any], said: str
) -> None:
    before = full_box.requests.total
    run = tap({**sigryl_facts.settings(full_box), **wrong})
    assert said in assert_ends_with_one_line(run)
    assert KEY not in run.log
    assert full_box.requests.total == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"api_key": None}, "api_key: is empty"),
        ({"api_key": "sk_live_1"}, "api_key: this is a key of Sigryl"),
        ({"api_key": "bw_api_1"}, "api_key: this is the key of a custom endpoint, which does not open the account"),
        ({"api_key": "bw_tv_1"}, "api_key: this is the key of a TV view, which does not open the account"),
        ({"pages": [{"api_key": "bw_1"}]}, "pages: is for Sigryl"),
        (
            {"endpoint_keys": [], "accounts": [{"name": "a", "api_key": "bw_1"}]},
            "api_key: give the keys of each account in accounts",
        ),
        ({"api_key": None, "accounts": [{"name": "a", "api_key": "bw_1"}]}, "endpoint_keys: give the keys of each"),
        ({**NO_KEYS, "accounts": [{"api_key": "bw_1"}]}, "'name' is a required property in config['accounts'][0]"),
        ({**NO_KEYS, "accounts": [{"name": "a"}]}, "'api_key' is a required property in config['accounts'][0]"),
        ({**NO_KEYS, "accounts": [{"name": "", "api_key": "bw_1"}]}, "config['accounts'][0]['name']"),
        ({**NO_KEYS, "accounts": {"name": "a", "api_key": "bw_1"}}, "is not of type 'array'"),
        (
            {**NO_KEYS, "accounts": [{"name": "a", "api_key": "bw_1"}, {"name": "a", "api_key": "bw_2"}]},
            "accounts[1].name: is the same as accounts[0].name",
        ),
        (
            {**NO_KEYS, "accounts": [{"name": "a", "api_key": "bw_1"}, {"name": "b", "api_key": "bw_1"}]},
            "accounts[1].api_key: is the same as accounts[0].api_key",
        ),
        (
            {**NO_KEYS, "accounts": [{"name": "a", "api_key": "bw_1", "endpoint_keys": ["sk_live_1"]}]},
            "accounts[0].endpoint_keys[0]: this is a key of Sigryl",
        ),
        ({"endpoint_keys": ["bw_12"]}, "endpoint_keys[0]: this is the key of an account, which does not open a custom"),
        ({"endpoint_keys": ["bw_tv_1"]}, "endpoint_keys[0]: this is the key of a TV view"),
        ({"endpoint_keys": ["bw_api_1", " "]}, "endpoint_keys[1]: is empty"),
        ({"endpoint_keys": ["bw_api_1", "bw_api_1"]}, "endpoint_keys[1]: is the same as endpoint_keys[0]"),
        ({"endpoint_keys": [7]}, "is not of type 'string'"),
        ({"endpoint_keys": ["bw_api_1 "]}, "endpoint_keys[0]: begins or ends with a blank"),
        ({"keep_ended_incidents": "yes"}, "'yes' is not of type 'boolean'"),
        ({"status": "active"}, "status: is for Sigryl"),
        ({"reread_resolved": True}, "reread_resolved: is for Sigryl"),
        ({"api_url": "http://api.example.com"}, "api_url: http sends credentials to api.example.com"),
    ],
)
def test_a_wrong_setting_of_boxwatch_is_named_before_the_first_request(
    full_box: Sandbox, tap: TapRunner, wrong: dict[str, Any], said: str
) -> None:
    before = full_box.requests.total
    run = tap({**boxwatch_facts.settings(full_box), **wrong})
    assert said in assert_ends_with_one_line(run)
    assert full_box.requests.total == before


@pytest.mark.parametrize("pages", ["all", [7], [{}], {"api_key": KEY}])
def test_wrong_pages_do_not_keep_discovery_from_working(tmp_path: Any, pages: Any) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"provider": "sigryl", "api_url": "https://a.example.com", "pages": pages}))
    run = run_tap(TapStatusPages, ["--config", str(config), "--discover"])
    assert run.exit_code == 0
    assert KEY not in run.log


def test_an_unknown_provider_cannot_be_discovered(tmp_path: Any) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"provider": "statuspage"}))
    run = run_tap(TapStatusPages, ["--config", str(config), "--discover"])
    assert run.exit_code == 1
    assert run.errors[-1] == "The setting provider says whose status pages are read: sigryl or boxwatch"


def test_null_settings_stand_for_their_defaults(full_box: Sandbox, tap: TapRunner) -> None:
    names = ("api_key", "reread_resolved", "max_concurrency", "strict", "max_retries", "requests_per_minute")
    run = tap({**sigryl_facts.settings(full_box), **dict.fromkeys(names)}, only=["components"])
    assert run.exit_code == 0, run.log
    assert run.rows["components"]


def test_boxwatch_has_an_address_of_its_own(full_box: Sandbox) -> None:
    tap = TapStatusPages(config={**boxwatch_facts.settings(full_box), "api_url": None})
    assert tap.client.base_url == "https://api.boxwatch.app"
    tap.finish()


class TestKeys:
    """A key that the server does not know costs what it opens, the only one ends the run; its setting is named."""

    def test_a_single_page(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap({**sigryl_facts.single_page(full_box), "api_key": "sk_live_wrongCANARY"})
        line = assert_ends_with_one_line(run)
        assert line.startswith("api_key: GET ")
        assert "401 Unauthorized: Missing or invalid API key" in line
        assert "sk_live_wrong" not in run.log

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    def test_one_of_several_pages(self, full_box: Sandbox, tap: TapRunner, requests_at_once: int) -> None:
        config = sigryl_facts.settings(full_box, max_concurrency=requests_at_once)
        config["pages"][1]["api_key"] = "sk_live_wrongCANARY"
        run = tap(config)
        assert run.exit_code == 1
        (told, last) = run.errors
        assert told.startswith("Failed: pages[1] of streams ")
        assert all(f"'{stream}'" in told for stream in sigryl_facts.STREAMS)
        assert "(pages[1].api_key: GET " in told
        assert last.startswith("4 of 4 streams could not be read, or only in part")
        assert "sk_live_wrong" not in run.log
        assert run.activated == set()
        others = {full_box.sigryl.view(number).slug for number in (0, 2)}
        for stream, rows in sigryl_facts.sigryl_rows(full_box).items():
            of_others = [row for row in rows if (row.get("page_slug") or row["slug"]) in others]
            assert differences(stream, sigryl_facts.KEYS[stream], run.rows[stream], of_others) == []

    def test_an_account(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap({**boxwatch_facts.settings(full_box), "api_key": "bw_wrongCANARY"})
        line = assert_ends_with_one_line(run)
        assert "401" in line
        assert "api_key" in line
        assert "bw_wrong" not in run.log

    def test_each_page_is_asked_with_its_own(self, full_box: Sandbox, tap: TapRunner) -> None:
        full_box.requests.clear()
        tap(sigryl_facts.settings(full_box), only=["incident_updates"])
        asked = zip(full_box.requests.urls, full_box.requests.headers, strict=True)
        key_of = {
            incident["_id"]: f"Bearer {page['api_key']}"
            for number, page in enumerate(full_box.sigryl.pages)
            for incident in full_box.sigryl.view(number).incidents()
        }
        details = [(url.split("id=")[1], headers["authorization"]) for url, headers in asked if "id=" in url]
        assert len(details) == len(key_of)
        assert dict(details) == key_of

    def test_public_answers_are_asked_for_without_any(self, full_box: Sandbox, tap: TapRunner) -> None:
        full_box.requests.clear()
        tap(boxwatch_facts.settings(full_box))
        asked = list(zip(full_box.requests.urls, full_box.requests.headers, strict=True))
        public = [headers for url, headers in asked if "/status/" in url]
        assert public
        assert not any("authorization" in headers or "cookie" in headers for headers in public)
        assert all("authorization" in headers for url, headers in asked if "/status/" not in url)


class TestRefusals:
    """403 and 404."""

    def test_one_page_of_several_is_left_out(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("status", sigryl_facts.COMPONENTS, status=403))
        run = tap(sigryl_facts.settings(box, max_concurrency=1), only=["components"])
        assert run.exit_code == 0
        assert {row["page_slug"] for row in run.rows["components"]} == {box.sigryl.view(1).slug}
        assert run.activated == set()
        warning, *_ = run.warnings
        assert warning.startswith("Left out: pages[0] of stream 'components' (GET ")

    def test_a_stream_that_all_pages_refuse_is_skipped(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("status", sigryl_facts.COMPONENTS, status=404, times=None))
        run = tap(sigryl_facts.settings(box))
        assert run.exit_code == 0
        assert run.activated == sigryl_facts.STREAMS - {"components"}
        (warning,) = run.warnings
        assert "Skipped: stream 'components'" in warning

    def test_strict_ends_the_run(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("status", sigryl_facts.COMPONENTS, status=403))
        run = tap(sigryl_facts.settings(box, strict=True), only=["components"])
        assert run.exit_code == 1
        assert "403" in run.errors[0]

    def test_a_page_that_does_not_say_which_it_is_cannot_be_read(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("status", sigryl_facts.STATUS, status=404, times=None))
        assert "Nothing was read" in assert_ends_with_one_line(tap(sigryl_facts.settings(box)))

    def test_incidents_that_are_all_refused_are_not_all_asked_for(self, full_box: Sandbox, tap: TapRunner) -> None:
        full_box.requests.clear()
        full_box.faults.add(Fault("status", sigryl_facts.DETAIL, status=403, times=None))
        try:
            run = tap(sigryl_facts.settings(full_box), only=["incident_updates", "components"])
        finally:
            full_box.faults.clear()
        assert run.exit_code == 0
        assert run.activated == {"components"}
        assert full_box.requests.count(sigryl_facts.DETAIL) < 30


class TestSomethingElse:
    """An address that leads to another API."""

    @pytest.mark.parametrize("provider", ["sigryl", "boxwatch"])
    def test_what_answers_otherwise_is_not_taken_for_the_provider(
        self, full_box: Sandbox, tap: TapRunner, provider: str
    ) -> None:
        config = {
            "sigryl": {**sigryl_facts.single_page(full_box), "api_url": f"{full_box.cachet.api_url}/v1"},
            "boxwatch": {**boxwatch_facts.settings(full_box), "api_url": full_box.cachet.api_url},
        }[provider]
        assert tap(config).exit_code == 1

    def test_a_list_without_its_name_is_told(self, full_box: Sandbox, tap: TapRunner) -> None:
        # Cachet has a list of incidents as well.
        config = {**boxwatch_facts.settings(full_box), "api_url": f"{full_box.base_url}/cachet/api/incidents?"}
        config["api_url"] = config["api_url"].rstrip("?")
        full_box.faults.add(
            Fault("redirect", "/cachet/api/incidents/{id}", times=None, location=f"{full_box.cachet.api_url}/status")
        )
        try:
            run = tap(config, only=["servers"])
        finally:
            full_box.faults.clear()
        line = assert_ends_with_one_line(run)
        assert "answered without a list of servers, which is not how boxwatch answers" in line
        assert "provider and api_url" in line

    def test_two_keys_of_one_page_are_told(self, box: Sandbox, tap: TapRunner) -> None:
        # A copy of a deployment shows pages of the same names.
        slug = box.sigryl.view(0).slug
        box.sigryl.store.update("pages", box.sigryl.store.rows("pages")[1]["id"], slug=slug)
        line = assert_ends_with_one_line(tap(sigryl_facts.settings(box), only=["status_pages"]))
        assert f"pages[1] is the page {slug}, as pages[0] is" in line
