"""The marts and columns that the page needs, and a check that they exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from status_report.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from status_report.database import Database

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "bridge_incident_component": ("incident_id", "component_id"),
    "component_day": (
        "component_id",
        "day",
        "seconds",
        "seconds_major_outage",
        "seconds_partial_outage",
        "seconds_degraded",
        "seconds_maintenance",
        "uptime",
    ),
    "dim_component": (
        "component_id",
        "kind",
        "name",
        "group_name",
        "status",
        "source_status",
        "is_in_use",
    ),
    "fct_action_item": (
        "incident_id",
        "summary",
        "priority",
        "status",
        "created_at",
        "age_days",
        "due_on",
        "is_open",
        "is_overdue",
        "person_name",
    ),
    "fct_alert": ("started_at", "is_noise", "incidents", "pages", "seconds_to_acknowledge"),
    "fct_incident": (
        "incident_id",
        "title",
        "url",
        "status",
        "severity",
        "started_at",
        "resolved_at",
        "last_activity_at",
        "is_open",
        "is_counted",
        "is_forgotten",
        "is_sub_incident",
        "seconds_to_acknowledge",
        "seconds_to_mitigate",
        "seconds_to_resolve",
    ),
    "fct_maintenance": (
        "title",
        "status",
        "scheduled_start_at",
        "scheduled_end_at",
        "is_hidden",
        "components",
    ),
    "fct_retrospective": ("incident_id", "status"),
    "load_health": (
        "schema_name",
        "table_name",
        "row_count",
        "newest_row_at",
        "loaded_at",
        "ends_before_start",
        "resolved_at_unknown_time",
        "forgotten",
        "unknown_severity",
        "without_component",
    ),
    "oncall_week": (
        "person_id",
        "person_name",
        "week",
        "hours_on_call",
        "hours_outside_business_hours",
        "pages",
        "pages_outside_business_hours",
        "interrupted_nights",
    ),
}
"""The marts that the page uses, and their columns besides `source` and `account`."""
BUILD = "`meltano run dbt-duckdb:build`, or `dbt-postgres:build`"


def check(database: Database, schema: str) -> None:
    """Check that the marts exist, in this version or a later one.

    Args:
        database: The database with the marts.
        schema: Their schema.

    Raises:
        ReportError: Some are missing or belong to an older version.
    """
    quoted = schema.replace("'", "''")
    there: dict[str, set[str]] = {}
    for row in database.rows(
        f"select table_name, column_name from information_schema.columns where table_schema = '{quoted}'"  # noqa: S608
    ):
        there.setdefault(row["table_name"], set()).add(row["column_name"])
    missing = [mart for mart in COLUMNS if mart not in there]
    if len(missing) == len(COLUMNS):
        raise ReportError(f"There are no marts in schema {schema}. Build the models first: {BUILD}")
    if missing:
        raise ReportError(f"The marts are not all there: {', '.join(missing)}. Build all models: {BUILD}")
    for mart, columns in COLUMNS.items():
        if absent := [column for column in ("source", "account", *columns) if column not in there[mart]]:
            raise ReportError(
                f"{schema}.{mart} is of another version of the models: it has no {', '.join(absent)}."
                f" Build them with the version that belongs to this one: {BUILD}"
            )
