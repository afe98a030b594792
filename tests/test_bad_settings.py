"""Wrong settings, catalogs, states and arguments: one line each, a documented exit code, and not one request."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from singer_fanout.testing import run_tap, selecting

from tests.support.programs import stand_ins
from tests.support.project import REPOSITORY, clean_environment
from tests.support.servers import KEY, SERVERS, Server, a_box

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from singer_fanout.testing import Run

    from sandbox import Sandbox

FAILED, MISUSED = 1, 2
CACHET, INSTATUS, ROOTLY, SIGRYL, BOXWATCH = SERVERS
NOT_A_STATE = 'The state is not a Singer state ({"bookmarks": {STREAM: {...}}}); nothing was read.'

every_server = pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """Servers that nobody should ask for anything."""
    with a_box() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def nothing_asked_before(box: Sandbox) -> None:
    box.requests.clear()


class Commands:
    """Runs a tap with files of settings, catalogs and states."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._box = box
        self._folder = folder

    def __call__(self, server: Server, *arguments: str, **settings: Any) -> Run:
        """Run the tap of a server with these settings besides or instead of its own."""
        return self.run(server, "--config", self.config(server, **settings), *arguments)

    def run(self, server: Server, *arguments: str) -> Run:
        """Run the tap of a server with these arguments; whatever happens, no traceback may reach the user."""
        run = run_tap(server.tap, arguments)
        assert "Traceback" not in run.log
        return run

    def config(self, server: Server, **settings: Any) -> str:
        """A file of settings."""
        return self.file(f"{server.name}.json", {**server.settings(self._box), **settings})

    def catalog(self, server: Server, **changes: Any) -> str:
        """A catalog in which one stream is selected, with changes to its entry."""
        catalog = selecting(server.tap, server.settings(self._box), [server.stream])
        (entry,) = (entry for entry in catalog["streams"] if entry["tap_stream_id"] == server.stream)
        entry.update(changes)
        return self.file("catalog.json", catalog)

    def file(self, name: str, content: Any) -> str:
        """A file of bytes, of a text, or of JSON."""
        path = self._folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)


@pytest.fixture
def tap(box: Sandbox, tmp_path: Path) -> Commands:
    return Commands(box, tmp_path)


def assert_ends(run: Run, error: str) -> None:
    """The run has failed with this one line, and nothing else came out of it."""
    assert run.exit_code == FAILED
    assert len(run.errors) == 1, run.log
    assert re.fullmatch(error, run.errors[0]), run.errors[0]
    assert '"RECORD"' not in run.output
    assert '"ACTIVATE_VERSION"' not in run.output


# Settings


