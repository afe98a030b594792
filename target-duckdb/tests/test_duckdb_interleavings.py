"""However the messages of two streams are mixed, rows, deletes and state are those of a model in plain Python."""

from __future__ import annotations

import io
import itertools
import json
import tempfile
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from target_duckdb import endings
from target_duckdb.errors import InputError
from target_duckdb.target import TargetDuckDB

USUAL_DISTANCE = 4  # instead of 100, so that short inputs come across it
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "line": {"type": "integer"}}}


class Message(NamedTuple):
    """A message: S schema, A version, R record, T state. Its line number is its record's content and its state."""

    kind: str
    stream: str = ""
    version: int | None = None
    id: int = 0


@dataclass(frozen=True)
class Run:
    """One load."""

    messages: tuple[Message, ...]
    load_method: str = "upsert"
    hard_delete: bool = True
    batch_size_rows: int = 3
    breaks: bool = False

    def lines(self) -> bytes:
        texts = [json.dumps(as_singer(message, line)) for line, message in enumerate(self.messages)]
        return "\n".join([*texts, *["broken"] * self.breaks]).encode()


def as_singer(message: Message, line: int) -> dict[str, Any]:
    stream = {"stream": message.stream}
    if message.kind == "S":
        return {"type": "SCHEMA", **stream, "schema": SCHEMA, "key_properties": ["id"]}
    if message.kind == "A":
        return {"type": "ACTIVATE_VERSION", **stream, "version": message.version}
    if message.kind == "T":
        return {"type": "STATE", "value": {"line": line}}
    version = {} if message.version is None else {"version": message.version}
    return {"type": "RECORD", **stream, "record": {"id": message.id, "line": line}, **version}


# The model


class Row(NamedTuple):
    """A row as the table shows it."""

    id: int
    line: int
    version: int | None
    is_deleted: bool = False


@dataclass
class Stream:
    """What a run makes of one stream."""

    name: str
    rows: list[Row]
    beside: list[Row] | None
    versions: set[int | None] = field(default_factory=set)
    announced: set[int | None] = field(default_factory=set)
    completed: set[int | None] = field(default_factory=set)
    awaited: int | None = None

    def take(self, row: Row, load_method: str) -> None:
        rows = self.rows if self.beside is None else self.beside
        if load_method != "append-only":
            rows[:] = [other for other in rows if other.id != row.id]
        rows.append(row)
        self.versions.add(row.version)

    def activate(self, version: int | None, run: Run, *, follows_rows: bool) -> None:
        is_complete = version in self.versions and (follows_rows or version not in self.announced)
        if is_complete and not (self.beside is not None and None in self.versions):
            self.completed.add(version)
            self.replace()
            self.retire(version, run)
        else:
            self.announced.add(version)
            self.awaited = version

    def replace(self) -> None:
        if self.beside is not None:
            self.rows, self.beside = self.beside, None

    def retire(self, version: int | None, run: Run) -> None:
        if None in self.versions:
            return
        older = [row for row in self.rows if row.version is None or row.version < (version or 0)]
        self.rows = [row for row in self.rows if row not in older]
        if not run.hard_delete:
            self.rows += [row._replace(is_deleted=True) for row in older]


def is_closed(messages: tuple[Message, ...], stream: str, end: int) -> bool:
    """Whether a state has closed a stream, as far as the first `end` messages tell."""
    own = [line for line in range(end) if messages[line].stream == stream]
    last = own[-1]
    following = [message for message in messages[last + 1 : end] if message.kind != "T"][:1]
    announcements = [line for line in own if messages[line].kind == "A"]
    comes_in_parts = messages[last].kind != "S" and len(announcements) > 1
    if comes_in_parts and any(each.kind == "R" and each.stream in is_within(messages, stream) for each in following):
        return True
    if last + 1 >= end or messages[last + 1].kind != "T":
        return False
    if messages[last].kind != "R":
        return True
    number = before = at_state = 0
    distances = {USUAL_DISTANCE}
    for line in own[1:]:
        if messages[line].kind != "R":
            if is_within(messages, stream) and (at_state == number or is_closed(messages, stream, line)):
                number = before = at_state = 0
            continue
        if at_state > before:
            distances.add(at_state - before)
            before = at_state
        number += 1
        if line + 1 < end and messages[line + 1].kind == "T":
            at_state = number
    return all(number % distance for distance in distances)


def is_within(messages: tuple[Message, ...], stream: str) -> set[str]:
    """The streams that were open when a stream began."""
    first = next(line for line, message in enumerate(messages) if message.stream == stream)
    others = {message.stream for message in messages[:first]} - {""}
    return {other for other in others if not is_closed(messages, other, first)}


def is_whole(messages: tuple[Message, ...], stream: str) -> bool:
    """Whether a stream was sent to its end."""
    own = [line for line, message in enumerate(messages) if message.stream == stream]
    begun = [line for line in own if messages[line].kind != "S"]
    if not begun:
        return False
    announced_again = [line for line in own if line > begun[0] and messages[line].kind in "SA"]
    within = is_within(messages, stream)
    if any(is_closed(messages, stream, line) for line in announced_again) and not within:
        return False
    return all(is_closed(messages, each, len(messages)) for each in {stream, *within})


