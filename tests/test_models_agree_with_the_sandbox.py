"""The models are built from loads of all five products, on both databases, and compared with arithmetic in Python."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from psycopg.rows import dict_row
from singer_fanout.testing import TapRunner
from tap_cachet.tap import TapCachet
from tap_instatus.tap import TapInstatus
from tap_rootly.tap import TapRootly
from tap_statuspages.tap import TapStatusPages

from tests.support.documents import fences
from tests.support.model_arithmetic import Expected
from tests.support.model_builds import MODELS
from tests.support.model_facts import ROOTLY_STREAMS, facts, moment
from tests.support.model_histories import NOW, ZONE, eventful_box, time_passes
from tests.support.models import MARTS, duckdb_settings, load, messages, postgres_settings, programs
from tests.support.postgresql import HOST, USER, server_programs
from tests.support.project import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from singer_fanout.testing import Run

    from sandbox import Sandbox
    from tests.support.model_builds import DbtProcess

Row = dict[str, Any]
VARIABLES: dict[str, Any] = {"as_of": NOW, "business_zone": ZONE}
LATER = "2026-07-15 18:00:00"
LOST_AND_LINKED = """
DROP TABLE boxwatch.cron_checks;
DELETE FROM instatus.components;
INSERT INTO status_staging.incident_links
SELECT one.source, one.account, one.incident_id, other.source, other.account, other.incident_id
FROM status.fct_incident AS one, status.fct_incident AS other
WHERE one.title = 'All its times' AND other.title = 'Over the end of summer time';
"""
"""A table and the rows of another are lost, and somebody says which public incident told of which internal one."""
CACHET_STREAMS = {
    *("components", "component_groups", "incidents", "incident_updates", "incident_components"),
    *("schedules", "schedule_components", "status"),
}
INSTATUS_STREAMS = {
    *("pages", "components", "incidents", "incident_updates", "incident_components"),
    *("maintenances", "maintenance_components"),
}
BOXWATCH_STREAMS = {
    *("status_pages", "servers", "cron_checks", "uptime_checks"),
    *("incidents", "incident_updates", "incident_departures"),
}


@dataclass(frozen=True)
class Built:
    """What was built.

    Attributes:
        marts: Rows by database and mart.
        expected: What arithmetic in Python says of the same moment.
        later: The marts of what loads have seen, after a second load into DuckDB.
        file: The DuckDB file.
    """

    marts: dict[str, dict[str, list[Row]]]
    expected: Expected
    later: dict[str, list[Row]]
    file: Path


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, dbt: DbtProcess, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Everything, built once."""
    folder = tmp_path_factory.mktemp("models")
    file = folder / "warehouse.duckdb"
    duckdb_file: dict[str, Any] = {"target": "duckdb", "database": duckdb_settings(file), **VARIABLES}
    with eventful_box() as box:
        now = datetime.fromisoformat(NOW)
        expected = Expected(facts(box, now), now, ZONE)
        runs = _everything(box, folder)
        text = messages(runs)
        _load_duckdb(text, file, folder)
        assert dbt("build", **duckdb_file).failed == {}
        marts = {"duckdb": _duckdb_marts(file)}
        time_passes(box)
        _load_duckdb(messages(_everything(box, folder, runs["boxwatch"].state)), file, folder)
        with duckdb.connect(str(file)) as connection:
            connection.execute(LOST_AND_LINKED)
        seen = ("build", "--select", "+component_day_observed", "+fct_incident", "--exclude")
        assert dbt(*seen, "resource_type:test", "resource_type:seed", **{**duckdb_file, "as_of": LATER}).failed == {}
        later = _duckdb_marts(file, ("component_status_history", "component_day_observed", "fct_incident"))
        if server_programs() is not None:
            server = request.getfixturevalue("postgres")
            database = server.create_database(MODELS)
            settings = {
                "host": HOST,
                "port": server.port,
                "user": USER,
                "password": "not asked for",
                "database": database,
            }
            wanted = {"default_target_schema": None, "use_copy": True, "validate_records": False, "hard_delete": True}
            load(programs() / "target-postgres", {**settings, **wanted}, text, folder)
            address = postgres_settings(HOST, server.port, USER, database)
            # The data tests have passed on the same rows in DuckDB, and pass on PostgreSQL with those of other loads;
            # so do comments.
            untested = ("build", "--exclude", "resource_type:test")
            assert dbt(*untested, target="postgres", database=address, comments=False, **VARIABLES).failed == {}
            with server.connect(database) as opened, opened.cursor(row_factory=dict_row) as cursor:
                marts["postgresql"] = {
                    mart: [_plain(row) for row in cursor.execute(f"SELECT * FROM status.{mart}".encode())]  # noqa: S608
                    for mart in MARTS
                }
    return Built(marts, expected, later, file)