EVERYWHERE: Mapping[str, tuple[dict[str, Any], str]] = {
    "an address without a scheme": ({"api_url": "status.example.com"}, r"api_url: not a full address such as https.*"),
    "an address of another scheme": ({"api_url": "ftp://status.example.com"}, r"api_url: not a full address .*"),
    "an address without a host": ({"api_url": "https://"}, r"api_url: .+"),
    "an address with a wrong port": ({"api_url": "https://host:port"}, r"api_url: Port could not be .*"),
    "an address with a line break": ({"api_url": "https://host\nx"}, r"api_url: .*invalid character.*"),
    "an address with credentials": ({"api_url": "https://me:pass@host"}, r"api_url: must not hold credentials.*"),
    "an address with a query": ({"api_url": "https://host/api?key=1"}, r"api_url: must end before any '\?'.*"),
    "http to a public host": (
        {"api_url": "http://status.example.com"},
        r"api_url: http sends credentials to status\.example\.com in clear text; use https, or set allow_http.*",
    ),
    "a number for an address": ({"api_url": 7}, r"7 is not of type 'string'.* in config\['api_url'\]"),
    "no request at a time": ({"max_concurrency": 0}, r"0 is less than the minimum of 1 in config\['max_concurrency'\]"),
    "too many at a time": ({"max_concurrency": 65}, r"65 is greater than the maximum of 64 .*max_concurrency.*"),
    "a text for a number": ({"max_concurrency": "8"}, r"'8' is not of type 'integer'.*max_concurrency.*"),
    "a truth for a number": ({"max_concurrency": True}, r"True is not of type 'integer'.*max_concurrency.*"),
    "a fraction": ({"max_retries": 2.5}, r".*2\.5.* is not of type 'integer'.*max_retries.*"),
    "a negative limit": ({"requests_per_minute": -1}, r"-1 is less than the minimum of 0 .*requests_per_minute.*"),
    "negative retries": ({"max_retries": -1}, r"-1 is less than the minimum of 0 .*max_retries.*"),
    "retries without end": ({"max_retries": 10**30}, r"10+ is greater than the maximum of 20 .*max_retries.*"),
    "no time for an answer": ({"request_timeout": 0}, r"0 is less than the minimum of 1 .*request_timeout.*"),
    "all time for an answer": ({"request_timeout": 10**30}, r"10+ is greater than the maximum .*request_timeout.*"),
    "a word for a truth": ({"strict": "perhaps"}, r"'perhaps' is not of type 'boolean'.*strict.*"),
    "a list for a truth": ({"allow_http": []}, r"\[\] is not of type 'boolean'.*allow_http.*"),
    "maps that are none": ({"stream_maps": "x"}, r"'x' is not of type 'object'.*stream_maps.*"),
    "flattening without a depth": ({"flattening_enabled": True}, r"flattening_max_depth is required .*"),
}


@every_server
@pytest.mark.parametrize("case", EVERYWHERE.values(), ids=EVERYWHERE.keys())
def test_a_wrong_setting_is_told_in_one_line_before_the_first_request(
    box: Sandbox, tap: Commands, server: Server, case: tuple[dict[str, Any], str]
) -> None:
    settings, error = case
    assert_ends(tap(server, **settings), error)
    assert box.requests.total == 0


@every_server
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (7, r"\*\*\* is not of type 'string'.*"),
        (["a"], r"\*\*\* is not of type 'string'.*"),
        (" S3CRET", r".*: begins or ends with a blank or a line break; copy it once more"),
        ("S3CRET\n", r".*: begins or ends with a blank or a line break; copy it once more"),
        ("a\r\nHost: evil", r".*: holds characters that no request can carry; copy it once more"),
        ("S3CRÉT", r".*: holds characters that no request can carry; copy it once more"),
    ],
    ids=["number", "list", "blank", "line end", "line break", "umlaut"],
)
def test_a_key_that_can_be_none_is_told_without_showing_it(
    box: Sandbox, tap: Commands, server: Server, wrong: Any, error: str
) -> None:
    run = tap(server, **{KEY[server.name]: wrong})
    assert run.exit_code == FAILED
    assert any(re.fullmatch(error, line) and KEY[server.name] in line for line in run.errors), run.errors
    if isinstance(wrong, str):
        assert wrong.strip() not in run.log
    assert box.requests.total == 0


