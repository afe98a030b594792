"""The models build from whatever was loaded: some products, several accounts, parts of tables, deletes either way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb
import pytest
from maintenance.data_dictionary.__main__ import main as data_dictionary
from singer_fanout.testing import TapRunner

from tests.support.model_builds import MODELS
from tests.support.models import duckdb_settings, load, messages, programs
from tests.support.postgres_fixture import NO_SERVER
from tests.support.postgresql import HOST, USER, server_programs
from tests.support.project import SCRIPTS
from tests.support.servers import SERVERS, a_box
from tests.support.warehouses import DuckDBFile, PostgresDatabase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from singer_fanout.testing import Run

    from sandbox import Sandbox
    from tests.support.comparison import Row, Tables
    from tests.support.model_builds import DbtProcess
    from tests.support.warehouses import Warehouse

Entry: TypeAlias = "dict[str, str]"

NOW = "2026-07-02 00:00:00"
"""What the builds take for now, so that two of them can be compared."""
AS_LOADED = {"component_status_history", "component_day_observed", "load_health"}
"""Tables about the builds and the loads themselves."""
MODELS_ONLY = ("build", "--exclude", "resource_type:test")

READ = {
    "cachet": None,
    "instatus": None,
    "rootly": (
        "incidents",
        "incident_events",
        "incident_action_items",
        "action_items",
        "alerts",
        "alert_events",
        "services",
        "functionalities",
        "severities",
        "schedules",
        "shifts",
        "status_pages",
    ),
    "sigryl": None,
    "boxwatch": None,
}
"""Streams to load; None is those that are on by default. A table costs a loader more than its rows do."""

KEYS_ONLY = {
    "pages": "id",
    "components": "page_id, id",
    "incidents": "page_id, id",
    "incident_updates": "page_id, id, incident_id",
}
"""Of each table of `instatus_keys`, the only columns that it has."""


def entry(product: str, schema: str, account: str) -> Entry:
    return {"product": product, "schema": schema, "account": account}


EVERYTHING = [
    *(entry(server.name, server.name, "first") for server in SERVERS),
    entry("cachet", "cachet_second", "second"),
    entry("sigryl", "sigryl_marked", "marked"),
    entry("boxwatch", "boxwatch_marked", "marked"),
    entry("boxwatch", "boxwatch_empty", "empty"),
    entry("instatus", "instatus_keys", "keys"),
    entry("rootly", "rootly_less", "less"),
    entry("rootly", "nowhere", "none"),
]
ALONE = [
    entry("cachet", "cachet", "first"),
    entry("boxwatch", "boxwatch_empty", "empty"),
    entry("instatus", "instatus_keys", "keys"),
    entry("rootly", "rootly_less", "less"),
]


@dataclass(frozen=True)
class Raw:
    """What the taps have written.

    Attributes:
        runs: Two runs of each source, between which rows were deleted, by schema.
        deleted: The id of the incident that was deleted, by schema.
    """

    runs: Mapping[str, Sequence[Run]]
    deleted: Mapping[str, str]


@dataclass(frozen=True)
class Database:
    """A database that holds all that was loaded, and a dbt that builds in it."""

    warehouse: Warehouse
    target: str
    settings: Mapping[str, str]
    dbt: DbtProcess

    def build(self, sources: Sequence[Entry], *command: str, comments: bool = True) -> Tables:
        """Build; returns the marts."""
        address: dict[str, Any] = {"target": self.target, "database": self.settings}
        done = self.dbt(*command, **address, comments=comments, status_sources=sources, as_of=NOW)
        assert done.failed == {}
        return self.warehouse.tables("status")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    """The taps' output of a small sandbox, twice: an incident and a component are deleted in between."""
    folder = tmp_path_factory.mktemp("taps")
    with a_box() as box:
        runs: dict[str, list[Run]] = {}
        states: dict[str, Any] = {}

        def read() -> None:
            for server in SERVERS:
                run = TapRunner(server.tap, folder)(
                    server.settings(box), only=READ[server.name], state=states.get(server.name)
                )
                assert run.exit_code == 0, run.log
                states[server.name] = run.state
                runs.setdefault(server.name, []).append(run)

        read()
        deleted = {name: delete_one(box, name, runs[name][0]) for name in ("sigryl", "boxwatch")}
        read()
    return Raw(runs, deleted)


def delete_one(box: Sandbox, name: str, run: Run) -> str:
    """Delete an incident that was read, and a component; returns the incident's id."""
    store = getattr(box, name).store
    table = {"sigryl": "components", "boxwatch": "servers"}[name]
    store.delete(table, store.rows(table)[-1]["id"])
    incident = run.rows["incidents"][0]["id"]
    store.delete("incidents", incident)
    return str(incident)


