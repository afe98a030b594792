"""Wrong settings, catalogs and states end the run before its first request, each with one line that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout import engine_settings, url_errors
from singer_fanout.settings import secret_texts
from singer_fanout.unknown_settings import meant_by
from singer_sdk import typing as th
from status_tap import StatusTap

from sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from status_runs import Run, TapRunner


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A status page that nobody should ask for anything."""
    with Sandbox(seed=1) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "url",
    [
        "https://status.example.com",
        "https://status.example.com:8443/prefix/api",
        "http://localhost:8000/api",
        "http://127.0.0.1",
        "http://127.3.2.1/api",
        "http://[::1]:8000/api",
    ],
)
def test_an_address_that_is_encrypted_or_on_this_machine_is_good(url: str) -> None:
    assert url_errors("api_url", url, allow_http=False) == []


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("status.example.com", "api_url: not a full address such as https://status.example.com/api"),
        ("", "api_url: not a full address such as https://status.example.com/api"),
        ("ftp://status.example.com", "api_url: not a full address such as https://status.example.com/api"),
        ("https://", "api_url: not a full address such as https://status.example.com/api"),
        ("https://host:port/", "api_url: Port could not be cast to integer value as 'port'"),
        ("https://.example.com", "api_url: URL has an invalid label."),
        ("https://me:secret@host/", "api_url: must not hold credentials; use the setting made for them"),
        ("https://host/api?key=1", "api_url: must end before any '?' or '#'"),
        ("https://host/api#top", "api_url: must end before any '?' or '#'"),
        (
            "http://status.example.com/api",
            (
                "api_url: http sends credentials to status.example.com in clear text; use https, "
                "or set allow_http if you must"
            ),
        ),
        (
            "http://127.0.0.1.example.com/",
            (
                "api_url: http sends credentials to 127.0.0.1.example.com in clear text; use https, "
                "or set allow_http if you must"
            ),
        ),
    ],
)
def test_what_is_wrong_with_an_address_is_told(url: str, error: str) -> None:
    assert url_errors("api_url", url, allow_http=False) == [error]


def test_http_is_there_for_those_who_ask_for_it() -> None:
    assert url_errors("api_url", "http://status.example.com/api", allow_http=True) == []


def test_every_setting_of_the_engine_is_described() -> None:
    for setting in engine_settings(requests_per_minute=60):
        assert setting.description
        assert setting.title
        # Whether there is a terminal is known only when the tap runs; a file is wanted or not.
        assert setting.default is not None or setting.name in {"show_progress", "summary_file"}


def ends_with(run: Run, *errors: str) -> None:
    assert run.exit_code == 1
    assert run.output == ""
    assert run.errors == list(errors)
    assert "Traceback" not in run.log


@pytest.mark.parametrize("arguments", [[], ["--test"]], ids=["run", "test"])
def test_invalid_settings_fail_before_the_first_request(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], arguments: list[str]
) -> None:
    run = tap(config(max_concurrency=0, api_url="example.com"), arguments=arguments)
    ends_with(run, "0 is less than the minimum of 1 in config['max_concurrency']")
    run = tap(config(api_url="example.com"), arguments=arguments)
    wrong = "api_url: not a full address such as https://status.example.com/api"
    ends_with(run, wrong)
    assert box.requests.total == 0


def test_a_missing_setting_is_named(tap: TapRunner) -> None:
    ends_with(tap({}), "'api_url' is a required property")


@pytest.mark.parametrize("secret", [["CANARY"], {"token": "CANARY"}])
def test_a_secret_of_the_wrong_type_is_not_shown(
    tap: TapRunner, config: Callable[..., dict[str, Any]], secret: Any
) -> None:
    run = tap(config(api_token=secret))
    assert run.exit_code == 1
    assert run.errors[0].startswith("*** is not of type 'string'")
    assert "CANARY" not in run.log


ACCOUNTS = th.ArrayType(
    th.ObjectType(th.Property("url", th.StringType), th.Property("key", th.StringType, secret=True))
).to_dict()


