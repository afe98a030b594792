"""What a user has to mend is said in one line, before anything is read, and the run does not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from instatus_facts import OF_PAGES, InstatusFacts, all_differences, fullest_page, settings

from sandbox import Fault

if TYPE_CHECKING:
    from singer_fanout.testing import Run, TapRunner

    from sandbox import Sandbox

PAGES = "/instatus/v2/pages"


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
        ({"api_key": 12345}, "api_key"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": None}, "api_key"),
        ({"api_url": "api.instatus.com"}, "api_url: "),
        ({"api_url": "http://api.instatus.com"}, "api_url: http sends credentials to api.instatus.com"),
        ({"api_url": "https://user:pass@api.instatus.com"}, "api_url: must not hold credentials"),
        ({"public_url": "{subdomain}.instatus.com"}, "public_url: "),
        ({"public_url": "http://{subdomain}.instatus.com"}, "public_url: http"),
        ({"public_url": "https://{page}.instatus.com"}, "public_url: may hold {subdomain} and {custom_domain}"),
        ({"public_url": "https://{subdomain"}, "public_url: may hold {subdomain} and {custom_domain}"),
        ({"page_ids": "clabc"}, "page_ids"),
        ({"page_ids": [7]}, "7 is not of type 'string'"),
        ({"page_ids": [""]}, "page_ids"),
        ({"record_ids": {"incident_updates": ["x"]}}, "'incident_updates' was unexpected"),
        ({"record_ids": {"incidents": [1]}}, "1 is not of type 'string'"),
        ({"components_api_version": 3}, "3 is not one of [1, 2] in config['components_api_version']"),
        ({"incremental_emit": "perhaps"}, "'perhaps' is not of type 'boolean'"),
        ({"max_concurrency": 0}, "0 is less than the minimum of 1 in config['max_concurrency']"),
        ({"requests_per_minute": -1}, "-1 is less than the minimum of 0"),
    ],
)
def test_a_wrong_setting_is_named_before_the_first_request(
    full_box: Sandbox, tap: TapRunner, wrong: dict[str, Any], said: str
) -> None:
    before = full_box.requests.total
    run = tap({**settings(full_box), **wrong})
    assert said in assert_ends_with_one_line(run)
    assert full_box.requests.total == before


def test_without_a_key_there_is_nothing_to_read(full_box: Sandbox, tap: TapRunner) -> None:
    config = settings(full_box)
    del config["api_key"]
    assert "api_key" in assert_ends_with_one_line(tap(config))


def test_null_settings_stand_for_their_defaults(full_box: Sandbox, tap: TapRunner) -> None:
    names = ("page_ids", "record_ids", "incremental_emit", "max_concurrency", "strict", "max_retries")
    run = tap({**settings(full_box), **dict.fromkeys(names)}, only=["components"])
    assert run.exit_code == 0, run.log
    assert run.activated == {"components"}


def test_every_request_to_the_api_carries_the_key_and_says_that_it_is_json(box: Sandbox, tap: TapRunner) -> None:
    assert tap(settings(box), everything=True).exit_code == 0
    sent = [
        headers for url, headers in zip(box.requests.urls, box.requests.headers, strict=True) if "/instatus/" in url
    ]
    assert {headers["authorization"] for headers in sent} == {f"Bearer {box.instatus.api_key}"}
    assert {headers["content-type"] for headers in sent} == {"application/json"}


class TestAWrongKey:
    """401 for the whole account."""

    @pytest.mark.parametrize("everything", [True, False])
    def test_it_ends_the_run_with_the_place_to_make_one(
        self, full_box: Sandbox, tap: TapRunner, *, everything: bool
    ) -> None:
        run = tap(settings(full_box, "revoked"), everything=everything)
        line = assert_ends_with_one_line(run)
        assert "401" in line
        assert "api_key" in line
        assert "https://dashboard.instatus.com/developer" in line
        assert run.activated == set()

    @pytest.mark.parametrize("stream", ["incidents", "monitors", "public_summary", "user", "workspaces"])
    def test_it_does_so_whatever_is_selected(self, full_box: Sandbox, tap: TapRunner, stream: str) -> None:
        assert "api_key" in assert_ends_with_one_line(tap(settings(full_box, "revoked"), only=[stream]))

    def test_one_that_is_revoked_in_mid_run_is_not_taken_for_a_page_that_is_refused(
        self, box: Sandbox, tap: TapRunner
    ) -> None:
        box.faults.add(Fault("status", "/instatus/v1/{page_id}/incidents", status=401, times=None))
        box.faults.add(Fault("status", PAGES, status=401, after=2, times=None))
        run = tap(settings(box), only=["components", "incidents"])
        assert run.exit_code == 1
        (line,) = run.errors
        assert "api_key" in line
        assert run.activated == {"components"}


class TestAPageOfSomebodyElse:
    """401 for a page, though the key is good."""

    def test_the_key_is_checked_once_for_each_such_page(self, mixed_box: Sandbox, tap: TapRunner) -> None:
        mixed_box.requests.clear()
        run = tap(settings(mixed_box), only=OF_PAGES)
        assert run.exit_code == 0
        checks = [url for url in mixed_box.requests.urls if url.startswith(PAGES) and "per_page=1&" in f"{url}&"]
        assert len(checks) == 1
        assert all_differences(run.rows, InstatusFacts(mixed_box).streams(OF_PAGES)) == []

    def test_the_warning_says_what_it_means(self, box: Sandbox, tap: TapRunner) -> None:
        box.instatus.refuse(fullest_page(box), 401, "team")
        run = tap(settings(box), only=["team"])
        warning, *_ = run.warnings
        assert "answered 401: the owner of the key does not own the page" in warning


class TestAnAddressOfSomethingElse:
    """`api_url` leads elsewhere."""

    def test_it_is_an_error(self, full_box: Sandbox, tap: TapRunner) -> None:
        run = tap({**settings(full_box), "api_url": f"{full_box.base_url}/elsewhere"})
        assert run.exit_code == 1
        assert run.activated == set()
        assert "Nothing was read" in run.errors[0]

    def test_another_api_is_not_taken_for_this_one(self, box: Sandbox, tap: TapRunner) -> None:
        for route in (PAGES, "/instatus/{page_id}/monitors"):
            box.faults.clear()
            box.faults.add(Fault("redirect", route, location="/instatus/v1/user", times=None))
            run = tap(settings(box), only=["monitors"])
            assert "api_url" in assert_ends_with_one_line(run)

    def test_a_list_is_not_taken_for_a_person(self, box: Sandbox, tap: TapRunner) -> None:
        box.faults.add(Fault("redirect", "/instatus/v1/user", location=PAGES, times=None))
        assert "api_url" in assert_ends_with_one_line(tap(settings(box), only=["user"]))