class Databases:
    """A database of each kind with the same tables, loaded and some of them spoiled; made when a test asks for it."""

    def __init__(self, raw: Raw, dbt: DbtProcess, folder: Path, request: pytest.FixtureRequest) -> None:
        self._raw = raw
        self._dbt = dbt
        self._folder = folder
        self._request = request
        self._marts: dict[str, Tables] = {}
        self._made: dict[str, Database] = {}

    def __getitem__(self, kind: str) -> Database:
        """The database of a kind."""
        if kind not in self._made:
            self._made[kind] = self._duckdb() if kind == "duckdb" else self._postgresql()
        return self._made[kind]

    def marts(self, kind: str) -> Tables:
        """The marts of everything at once; the data tests of the project have passed on them."""
        if kind not in self._marts:
            self._marts[kind] = self[kind].build(EVERYTHING, "build")
        return self._marts[kind]

    def _duckdb(self) -> Database:
        file = self._folder / "warehouse.duckdb"
        fill(self._raw, SCRIPTS / "target-duckdb", {"filepath": str(file)}, self._folder)
        with duckdb.connect(str(file)) as connection:
            connection.execute(spoiled(self._raw))
        return Database(DuckDBFile(file), "duckdb", duckdb_settings(file), self._dbt)

    def _postgresql(self) -> Database:
        if server_programs() is None:
            pytest.skip(NO_SERVER)
        server = self._request.getfixturevalue("postgres")
        name = server.create_database(MODELS)
        address = {"host": HOST, "port": server.port, "user": USER, "password": "not asked for", "database": name}
        loading = {"default_target_schema": None, "use_copy": True, "validate_records": False}
        fill(self._raw, programs() / "target-postgres", {**address, **loading}, self._folder)
        with server.connect(name) as connection:
            connection.execute(spoiled(self._raw).encode())
        warehouse = PostgresDatabase(server, name)
        # Those of the loader: they hold for the models too.
        return Database(warehouse, "postgres", warehouse.settings, self._dbt)


