"""The record of every run: a row in the fleet's database, without secrets."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    import psycopg

    from status_fleet.job import Job
    from status_fleet.outcome import RunResult

_TABLE = """
CREATE SCHEMA IF NOT EXISTS status_fleet;
CREATE TABLE IF NOT EXISTS status_fleet.run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  facts jsonb NOT NULL,
  began_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  verdict text NOT NULL,
  line text NOT NULL,
  exit_code integer,
  rows bigint,
  requests bigint,
  requests_repeated bigint,
  seconds_waited double precision,
  seconds double precision NOT NULL,
  cpu_seconds double precision NOT NULL,
  peak_megabytes double precision NOT NULL,
  summary jsonb
);
CREATE INDEX IF NOT EXISTS run_of_account ON status_fleet.run (account, began_at DESC);
"""

_KEEP = """
INSERT INTO status_fleet.run (account, facts, began_at, ended_at, verdict, line, exit_code, rows, requests,
  requests_repeated, seconds_waited, seconds, cpu_seconds, peak_megabytes, summary)
VALUES (%(account)s, %(facts)s, %(began_at)s, now(), %(verdict)s, %(line)s, %(exit_code)s, %(rows)s, %(requests)s,
  %(requests_repeated)s, %(seconds_waited)s, %(seconds)s, %(cpu_seconds)s, %(peak_megabytes)s, %(summary)s)
"""

_LATEST = """
SELECT DISTINCT ON (account) account, facts, began_at, verdict, line, rows, requests, seconds_waited, seconds,
  cpu_seconds, peak_megabytes, summary
FROM status_fleet.run
ORDER BY account, began_at DESC
"""


def create_table(connection: psycopg.Connection[Any]) -> None:
    """Create the table of runs if it does not exist."""
    connection.execute(_TABLE.encode())


def keep(connection: psycopg.Connection[Any], job: Job, result: RunResult, began: float) -> None:
    """Store the record of a run.

    Args:
        connection: A connection to the fleet's database.
        job: The run.
        result: Its result.
        began: When it began, in seconds since the epoch.
    """
    told = result.summary or {}
    connection.execute(
        _KEEP,
        {
            "account": job.account,
            "facts": Jsonb(job.facts),
            "began_at": datetime.fromtimestamp(began, timezone.utc),
            "verdict": result.verdict.value,
            "line": result.line,
            "exit_code": result.exit_code,
            "summary": Jsonb(result.summary),
            **{name: told.get(name) for name in ("rows", "requests", "requests_repeated", "seconds_waited")},
            **vars(result.usage),
        },
    )


def latest(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """The last run of every account, by name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LATEST).fetchall()
