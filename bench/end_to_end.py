"""From the source to the table: tap-cachet into target-duckdb, and dlt, on the same pages."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.duckdb_loaders import DLT, environment
from bench.figures import AT_LEAST, Figure
from bench.processes import run
from bench.serve import Load
from bench.server import Server
from bench.tables import MINE, THEIRS, compare_queries
from bench.taps import TapRunner
from bench.trees import HERE

if TYPE_CHECKING:
    from bench.processes import Usage

ROUNDS = 3
ROWS_BY_DEFAULT = 10_000
"""For dlt's default settings, which would take more than a minute for all rows."""
STREAM = "incidents"
MY_ROWS = f"""
    SELECT id, guid, user_id, name, message, status, status_label, visible, stickied, notifications, meta::VARCHAR,
      occurred_at, published_at, created_at, updated_at
    FROM {MINE}.incidents"""  # noqa: S608 - a constant
THEIR_ROWS = f"""
    SELECT id::BIGINT, attributes__guid, relationships__user__data__id::BIGINT, attributes__name, attributes__message,
      attributes__status__value, attributes__status__human, attributes__visible, attributes__stickied,
      attributes__notifications::BOOLEAN, attributes__meta::VARCHAR, attributes__occurred__string,
      attributes__published__string, attributes__created__string, attributes__updated__string
    FROM {THEIRS}.incidents"""  # noqa: S608 - a constant


def measure(folder: Path) -> list[Figure]:
    """Load in turn from pages that are served at once, and from pages that are served with a delay."""
    return [
        _figure("end_to_end_vs_dlt_0ms", 100_000, 0.0, 2.5, folder),
        _figure("end_to_end_vs_dlt_100ms", 20_000, 0.1, 5, folder),
    ]


def _figure(name: str, rows: int, latency: float, bar: float, folder: Path) -> Figure:
    files = folder / name
    files.mkdir()
    with Server(Load(incidents=rows, from_memory=True, latency=latency)) as server:
        mine, theirs = _Ours(server.api_url, files), _Dlt(server.api_url, files, "parquet")
        loads, other_loads = zip(*[(mine.load(), theirs.load()) for _ in range(ROUNDS)], strict=True)
    compared = compare_queries(mine.database, theirs.database, MY_ROWS, THEIR_ROWS)
    with Server(Load(incidents=ROWS_BY_DEFAULT, from_memory=True, latency=latency)) as server:
        by_default = _Dlt(server.api_url, files).load()
    rate, other_rate = (rows / median(load.seconds for load in those) for those in (loads, other_loads))
    default_rate = ROWS_BY_DEFAULT / by_default.seconds
    return Figure(
        name,
        rate / other_rate,
        AT_LEAST,
        bar,
        f"{rows:,} records into a table, {latency * 1000:g} ms a page: time of dlt by way of Parquet / ours",
        details={
            "seconds": [load.seconds for load in loads],
            "seconds_dlt_parquet": [load.seconds for load in other_loads],
            "rows_per_second": rate,
            "rows_per_second_dlt_parquet": other_rate,
            f"rows_per_second_dlt_default_of_{ROWS_BY_DEFAULT}": default_rate,
            "times_dlt_default": rate / default_rate,
            "cpu_seconds": median(load.cpu_seconds for load in loads),
            "cpu_seconds_dlt_parquet": median(load.cpu_seconds for load in other_loads),
        },
        checks={"all rows were loaded": compared.rows == rows, "the rows of both tables are the same": compared.equal},
    )


class _Ours:
    """The tap and the target as two programs and a pipe.

    Args:
        api_url: Base URL of the API.
        folder: Folder for the files.
    """

    def __init__(self, api_url: str, folder: Path) -> None:
        self.database = folder / "ours.duckdb"
        tap = TapRunner("tap_cachet", {"api_url": api_url, "requests_per_minute": 0}, folder, [STREAM])
        settings = folder / "target.json"
        settings.write_text(json.dumps({"filepath": str(self.database)}))
        target = [HERE.program("target-duckdb"), "--config", str(settings)]
        # As in a shell, except that a failure of the tap is not hidden by the target's success.
        self._command = ["bash", "-o", "pipefail", "-c", f"{shlex.join(tap.command)} | {shlex.join(target)}"]
        self._log = folder / "ours.log"

    def load(self) -> Usage:
        """Load into a new database."""
        self.database.unlink(missing_ok=True)
        return run(self._command, self._log, HERE.environment, folder=HERE.root)


class _Dlt:
    """dlt's `rest_api` source into its DuckDB destination.

    Args:
        api_url: Base URL of the API.
        folder: Folder for the files.
        file_format: Format of the files that it loads; dlt's default if absent.
    """

    def __init__(self, api_url: str, folder: Path, *file_format: str) -> None:
        self.database = folder / "dlt.duckdb"
        self._pipelines = folder / "dlt"
        script = str(Path(__file__).with_name("cachet_dlt.py"))
        paths = [str(self.database), str(self._pipelines)]
        self._command = [str(environment(DLT)), script, api_url, *paths, *file_format]
        self._log = folder / "dlt.log"

    def load(self) -> Usage:
        """Load into a new database, without any state of earlier loads."""
        self.database.unlink(missing_ok=True)
        shutil.rmtree(self._pipelines, ignore_errors=True)
        return run(self._command, self._log, {**HERE.environment, "RUNTIME__DLTHUB_TELEMETRY": "false"})
