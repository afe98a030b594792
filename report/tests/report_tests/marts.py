"""Marts as the models declare them, filled by hand, so that each figure on the page can be told without a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REPOSITORY = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 5, 20, 12, tzinfo=timezone.utc)
DEFAULTS: Mapping[str, Any] = {
    "boolean": False,
    "bigint": 0,
}
"""What a column has that a row does not name; null for all other types."""
HOUR = 3_600


@cache
def declared() -> dict[str, dict[str, str]]:
    """The columns of each mart and their types, as the models declare them."""
    found = {}
    for file in sorted((REPOSITORY / "transform/models/marts").glob("*.yml")):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


@dataclass
class Marts:
    """Rows of marts.

    Attributes:
        rows: The rows of each mart, by its name.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, mart: str, **values: Any) -> None:
        """Add a row; what it does not name is null, false or 0."""
        types = declared()[mart]
        assert set(values) <= set(types), set(values) - set(types)
        defaults = {"source": "rootly", "account": "rootly"}
        row = {name: defaults.get(name, DEFAULTS.get(kind)) for name, kind in types.items()}
        self.rows.setdefault(mart, []).append({**row, **values})

    def incident(self, number: int, *, began: float, took: float | None = None, **values: Any) -> None:
        """Add an incident that began so many days ago and was resolved after so many hours, or is open."""
        started_at = NOW - timedelta(days=began)
        told: dict[str, Any] = {
            "incident_id": f"i{number}",
            "title": f"Incident {number}",
            "kind": "incident",
            "severity": "major",
            "status": "investigating" if took is None else "resolved",
            "started_at": started_at,
            "last_activity_at": started_at,
            "is_open": took is None,
            "is_counted": True,
            "seconds_to_resolve": None if took is None else took * HOUR,
            "resolved_at": None if took is None else started_at + timedelta(hours=took),
        }
        self.add("fct_incident", **{**told, **values})

    def day(self, component: str, ago: int, *, major: float = 0, maintenance: float = 0, **values: Any) -> None:
        """Add a day of a component, so many days ago, with hours of a major outage and of maintenance."""
        counted = 24 - maintenance
        told: dict[str, Any] = {
            "component_id": component,
            "day": NOW.date() - timedelta(days=ago),
            "seconds": 24 * HOUR,
            "seconds_major_outage": major * HOUR,
            "seconds_partial_outage": 0,
            "seconds_degraded": 0,
            "seconds_maintenance": maintenance * HOUR,
            "uptime": 1 - major / counted if counted else None,
        }
        self.add("component_day", **{**told, **values})

    def statements(self, schema: str = "status") -> Iterator[tuple[str, list[Any]]]:
        """The statements that make the marts, each with what stands in the place of its question marks."""
        yield f'CREATE SCHEMA "{schema}"', []
        for mart, types in declared().items():
            columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
            yield f'CREATE TABLE "{schema}"."{mart}" ({columns})', []
            if rows := self.rows.get(mart):
                row_of_places = f"({', '.join('?' * len(types))})"
                # All rows in one statement, which takes a third of the time of one for each. The names are the models'.
                places = ", ".join([row_of_places] * len(rows))
                values = [value for row in rows for value in row.values()]
                yield f'INSERT INTO "{schema}"."{mart}" VALUES {places}', values  # noqa: S608

    def write(self, file: Path, schema: str = "status") -> Path:
        """Write them into a new DuckDB file, and return its path."""
        with duckdb.connect(str(file)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            # One commit for all, because the disk is waited for at each.
            connection.begin()
            for statement, values in self.statements(schema):
                connection.execute(statement, values)
            connection.commit()
        return file


def a_year(name: str = "{}") -> Marts:
    """Marts of two sources over a year, with something in every section.

    Args:
        name: What every name is put into, to see what becomes of odd ones.
    """
    marts = Marts()
    for number in range(60):
        began = 0.5 + number * 6
        source = ("cachet", "rootly")[number % 2]
        severity = ("critical", "major", "minor", "unknown")[number % 4]
        took = None if number == 0 else float(1 + number % 5)
        told: dict[str, Any] = {"severity": severity, "source": source, "account": source, "updates": 2}
        if source == "rootly":
            told |= {"seconds_to_acknowledge": 120.0 * (1 + number), "url": f"https://rootly.com/i/{number}"}
        marts.incident(number, began=began, took=took, title=name.format(f"Incident {number}"), **told)
    for number in range(5):
        source = "cachet" if number < 3 else "rootly"
        told = {"source": source, "account": source}
        marts.add(
            "dim_component",
            component_id=f"c{number}",
            kind="component",
            name=name.format(f"Component {number}"),
            group_name=name.format("Group"),
            status="major_outage" if number == 0 else "operational",
            is_in_use=True,
            **told,
        )
        for ago in range(120):
            hours = 2.0 * number if ago % 10 == number else 0.0
            marts.day(f"c{number}", ago, major=hours, maintenance=1.0 if ago == 50 else 0.0, **told)
    marts.add("bridge_incident_component", source="cachet", account="cachet", incident_id="i0", component_id="c0")
    marts.add(
        "fct_maintenance",
        maintenance_id="m1",
        title=name.format("New disks"),
        status="scheduled",
        scheduled_start_at=NOW + timedelta(days=1),
        scheduled_end_at=NOW + timedelta(days=1, hours=2),
        components=2,
    )
    for week in range(10):
        for person in range(3):
            marts.add(
                "oncall_week",
                person_id=f"p{person}",
                person_name=name.format(f"Person {person}"),
                week=date(2026, 5, 18) - timedelta(weeks=week),
                hours_on_call=40.0 + person,
                hours_outside_business_hours=10.0,
                pages=person,
                pages_outside_business_hours=0,
                interrupted_nights=0,
            )
    for number in range(8):
        marts.add(
            "fct_alert",
            alert_id=f"a{number}",
            status="resolved",
            started_at=NOW - timedelta(days=1 + number),
            is_noise=number < 2,
            incidents=1,
            pages=3,
            seconds_to_acknowledge=60.0,
        )
        marts.add(
            "fct_action_item",
            action_item_id=f"t{number}",
            incident_id="i1",
            summary=name.format(f"To do {number}"),
            status="open",
            is_open=True,
            is_overdue=number < 3,
            age_days=10.0 * number,
            created_at=NOW - timedelta(days=10 * number),
            person_name=name.format("Person 1"),
        )
    marts.add("fct_retrospective", retrospective_id="r1", incident_id="i1", status="published")
    for source in ("cachet", "rootly"):
        marts.add(
            "load_health",
            source=source,
            account=source,
            schema_name=source,
            table_name="incidents",
            row_count=30,
            newest_row_at=NOW - timedelta(hours=1),
            forgotten=1,
        )
    return marts
