"""What a load may delete, by how its input ends. The table in `docs/loader.md` says the same."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD = {1, 2, 3}
"""The keys that every table holds before the load. Loads send rows of other keys, from 11 on."""
VERSION = 2
"""What loads send; the old rows have the version 1."""


@dataclass(frozen=True)
class Case:
    """One way for an input to end.

    Attributes:
        input: The messages in short: S schema, A version, R record (R3 three of them), B a batch file, each with the
            name of its stream behind a colon unless that is `a`; T a state.
        stays: Why the old rows of `a` stay, as the warning says it; None if they go.
        state: Value of the states.
        trust: Whether the end of the input is trusted.
    """

    input: str
    stays: str | None
    state: Any = field(default_factory=lambda: {"at": "the end"})
    trust: bool = False


IN_PARTS = "it came in several parts"
CASES = {
    "the version comes after its records": Case("S R3 A", None),
    "... and another was announced before": Case("S A R3 A", None),
    "the version comes ahead, and a state after the last record": Case("S A R3 T", None),
    "... and no state": Case("S A R3", "no STATE came directly after"),
    "... and a state before the last record": Case("S A R3 T R", "no STATE came directly after"),
    "... and the last record is the hundredth": Case("S A R100 T", "one of those sent every 100"),
    "... and the last record is as far from a state as that was": Case("S A R2 T R2 T", "one of those sent every 2"),
    "... and the last record is at another distance": Case("S A R2 T R2 T R T", None),
    "... and the state comes after a batch file": Case("S A B T", None),
    "... and a state comes after each batch file": Case("S A B T B T", "one of those sent every 1"),
    "... and another stream's schema comes": Case("S A R3 S:b", "no STATE came directly after"),
    "... and the state comes after another stream": Case("S A R3 S:b R3:b T", "no STATE came directly after"),
    "... and another stream that was open is so still": Case("S:b A:b S A R3 T", "began while 'b' was open"),
    "... and another stream that was open has ended": Case("S:b A:b S A R3 T R:b S A R3 T R:b T", None),
    "... and that goes on after each part, without a state": Case("S:b A:b S A R R:b S A R R:b T", None),
    "... and that goes on after the only part, without a state": Case("S:b A:b S A R R:b T", "no STATE came directly"),
    "... and another stream had only its schema, and a state": Case("S:b T S A R3 T", None),
    "... and again, after a state, in no other stream": Case("S A R2 T S A R T", IN_PARTS),
    "... and the state has parts of the stream": Case(
        "S A R T", IN_PARTS, state={"bookmarks": {"a": {"partitions": [{"context": {"parent": 1}}]}}}
    ),
    "... and the state is in the middle of the stream": Case(
        "S A R T", "is being read", state={"bookmarks": {"a": {"progress_markers": {"replication_key_value": 1}}}}
    ),
    "... and the state names the stream": Case("S A R T", "is being read", state={"currently_syncing": "a"}),
    "... and the end of the input is trusted": Case("S A R3", None, trust=True),
    "there is a version and no record, and a state": Case("S A T", None),
    "there is a version and no record, and no state": Case("S A", "no STATE came directly after"),
    "... and the versions of other streams came after their records": Case("S:c R:c S A S:b R3:b A:b", None),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the old rows of two streams."""
    path = tmp_path_factory.mktemp("loaded") / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        for stream in "ab":
            connection.execute(f"CREATE TABLE {stream} (id BIGINT, _sdc_table_version BIGINT)")
            connection.execute(f"INSERT INTO {stream} SELECT range, 1 FROM range(1, 4)")  # noqa: S608
    return path


def written_out(case: Case, folder: Path) -> Iterator[dict[str, Any]]:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    last = dict.fromkeys("abc", 10)
    for token in case.input.split():
        kind, _, stream = token.partition(":")
        message: dict[str, Any] = {"stream": stream or "a"}
        times = int(kind[1:] or 1)
        for _ in range(times):
            last[message["stream"]] += kind[0] in "RB"
            record = {"id": last[message["stream"]]}
            if kind[0] == "S":
                yield {"type": "SCHEMA", **message, "schema": schema, "key_properties": ["id"]}
            elif kind[0] == "A":
                yield {"type": "ACTIVATE_VERSION", **message, "version": VERSION}
            elif kind[0] == "R":
                yield {"type": "RECORD", **message, "record": record, "version": VERSION}
            elif kind[0] == "B":
                file = folder / f"{record['id']}.jsonl.gz"
                file.write_bytes(gzip.compress(json.dumps(record).encode()))
                encoding = {"format": "jsonl", "compression": "gzip"}
                yield {"type": "BATCH", **message, "encoding": encoding, "manifest": [file.as_uri()]}
            else:
                yield {"type": "STATE", "value": case.state}


