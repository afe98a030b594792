"""Whatever a tap sends, the table holds what a dictionary would hold."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from target_duckdb.target import TargetDuckDB

SCHEMA = {
    "type": "SCHEMA",
    "stream": "t",
    "key_properties": ["k1", "k2"],
    "schema": {
        "type": "object",
        "properties": {
            "k1": {"type": ["null", "string"]},
            "k2": {"type": "integer"},
            "text": {"type": ["null", "string"]},
            "integer": {"type": ["null", "integer"]},
            "number": {"type": ["null", "number"]},
            "flag": {"type": ["null", "boolean"]},
            "at": {"type": ["null", "string"], "format": "date-time"},
            "nested": {"type": ["null", "object", "array"]},
        },
    },
}
COLUMNS = list(SCHEMA["schema"]["properties"])  # type: ignore[index]
QUOTED_COLUMNS = ", ".join(f'"{name}"' for name in COLUMNS)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | st.integers(-(2**90), 2**90) | finite | texts
nested = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
records = st.fixed_dictionaries(
    {"k1": st.sampled_from([None, "", "a", "A"]), "k2": st.integers(0, 2)},
    optional={
        "text": st.none() | texts,
        "integer": st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**127), 2**127 - 1),
        "number": st.none() | finite,
        "flag": st.none() | st.booleans(),
        "at": st.none() | st.datetimes(timezones=st.just(timezone.utc)).map(datetime.isoformat),
        "nested": st.none() | st.lists(nested, max_size=3) | st.dictionaries(texts, nested, max_size=3),
    },
)


def seen(column: str, value: Any) -> Any:
    """A sent value in the form in which the table returns it."""
    if value is None:
        return None
    if column == "at":
        return datetime.fromisoformat(value)
    return value


def read(shell: Any, path: Path) -> dict[Any, dict[str, Any]]:
    with shell.at(path) as connection:
        rows = connection.execute(f"SELECT {QUOTED_COLUMNS} FROM t").fetchall()  # noqa: S608
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    for row in found:
        row["nested"] = None if row["nested"] is None else json.loads(row["nested"])
    by_key = {(row["k1"], row["k2"]): row for row in found}
    assert len(by_key) == len(found)
    return by_key


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(records, max_size=12), min_size=1, max_size=3), st.integers(1, 7))
def test_the_table_holds_the_last_record_of_every_key(
    shell: Any, runs: list[list[dict[str, Any]]], batch_size_rows: int
) -> None:
    expected = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.duckdb"
        for run in runs:
            messages = [SCHEMA, *({"type": "RECORD", "stream": "t", "record": record} for record in run)]
            file = Path(folder) / "messages.jsonl"
            file.write_text("".join(json.dumps(message) + "\n" for message in messages))
            target = TargetDuckDB(config={"filepath": str(path), "batch_size_rows": batch_size_rows})
            with file.open() as lines:
                target.listen(lines)
            for record in run:
                expected[record["k1"], record["k2"]] = {c: seen(c, record.get(c)) for c in COLUMNS}
        assert read(shell, path) == expected