OWN: Sequence[tuple[Server, dict[str, Any], str]] = [
    (CACHET, {"api_version": 4}, r"4 is not one of \[2, 3\] in config\['api_version'\]"),
    (CACHET, {"server_timezone": "Mars/Olympus"}, r"server_timezone: not an IANA time zone such as Europe/Berlin"),
    (CACHET, {"server_timezone": "/etc/passwd"}, r"server_timezone: not an IANA time zone such as Europe/Berlin"),
    (CACHET, {"record_ids": {"incidents": [0]}}, r"0 is less than the minimum of 1 .*record_ids.*"),
    (CACHET, {"record_ids": {"nothing": [1]}}, r"Additional properties are not allowed .*'nothing'.*"),
    (CACHET, {"record_ids": [1]}, r"\[1\] is not of type 'object'.*record_ids.*"),
    (INSTATUS, {"api_key": None}, r".*(None|\*\*\*) is not of type 'string'.*api_key.*"),
    (INSTATUS, {"api_key": ""}, r".*api_key.*"),
    (INSTATUS, {"page_ids": "all"}, r"'all' is not of type 'array'.*page_ids.*"),
    (INSTATUS, {"page_ids": [""]}, r".*page_ids.*"),
    (INSTATUS, {"components_api_version": 3}, r"3 is not one of \[1, 2\].*components_api_version.*"),
    (INSTATUS, {"public_url": "https://{page}.example.com"}, r"public_url: may hold \{subdomain\} .*"),
    (INSTATUS, {"public_url": "http://{subdomain}.example.com"}, r"public_url: http sends .*"),
    (ROOTLY, {"api_token": ""}, r"'' should be non-empty in config\['api_token'\]"),
    (ROOTLY, {"api_url": "https://api.rootly.com/v1"}, r"api_url: must end before /v1.*"),
    (ROOTLY, {"start_date": "yesterday"}, r"start_date: 'yesterday' is not a time such as .*"),
    (ROOTLY, {"start_date": "2024-13-01T00:00:00Z"}, r"start_date: '2024-13-01T00:00:00Z' is not a time such as .*"),
    (ROOTLY, {"start_date": 20240101}, r"20240101 is not of type 'string'.*start_date.*"),
    (ROOTLY, {"lookback_seconds": -1}, r"-1 is less than the minimum of 0 .*lookback_seconds.*"),
    (ROOTLY, {"record_ids": {"incidents": [7]}}, r"7 is not of type 'string'.*record_ids.*"),
    (SIGRYL, {"provider": "statuspage"}, r"'statuspage' is not one of \['sigryl', 'boxwatch'\].*provider.*"),
    (SIGRYL, {"api_url": None}, r"api_url: is missing; each deployment of Sigryl .*"),
    (SIGRYL, {"api_key": None}, r"api_key: .+"),
    (SIGRYL, {"pages": "all", "api_key": None}, r".* is not of type 'array'.*pages.*"),
    (SIGRYL, {"pages": [{}], "api_key": None}, r"'api_key' is a required property in config\['pages'\]\[0\]"),
    (SIGRYL, {"pages": [{"api_key": "sk_live_x"}]}, r"api_key: give the key of each page in pages, or .*, not both"),
    (SIGRYL, {"status": "open"}, r"'open' is not one of .*status.*"),
    (BOXWATCH, {"api_key": None}, r"api_key: .+"),
    (BOXWATCH, {"pages": [{"api_key": "bw_x"}]}, r"pages: is for Sigryl; .+"),
    (BOXWATCH, {"reread_resolved": True}, r"reread_resolved: is for Sigryl; .+"),
]


@pytest.mark.parametrize(
    ("server", "settings", "error"), OWN, ids=[f"{server.name}-{settings}" for server, settings, _ in OWN]
)
def test_a_wrong_setting_of_one_tap_is_told_in_one_line_before_the_first_request(
    box: Sandbox, tap: Commands, server: Server, settings: dict[str, Any], error: str
) -> None:
    assert_ends(tap(server, **settings), error)
    assert box.requests.total == 0


@pytest.mark.parametrize("server", [INSTATUS, ROOTLY, SIGRYL, BOXWATCH], ids=lambda server: server.name)
@pytest.mark.parametrize("arguments", [(), ("--test",)], ids=["run", "test"])
def test_missing_settings_are_named(tap: Commands, server: Server, arguments: tuple[str, ...]) -> None:
    only_provider = {"provider": server.name} if server in {SIGRYL, BOXWATCH} else {}
    run = tap.run(server, "--config", tap.file("empty.json", only_provider), *arguments)
    assert run.exit_code == FAILED
    assert any(KEY[server.name] in line for line in run.errors)
    assert all(re.fullmatch(r"(api_\w+: .+|'api_\w+' is a required property)", line) for line in run.errors), run.errors