@pytest.mark.parametrize(
    "accounts",
    [
        [{"url": "here", "key": "CANARY"}, {"url": "there", "key": "CANARY too"}],
        [{"url": "here", "key": {"nested": "CANARY"}}],
        [["here", "CANARY"]],
        ["CANARY"],
        {"url": "here", "key": "CANARY"},
        {"here": "CANARY"},
        "CANARY",
    ],
)
def test_secrets_inside_a_setting_are_not_shown_whatever_is_wrong_with_it(
    tap: TapRunner, config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, accounts: Any
) -> None:
    monkeypatch.setitem(StatusTap.config_jsonschema["properties"], "accounts", ACCOUNTS | {"maxItems": 1})
    run = tap(config(accounts=accounts, max_retries=-1))
    assert run.exit_code == 1
    assert run.errors
    assert "CANARY" not in run.log


def test_a_setting_in_the_environment_that_cannot_be_read_is_told_in_one_line(
    tap: TapRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_STATUS_MAX_RETRIES", "many")
    run = tap.command(["--config=ENV"])
    assert run.exit_code == 1
    assert run.errors == ["TAP_STATUS_MAX_RETRIES in the environment is not a whole number"]


def test_a_secret_inside_a_setting_is_known_by_itself_and_the_rest_may_be_shown() -> None:
    settings = {"type": "object", "properties": {"accounts": ACCOUNTS}}
    secrets = secret_texts(settings, {"accounts": [{"url": "here", "key": "one"}, {"url": "there", "key": "two"}]})
    assert {"one", "two"} <= set(secrets)
    assert not {"here", "there"} & set(secrets)


def test_a_longer_secret_is_told_before_one_that_is_a_part_of_it() -> None:
    secrets = secret_texts(ACCOUNTS, [{"key": "one"}, {"key": "one more"}])
    assert secrets.index("one more") < secrets.index("one")


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
@pytest.mark.parametrize("content", ['{"bookmarks": {', "null", "{'a': 1}"])
def test_a_file_that_is_not_json_is_told_in_one_line(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], option: str, content: str
) -> None:
    arguments = ["--config", tap.file("config.json", config())] if option != "--config" else []
    run = tap.command([*arguments, option, tap.file("broken.json", content)])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert run.errors[0].startswith(f"The file given with {option} does not hold a JSON object: ")
    assert "Traceback" not in run.log
    assert box.requests.total == 0


@pytest.mark.parametrize("option", ["--catalog", "--config"])
def test_settings_and_catalogs_must_not_be_empty(
    tap: TapRunner, config: Callable[..., dict[str, Any]], option: str
) -> None:
    arguments = ["--config", tap.file("config.json", config())] if option != "--config" else []
    run = tap.command([*arguments, option, tap.file("empty.json", "")])
    assert run.exit_code == 1
    (error,) = run.errors
    assert error.startswith(f"The file given with {option} does not hold a JSON object: ")


@pytest.mark.parametrize("option", ["--catalog", "--state", "--config"])
@pytest.mark.parametrize("content", ["[1]", '"text"', "5", "true"])
def test_a_file_that_is_something_else_is_told_in_one_line(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], option: str, content: str
) -> None:
    arguments = ["--config", tap.file("config.json", config())] if option != "--config" else []
    run = tap.command([*arguments, option, tap.file("odd.json", content)])
    assert run.exit_code == 1
    assert len(run.errors) == 1, run.log
    assert run.errors[0].startswith(f"The file given with {option} does not hold a JSON object: ")
    assert "Traceback" not in run.log
    assert box.requests.total == 0


@pytest.mark.parametrize(
    "catalog",
    [{"streams": 5}, {"streams": [5]}, {"streams": [{"schema": {}}]}, {"streams": [{"tap_stream_id": None}]}],
)
def test_a_catalog_of_another_shape_is_told_in_one_line(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], catalog: dict[str, Any]
) -> None:
    run = tap(config(), catalog=catalog)
    assert run.exit_code == 1
    assert len(run.errors) == 1, run.log
    assert run.errors[0].startswith("The catalog is not a Singer catalog")
    assert box.requests.total == 0