def load_into_model(tables: dict[str, list[Row]], run: Run) -> int | None:
    """Load a run.

    Returns:
        The line from which on no state may come out; None if the last one comes out.
    """
    streams: dict[str, Stream] = {}
    kinds: dict[str, str] = {}
    for line, message in enumerate(run.messages):
        if message.kind == "T":
            continue
        if message.stream not in streams:
            beside: list[Row] | None = [] if run.load_method == "overwrite" else None
            streams[message.stream] = Stream(message.stream, list(tables.get(message.stream, [])), beside)
        stream = streams[message.stream]
        if message.kind == "R":
            stream.take(Row(message.id, line, message.version), run.load_method)
        elif message.kind == "A":
            stream.activate(message.version, run, follows_rows=kinds[message.stream] == "R")
        kinds[message.stream] = message.kind
    sends_after = any(each.completed for each in streams.values())
    sends_ahead = any(each.announced & each.versions for each in streams.values())
    for stream in streams.values() if not run.breaks else ():
        says_nothing = stream.awaited is not None and not stream.versions and sends_after and not sends_ahead
        whole = says_nothing or is_whole(run.messages, stream.name)
        if stream.beside is not None and stream.rows and not whole:
            continue
        stream.replace()
        if stream.awaited is not None and whole:
            stream.retire(stream.awaited, run)
    tables.update({name: stream.rows for name, stream in streams.items()})
    lost = {name for name, stream in streams.items() if stream.beside}
    firsts = [line for line, message in enumerate(run.messages) if message.kind == "R" and message.stream in lost]
    return min(firsts, default=None)


# The loader


def load(path: Path, run: Run) -> list[int]:
    """Load a run, and return the states that came out."""
    config = {"filepath": str(path), "load_method": run.load_method, "hard_delete": run.hard_delete}
    target = TargetDuckDB(config={**config, "batch_size_rows": run.batch_size_rows})
    with redirect_stdout(io.StringIO()) as output, suppress(*[InputError] * run.breaks):
        target._load(io.BytesIO(run.lines()))  # type: ignore[arg-type]
    return [json.loads(line)["line"] for line in output.getvalue().splitlines()]


def tables_of(shell: Any, path: Path) -> dict[str, list[Row]]:
    found = {}
    with shell.at(path) as connection:
        for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            columns = {column[0] for column in connection.execute(f"DESCRIBE {table}").fetchall()}
            version = "_sdc_table_version" if "_sdc_table_version" in columns else "NULL"
            deleted = "_sdc_deleted_at IS NOT NULL" if "_sdc_deleted_at" in columns else "false"
            rows = connection.execute(f"SELECT id, line, {version}, {deleted} FROM {table}").fetchall()  # noqa: S608
            found[table] = sorted((Row(*row) for row in rows), key=repr)
    return found


names = st.sampled_from("ab")
versions = st.sampled_from([1, 1, 2, 2, 3])
records = st.builds(Message, st.just("R"), names, st.one_of(versions, versions, versions, st.none()), st.integers(0, 3))
states = st.just(Message("T"))
announcements = st.builds(Message, st.just("A"), names, versions)
mixed = st.lists(
    st.one_of(records, records, states, announcements, st.builds(Message, st.just("S"), names)), max_size=14
)
wholes = st.builds(
    lambda name, version, ids: [
        Message("S", name),
        Message("A", name, version),
        *(Message("R", name, version, key) for key in ids),
        Message("T"),
    ],
    names,
    versions,
    st.lists(st.integers(0, 3), max_size=3),
)
inputs = st.one_of(
    mixed, st.lists(st.one_of(wholes, mixed), max_size=3).map(lambda parts: list(itertools.chain.from_iterable(parts)))
)


def with_schemas(messages: list[Message]) -> tuple[Message, ...]:
    """Every stream begins with its schema."""
    known: set[str] = set()
    out: list[Message] = []
    for message in messages:
        if message.stream and message.stream not in known and message.kind != "S":
            out.append(Message("S", message.stream))
        known.add(message.stream)
        out.append(message)
    return tuple(out)


runs = st.builds(
    Run,
    inputs.map(with_schemas),
    load_method=st.sampled_from(["upsert", "upsert", "append-only", "overwrite", "overwrite"]),
    hard_delete=st.booleans(),
    batch_size_rows=st.sampled_from([1, 3, 100]),
    breaks=st.sampled_from([False, False, False, True]),
)
A_SMALL_LOAD = with_schemas([Message("R", "a", 1, key) for key in range(4)])


@pytest.fixture(autouse=True, scope="module")
def short_distance() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(endings, "_USUAL_DISTANCE", USUAL_DISTANCE)
        yield


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(runs, min_size=1, max_size=2))
@example([Run(A_SMALL_LOAD), Run(with_schemas([Message("A", "a", 2), Message("R", "a", 2), Message("T")]))])
@example([Run(A_SMALL_LOAD), Run(with_schemas([Message("R", "a", 2)] * 3), load_method="overwrite")])
def test_rows_deletes_and_state_are_those_of_the_model(shell: Any, first_and_next: list[Run]) -> None:
    expected: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.duckdb"
        for run in first_and_next:
            states = load(path, run)
            withheld_from = load_into_model(expected, run)
            found = tables_of(shell, path)
            for name, rows in expected.items():
                assert found.get(name, []) == sorted(rows, key=repr), run
            sent = [line for line, message in enumerate(run.messages) if message.kind == "T"]
            assert set(states) <= set(sent)
            if withheld_from is None:
                assert states[-1:] == sent[-1:]
            else:
                assert all(state < withheld_from for state in states)