@every_server
def test_each_of_several_wrong_settings_gets_its_line(tap: Commands, server: Server) -> None:
    run = tap(server, max_retries=-1, max_concurrency=0)
    assert run.exit_code == FAILED
    assert sorted(re.findall(r"config\['(\w+)'\]", line)[0] for line in run.errors) == [
        "max_concurrency",
        "max_retries",
    ]


@every_server
def test_a_setting_that_nobody_knows_is_warned_of(tap: Commands, server: Server) -> None:
    run = tap(server, "--catalog", tap.catalog(server), max_retrys=3)
    assert run.exit_code == 0
    assert run.warnings == [f"The setting max_retrys is not known to {server.tap.name}, and has no effect"]


@every_server
def test_a_name_that_is_nearly_a_setting_ends_the_run_before_the_first_request(
    box: Sandbox, tap: Commands, server: Server
) -> None:
    run = tap(server, max_concurency=3)
    assert_ends(run, rf"The setting max_concurency is not known to {server.tap.name}; did you mean max_concurrency\?")
    assert box.requests.total == 0


MAPS: Mapping[str, tuple[Any, str]] = {
    "an expression that is none": (
        {"x": "no_such("},
        r"\.x: 'no_such\(' is not an expression \('\(' was never closed\)",
    ),
    "a function that there is not": ({"x": "no_such(1)"}, r"\.x: there is no function 'no_such' here"),
    "a field that there is not": ({"x": "no_such"}, r"\.x: the stream '\w+' has no selected field 'no_such'"),
    "a key that there is not": ({"__key_properties__": ["nothing"]}, r": Invalid key properties for .*'nothing'.*"),
}


@every_server
@pytest.mark.parametrize("case", MAPS.values(), ids=MAPS.keys())
def test_a_stream_map_that_cannot_work_is_told_in_one_line_before_the_first_request(
    box: Sandbox, tap: Commands, server: Server, case: tuple[Any, str]
) -> None:
    stream_map, error = case
    run = tap(server, "--catalog", tap.catalog(server), stream_maps={server.stream: stream_map})
    assert_ends(run, f"stream_maps: {server.stream}{error}")
    assert box.requests.total == 0


@every_server
def test_a_filter_that_fails_on_a_row_is_told_in_one_line(tap: Commands, server: Server) -> None:
    stream_map = {"__filter__": "1 / 0"}
    run = tap(server, "--catalog", tap.catalog(server), stream_maps={server.stream: stream_map})
    assert_ends(
        run,
        rf"stream_maps: {server.stream}\.__filter__: '1 / 0' cannot be computed on a row of the stream "
        rf"'{server.stream}' \(ZeroDivisionError: division by zero\)",
    )


# The environment


ENVIRONMENT = {
    "MAX_CONCURRENCY": ("many", "a whole number"),
    "REQUEST_TIMEOUT": ("", "a whole number"),
    "MAX_RETRIES": ("2.5", "a whole number"),
    "STRICT": ("perhaps", "true or false"),
    "ALLOW_HTTP": ("2", "true or false"),
    "STREAM_MAPS": ('{"a":', "JSON"),
    "RECORD_IDS": ("[" * 100_000, "JSON"),
}


