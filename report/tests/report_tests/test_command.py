"""What the command does with databases that are missing, empty, old, of one product, or very large."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import pytest

from .conftest import make
from .marts import Marts, a_year

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 1_000_000


def told(database: Path | str, folder: Path, **options: str) -> str:
    """The one line that the command ends with, without a page."""
    made = make(database, folder / "report.html", **options)
    assert made.code == 1
    assert not made.file.exists()
    (line,) = made.said.splitlines()
    return line


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "There is no DuckDB file" in told(tmp_path / "no.duckdb", tmp_path)
    assert not (tmp_path / "no.duckdb").exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("not a database")
    assert "text.duckdb cannot be opened" in told(tmp_path / "text.duckdb", tmp_path)


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    line = told("postgresql://reader:secret@127.0.0.1:9/nowhere", tmp_path)
    assert "PostgreSQL cannot be reached" in line
    assert "secret" not in line


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    assert "mysql://" in told("mysql://host/db", tmp_path)


def test_without_marts_it_says_what_builds_them(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "raw.duckdb")).close()
    assert "meltano run dbt-duckdb:build" in told(tmp_path / "raw.duckdb", tmp_path)
    assert "no marts in schema elsewhere" in told(Marts().write(tmp_path / "m.duckdb"), tmp_path, schema="elsewhere")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE status.fct_incident DROP COLUMN is_counted", "status.fct_incident is of another version"),
        ("DROP TABLE status.component_day", "not all there: component_day"),
    ],
)
def test_marts_of_another_version_are_named(tmp_path: Path, change: str, said: str) -> None:
    file = Marts().write(tmp_path / "old.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute(change)
    assert said in told(file, tmp_path)


def test_marts_without_a_row_give_a_page_that_says_so(tmp_path: Path) -> None:
    made = make(Marts().write(tmp_path / "empty.duckdb"), tmp_path / "report.html")
    assert made.code == 0
    text = made.file.read_text()
    assert "The marts hold no data yet" in text
    assert "<section" not in text


def test_one_product_gets_no_choice_and_only_its_sections(tmp_path: Path) -> None:
    marts = Marts({name: [row for row in rows if row["source"] == "cachet"] for name, rows in a_year().rows.items()})
    text = make(marts.write(tmp_path / "one.duckdb"), tmp_path / "report.html").file.read_text()
    assert re.findall(r'<section id="([a-z-]+)"', text) == ["answers", "now", "incidents", "times", "uptime", "data"]
    assert '<select id="scope"' not in text


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = make(Marts().write(tmp_path / "m.duckdb"), tmp_path / "file" / "report.html")
    assert made.code == 1
    assert "cannot be written" in made.said.splitlines()[-1]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("timezone", "Mars/Base", "is not a time zone"), ("as-of", "yesterday", "is not a time;")],
)
def test_a_setting_that_is_none_is_refused(tmp_path: Path, option: str, value: str, said: str) -> None:
    made = make(Marts().write(tmp_path / "m.duckdb"), tmp_path / "report.html", **{option: value})
    assert made.code == 2
    assert said in made.said


def test_a_hundred_thousand_incidents_of_forty_accounts_and_two_hundred_components_fit_into_five_megabytes(
    tmp_path: Path,
) -> None:
    file = a_year().write(tmp_path / "large.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            """
            INSERT INTO status.fct_incident BY NAME
            SELECT i.* REPLACE (
              'account-' || (n % 40) AS account, 'n' || n AS incident_id, 'An incident with a name, no. ' || n AS title,
              started_at - INTERVAL 1 HOUR * (n % 9000) AS started_at
            ) FROM (SELECT * FROM status.fct_incident LIMIT 1) i, range(100000) numbers(n)
            """
        )
        connection.execute(
            """
            INSERT INTO status.dim_component BY NAME
            SELECT c.* REPLACE ('account-' || (n % 40) AS account, 'n' || n AS component_id)
            FROM (SELECT * FROM status.dim_component LIMIT 1) c, range(200) numbers(n)
            """
        )
        connection.execute(
            """
            INSERT INTO status.component_day BY NAME
            SELECT d.* REPLACE ('account-' || (n % 40) AS account, 'n' || n AS component_id)
            FROM status.component_day d, range(200) numbers(n) WHERE d.component_id = 'c1'
            """
        )
    made = make(file, tmp_path / "report.html")
    assert made.code == 0, made.said
    assert made.file.stat().st_size < 5 * MEGABYTE
