"""A load may be killed between any two things that it does: the next one makes right what is in the table by then.

One of the taps here looks for deleted records only among those that its state says it has sent, or is about to send.
"""

from __future__ import annotations

import copy
import io
import itertools
import json
import shutil
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from target_duckdb.database import Database
from target_duckdb.target import TargetDuckDB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Message = Mapping[str, Any]
    Source = Mapping[str, Sequence[int]]
    Tap = Callable[[Source, Any], Iterator[Message]]

CLOCK = itertools.count(1)
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "line": {"type": "integer"}}}


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[TargetDuckDB, str], None]]:
    """What is called after each thing that a load does which outlives it: a `commit`, or a `state` that it writes."""
    watchers: list[Callable[[TargetDuckDB, str], None]] = []
    targets: list[TargetDuckDB] = []
    commits, writes, begins = Database.atomically, TargetDuckDB._write_state_message, TargetDuckDB._load

    def load(target: TargetDuckDB, file_input: Any) -> None:
        targets[:] = [target]
        begins(target, file_input)

    def atomically(database: Database, *arguments: Any) -> None:
        commits(database, *arguments)
        for watcher in watchers:
            watcher(targets[0], "commit")

    def write(target: TargetDuckDB, state: dict[str, Any]) -> None:
        writes(target, state)
        for watcher in watchers:
            watcher(target, "state")

    monkeypatch.setattr(TargetDuckDB, "_load", load)
    monkeypatch.setattr(Database, "atomically", atomically)
    monkeypatch.setattr(TargetDuckDB, "_write_state_message", write)
    return watchers


def load(path: Path, messages: Sequence[Message], **config: Any) -> str | None:
    """Load, and return the last state that came out."""
    target = TargetDuckDB(config={"filepath": str(path), "hard_delete": True, **config})
    with redirect_stdout(io.StringIO()):
        target._load(io.BytesIO("\n".join(map(json.dumps, messages)).encode()))  # type: ignore[arg-type]
    return target._written_state


def schema(stream: str, keys: Sequence[str] = ("id",)) -> Message:
    return {"type": "SCHEMA", "stream": stream, "schema": SCHEMA, "key_properties": keys}


def record(stream: str, key: int, version: int | None = None, line: int = 0) -> Message:
    message = {"type": "RECORD", "stream": stream, "record": {"id": key, "line": line}}
    return message if version is None else {**message, "version": version}


def activate(stream: str, version: int) -> Message:
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


def state(value: Any) -> Message:
    return {"type": "STATE", "value": copy.deepcopy(value)}


# Taps


def remembering(source: Source, known: Any) -> Iterator[Message]:
    """Reads what it has not read yet. When a record is gone, it reads all of them, under a new version."""
    memory = copy.deepcopy(known or {})
    for stream, there in source.items():
        own = memory.setdefault(stream, {"version": 1, "sent": [], "is_read": []})
        yield schema(stream)
        if set(own["sent"]) - set(there):
            own.update(version=own["version"] + 1, is_read=[])
        new = [key for key in there if key not in own["is_read"]]
        own["sent"] = [*there]
        yield state(memory)
        for key in new:
            yield record(stream, key, own["version"])
            own["is_read"].append(key)
            if len(own["is_read"]) % 3 == 0:
                yield state(memory)
        yield activate(stream, own["version"])
        yield state(memory)


def announcing(source: Source, known: Any) -> Iterator[Message]:
    """Reads everything, and announces a version ahead of it, as taps on the Meltano SDK do."""
    version = next(CLOCK)
    for stream, there in source.items():
        yield schema(stream)
        yield activate(stream, version)
        for key in there:
            yield record(stream, key, version)
        yield state({**(known or {}), stream: version})


def appending(source: Source, known: Any) -> Iterator[Message]:
    """Goes on where it was. Its records have no key."""
    sent = dict(known or {})
    for stream, there in source.items():
        yield schema(stream, ())
        for number in range(sent.get(stream, 0), len(there)):
            yield record(stream, there[number])
            sent[stream] = number + 1
            if number % 3 == 2:
                yield state(sent)
        yield state(sent)


# Cuts


class Cut(NamedTuple):
    """What a process leaves that is killed: the files, and the last state that it has written."""

    path: Path
    state: str | None
    after: str


def cuts_of(tap: Tap, source: Source, path: Path, known: Any, watch: list[Any], **config: Any) -> list[Cut]:
    """Load, and return what a kill would have left after each thing that the load does."""
    found: list[Cut] = []

    def keep(target: TargetDuckDB, after: str) -> None:
        folder = path.with_name(f"cut-{len(found)}")
        folder.mkdir()
        for file in path.parent.glob(f"{path.name}*"):
            shutil.copy(file, folder)
        found.append(Cut(folder / path.name, target._written_state, after))

    watch.append(keep)
    load(path, [*tap(source, known)], **config)
    watch.clear()
    return found


def rows_of(shell: Any, path: Path) -> dict[str, list[int]]:
    with shell.at(path) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return {name: sorted(*zip(*connection.execute(f"SELECT id FROM {name}").fetchall())) for (name,) in tables}  # noqa: S608, B905


