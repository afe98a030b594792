"""What a user has to mend is said in one line, before anything is read, and the run does not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cachet_runs import settings

from sandbox import Fault

if TYPE_CHECKING:
    from cachet_runs import Run, Tap

    from sandbox import Sandbox

OPEN_TO_GUESTS = {"components", "component_groups", "incidents", "incident_updates", "incident_components"} | {
    *("incident_templates", "metrics", "metric_points", "schedules", "schedule_updates", "schedule_components"),
    *("status", "version"),
}


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
        ({"api_url": "status.example.com"}, "api_url: "),
        ({"api_url": "ftp://status.example.com/api"}, "api_url: not a full address"),
        ({"api_url": "http://status.example.com/api"}, "api_url: http sends credentials to status.example.com"),
        ({"api_url": "https://user:pass@status.example.com/api"}, "api_url: must not hold credentials"),
        ({"api_url": "https://status.example.com/api?x=1"}, "api_url: must end before any '?'"),
        ({"api_url": "https://status.example.com:port/api"}, "api_url: Port could not be cast"),
        ({"api_url": 7}, "api_url"),
        ({"api_token": 12345}, "api_token"),
        ({"server_timezone": "Mars/Olympus"}, "server_timezone: not an IANA time zone"),
        ({"server_timezone": "../etc/passwd"}, "server_timezone: not an IANA time zone"),
        ({"server_timezone": ""}, "server_timezone: not an IANA time zone"),
        ({"api_version": 4}, "4 is not one of [2, 3] in config['api_version']"),
        ({"api_version": None}, "None is not one of [2, 3] in config['api_version']"),
        ({"record_ids": {"incident_updates": [1]}}, "'incident_updates' was unexpected"),
        ({"record_ids": {"incidents": [0]}}, "0 is less than the minimum of 1 in config['record_ids']"),
        ({"record_ids": {"incidents": ["1"]}}, "'1' is not of type 'integer'"),
        ({"record_ids": [1]}, "record_ids"),
        ({"max_concurrency": 0}, "0 is less than the minimum of 1 in config['max_concurrency']"),
        ({"max_concurrency": 1000}, "1000 is greater than the maximum of 64"),
        ({"requests_per_minute": -1}, "-1 is less than the minimum of 0 in config['requests_per_minute']"),
        ({"max_retries": -1}, "-1 is less than the minimum of 0 in config['max_retries']"),
        ({"request_timeout": 0}, "0 is less than the minimum of 1 in config['request_timeout']"),
        ({"strict": "perhaps"}, "'perhaps' is not of type 'boolean'"),
    ],
)
def test_a_wrong_setting_is_named_before_the_first_request(
    full_box: Sandbox, tap: Tap, wrong: dict[str, Any], said: str
) -> None:
    before = full_box.requests.total
    run = tap({**settings(full_box), **wrong})
    assert said in assert_ends_with_one_line(run)
    assert full_box.requests.total == before


def test_a_token_of_the_wrong_type_is_not_shown(full_box: Sandbox, tap: Tap) -> None:
    run = tap({**settings(full_box), "api_token": 8675309})
    assert "8675309" not in run.log


def test_a_null_setting_stands_for_its_default(full_box: Sandbox, tap: Tap) -> None:
    names = ("api_token", "server_timezone", "record_ids", "max_concurrency", "strict", "max_retries")
    run = tap({**settings(full_box), **dict.fromkeys(names)}, only=["components"])
    assert run.exit_code == 0, run.log
    assert run.rows["components"]


@pytest.mark.parametrize("token", ["wrong", "expired"])
def test_a_token_that_the_server_does_not_know_ends_the_run(full_box: Sandbox, tap: Tap, token: str) -> None:
    known = {"expired": full_box.cachet.tokens["expired"], "wrong": "1|nobodyCANARY"}[token]
    run = tap({**settings(full_box), "api_token": known})
    line = assert_ends_with_one_line(run)
    assert "api_token" in line
    assert "Settings > API keys" in line
    assert known not in run.log


def test_a_wrong_key_of_2_x_ends_the_run(full_box: Sandbox, tap: Tap) -> None:
    run = tap({**settings(full_box, server="v2"), "api_token": "nobodyCANARY"})
    line = assert_ends_with_one_line(run)
    assert "api_token" in line
    assert "API key of your profile" in line


def test_a_missing_ability_leaves_out_the_subscribers_alone(full_box: Sandbox, tap: Tap) -> None:
    run = tap(settings(full_box, "readonly"), everything=True)
    assert run.exit_code == 0
    assert {stream for stream, rows in run.rows.items() if rows} == OPEN_TO_GUESTS
    (warning,) = run.warnings
    assert "Skipped: stream 'subscribers'" in warning
    assert "403" in warning


def test_a_guest_is_told_that_subscribers_need_a_token(full_box: Sandbox, tap: Tap) -> None:
    full_box.requests.clear()
    run = tap(settings(full_box), everything=True)
    assert run.exit_code == 0
    assert run.warnings == ["Skipped: stream 'subscribers' (it needs an api_token)"]
    assert full_box.requests.count("/cachet/api/subscribers") == 0


def test_strict_ends_the_run_where_a_stream_is_refused(full_box: Sandbox, tap: Tap) -> None:
    run = tap(settings(full_box, "readonly", strict=True), everything=True)
    assert run.exit_code == 1
    (line,) = run.errors
    assert "/subscribers" in line
    assert "403" in line


@pytest.mark.parametrize("requests_at_once", [1, 8])
def test_the_token_is_checked_with_one_request(full_box: Sandbox, tap: Tap, requests_at_once: int) -> None:
    full_box.requests.clear()
    run = tap(settings(full_box, "full", max_concurrency=requests_at_once))
    assert run.exit_code == 0
    assert [url for url in full_box.requests.urls if "/subscribers" in url] == ["/cachet/api/subscribers?per_page=1"]


@pytest.mark.parametrize("status", [400, 503])
def test_a_token_that_cannot_be_checked_keeps_rows_from_being_deleted(box: Sandbox, tap: Tap, status: int) -> None:
    box.faults.add(Fault("status", "/cachet/api/subscribers", status=status, times=None))
    run = tap(settings(box, "full"))
    assert run.exit_code == 1
    assert {stream for stream, rows in run.rows.items() if rows} == OPEN_TO_GUESTS
    assert run.activated == set()
    assert "Failed: the check of api_token of streams" in run.log


def test_without_a_token_there_is_nothing_to_check(full_box: Sandbox, tap: Tap) -> None:
    full_box.requests.clear()
    run = tap(settings(full_box))
    assert run.exit_code == 0
    assert full_box.requests.count("/cachet/api/subscribers") == 0
    assert not any("authorization" in headers for headers in full_box.requests.headers)


def test_an_older_server_cannot_check_a_token_and_says_so(box: Sandbox, tap: Tap) -> None:
    run = tap(settings(box, "full", server="older"), only=["components"])
    assert run.exit_code == 0
    assert [text for text in run.warnings if "api_token cannot be checked" in text] == run.warnings[:1]


class TestAProtectedServer:
    """`api_protected`: nothing is told to those without a valid token."""

    def test_a_guest_is_told_to_set_a_token(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.settings.api_protected = True
        line = assert_ends_with_one_line(tap(settings(box)))
        assert "401" in line
        assert "api_token" in line

    def test_any_valid_token_reads(self, box: Sandbox, tap: Tap) -> None:
        box.cachet.settings.api_protected = True
        run = tap(settings(box, "readonly"))
        assert run.exit_code == 0
        assert {stream for stream, rows in run.rows.items() if rows} == OPEN_TO_GUESTS


@pytest.mark.parametrize("token", [None, "full"])
def test_a_server_whose_api_is_switched_off_is_an_error(box: Sandbox, tap: Tap, token: str | None) -> None:
    box.cachet.settings.api_enabled = False
    run = tap(settings(box, token))
    assert "Nothing was read" in assert_ends_with_one_line(run)
    assert run.activated == set()
    assert all(f"'{stream}'" in " ".join(run.warnings) for stream in OPEN_TO_GUESTS)


@pytest.mark.parametrize(("server", "version"), [("v2", 3), ("current", 2), ("older", 2)])
def test_the_wrong_api_version_is_said_to_be_wrong(box: Sandbox, tap: Tap, server: str, version: int) -> None:
    config = {**settings(box, server=server), "api_version": version}
    assert "api_version" in assert_ends_with_one_line(tap(config))


def test_an_address_of_something_else_is_an_error(box: Sandbox, tap: Tap) -> None:
    config = {**settings(box), "api_url": f"{box.base_url}/elsewhere/api"}
    assert "Nothing was read" in assert_ends_with_one_line(tap(config))


class TestAnAddressThatIsNotTheWholeOne:
    """What the server answers tells where its API is: the first line says so."""

    @pytest.mark.parametrize("token", [None, "full"])
    @pytest.mark.parametrize("version", [2, 3])
    @pytest.mark.parametrize(
        ("wrong", "right"),
        [
            ("/cachet", ("/cachet/api", 3)),
            ("/cachet/", ("/cachet/api", 3)),
            ("/cachet/api/v1", ("/cachet/api", 3)),
            ("/cachet-older", ("/cachet-older/api", 3)),
            ("/cachet-older/api/v1", ("/cachet-older/api", 3)),
            ("/cachet-v2", ("/cachet-v2/api/v1", 2)),
            ("/cachet-v2/api", ("/cachet-v2/api/v1", 2)),
        ],
    )
    def test_the_right_one_is_named(  # noqa: PLR0913, PLR0917
        self, box: Sandbox, tap: Tap, wrong: str, right: tuple[str, int], version: int, token: str | None
    ) -> None:
        config = {**settings(box, token), "api_url": f"{box.base_url}{wrong}", "api_version": version}
        run = tap(config)
        line = assert_ends_with_one_line(run)
        assert line.endswith(f"set api_url to {box.base_url}{right[0]} and api_version to {right[1]}")
        assert run.warnings == []
        assert box.requests.total == 1

    @pytest.mark.parametrize("kind", ["html", "status"])
    def test_a_page_for_people_is_not_taken_for_an_api(self, box: Sandbox, tap: Tap, kind: Any) -> None:
        box.faults.add(Fault(kind, status=404, times=None))
        box.faults.add(Fault("rewrite", times=None, rewrite=lambda _: b""))
        line = assert_ends_with_one_line(
            tap({**settings(box), "api_url": f"{box.base_url}/somewhere", "max_retries": 0})
        )
        assert (
            f"set api_url to {box.base_url}/somewhere/api for Cachet 3, {box.base_url}/somewhere/api/v1 for 2.x" in line
        )

    def test_a_route_that_is_missing_is_no_wrong_address(self, box: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("redirect", "/cachet/api/metrics", location="/cachet/api/nope", times=None))
        run = tap(settings(box), only=["components", "metrics"])
        assert run.exit_code == 0
        assert "The route api/nope could not be found" in run.warnings[0]
        assert run.activated == {"components"}

    def test_once_an_api_has_answered_a_page_for_people_is_no_wrong_address(self, box: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("html", "/cachet/api/metrics", times=None))
        run = tap(settings(box, max_retries=0), only=["components", "metrics"])
        assert "not JSON" in run.errors[0]
        assert "for Cachet 3" not in run.errors[0]

    def test_one_odd_list_is_not_taken_for_another_generation(self, box: Sandbox, tap: Tap) -> None:
        box.faults.add(Fault("rewrite", "/cachet/api/metrics", times=None, rewrite=lambda _: b'{"data": 5}'))
        run = tap(settings(box), only=["components", "metrics"])
        assert "/metrics did not answer as 3.x does" in run.errors[0]
        assert run.activated == {"components"}
