"""What a tap has written, taken by target-duckdb into a file, in this process."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from target_duckdb.target import TargetDuckDB

from tests.support.comparison import duckdb_tables

if TYPE_CHECKING:
    from pathlib import Path

    from singer_fanout.testing import Run

    from tests.support.comparison import Row

SCHEMA = "loaded"
FILE = "warehouse.duckdb"
"""The database in a folder."""
PARTS_OF_A_LOG_LINE = 4


@dataclass(frozen=True)
class Load:
    """A load that has ended.

    Attributes:
        exit_code: 0 when it went well.
        log: Everything on standard error.
        file: The database.
    """

    exit_code: int
    log: str
    file: Path

    @property
    def errors(self) -> list[str]:
        """The texts of the errors."""
        lines = (line.split(" | ", PARTS_OF_A_LOG_LINE - 1) for line in self.log.splitlines())
        return [parts[-1] for parts in lines if len(parts) == PARTS_OF_A_LOG_LINE and parts[1].strip() == "ERROR"]

    def rows(self, table: str) -> list[Row]:
        """The rows of a table; none where there is no such table."""
        return duckdb_tables(self.file, SCHEMA).get(table, [])

    def texts(self, table: str, key: str, column: str) -> dict[str, str]:
        """A column of a table as the database writes it, by the key."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            rows = (
                connection.table(f'"{SCHEMA}"."{table}"').project(f'"{key}"::VARCHAR, "{column}"::VARCHAR').fetchall()
            )
        return dict(rows)


def load(run: Run, folder: Path, **settings: Any) -> Load:
    """Load what a run has written.

    Args:
        run: The tap's run.
        folder: A folder of its own; what an earlier run has written is there.
        settings: Further settings of the loader.
    """
    file, config, messages = folder / FILE, folder / "target.json", folder / "messages.jsonl"
    config.write_text(json.dumps({"filepath": str(file), "default_target_schema": SCHEMA, **settings}))
    messages.write_text(run.output, encoding="utf-8")
    log = io.StringIO()
    with redirect_stdout(io.StringIO()), redirect_stderr(log):
        try:
            TargetDuckDB.cli.main(["--config", str(config), "--input", str(messages)], prog_name="target-duckdb")
        except SystemExit as end:
            code = end.code
    return Load(code if isinstance(code, int) else int(code is not None), log.getvalue(), file)
