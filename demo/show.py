"""The demo itself: start the sandbox, load it, list the tables, build the models, query them, and make their page."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from demo.meltano import ENVIRONMENT, Meltano
from demo.questions import QUESTIONS
from demo.sources import SOURCES
from sandbox import InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.console import Console
    from demo.sources import Source

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "output"
DATABASE = OUTPUT / "demo.duckdb"
LOG = OUTPUT / "demo.log"
TARGET = "target-duckdb"
BUILD = "dbt-duckdb:build"
REPORT = "status-report:build"
PAGE = OUTPUT / "report.html"
MARTS = "status"
SEED = 7
AS_OF = "2026-07-01T13:00:00+00:00"
"""The time of the sandbox's last incidents; a page about today would show none."""
MODEL_SETTINGS = {"DBT_DUCKDB_VARS": json.dumps({"as_of": AS_OF[:19].replace("T", " ")})}
PAGE_SETTINGS = {
    "STATUS_REPORT_AS_OF": AS_OF,
    "STATUS_REPORT_DATABASE": str(DATABASE),
    "STATUS_REPORT_OUT": str(PAGE),
    "STATUS_REPORT_TITLE": "Incidents of a sandbox",
}


def show(console: Console) -> None:
    """Load every source of the sandbox into a new DuckDB file, change it, load again, and build the models on it.

    Args:
        console: Where to print.

    Raises:
        MeltanoError: A run failed.
    """
    OUTPUT.mkdir(exist_ok=True)
    for old in (DATABASE, DATABASE.with_suffix(".duckdb.wal"), LOG):
        old.unlink(missing_ok=True)

    meltano = Meltano(ROOT, LOG)
    with Sandbox(seed=SEED, instatus=InstatusSeed(unowned_pages=0, forbidden_pages=0)) as box:
        console.line(f"The sandbox, a local server with made-up incidents, listens on {box.base_url}")
        for source in SOURCES:
            _load(console, meltano, box, source, anew=True)
            console.heading(f"Tables and rows in schema {source.schema}")
            console.counts(_counts(source.schema))
        for source in SOURCES:
            before = dict(_counts(source.schema))
            change = source.change(box)
            console.heading(f"{change.said} Loading again:")
            _load(console, meltano, box, source, anew=False)
            for name, count in sorted(_counts(source.schema)):
                if count != before[name]:
                    console.line(f"  {name}: {before[name]:,} rows before, {count:,} now")
            if change.query:
                ask(console, change.query)

    console.heading("One shape for all products:")
    seconds = _run(console, meltano, BUILD, settings=MODEL_SETTINGS)
    console.remark(f"  {seconds:.1f} s; log: {_shown(LOG)}")
    console.heading(f"Tables and rows in schema {MARTS}")
    console.counts(_counts(MARTS))
    for question in QUESTIONS:
        console.heading(question.text)
        ask(console, question.query)
    console.heading("A page to look at it:")
    seconds = _run(console, meltano, REPORT, settings=PAGE_SETTINGS)
    console.remark(f"  {seconds:.1f} s; open {_shown(PAGE)} in a browser")
    console.heading(f"All of it is in {_shown(DATABASE)}. Ask something else:")
    console.command('make query SQL="SELECT status_label, count(*) FROM cachet.components GROUP BY ALL"')


def ask(console: Console, query: str, database: Path = DATABASE) -> None:
    """Print a query and its result.

    Args:
        console: Where to print.
        query: SQL; it cannot change the database.
        database: The DuckDB file to ask.
    """
    for line in query.splitlines():
        console.remark(f"  {line}")
    with duckdb.connect(str(database), read_only=True) as connection:
        console.line(str(connection.sql(query)).rstrip())


def _load(console: Console, meltano: Meltano, box: Sandbox, source: Source, *, anew: bool) -> None:
    box.requests.clear()
    seconds = _run(console, meltano, source.tap, TARGET, settings=source.settings(box), anew=anew)
    console.remark(f"  {box.requests.total} requests, {seconds:.1f} s; log: {_shown(LOG)}")


def _run(
    console: Console, meltano: Meltano, *blocks: str, settings: Mapping[str, str] | None = None, anew: bool = False
) -> float:
    """Run blocks; return how many seconds that took."""
    console.command(f".venv/bin/meltano --environment={ENVIRONMENT} run {' '.join(blocks)}")
    started = time.monotonic()
    meltano.run(*blocks, settings=settings or {}, anew=anew)
    return time.monotonic() - started


def _counts(schema: str) -> list[tuple[str, int]]:
    """The tables of a schema with their row counts, the largest first."""
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = ?", [schema]).fetchall()
        counts = [(name, len(connection.table(f'"{schema}"."{name}"'))) for (name,) in names]
    return sorted(counts, key=lambda count: (-count[1], count[0]))


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
