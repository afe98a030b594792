from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator

PROPERTIES = {"id": {"type": "integer"}, "v": {"type": ["null", "string"], "format": "date-time"}}
EXECUTABLE = Path(sys.executable).with_name("target-duckdb")


def errors(result: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in result.stderr
    return [line.split("|")[-1].strip() for line in result.stderr.splitlines() if "| ERROR" in line]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('{"type":"RECORD",', "line 4: not valid JSON"),
        ("[1]", "line 4: a Singer message is a JSON object"),
        ('{"stream":"t"}', "line 4: the message has no type"),
        ('{"type":"ROWS"}', "line 4: unknown message type 'ROWS'"),
        ('{"type":"RECORD","stream":"u","record":{"id":1}}', "line 4: A record for stream 'u' was encountered before"),
        *(
            (
                f'{{"type":"RECORD","stream":"t","record":{{"id":{value}}}}}',
                f"line 4: stream 't': the record does not match its schema: $.id: {value} is not of type 'integer'",
            )
            for value in ("null", "true", "1.50")
        ),
        ('{"type":"RECORD","stream":"t","record":{}}', "line 4: a record of stream 't' lacks the key 'id'"),
        ('{"type":"RECORD","stream":"t","record":[]}', "line 4: the record is not a JSON object"),
        ('{"type":"RECORD","stream":"t"}', "line 4: Line is missing required record"),
        (
            '{"type":"RECORD","stream":"t","record":{"id":2,"v":"soon"}}',
            "line 4: stream 't', property 'v': \"soon\" is",
        ),
        ('{"type":"ACTIVATE_VERSION","stream":"u","version":1}', "line 4: A record for stream 'u'"),
        ('{"type":"SCHEMA","stream":"u","schema":{"properties":{}}}', "line 4: the schema of stream 'u' describes no"),
        ('{"type":"SCHEMA","stream":"u","schema":{"properties":{"a":{"type":"text"}}}}', "line 4: "),
        (
            '{"type":"SCHEMA","stream":"u","schema":{"properties":{"a":{}}},"key_properties":["id"]}',
            "line 4: stream 'u' ",
        ),
        ('{"type":"RECORD","stream":["t"],"record":{"id":2}}', "line 4: the name of a stream is a string"),
        ('{"type":"RECORD","stream":"t","record":{"id":2},"version":"v1"}', "line 4: a version is an integer"),
        ('{"type":"ACTIVATE_VERSION","stream":"t","version":[]}', "line 4: a version is an integer"),
        ('{"type":"STATE"}', "line 4: Line is missing required value"),
    ],
)
def test_bad_input_ends_in_one_line_and_everything_before_it_is_committed(
    warehouse: Any, say: Any, bad: str, reason: str
) -> None:
    before = say.schema("t", PROPERTIES), say.record("t", id=1), say.state({"sent": 1})
    code, states, lines = warehouse.invoke(*before, bad, say.record("t", id=3), say.state({"sent": 3}))
    assert code == 1
    (line,) = lines
    assert line.startswith(reason)
    assert "\n" not in line
    assert states == [{"sent": 1}]
    assert warehouse.rows("SELECT id FROM t") == [(1,)]


def test_an_unexpected_failure_is_one_line_too_and_promises_nothing(warehouse: Any, say: Any) -> None:
    sharing = {"a": {"type": "object", "properties": {"b": {"type": "string"}}}, "a__b": {"type": "string"}}
    settings = {"flattening_enabled": True, "flattening_max_depth": 1}
    before = say.schema("t", PROPERTIES), say.record("t", id=1), say.state({"sent": 1})
    code, states, lines = warehouse.invoke(*before, say.schema("u", sharing, ()), **settings)
    assert (code, states) == (1, [])
    assert lines == ["unexpected ValueError: line 4: Duplicate column name produced in schema: a__b"]