def _everything(box: Sandbox, folder: Path, state: Mapping[str, Any] | None = None) -> dict[str, Run]:
    """What the taps say of the sandbox; what has left a page of BoxWatch's is told from the state before."""
    page = box.sigryl.pages[0]
    sigryl = {"provider": "sigryl", "api_url": page["api_url"], "api_key": page["api_key"]}
    boxwatch = {"provider": "boxwatch", "api_url": box.boxwatch.api_url, "api_key": box.boxwatch.api_key}
    instatus = {"public_url": box.instatus.public_url_pattern, "api_key": box.instatus.api_key}
    runs = {
        "cachet": TapRunner(TapCachet, folder)(
            {"api_url": box.cachet.api_url, "api_token": box.cachet.tokens["full"]}, only=CACHET_STREAMS
        ),
        "instatus": TapRunner(TapInstatus, folder)(
            {"api_url": box.instatus.api_url, **instatus}, only=INSTATUS_STREAMS
        ),
        "rootly": TapRunner(TapRootly, folder)(
            {"api_url": box.rootly.api_url, "api_token": box.rootly.token, "requests_per_minute": 0},
            only=ROOTLY_STREAMS,
        ),
        "sigryl": TapRunner(TapStatusPages, folder)(sigryl),
        "boxwatch": TapRunner(TapStatusPages, folder)(boxwatch, only=BOXWATCH_STREAMS, state=state),
    }
    assert {schema: run.errors for schema, run in runs.items() if run.exit_code} == {}
    return runs


def _load_duckdb(text: str, file: Path, folder: Path) -> None:
    load(SCRIPTS / "target-duckdb", {"filepath": str(file), "hard_delete": True}, text, folder)


