from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_records_in_batch_files_are_loaded(warehouse: Any, say: Any, tmp_path: Path) -> None:
    files = []
    for number in range(2):
        file = tmp_path / f"{number}.json.gz"
        rows = [{"id": key, "amount": 0.1 * key} for key in range(number, number + 3)]
        file.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
        files.append(f"file://{file}")
    warehouse.load(
        say.schema("t", {"id": {"type": "integer"}, "amount": {"type": "number"}}),
        {"type": "BATCH", "stream": "t", "encoding": {"format": "jsonl", "compression": "gzip"}, "manifest": files},
    )
    assert warehouse.rows("FROM t ORDER BY id") == [(key, 0.1 * key) for key in range(4)]