def test_the_executable_prints_one_line_and_no_traceback(warehouse: Any, say: Any) -> None:
    result = warehouse.run(say.schema("t", PROPERTIES), say.record("t", id=1), say.state({"sent": 1}), "{")
    assert result.returncode == 1
    assert [line.partition(" (")[0] for line in errors(result)] == ["line 4: not valid JSON"]
    assert json.loads(result.stdout) == {"sent": 1}
    assert warehouse.rows("SELECT id FROM t") == [(1,)]


def test_a_database_in_use_is_named_with_its_user(warehouse: Any, say: Any) -> None:
    with duckdb.connect(str(warehouse.path)):
        result = warehouse.run(say.schema("t", PROPERTIES), say.record("t", id=1))
    assert result.returncode == 1
    (line,) = errors(result)
    holder = f"{warehouse.path} is in use by process {os.getpid()}"
    assert line == f"{holder}: close it there, set a lock_timeout to wait for it, or set another filepath"
    assert result.stdout == ""


def test_a_file_that_is_no_database_is_left_alone(warehouse: Any, say: Any) -> None:
    warehouse.path.write_text("precious" * 1000)
    result = warehouse.command(say.schema("t", PROPERTIES))
    (line,) = errors(result)
    assert line.startswith(f"cannot open {warehouse.path}: ")
    assert warehouse.path.read_text() == "precious" * 1000


def test_missing_folders_are_created(warehouse: Any, say: Any, tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.duckdb"
    assert warehouse.command(say.schema("t", PROPERTIES), filepath=str(path)).returncode == 0
    assert path.exists()


def test_a_missing_setting_is_named(warehouse: Any) -> None:
    result = warehouse.command(filepath=None)
    assert result.returncode == 1
    assert any("'filepath' is a required property" in line for line in errors(result))


def test_a_configuration_that_cannot_be_read_is_a_usage_error(command: Any, tmp_path: Path) -> None:
    missing = tmp_path / "a folder whose name is long" / "none.json"
    result = command("--config", str(missing))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "none.json" in result.stderr


@pytest.mark.parametrize("output_format", ["text", "json", "markdown"])
def test_about_lists_every_setting_with_its_description(command: Any, output_format: str) -> None:
    options = [] if output_format == "text" else ["--format", output_format]
    result = command("--about", *options)
    assert result.returncode == 0
    for setting in ("filepath", "default_target_schema", "load_method", "hard_delete", "batch_wait_limit_seconds"):
        assert setting in result.stdout
    if output_format == "json":
        settings = json.loads(result.stdout)["settings"]["properties"]
        assert all(setting.get("description") and setting.get("title") for setting in settings.values())


@contextmanager
def started(warehouse: Any, **settings: Any) -> Iterator[Any]:
    config = warehouse.path.with_suffix(".json")
    config.write_text(json.dumps({"filepath": str(warehouse.path), **settings}))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([EXECUTABLE, "--config", config], text=True, **pipes) as process:  # type: ignore[call-overload] # noqa: S603
        yield process


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_with_its_number_after_all_that_was_received(
    warehouse: Any, say: Any, signum: signal.Signals
) -> None:
    with started(warehouse, batch_size_rows=2) as process:
        for message in (
            say.schema("t", PROPERTIES),
            say.record("t", id=1),
            say.state({"sent": 1}),
            say.record("t", id=2),
            say.record("t", id=3),
            say.state({"sent": 3}),
        ):
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.write('{"type": "RECORD", "stream": "t", "rec')
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"sent": 1}
        time.sleep(0.5)
        process.send_signal(signum)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signum
    assert json.loads(out) == {"sent": 3}
    assert f"stopped by {signum.name}; what was received is committed" in err
    assert "Traceback" not in err
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,), (3,)]


