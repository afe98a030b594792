"""What builds of the models need: all products loaded into one database, and dbt in the environment that is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.project import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_fanout.testing import Run

TRANSFORM = REPOSITORY / "transform"
PROGRAMS = TRANSFORM / ".venv" / "bin"
MARTS = (
    "bridge_incident_component",
    "bridge_maintenance_component",
    "component_day",
    "component_day_observed",
    "component_status_history",
    "dim_component",
    "dim_page",
    "fct_action_item",
    "fct_alert",
    "fct_alert_event",
    "fct_component_outage",
    "fct_incident",
    "fct_incident_status",
    "fct_incident_update",
    "fct_maintenance",
    "fct_page",
    "fct_retrospective",
    "fct_shift",
    "incident_month",
    "load_health",
    "oncall_week",
)


@cache
def programs() -> Path:
    """The folder of dbt and of the loader for PostgreSQL; installed when it is missing or out of date."""
    subprocess.run(  # noqa: S603 - uv, of this environment
        [
            Path(sys.executable).parent / "uv",
            "sync",
            "--quiet",
            "--frozen",
            "--group=loader",
            f"--python={sys.executable}",
            f"--project={TRANSFORM}",
        ],
        env=clean_environment({"UV_PROJECT_ENVIRONMENT": str(TRANSFORM / ".venv"), "UV_COMPILE_BYTECODE": "1"}),
        check=True,
    )
    return PROGRAMS


def messages(runs: Mapping[str, Run]) -> str:
    """What several taps have written, as one input in which the name of a stream tells its schema.

    Args:
        runs: By schema.
    """
    return "".join(line for schema, run in runs.items() for line in _of_schema(schema, run.messages))


def _of_schema(schema: str, told: Iterable[dict[str, Any]]) -> Iterable[str]:
    for message in told:
        if message["type"] != "STATE":
            yield json.dumps({**message, "stream": f"{schema}-{message['stream']}"}) + "\n"


def load(program: Path, settings: Mapping[str, Any], text: str, folder: Path) -> None:
    """Load messages by a loader's command line.

    Raises:
        AssertionError: It failed; the text is its log.
    """
    config, given = folder / f"{program.name}.json", folder / "messages.jsonl"
    config.write_text(json.dumps(settings))
    given.write_text(text, encoding="utf-8")
    with given.open("rb") as lines:
        done = subprocess.run(  # noqa: S603 - a loader of this project
            [program, "--config", config],
            stdin=lines,
            env=clean_environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr


def duckdb_settings(file: Path) -> dict[str, str]:
    """Environment variables of dbt for a DuckDB file."""
    return {"DBT_DUCKDB_PATH": str(file)}


def postgres_settings(host: str, port: int, user: str, database: str) -> dict[str, str]:
    """Environment variables of dbt for a PostgreSQL database."""
    return {
        "DBT_POSTGRES_HOST": host,
        "DBT_POSTGRES_PORT": str(port),
        "DBT_POSTGRES_USER": user,
        "DBT_POSTGRES_DATABASE": database,
        "DBT_POSTGRES_PASSWORD": "not asked for",
    }