@pytest.fixture(scope="module")
def databases(
    request: pytest.FixtureRequest, raw: Raw, dbt: DbtProcess, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    return Databases(raw, dbt, tmp_path_factory.mktemp("databases"), request)


def fill(raw: Raw, loader: Path, settings: Mapping[str, object], folder: Path) -> None:
    """Load everything; rows that were deleted are removed, and in schemas of their own they are marked."""
    texts = [messages({name: runs[turn] for name, runs in raw.runs.items()}) for turn in (0, 1)]
    load(loader, {**settings, "hard_delete": True}, "".join(texts), folder)
    marked = [messages({f"{name}_marked": raw.runs[name][turn] for name in raw.deleted}) for turn in (0, 1)]
    load(loader, {**settings, "hard_delete": False, "add_record_metadata": True}, "".join(marked), folder)


def spoiled(raw: Raw) -> str:
    """SQL that makes a second account, tables without most columns, a schema of few tables, and empty tables."""
    tables = {name: [stream for stream, rows in runs[0].rows.items() if rows] for name, runs in raw.runs.items()}
    copies = [
        *((f"cachet.{table}", f"cachet_second.{table}", "*", "") for table in tables["cachet"]),
        *((f"boxwatch.{table}", f"boxwatch_empty.{table}", "*", "WHERE false") for table in tables["boxwatch"]),
        *((f"instatus.{table}", f"instatus_keys.{table}", keys, "") for table, keys in KEYS_ONLY.items()),
        *((f"rootly.{table}", f"rootly_less.{table}", "*", "") for table in ("incidents", "services")),
    ]
    schemas = sorted({made.partition(".")[0] for _, made, _, _ in copies})
    return "\n".join(
        [
            *(f"CREATE SCHEMA {schema};" for schema in schemas),
            *(f"CREATE TABLE {made} AS SELECT {columns} FROM {of} {where};" for of, made, columns, where in copies),  # noqa: S608
        ]
    )


@pytest.fixture
def marts(databases: Databases, kind: str) -> Tables:
    return databases.marts(kind)


def of_account(marts: Tables, source: str, account: str) -> Tables:
    """The rows of an account, without its name; of BoxWatch, an account of the extractor is part of it."""
    found: dict[str, list[Row]] = {}
    for table, rows in marts.items():
        if table in AS_LOADED:
            continue
        mine = [
            {name: value for name, value in row.items() if name != "account"}
            for row in rows
            if row["source"] == source and row["account"].partition("/")[0] == account
        ]
        found[table] = sorted(mine, key=repr)
    return found


def ids(rows: list[Row], column: str) -> set[object]:
    return {row[column] for row in rows}


def test_a_second_account_has_the_rows_of_its_own_schema(marts: Tables) -> None:
    first, second = (of_account(marts, "cachet", account) for account in ("first", "second"))
    assert first["fct_incident"]
    assert first["component_day"]
    assert second == first


def test_rows_that_the_loader_has_marked_count_as_little_as_those_that_it_has_removed(marts: Tables, raw: Raw) -> None:
    removed, marked = (of_account(marts, "sigryl", account) for account in ("first", "marked"))
    assert removed["fct_incident"]
    assert raw.deleted["sigryl"] not in ids(removed["fct_incident"], "incident_id")
    assert marked == removed


def test_the_loads_tell_what_was_marked_and_when_where_the_loader_keeps_that(marts: Tables) -> None:
    rows = [row for row in marts["load_health"] if (row["source"], row["table_name"]) == ("sigryl", "incidents")]
    found = {row["account"]: row for row in rows}
    assert found["first"]["row_count"] == found["marked"]["row_count"]
    assert not found["first"]["deleted_row_count"]
    assert found["marked"]["deleted_row_count"] == 1
    assert found["marked"]["loaded_at"] is not None


@pytest.mark.parametrize("account", ["first", "marked"])
def test_an_incident_that_left_the_page_of_boxwatch_is_over(marts: Tables, raw: Raw, account: str) -> None:
    rows = of_account(marts, "boxwatch", account)["fct_incident"]
    (left,) = [row for row in rows if row["incident_id"] == raw.deleted["boxwatch"]]
    assert (left["status"], left["is_open"]) == ("resolved", False)
    assert left["left_page_by"] is not None


def test_streams_that_were_not_read_cost_what_they_alone_tell(marts: Tables) -> None:
    first, less = (of_account(marts, "rootly", account) for account in ("first", "less"))
    told = [
        {(row["incident_id"], row["title"], row["started_at"], row["status"]) for row in each["fct_incident"]}
        for each in (first, less)
    ]
    assert told[0] == told[1] != set()
    assert first["fct_alert"]
    assert (less["fct_alert"], less["fct_incident_update"], less["fct_shift"]) == ([], [], [])


def test_columns_that_an_older_load_lacks_are_null_and_no_row_is_lost(marts: Tables) -> None:
    first, keys = (of_account(marts, "instatus", account) for account in ("first", "keys"))
    assert ids(keys["fct_incident"], "incident_id") == ids(first["fct_incident"], "incident_id") != set()
    assert ids(keys["dim_component"], "component_id") == ids(first["dim_component"], "component_id") != set()
    assert ids(keys["fct_incident_update"], "update_id") == ids(first["fct_incident_update"], "update_id") != set()
    told = {(row["title"], row["status"], row["started_at"]) for row in keys["fct_incident"]}
    assert told == {(None, "unknown", None)}


def test_empty_tables_and_a_schema_that_is_missing_have_no_rows(marts: Tables) -> None:
    for source, account in (("boxwatch", "empty"), ("rootly", "none")):
        assert {table for table, rows in of_account(marts, source, account).items() if rows} == set()
    loads = [(row["account"], row["row_count"]) for row in marts["load_health"] if row["account"] in ("empty", "none")]
    assert set(loads) == {("empty", 0)}


@pytest.mark.parametrize(
    ("kind", "alone"),
    [
        *(("duckdb", alone) for alone in ALONE),
        # Where a database differs is in columns and tables that are not there.
        *(("postgresql", alone) for alone in ALONE if alone["schema"] in {"instatus_keys", "rootly_less"}),
    ],
    ids=lambda value: value if isinstance(value, str) else value["schema"],
)
def test_a_product_alone_has_the_rows_that_it_has_among_others(databases: Databases, kind: str, alone: Entry) -> None:
    marts = databases.marts(kind)
    among_others = of_account(marts, alone["product"], alone["account"])
    history = {row["stretch_id"]: row["ended_at"] for row in marts["component_status_history"]}

    built = databases[kind].build([alone], *MODELS_ONLY, comments=False)

    sources = {row["source"] for table, rows in built.items() if table not in AS_LOADED for row in rows}
    assert sources <= {alone["product"]}
    assert of_account(built, alone["product"], alone["account"]) == among_others
    # What is not there any more tells nothing about how it was.
    assert {row["stretch_id"]: row["ended_at"] for row in built["component_status_history"]} == history


def test_a_database_without_any_of_the_schemas_is_an_error_that_names_them(databases: Databases, kind: str) -> None:
    database = databases[kind]
    done = database.dbt(
        *MODELS_ONLY,
        target=database.target,
        database=database.settings,
        status_sources=[entry("rootly", "nowhere", "none")],
    )
    ((_, said),) = done.failed.items()
    assert "Nothing was loaded into database" in said
    assert "none of the schemas nowhere has a table" in said


def test_a_file_that_nobody_loaded_into_is_an_error_that_names_it(dbt: DbtProcess, tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    done = dbt(*MODELS_ONLY, target="duckdb", database=duckdb_settings(file))
    ((_, said),) = done.failed.items()
    assert str(file) in said
    assert "Is it the database that the taps load into?" in said


def test_the_data_dictionary_says_of_the_marts_what_dbt_does(
    dbt: DbtProcess, databases: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    assert databases.marts("duckdb")
    assert data_dictionary(["--check", "--manifest", str(dbt.manifest)]) == 0, capsys.readouterr().err