def _duckdb_marts(file: Path, marts: Iterable[str] = MARTS) -> dict[str, list[Row]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        found = {}
        for mart in marts:
            relation = connection.table(f"status.{mart}")
            found[mart] = [_plain(dict(zip(relation.columns, row, strict=True))) for row in relation.fetchall()]
        return found


def _plain(row: Row) -> Row:
    return {
        name: moment(value) if isinstance(value, datetime) else round(value, 6) if isinstance(value, float) else value
        for name, value in row.items()
    }


def _differences(found: Sequence[Row], wanted: Sequence[Row], key: Sequence[str]) -> list[str]:
    """What is wrong with the rows, a line for each row or column; only the columns that are wanted are looked at."""
    one = {tuple(str(row[name]) for name in key): row for row in found}
    other = {tuple(str(row[name]) for name in key): _plain(row) for row in wanted}
    lines = [f"{each} is missing: {other[each]}" for each in other.keys() - one.keys()]
    lines += [f"{each} should not be there: {one[each]}" for each in one.keys() - other.keys()]
    lines += [f"{len(found)} rows, {len(one)} of them different"] if len(found) != len(one) else []
    for each in one.keys() & other.keys():
        lines += [
            f"{each}.{name} is {one[each][name]} and should be {value}"
            for name, value in other[each].items()
            if not _same(one[each][name], value)
        ]
    return sorted(lines)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-5 * max(1.0, abs(one))
    return bool(one == other)


OF_THE_DATABASE = {
    # A hash of texts, of which one is a time.
    "component_status_history": {"stretch_id"},
    # The loader for PostgreSQL adds its own columns.
    "load_health": {"loaded_at", "deleted_row_count"},
}
KEYS = {
    "bridge_incident_component": ("source", "incident_id", "component_id"),
    "bridge_maintenance_component": ("source", "maintenance_id", "component_id"),
    "component_day": ("source", "component_id", "day"),
    "dim_component": ("source", "component_id"),
    "dim_page": ("source", "page_id"),
    "fct_action_item": ("action_item_id",),
    "fct_alert": ("alert_id",),
    "fct_alert_event": ("event_id",),
    "fct_component_outage": ("source", "component_id", "position"),
    "fct_incident": ("source", "incident_id"),
    "fct_incident_status": ("source", "incident_id", "position"),
    "fct_incident_update": ("source", "update_id"),
    "fct_maintenance": ("source", "maintenance_id"),
    "fct_page": ("event_id",),
    "fct_retrospective": ("retrospective_id", "incident_id"),
    "fct_shift": ("shift_id",),
    "incident_month": ("source", "month", "severity"),
    "oncall_week": ("person_id", "week"),
}


@pytest.mark.parametrize("mart", KEYS)
def test_a_mart_holds_what_arithmetic_says(built: Built, mart: str) -> None:
    wanted = getattr(built.expected, mart)()
    assert wanted
    assert _differences(built.marts["duckdb"][mart], wanted, KEYS[mart])[:20] == []


def test_both_databases_give_equal_rows_in_all_marts(built: Built) -> None:
    if "postgresql" not in built.marts:
        pytest.skip("no PostgreSQL server is installed")
    for mart in MARTS:
        one, other = built.marts["duckdb"][mart], built.marts["postgresql"][mart]
        differ = OF_THE_DATABASE.get(mart, set())
        assert _texts(one, differ) == _texts(other, differ), mart


def _texts(rows: Iterable[Row], without: set[str]) -> list[str]:
    return sorted(str(sorted((name, value) for name, value in row.items() if name not in without)) for row in rows)


def _named(built: Built, title: str) -> Row:
    return next(row for row in built.marts["duckdb"]["fct_incident"] if row["title"] == title)


def _stretches(built: Built, title: str) -> list[tuple[str, str]]:
    incident = _named(built, title)["incident_id"]
    rows = sorted(
        (row for row in built.marts["duckdb"]["fct_incident_status"] if row["incident_id"] == incident),
        key=lambda row: row["position"],
    )
    return [(row["status"], f"{row['started_at']:%H:%M}") for row in rows]


def test_an_incident_that_was_reopened_is_resolved_by_the_update_after_the_last_one_that_was_not(built: Built) -> None:
    assert _named(built, "Reopened")["seconds_to_resolve"] == 3 * 3600
    assert _stretches(built, "Reopened") == [
        ("unknown", "10:00"),
        ("identified", "10:20"),
        ("resolved", "11:00"),
        ("investigating", "11:30"),
        ("monitoring", "12:15"),
        ("resolved", "13:00"),
    ]


def test_updates_count_in_the_order_of_their_times_and_those_before_the_start_at_the_start(built: Built) -> None:
    assert _stretches(built, "Updates out of order") == [
        ("investigating", "09:00"),
        ("identified", "09:30"),
        ("monitoring", "10:00"),
        ("resolved", "12:00"),
    ]


def test_an_incident_that_is_resolved_without_any_time_is_neither_open_nor_down(built: Built) -> None:
    incident = _named(built, "Resolved without an update")
    assert (incident["is_open"], incident["resolved_at"], incident["seconds_to_resolve"]) == (False, None, None)
    assert _stretches(built, "Resolved without an update") == [("unknown", "09:00")]


def test_tests_cancelled_and_duplicate_incidents_do_not_count(built: Built) -> None:
    titles = ("All its times", "The same once more", "A test", "An example", "Cancelled", "Planned", "A part of it")
    assert [_named(built, title)["is_counted"] for title in titles] == [True, False, False, False, False, False, True]


def test_maintenance_inside_an_outage_is_not_downtime(built: Built) -> None:
    (day,) = (
        row
        for row in built.marts["duckdb"]["component_day"]
        if row["day"] == date(2026, 4, 7) and row["seconds_outage_in_maintenance"]
    )
    hours = {name: day[f"seconds_{name}"] / 3600 for name in ("partial_outage", "maintenance", "outage_in_maintenance")}
    assert hours == {"partial_outage": 9, "maintenance": 4, "outage_in_maintenance": 3}
    assert day["uptime"] == pytest.approx(1 - 0.3 * 9 / 20)
    (whole,) = (
        row
        for row in built.marts["duckdb"]["component_day"]
        if row["seconds_maintenance"] == 24 * 3600 and row["day"] == date(2026, 4, 9)
    )
    assert whole["uptime"] is None


def test_a_page_by_several_ways_is_one_and_the_first_acknowledgement_counts(built: Built) -> None:
    (alert,) = (row for row in built.marts["duckdb"]["fct_alert"] if row["summary"] == "Disk full")
    assert alert["seconds_to_acknowledge"] == 6 * 60
    assert (alert["pages"], alert["incidents"]) == (2, 1)


def test_the_week_in_which_clocks_go_back_has_its_extra_hour_once(built: Built) -> None:
    (week,) = (
        row
        for row in built.marts["duckdb"]["oncall_week"]
        if (row["person_name"], row["week"]) == ("Ada Night", date(2025, 10, 20))
    )
    # From Friday 18:00 to Sunday's midnight in Berlin: 6 + 24 + 25 hours, none of them business hours.
    assert (week["hours_on_call"], week["hours_outside_business_hours"]) == (55, 55)


def test_follow_up_is_told_with_its_incident_and_age(built: Built) -> None:
    (item,) = (row for row in built.marts["duckdb"]["fct_action_item"] if row["summary"] == "Larger disks")
    assert item["incident_id"] == _named(built, "All its times")["incident_id"]
    assert (item["is_open"], item["is_overdue"], item["due_on"]) == (True, True, date(2026, 7, 14))
    drafts = [
        row for row in built.marts["duckdb"]["fct_retrospective"] if row["status"] == "draft" and row["resolved_at"]
    ]
    assert drafts
    now = datetime.fromisoformat(NOW)
    for row in drafts:
        assert row["days_since_resolution"] == pytest.approx((now - row["resolved_at"]) / timedelta(days=1))


def test_health_tells_what_cannot_be_measured(built: Built) -> None:
    health = {row["source"]: row for row in built.marts["duckdb"]["load_health"] if row["table_name"] == "incidents"}
    assert health.keys() == {"cachet", "instatus", "rootly", "sigryl", "boxwatch"}
    for source, row in health.items():
        own = [one for one in built.expected.incidents if one.told.source == source]
        assert row["row_count"] == len(own)
        assert row["resolved_at_unknown_time"] == sum(one.told.status == "resolved" and not one.resolved for one in own)
        assert row["forgotten"] == sum(one.is_forgotten for one in own)
        assert row["without_component"] == sum(not one.told.components for one in own)
        assert row["unknown_severity"] == sum(one.told.severity == "unknown" for one in own)
    assert health["rootly"]["ends_before_start"] >= 1
    assert health["cachet"]["forgotten"] >= 1


def test_every_column_is_described_in_the_database(built: Built) -> None:
    with duckdb.connect(str(built.file), read_only=True) as connection:
        query = (
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name LIKE 'status%' AND comment IS NULL"
        )
        assert connection.execute(query).fetchall() == []
        query = "SELECT table_name FROM duckdb_tables() WHERE schema_name LIKE 'status%' AND comment IS NULL"
        assert connection.execute(query).fetchall() == []


def test_loads_make_the_history_that_no_source_tells(built: Built) -> None:
    first = {_key(row): row for row in built.marts["duckdb"]["component_status_history"]}
    assert {row["ended_at"] for row in first.values()} == {None}
    now, later = datetime.fromisoformat(NOW), datetime.fromisoformat(LATER)
    ended = [row for row in built.later["component_status_history"] if row["ended_at"]]
    begun = [row for row in built.later["component_status_history"] if row["started_at"] == later]
    # One of Cachet's and one of Sigryl's have another status, and one of Cachet's is gone. What is not there at all
    # tells nothing: Instatus' components and BoxWatch's cron checks go on.
    assert sorted(row["source"] for row in ended) == ["cachet", "cachet", "sigryl"]
    assert {(row["started_at"], row["ended_at"]) for row in ended} == {(now, later)}
    assert sorted(row["source"] for row in begun) == ["cachet", "sigryl"]
    observed = built.later["component_day_observed"]
    assert {row["seconds_observed"] for row in observed} == {6 * 3600.0}
    assert len(observed) == len(first)


def _key(row: Row) -> tuple[str, str]:
    return row["source"], row["component_id"]


def test_an_incident_that_has_left_its_page_is_over_and_nobody_says_when(built: Built) -> None:
    (incident,) = (row for row in built.later["fct_incident"] if (row["source"], row["title"]) == ("boxwatch", "Slow"))
    assert (incident["status"], incident["is_open"], incident["resolved_at"]) == ("resolved", False, None)
    left = incident["left_page_by"]
    assert left is not None
    assert left <= datetime.now(timezone.utc).replace(tzinfo=None)


def test_the_public_hears_of_an_internal_incident_by_the_one_that_is_linked_to_it(built: Built) -> None:
    internal, public = (
        next(row for row in built.later["fct_incident"] if row["title"] == title)
        for title in ("All its times", "Over the end of summer time")
    )
    assert _named(built, "All its times")["first_public_update_at"] is None
    assert public["first_public_update_at"] is not None
    assert internal["first_public_update_at"] == public["first_public_update_at"]


def shown(document: str, language: str) -> list[str]:
    return [fence.text for fence in fences(document) if fence.language == language]


@pytest.mark.parametrize("query", [*shown("README.md", "sql"), *shown("docs/looking-at-it.md", "sql")])
def test_the_queries_to_begin_with_find_rows(built: Built, query: str) -> None:
    with duckdb.connect(str(built.file), read_only=True) as connection:
        assert connection.execute(query).fetchall()


def test_the_lines_of_python_to_begin_with_count_the_incidents_of_each_month(built: Built) -> None:
    (lines,) = shown("docs/looking-at-it.md", "python")
    packages = ("--with", "pandas", "--with", f"duckdb=={duckdb.__version__}")
    done = subprocess.run(  # noqa: S603 - the documentation's own words
        [SCRIPTS / "uv", "run", "--quiet", "--no-project", "--python", sys.executable, *packages, "python", "-"],
        input=lines.replace("output/warehouse.duckdb", str(built.file)),
        env={**os.environ, "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    incidents = [row for row in built.marts["duckdb"]["fct_incident"] if row["is_counted"] and row["started_at"]]
    months = {f"{row['started_at']:%Y-%m}" for row in incidents}
    assert {line.split()[0] for line in done.stdout.splitlines()} & months == set(sorted(months)[-12:])
