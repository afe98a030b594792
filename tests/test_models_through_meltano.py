"""Meltano loads and builds the models, by the schedule that does both, in the file that the loader fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Fault
from tests.support.jobs import project_file
from tests.support.servers import a_box
from tests.support.warehouses import DuckDBFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox import Sandbox
    from tests.support.project import MeltanoProject

SCHEDULE = "rootly-models-hourly"


@pytest.fixture
def products() -> Iterator[Sandbox]:
    """A sandbox with a few rows of each product."""
    with a_box() as sandbox:
        yield sandbox


def test_the_schedule_builds_what_could_be_read_although_a_stream_fails(
    meltano: MeltanoProject, products: Sandbox, tmp_path: Path
) -> None:
    products.faults.add(Fault("status", "/rootly/v1/alerts", times=None, status=500))
    warehouse = DuckDBFile(tmp_path / "warehouse.duckdb")

    log = meltano(
        *("schedule", "run", SCHEDULE),
        TAP_ROOTLY_API_URL=products.rootly.api_url,
        TAP_ROOTLY_API_TOKEN=products.rootly.token,
        TAP_ROOTLY_MAX_RETRIES="0",
        **warehouse.settings,
    )

    assert products.faults.injected["status"], log
    loaded, built = warehouse.tables("rootly"), warehouse.tables("status")
    assert {row["incident_id"] for row in built["fct_incident"]} == {row["id"] for row in loaded["incidents"]} != set()
    assert built["fct_alert"] == []


def test_the_schedule_that_builds_reads_what_the_hourly_one_does() -> None:
    jobs = {job["name"]: job["tasks"] for job in project_file()["jobs"]}
    schedules = {schedule["name"]: schedule for schedule in project_file()["schedules"]}
    (loads,), (loads_and_builds,) = (jobs[schedules[name]["job"]] for name in ("rootly-hourly", SCHEDULE))
    assert loads_and_builds == f"{loads} dbt-duckdb:build"