def ids(warehouse: Any) -> list[int]:
    return [key for (key,) in warehouse.rows("SELECT id FROM a ORDER BY id")]


@pytest.mark.parametrize("load_method", ["upsert", "overwrite"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_old_rows_go_only_if_the_stream_was_sent_to_its_end(
    warehouse: Any, loaded: Path, tmp_path: Path, case: Case, load_method: str
) -> None:
    shutil.copy(loaded, warehouse.path)
    warehouse.caplog.clear()
    messages = list(written_out(case, tmp_path))
    settings = {"hard_delete": True, "load_method": load_method, "trust_end_of_input": case.trust}
    warehouse.load(*messages, **settings)
    told = [entry.getMessage() for entry in warehouse.caplog.records if entry.levelname == "WARNING"]
    if case.stays is None:
        assert not set(ids(warehouse)) & OLD
    else:
        assert set(ids(warehouse)) >= OLD
        assert any(case.stays in line and "'a'" in line for line in told), told


def test_a_version_without_a_record_says_how_many_rows_go(warehouse: Any, say: Any) -> None:
    properties = {"id": {"type": "integer"}}
    warehouse.load(say.schema("a", properties), *(say.record("a", id=key) for key in range(3)))
    warehouse.load(say.schema("a", properties), say.activate("a", 5), say.state({"at": "done"}))
    assert warehouse.rows("SELECT count(*) FROM a WHERE _sdc_deleted_at IS NOT NULL") == [(3,)]
    told = "stream 'a': version 5 came without any records, so 3 rows of main.a are marked as deleted"
    assert [entry.getMessage() for entry in warehouse.caplog.records if entry.levelname == "WARNING"] == [told]


def test_an_end_after_an_error_is_no_end(warehouse: Any, say: Any) -> None:
    properties = {"id": {"type": "integer"}}
    warehouse.load(say.schema("a", properties), say.record("a", 1, id=1))
    messages = (
        say.schema("a", properties),
        say.activate("a", 2),
        say.record("a", 2, id=2),
        say.state({"at": "done"}),
        "broken",
    )
    assert warehouse.invoke(*messages, hard_delete=True)[:2] == (1, [{"at": "done"}])
    assert ids(warehouse) == [1, 2]


def test_overwrite_promises_nothing_that_is_not_in_its_table(warehouse: Any, say: Any) -> None:
    properties = {"id": {"type": "integer"}}
    warehouse.load(say.schema("a", properties), say.record("a", id=1))
    whole = [
        say.schema("a", properties),
        say.record("a", id=2),
        say.state({"at": "a"}),
        say.record("a", id=3),
        say.state({"at": "b"}),
    ]
    cut = [*whole, say.record("a", id=4)]
    assert warehouse.load(*cut, load_method="overwrite", batch_size_rows=1) == []
    assert ids(warehouse) == [1]
    assert warehouse.load(
        *whole, say.record("a", id=4), say.activate("a", 1), say.state({"at": "c"}), load_method="overwrite"
    )
    assert ids(warehouse) == [2, 3, 4]


def test_overwrite_leaves_nothing_beside_its_table(warehouse: Any, say: Any) -> None:
    properties = {"Id": {"type": "integer"}, "id": {"type": "integer"}}
    messages = say.schema("a", properties), say.record("a", Id=1, id=2), say.state({"at": 1})
    for _ in range(2):
        warehouse.load(*messages, load_method="overwrite")
    assert warehouse.rows("FROM a") == [(1, 2)]
    assert warehouse.rows("SELECT table_name FROM duckdb_tables()") == [("a",)]
    assert warehouse.rows("SELECT comment FROM duckdb_columns() WHERE column_name = 'id_2'") == [
        ("Singer property: id",)
    ]