BEFORE = {"a": range(4), "b": range(3)}
MEANWHILE = {"a": [0, 1, 3, 4, 5, 6, 7], "b": [1, 2, 3, 4]}
AFTER = {"a": [0, 3, 4, 6, 8], "b": [1, 4, 5]}


@pytest.mark.parametrize(("tap", "batch_size_rows"), [(remembering, 100), (remembering, 4), (announcing, 4)])
def test_what_was_deleted_around_a_kill_is_not_in_the_table_after_the_next_load(
    tmp_path: Path, shell: Any, watch: list[Any], tap: Tap, batch_size_rows: int
) -> None:
    path = tmp_path / "t.duckdb"
    known = json.loads(load(path, [*tap(BEFORE, None)]) or "null")
    cuts = cuts_of(tap, MEANWHILE, path, known, watch, batch_size_rows=batch_size_rows)
    assert {"commit", "state"} == {cut.after for cut in cuts}
    for cut in cuts:
        load(cut.path, [*tap(AFTER, known if cut.state is None else json.loads(cut.state))])
        assert rows_of(shell, cut.path) == AFTER, cut


def test_rows_without_a_key_come_twice_only_if_the_kill_came_between_the_commit_and_its_state(
    tmp_path: Path, shell: Any, watch: list[Any]
) -> None:
    path = tmp_path / "t.duckdb"
    everything = {"a": [*range(11)], "b": [*range(4)]}
    for cut in cuts_of(appending, everything, path, None, watch, batch_size_rows=5):
        load(cut.path, [*appending(everything, cut.state and json.loads(cut.state))])
        rows = rows_of(shell, cut.path)
        assert {name: sorted(set(found)) for name, found in rows.items()} == everything, cut
        assert cut.after == "commit" or rows == everything, cut


# Any order of messages

streams = st.sampled_from("ab")
messages = st.lists(
    st.one_of(
        st.builds(record, streams, st.integers(0, 3), st.sampled_from([None, 1, 2])),
        st.builds(record, streams, st.integers(0, 3), st.just(1)),
        st.builds(schema, streams),
        st.just(state(None)),
    ),
    max_size=20,
)
A_STATE_FOR_THE_NEXT_VERSION = [schema("a"), record("a", 1, 1), state(None), record("a", 2, 2), state(None)]


def numbered(unnumbered: Sequence[Message]) -> list[Message]:
    """Every stream begins with its schema; records and states tell their line."""
    known: set[str] = set()
    found: list[Message] = []
    for message in unnumbered:
        stream = message.get("stream")
        if stream is not None and stream not in known and message["type"] != "SCHEMA":
            found.append(schema(stream))
        known.add(message.get("stream", ""))
        if message["type"] == "RECORD":
            found.append(record(str(stream), message["record"]["id"], message.get("version"), len(found)))
        else:
            found.append(message if message["type"] == "SCHEMA" else state({"line": len(found)}))
    return found


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(messages=messages.map(numbered), batch_size_rows=st.sampled_from([1, 4, 100]))
@example(messages=numbered(A_STATE_FOR_THE_NEXT_VERSION), batch_size_rows=100)
def test_a_state_stands_for_what_came_before_it_and_comes_ahead_of_what_it_may_tell_of(
    tmp_path_factory: pytest.TempPathFactory, watch: list[Any], messages: list[Message], batch_size_rows: int
) -> None:
    def look(target: TargetDuckDB, _: str) -> None:
        line = json.loads(target._written_state or '{"line": -1}')["line"]
        for stream in {message["stream"] for message in messages if message["type"] == "SCHEMA"}:
            rows = rows_in(target, stream)
            for key, last in last_lines(messages[: line + 1], stream).items():
                assert rows.get(key, -1) >= last, f"the state of line {line} stands for line {last}"
            assert all(states_ahead_of(messages, row) <= line for row in rows.values()), (rows, line)

    watch[:] = [look]
    load(tmp_path_factory.mktemp("any") / "t.duckdb", messages, batch_size_rows=batch_size_rows)


def rows_in(target: TargetDuckDB, stream: str) -> dict[int, int]:
    cursor = target.database._connection.cursor()
    if not cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [stream]).fetchone()[0]:  # type: ignore[index]
        return {}
    return dict(cursor.execute(f"SELECT id, line FROM {stream}").fetchall())  # noqa: S608


def last_lines(messages: Sequence[Message], stream: str) -> dict[int, int]:
    """The line of the last record of each key."""
    return {
        message["record"]["id"]: line
        for line, message in enumerate(messages)
        if message["type"] == "RECORD" and message["stream"] == stream
    }


def states_ahead_of(messages: Sequence[Message], row: int) -> int:
    """The line of the last state between a row's schema and the first row of its version; -1 if there is none."""
    stream, version = messages[row]["stream"], messages[row].get("version")
    begins = next(line for line, each in enumerate(messages) if each.get("stream") == stream)
    first = next(
        line
        for line, each in enumerate(messages)
        if each["type"] == "RECORD" and each["stream"] == stream and each.get("version") == version
    )
    ahead = itertools.chain([-1], range(begins, first))
    return max(line for line in ahead if line < 0 or messages[line]["type"] == "STATE")