@pytest.mark.parametrize("server", [CACHET, INSTATUS, ROOTLY], ids=lambda server: server.name)
@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_a_variable_of_another_type_is_named(
    box: Sandbox, tap: Commands, server: Server, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = server.tap.name.upper().replace("-", "_")
    text, wanted = ENVIRONMENT[variable]
    for name, value in server.settings(box).items():
        monkeypatch.setenv(f"{prefix}_{name.upper()}", str(value))
    monkeypatch.setenv(f"{prefix}_{variable}", text)
    assert_ends(tap.run(server, "--config=ENV"), f"{prefix}_{variable} in the environment is not {wanted}")
    assert box.requests.total == 0


# Files


NOT_JSON: Mapping[str, Any] = {
    "half an object": b'{"a": ',
    "single quotes": b"{'a': 1}",
    "a list": b"[1]",
    "a text": b'"a"',
    "a number": b"5",
    "null": b"null",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "Latin-1": b'{"a": "\xe9"}',
    "a hundred thousand brackets": b'{"a": ' + b"[" * 100_000,
    "YAML": b"a: 1\n",
}


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
@pytest.mark.parametrize("content", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_a_file_that_holds_something_else_is_told_in_one_line(
    box: Sandbox, tap: Commands, option: str, content: bytes
) -> None:
    arguments = [] if option == "--config" else ["--config", tap.config(CACHET)]
    run = tap.run(CACHET, *arguments, option, tap.file("broken.json", content))
    assert_ends(run, rf"The file given with {option} does not hold a JSON object: .+")
    assert box.requests.total == 0


@every_server
@pytest.mark.parametrize("option", ["--config", "--catalog"])
def test_an_empty_file_is_told_in_one_line(box: Sandbox, tap: Commands, server: Server, option: str) -> None:
    arguments = [] if option == "--config" else ["--config", tap.config(server)]
    run = tap.run(server, *arguments, option, tap.file("empty.json", b""))
    assert_ends(run, rf"The file given with {option} does not hold a JSON object: .+")
    assert box.requests.total == 0


@every_server
@pytest.mark.parametrize("what", ["missing", "empty"])
def test_a_state_that_no_run_has_written_is_a_first_run(
    tap: Commands, server: Server, what: str, tmp_path: Path
) -> None:
    path = tap.file("state.json", b"") if what == "empty" else str(tmp_path / "nothing.json")
    run = tap(server, "--catalog", tap.catalog(server), "--state", path)
    assert run.exit_code == 0, run.log
    outcome = "is empty" if what == "empty" else "is not there"
    assert run.warnings == [f"The file given with --state {outcome}: {path}. This is a first run"]
    assert run.errors == []
    assert run.rows[server.stream] == tap(server, "--catalog", tap.catalog(server)).rows[server.stream]


@every_server
@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("--config", "nothing"),
        ("--catalog", "nothing"),
        ("--config", "a folder"),
        ("--catalog", "a folder"),
        ("--state", "a folder"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_line(
    tap: Commands, server: Server, option: str, what: str, tmp_path: Path
) -> None:
    arguments = [] if option == "--config" else ["--config", tap.config(server)]
    path = tmp_path / "nothing.json" if what == "nothing" else tmp_path
    run = tap.run(server, *arguments, option, str(path))
    assert_ends(run, rf"The file given with {option} cannot be read: .*{re.escape(str(path))}.*")


@every_server
def test_files_may_begin_with_a_byte_order_mark(tap: Commands, server: Server) -> None:
    def marked(path: str) -> str:
        with open(path, "r+b") as file:  # noqa: PTH123 - read and written in one go
            content = file.read()
            file.seek(0)
            file.write(b"\xef\xbb\xbf" + content)
        return path

    arguments = ["--catalog", marked(tap.catalog(server)), "--state", marked(tap.file("state.json", {}))]
    run = tap.run(server, "--config", marked(tap.config(server)), *arguments)
    assert run.exit_code == 0, run.log
    assert run.rows[server.stream]


# Catalogs and states


NO_CATALOG: Mapping[str, Any] = {
    "an empty object": {},
    "streams that are null": {"streams": None},
    "streams that are a number": {"streams": 5},
    "a stream that is a text": {"streams": ["incidents"]},
    "a stream without a name": {"streams": [{"schema": {"properties": {"id": {}}}}]},
}
NO_SCHEMA: Mapping[str, tuple[dict[str, Any], str]] = {
    "no schema": ({}, "Object missing required field `schema`"),
    "a schema that is null": ({"schema": None}, r"Expected `object`, got `null` - at `\$\.schema`"),
    "no columns": ({"schema": {}}, r"Object missing required field `properties` - at `\$\.schema`"),
    "not one column": ({"schema": {"properties": {}}}, "its schema has no properties"),
}
NOTHING_SELECTED: Mapping[str, Any] = {
    "no streams": {"streams": []},
    "an unknown stream": {"streams": [{"tap_stream_id": "no_such", "schema": {"properties": {"id": {}}}}]},
}


@every_server
@pytest.mark.parametrize("catalog", NO_CATALOG.values(), ids=NO_CATALOG.keys())
def test_a_catalog_that_is_none_is_told_in_one_line(box: Sandbox, tap: Commands, server: Server, catalog: Any) -> None:
    run = tap(server, "--catalog", tap.file("catalog.json", catalog))
    assert_ends(run, r"The catalog is not a Singer catalog .*; make one with --discover\.")
    assert box.requests.total == 0


@every_server
@pytest.mark.parametrize("case", NO_SCHEMA.values(), ids=NO_SCHEMA.keys())
def test_a_stream_without_columns_in_the_catalog_is_named_in_one_line(
    box: Sandbox, tap: Commands, server: Server, case: tuple[dict[str, Any], str]
) -> None:
    declared, reason = case
    catalog = tap.file("catalog.json", {"streams": [{"tap_stream_id": server.stream, **declared}]})
    assert_ends(tap(server, "--catalog", catalog), unusable(server.stream, reason))
    assert box.requests.total == 0


@every_server
@pytest.mark.parametrize("catalog", NOTHING_SELECTED.values(), ids=NOTHING_SELECTED.keys())
def test_a_catalog_that_selects_nothing_is_no_success(
    box: Sandbox, tap: Commands, server: Server, catalog: Any
) -> None:
    run = tap(server, "--catalog", tap.file("catalog.json", catalog))
    assert_ends(run, r"No stream is selected, so nothing was read\. .+")
    assert box.requests.total == 0


@every_server
def test_a_stream_that_there_is_not_is_warned_of_and_the_others_are_read(tap: Commands, server: Server) -> None:
    catalog = json.loads(_text(tap.catalog(server)))
    catalog["streams"].append({**catalog["streams"][0], "tap_stream_id": "no_such", "stream": "no_such"})
    run = tap(server, "--catalog", tap.file("catalog.json", catalog))
    assert run.exit_code == 0
    assert run.rows[server.stream]
    assert run.warnings == [f"The catalog names a stream 'no_such', which {server.tap.name} does not have"]


@every_server
def test_a_replication_key_that_there_is_not_is_told_in_one_line(box: Sandbox, tap: Commands, server: Server) -> None:
    catalog = tap.catalog(server, replication_key="no_such", replication_method="INCREMENTAL")
    reason = r"it has the replication key 'no_such', and this stream is always read in full \(FULL_TABLE\)"
    assert_ends(tap(server, "--catalog", catalog), unusable(server.stream, reason))
    assert box.requests.total == 0


def unusable(stream: str, reason: str) -> str:
    return rf"The catalog's entry of the stream '{stream}' cannot be used: {reason}\. Make a catalog with --discover\."


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a name, as a command line has it
        return file.read()


NO_STATE: Mapping[str, Any] = {
    "bookmarks that are null": {"bookmarks": None},
    "bookmarks that are a list": {"bookmarks": []},
    "a bookmark that is a text": {"bookmarks": {"incidents": "2026-05-24T00:00:00Z"}},
    "partitions that are a number": {"bookmarks": {"incidents": {"partitions": 5}}},
    "markers that are a number": {"bookmarks": {"incidents": {"progress_markers": 5}}},
    "a whole message": {"type": "STATE", "value": {"bookmarks": {}}},
    "what Meltano keeps around it": {"singer_state": {"bookmarks": {}}},
}


@every_server
@pytest.mark.parametrize("state", NO_STATE.values(), ids=NO_STATE.keys())
def test_a_state_that_is_none_is_told_in_one_line(box: Sandbox, tap: Commands, server: Server, state: Any) -> None:
    assert_ends(tap(server, "--state", tap.file("state.json", state)), re.escape(NOT_A_STATE))
    assert box.requests.total == 0


READ_TO_7 = {"replication_key": "id", "replication_key_value": 7}
BOOKMARKS: Sequence[tuple[Server, str, dict[str, Any]]] = [
    (CACHET, "metric_points", {**READ_TO_7, "newest_ids": 5}),
    (CACHET, "metric_points", {**READ_TO_7, "newest_ids": {"1": "the last"}}),
    (CACHET, "metric_points", {"replication_key": "id", "replication_key_value": "the last"}),
    (INSTATUS, "incidents", {"page_bookmarks": 5}),
    (ROOTLY, "incidents", {"replication_key": "updated_at", "replication_key_value": "soon"}),
    (ROOTLY, "incidents", {"replication_key": "updated_at", "replication_key_value": [1]}),
]


@pytest.mark.parametrize(
    ("server", "stream", "bookmark"), BOOKMARKS, ids=[f"{stream}-{bookmark}" for _, stream, bookmark in BOOKMARKS]
)
def test_a_bookmark_that_no_tap_has_written_is_told_in_one_line(
    box: Sandbox, tap: Commands, server: Server, stream: str, bookmark: dict[str, Any]
) -> None:
    more = {"incremental_emit": True} if server is INSTATUS else {}
    catalog = tap.file("catalog.json", selecting(server.tap, server.settings(box, **more), [stream]))
    state = tap.file("state.json", {"bookmarks": {stream: bookmark}})
    assert_ends(tap(server, "--catalog", catalog, "--state", state, **more), rf"The state of the stream {stream} .+")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"])
def test_a_bookmark_at_the_end_of_time_is_one_like_any_other(box: Sandbox, tap: Commands, time: str) -> None:
    catalog = tap.file("catalog.json", selecting(ROOTLY.tap, ROOTLY.settings(box), ["incidents"]))
    bookmark = {"replication_key": "updated_at", "replication_key_value": time}
    state = tap.file("state.json", {"bookmarks": {"incidents": bookmark}})
    run = tap(ROOTLY, "--catalog", catalog, "--state", state, lookback_seconds=10**12)
    assert run.exit_code == 0, run.log
    assert len(run.rows["incidents"]) == len(box.rootly.store.rows("incidents"))


# The command line itself


@pytest.mark.parametrize("name", sorted({server.tap.name for server in SERVERS}))
@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["--no-such-option"], MISUSED, "Error: No such option '--no-such-option'."),
        (["--config", "/no/such/file.json"], FAILED, "The file given with --config cannot be read: "),
    ],
    ids=["option", "file"],
)
def test_the_command_ends_with_the_documented_code(name: str, arguments: list[str], code: int, error: str) -> None:
    done = command(name, *arguments)
    assert done.returncode == code
    assert error in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_log_level_that_there_is_not_is_told_in_one_line() -> None:
    done = command("tap-cachet", "--config=ENV", TAP_CACHET_LOGLEVEL="LOUD")
    assert done.returncode == FAILED
    assert "Traceback" not in done.stderr
    assert "LOUD" in done.stderr.splitlines()[-1]


def command(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a program of this repository
        [stand_ins() / name, *arguments],
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("code", ["0", "1", "2", "130", "143"])
def test_the_exit_codes_are_documented(code: str) -> None:
    table = (REPOSITORY / "docs" / "failures.md").read_text().split("## Exit codes")[1].split("\n## ")[0]
    assert re.search(rf"^\| `{code}` \| \S", table, re.MULTILINE)
