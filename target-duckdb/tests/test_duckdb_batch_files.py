from __future__ import annotations

import gzip
import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROPERTIES = {"id": {"type": "integer"}, "amount": {"type": "number"}}
GZIP = {"format": "jsonl", "compression": "gzip"}


def batch(files: Sequence[Path | str], encoding: Any = GZIP) -> dict[str, Any]:
    return {"type": "BATCH", "stream": "t", "encoding": encoding, "manifest": [f"file://{file}" for file in files]}


def zipped(path: Path, lines: Sequence[str]) -> Path:
    path.write_bytes(gzip.compress("".join(line + "\n" for line in lines).encode()))
    return path


def test_records_in_batch_files_are_loaded(warehouse: Any, say: Any, tmp_path: Path) -> None:
    files = [
        zipped(tmp_path / f"{n}.json.gz", [json.dumps({"id": key, "amount": 0.1 * key}) for key in range(n, n + 3)])
        for n in range(2)
    ]
    states = warehouse.load(say.schema("t", PROPERTIES), batch(files), say.state({"sent": 4}))
    assert warehouse.rows("FROM t ORDER BY id") == [(key, 0.1 * key) for key in range(4)]
    assert states == [{"sent": 4}]


def test_plain_batch_files_are_loaded_a_batch_of_rows_at_a_time(warehouse: Any, say: Any, tmp_path: Path) -> None:
    file = tmp_path / "plain.jsonl"
    file.write_text("".join(f'{{"id":{key},"amount":1}}\n\n' for key in range(25)))
    messages = say.schema("t", PROPERTIES), batch([file], {"format": "jsonl", "compression": "none"})
    warehouse.load(*messages, batch_size_rows=10)
    assert warehouse.rows("SELECT count(*), max(id) FROM t") == [(25, 24)]


def test_batch_files_are_validated_and_everything_before_the_wrong_record_is_kept(
    warehouse: Any, say: Any, tmp_path: Path
) -> None:
    file = zipped(tmp_path / "x.gz", ['{"id":1,"amount":1}', '{"id":2,"amount":"much"}', '{"id":3,"amount":3}'])
    messages = say.schema("t", PROPERTIES), say.state({"sent": 0}), batch([file]), say.state({"sent": 3})
    code, states, (line,) = warehouse.invoke(*messages)
    assert code == 1
    assert line.startswith("line 3: stream 't': the record does not match its schema: $.amount")
    assert states == [{"sent": 0}]
    assert warehouse.rows("SELECT id FROM t") == [(1,)]


def test_stream_maps_apply_to_batch_files(warehouse: Any, say: Any, tmp_path: Path) -> None:
    file = zipped(tmp_path / "x.gz", [f'{{"id":{key},"amount":{key}}}' for key in range(4)])
    maps = {"t": {"__filter__": "record['id'] > 1", "amount": "record['amount'] * 2"}}
    warehouse.load(say.schema("t", PROPERTIES), batch([file]), stream_maps=maps)
    assert warehouse.rows("FROM t ORDER BY id") == [(2, 4.0), (3, 6.0)]


def test_parquet_files_are_loaded(warehouse: Any, say: Any, tmp_path: Path) -> None:
    moment = datetime(2024, 5, 24, 10, tzinfo=timezone.utc)
    rows = [{"id": 1, "amount": Decimal("0.1"), "at": moment, "o": {"a": [1, None]}}, {"id": 2, "amount": None}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    properties = {
        "id": {"type": "integer"},
        "amount": {"type": ["null", "number"]},
        "at": {"type": ["null", "string"], "format": "date-time"},
        "o": {"type": ["null", "object"]},
    }
    warehouse.load(say.schema("t", properties), batch([tmp_path / "x.parquet"], {"format": "parquet"}))
    assert warehouse.rows("FROM t ORDER BY id") == [(1, 0.1, moment, '{"a":[1,null]}'), (2, None, None, None)]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (batch(["/nowhere/x.gz"]), "line 2: cannot read the batch file file:///nowhere/x.gz: "),
        (batch([__file__]), "line 2: cannot read the batch file"),
        (batch([__file__], {"format": "csv"}), "line 2: batch files of format 'csv'"),
        (batch([], "jsonl"), "line 2: a BATCH message has an object as its encoding"),
        ({"type": "BATCH", "stream": "t"}, "line 2: Line is missing required"),
        ({**batch([__file__]), "stream": "u"}, "line 2: "),
    ],
)
def test_a_batch_that_cannot_be_read_is_one_line(
    warehouse: Any, say: Any, message: dict[str, Any], reason: str
) -> None:
    code, _, (line,) = warehouse.invoke(say.schema("t", PROPERTIES), message)
    assert code == 1
    assert line.startswith(reason)