@pytest.mark.parametrize("state", [{"bookmarks": []}, {"bookmarks": {"updates": "2026"}}])
def test_a_state_of_another_shape_is_told_in_one_line(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]], state: dict[str, Any]
) -> None:
    run = tap(config(), state=state)
    ends_with(run, 'The state is not a Singer state ({"bookmarks": {STREAM: {...}}}); nothing was read.')
    assert box.requests.total == 0


@pytest.mark.parametrize("value", ["yesterday", 5, ["2026-01-01T00:00:00Z"]])
def test_a_bookmark_that_is_no_time_is_told_in_one_line(
    tap: TapRunner, config: Callable[..., dict[str, Any]], value: Any
) -> None:
    bookmark = {"replication_key": "incident_occurred_at", "replication_key_value": value}
    run = tap(config(), ["updates"], state={"bookmarks": {"updates": bookmark}})
    assert run.exit_code == 1
    assert run.errors == [f"The state of the stream updates holds {value!r} where a time should be."]


def test_a_start_date_that_is_no_time_is_told_in_one_line(
    tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    run = tap(config(start_date="yesterday"))
    assert run.exit_code == 1
    assert run.errors[0] == "start_date: 'yesterday' is not a time such as 2026-05-24T00:00:00Z"


def test_a_file_that_is_not_there_is_told_in_one_line(tap: TapRunner) -> None:
    run = tap.command(["--config", "/nowhere/config.json"])
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "/nowhere/config.json" in run.errors[0]
    assert "Traceback" not in run.log


def with_one_slip(name: str) -> Iterator[str]:
    for at in range(len(name)):
        before, character, after = name[:at], name[at], name[at + 1 :]
        yield from (before + after, f"{before}x{after}", f"{before}x{character}{after}")
        yield before + after[:1] + character + after[1:]
    yield f"{name}x"


@pytest.mark.parametrize("setting", ["api_token", "pages", "stream_maps", "flattening_max_key_length"])
def test_a_name_with_one_slip_in_it_is_understood(setting: str) -> None:
    for name in with_one_slip(setting):
        assert meant_by(name, ["a_setting", setting]) == setting, name
    assert meant_by(setting.upper().replace("_", "-"), [setting]) == setting


@pytest.mark.parametrize("name", ["", "api", "api_tkn", "apitoekn", "token_api", "pi_toekn", "api_token_file"])
def test_a_name_with_two_slips_in_it_means_nothing(name: str) -> None:
    assert meant_by(name, ["api_token"]) is None


def test_a_name_that_means_a_setting_without_a_value_ends_the_run(
    box: Sandbox, tap: TapRunner, config: Callable[..., dict[str, Any]]
) -> None:
    ends_with(tap(config(strcit=True)), "The setting strcit is not known to tap-status; did you mean strict?")
    settings = config()
    ends_with(
        tap({"api-URL": settings.pop("api_url"), **settings}),
        "The setting api-URL is not known to tap-status; did you mean api_url?",
    )
    assert box.requests.total == 0


def test_any_other_name_is_warned_of_once(tap: TapRunner, config: Callable[..., dict[str, Any]]) -> None:
    run = tap(config(strict=True, strcit=False, comment="x", stream_maps={}), ["metrics"])
    assert run.exit_code == 0
    assert run.warnings == [
        "The setting comment is not known to tap-status, and has no effect",
        "The setting strcit is not known to tap-status, and has no effect",
    ]


def test_the_environment_is_looked_at_only_where_it_is_read_and_warned_of(
    tap: TapRunner, config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Meltano's own variables and those of other programs are none of the tap's business.
    for name in ("MAX_RETIRES", "MAX_CONCURENCY", "LOGLEVEL", "_SELECT", "OF_MY_COMPANY"):
        monkeypatch.setenv(f"TAP_STATUS_{name}", "INFO")
    monkeypatch.setenv("TAP_STATUS_MAX_RETRIES", "3")
    settings = config()
    assert tap(settings, ["metrics"]).warnings == []
    monkeypatch.setenv("TAP_STATUS_API_URL", settings["api_url"])
    (warning,) = tap.command(["--config=ENV", "--test"]).warnings
    assert warning.startswith("TAP_STATUS_MAX_CONCURENCY in the environment is no setting of tap-status; did you mean")
    assert warning.endswith(" TAP_STATUS_MAX_CONCURRENCY?")