def test_a_signal_is_no_end_of_the_input(warehouse: Any, say: Any) -> None:
    warehouse.load(say.schema("t", PROPERTIES), say.record("t", 1, id=1))
    with started(warehouse, hard_delete=True, batch_wait_limit_seconds=0) as process:
        for message in (
            say.schema("t", PROPERTIES),
            say.activate("t", 2),
            say.record("t", 2, id=2),
            say.state({"at": "done"}),
        ):
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"at": "done"}
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_states_that_nobody_reads_do_not_change_how_a_stop_ends(warehouse: Any, say: Any) -> None:
    with started(warehouse, batch_size_rows=1) as process:
        for number in (1, 2):
            for message in (say.schema("t", PROPERTIES), say.record("t", id=number), say.state({"sent": number})):
                process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"sent": 1}
        process.stdout.close()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
        assert process.wait(timeout=60) == 128 + signal.SIGINT
    assert "Traceback" not in err
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_settings_of_other_duckdb_targets_are_understood(warehouse: Any, say: Any) -> None:
    properties = {"id": {"type": "integer"}, "o": {"type": "object", "properties": {"a": {"type": "string"}}}}
    result = warehouse.command(
        say.schema("t", properties),
        say.record("t", id=1, o={"a": "x"}),
        filepath=None,
        path=str(warehouse.path),
        add_metadata_columns=True,
        data_flattening_max_level=1,
        flush_all_streams=True,
    )
    assert result.returncode == 0, result.stderr
    assert warehouse.rows("SELECT id, o__a, _sdc_deleted_at FROM t") == [(1, "x", None)]
    assert "flush_all_streams has no effect" in result.stderr


def test_a_setting_that_would_send_data_elsewhere_is_refused(warehouse: Any) -> None:
    result = warehouse.command(schema_mapping={"a": {"target_schema": "b"}})
    assert result.returncode == 1
    assert any("schema_mapping is not supported" in line for line in errors(result))


def test_a_name_that_is_nearly_a_setting_ends_the_run_before_anything_is_read(warehouse: Any, say: Any) -> None:
    schema = say.schema("t", PROPERTIES)
    result = warehouse.command(schema, hard_delte=True, **{"Load-Method": "append-only"})
    assert result.returncode == 1
    assert errors(result) == [
        "the setting hard_delte is not known; did you mean hard_delete?",
        "the setting Load-Method is not known; did you mean load_method?",
    ]
    assert not warehouse.path.exists()


def test_a_name_that_is_no_setting_is_warned_of_once(warehouse: Any, say: Any) -> None:
    result = warehouse.command(say.schema("t", PROPERTIES), comment="x", hard_delete=True, hard_delte=False)
    assert result.returncode == 0, result.stderr
    for name in ("comment", "hard_delte"):
        assert result.stderr.count(f"the setting {name} is not known, and has no effect") == 1


def test_a_variable_that_is_nearly_a_setting_is_warned_of_where_the_environment_is_read(
    warehouse: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_DUCKDB_FILEPATH", str(warehouse.path))
    for name in ("HARD_DELTE", "LOGLEVEL", "OF_MY_COMPANY"):
        monkeypatch.setenv(f"TARGET_DUCKDB_{name}", "INFO")
    TargetDuckDB(parse_env_config=True)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "TARGET_DUCKDB_HARD_DELTE in the environment is no setting; did you mean TARGET_DUCKDB_HARD_DELETE?"
    ]


def test_stream_maps_rename_filter_and_drop(warehouse: Any, say: Any) -> None:
    records = [say.record("t", id=key) for key in range(4)]
    stream_maps = {"t": {"__alias__": "renamed", "__filter__": "record['id'] > 1", "double": "int(record['id'] * 2)"}}
    result = warehouse.command(say.schema("t", {"id": {"type": "integer"}}), *records, stream_maps=stream_maps)
    assert result.returncode == 0, result.stderr
    assert warehouse.rows("FROM renamed ORDER BY id") == [(2, 4), (3, 6)]


