"""The models for a large status page, in DuckDB: build time, per mart, and how it grows."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import duckdb

from bench.figures import AT_MOST, Figure
from bench.paths import ROOT
from bench.processes import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TRANSFORM = ROOT / "transform"
INCIDENTS = 50_000
MORE = 10
UPDATES = 5
COMPONENTS = 400
DAYS = 730
NOW = "2026-07-01 00:00:00"

PAGE = """
CREATE SCHEMA cachet;

CREATE TABLE cachet.components AS
SELECT i AS id, i // 20 AS group_id, 'Component ' || i AS name, 1 AS status, true AS enabled,
  TIMESTAMPTZ '{now}+00' - INTERVAL {days} DAY AS created_at
FROM range({components}) AS r(i);

CREATE TABLE cachet.incidents AS
SELECT i AS id, 'Incident ' || i AS name, CASE WHEN i % 50 = 0 THEN 1 ELSE 4 END AS status, 1 AS visible,
  TIMESTAMPTZ '{now}+00' - INTERVAL {days} DAY + INTERVAL (i * {days} * 86400 // {incidents}) SECOND AS occurred_at,
  occurred_at AS published_at, occurred_at AS created_at, occurred_at AS updated_at
FROM range({incidents}) AS r(i);

CREATE TABLE cachet.incident_updates AS
SELECT i.id * {updates} + u AS id, i.id AS incident_id, 'News.' AS message,
  CASE WHEN i.status = 1 THEN 1 ELSE least(u + 1, 4) END AS status,
  i.occurred_at + INTERVAL (u * (60 + hash(i.id) % 4000)) SECOND AS created_at
FROM cachet.incidents AS i, range({updates}) AS r(u);

CREATE TABLE cachet.incident_components AS
SELECT i.id AS incident_id, (hash(i.id) % {components} + c * 7) % {components} AS component_id,
  2 + (i.id + c) % 3 AS status
FROM cachet.incidents AS i, range(2) AS r(c);

CREATE TABLE cachet.schedules AS
SELECT i AS id, 'Maintenance ' || i AS name, 2 AS status,
  TIMESTAMPTZ '{now}+00' - INTERVAL {days} DAY + INTERVAL (i * 2) DAY AS scheduled_at,
  scheduled_at + INTERVAL 2 HOUR AS completed_at, scheduled_at AS published_at
FROM range({days} // 2) AS r(i);

CREATE TABLE cachet.schedule_components AS
SELECT s.id AS schedule_id, (s.id * 11 + c) % {components} AS component_id
FROM cachet.schedules AS s, range(5) AS r(c);
"""


def measure(folder: Path) -> list[Figure]:
    """Build the models for one page, and for one with ten times as many incidents."""
    seconds, cpu, marts, rows = _build(folder / "page", INCIDENTS)
    _, _, more, more_rows = _build(folder / "more", INCIDENTS * MORE)
    return [
        Figure(
            "models_build",
            seconds,
            AT_MOST,
            60,
            f"dbt build on DuckDB, the whole process: {INCIDENTS:,} incidents, {INCIDENTS * UPDATES:,} updates",
            {"cpu_seconds": cpu, "seconds_of_models": sum(marts.values()), **marts},
            {
                "every incident is there once": rows["fct_incident"] == INCIDENTS,
                "every update is there once": rows["fct_incident_update"] == INCIDENTS * UPDATES,
                "every component has every day": rows["component_day"] == COMPONENTS * DAYS,
            },
        ),
        Figure(
            "models_growth",
            sum(more.values()) / sum(marts.values()),
            AT_MOST,
            12,
            f"seconds of all models with {MORE} times as many incidents / those before",
            {"seconds": sum(marts.values()), "seconds_of_more": sum(more.values()), **more},
            {"every incident is there once": more_rows["fct_incident"] == INCIDENTS * MORE},
        ),
    ]


def _build(folder: Path, incidents: int) -> tuple[float, float, dict[str, float], Mapping[str, int]]:
    """Build the models; return wall time, processor time, seconds by model, and row counts of the marts."""
    folder.mkdir()
    file = folder / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        sizes = {"incidents": incidents, "updates": UPDATES, "components": COMPONENTS, "days": DAYS, "now": NOW}
        connection.execute(PAGE.format(**sizes))
    usage = run(
        [
            str(_dbt()),
            "build",
            f"--project-dir={TRANSFORM}",
            f"--profiles-dir={TRANSFORM}",
            f"--target-path={folder / 'target'}",
            f"--log-path={folder / 'logs'}",
            f"--vars={json.dumps({'as_of': NOW})}",
        ],
        folder / "log",
        {**os.environ, "DBT_TARGET": "duckdb", "DBT_DUCKDB_PATH": str(file)},
        output=folder / "output",
    )
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    seconds = {
        result["unique_id"].rpartition(".")[2]: result["execution_time"]
        for result in results
        if result["unique_id"].startswith(("model.", "snapshot."))
    }
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'status'").fetchall()
        rows = {name: len(connection.table(f"status.{name}")) for (name,) in names}
    return usage.seconds, usage.cpu_seconds, dict(sorted(seconds.items(), key=lambda each: -each[1])), rows


def _dbt() -> Path:
    """The dbt executable in the environment of the models, which `make bench` creates."""
    program = TRANSFORM / ".venv" / "bin" / "dbt"
    if not program.exists():
        sys.exit("dbt is not installed: `make bench` does that, with ARGS=models for this part alone")
    return program
