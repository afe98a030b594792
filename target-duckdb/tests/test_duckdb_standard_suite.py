from __future__ import annotations

import tempfile
from pathlib import Path

from singer_sdk.testing import get_target_test_class
from target_duckdb.target import TargetDuckDB

_FOLDER = tempfile.TemporaryDirectory()

TestStandard = get_target_test_class(
    TargetDuckDB,
    config={"filepath": str(Path(_FOLDER.name) / "standard.duckdb"), "add_record_metadata": True},
)
