"""A loader that is not ours takes the output of a tap as it is: JSON Lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.cachet_rows import KEYS, expected_tables
from tests.support.comparison import by_key

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.project import MeltanoProject


def test_json_lines_hold_every_row(meltano: MeltanoProject, box: Sandbox, tmp_path: Path) -> None:
    settings = {
        "TAP_CACHET_API_URL": box.cachet.api_url,
        "TAP_CACHET_API_TOKEN": box.cachet.tokens["full"],
        "TARGET_JSONL_DESTINATION_PATH": str(tmp_path),
        "TARGET_JSONL_DO_TIMESTAMP_FILE": "false",
    }
    meltano("run", "--state-id-suffix=lines", "tap-cachet", "target-jsonl", **settings)

    found = {
        file.stem: [json.loads(line) for line in file.read_bytes().splitlines()] for file in tmp_path.glob("*.jsonl")
    }
    expected = {name: rows for name, rows in expected_tables(box).items() if name != "subscribers"}
    assert found.keys() == expected.keys()
    for name, rows in found.items():
        facts = by_key(expected[name], KEYS[name])
        assert by_key(rows, KEYS[name]).keys() == facts.keys(), name
        for key, row in by_key(rows, KEYS[name]).items():
            for column, value in row.items():
                fact = facts[key].get(column)
                if isinstance(fact, (str, int, float)):
                    assert value == pytest.approx(fact) if isinstance(fact, float) else value == fact, (name, column)