def test_a_stream_that_is_mapped_to_nothing_gets_no_table(warehouse: Any, say: Any) -> None:
    messages = [say.schema("t", PROPERTIES), say.schema("u", PROPERTIES), say.schema("t", PROPERTIES)]
    messages += [say.activate("t", 1), say.record("t", 1, id=1), say.record("u", id=2), say.activate("t", 1)]
    warehouse.load(*messages, stream_maps={"t": None})
    assert warehouse.rows("SELECT table_name FROM duckdb_tables()") == [("u",)]
    assert warehouse.rows("SELECT id FROM u") == [(2,)]


def test_what_waits_is_written_while_the_tap_is_silent(warehouse: Any, say: Any) -> None:
    config = warehouse.path.with_suffix(".json")
    config.write_text(json.dumps({"filepath": str(warehouse.path), "batch_wait_limit_seconds": 0.2}))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([EXECUTABLE, "--config", config], text=True, **pipes) as process:  # type: ignore[call-overload] # noqa: S603
        for number in range(2):
            for message in say.schema("t", PROPERTIES), say.record("t", id=number), say.state({"sent": number}):
                process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"sent": number}
        process.stdin.close()
        assert process.stdout.read() == ""
    assert warehouse.rows("SELECT id FROM t ORDER BY id") == [(0,), (1,)]


def test_a_last_line_without_a_line_end_and_lines_of_any_length_are_read(warehouse: Any, say: Any) -> None:
    long = "x" * 3_000_000
    messages = [say.schema("t", {"id": {"type": "integer"}, "v": {"type": "string"}})]
    messages += [say.record("t", id=1, v=long), say.record("t", id=2, v="short")]
    config = warehouse.path.with_suffix(".json")
    config.write_text(json.dumps({"filepath": str(warehouse.path)}))
    text = "\r\n\n".join(json.dumps(message) for message in messages)
    subprocess.run([EXECUTABLE, "--config", config], input=text.encode(), check=True, timeout=60)  # noqa: S603
    assert warehouse.rows("SELECT id, length(v) FROM t ORDER BY id") == [(1, len(long)), (2, 5)]


def test_settings_reach_duckdb(warehouse: Any) -> None:
    target = TargetDuckDB(config={"filepath": str(warehouse.path), "settings": {"memory_limit": "1GiB", "threads": 1}})
    chosen = target.database.rows("SELECT current_setting('memory_limit'), current_setting('threads')")
    target._close()
    assert chosen == [("1.0 GiB", 1)]


def test_a_setting_that_duckdb_does_not_know_is_named(warehouse: Any, say: Any) -> None:
    code, _, (line,) = warehouse.invoke(say.schema("t", PROPERTIES), settings={"memory_limt": "1GB"})
    assert code == 1
    assert line.startswith("settings, memory_limt: ")


def test_a_batch_that_needs_more_memory_than_usual_gets_it(
    warehouse: Any, say: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("target_duckdb.database._LITTLE_MEMORY", "4MB")
    caplog.set_level("INFO")
    messages = [say.schema("t", {"id": {"type": "integer"}, "v": {"type": "string"}})]
    messages += [say.record("t", id=key, v=str(key) * 1000) for key in range(3000)]
    warehouse.load(*messages)
    assert "DuckDB may use more memory from here on" in caplog.text
    assert warehouse.rows("SELECT count(*), count(DISTINCT v), min(id), max(id) FROM t") == [(3000, 3000, 0, 2999)]


def test_a_memory_limit_of_the_user_is_kept_to(warehouse: Any, say: Any) -> None:
    messages = [say.schema("t", {"id": {"type": "integer"}, "v": {"type": "string"}})]
    messages += [say.record("t", id=key, v=str(key) * 1000) for key in range(3000)]
    code, _, (line,) = warehouse.invoke(*messages, settings={"memory_limit": "4MB"})
    assert code == 1
    assert line.startswith("cannot load 3000 rows of stream 't' into main.t: Out of Memory Error")
    assert warehouse.rows("FROM t") == []
