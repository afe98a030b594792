"""The data dictionary and the entity diagrams say what the taps' schemas say, and are current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from maintenance.data_dictionary.__main__ import DOCS, differences, made, main
from maintenance.data_dictionary.diagrams import diagram
from maintenance.data_dictionary.models import marts
from maintenance.data_dictionary.pages import page
from maintenance.data_dictionary.streams import products
from maintenance.data_dictionary.tables import Chapter, Column, Table

if TYPE_CHECKING:
    from pathlib import Path

INCIDENTS = Table("incidents", "What went wrong.", ["id"], [Column("id", "text", "Its id.", nullable=False)])
UPDATES = Table(
    "updates",
    "What was told.",
    ["incident_id", "position"],
    [
        Column("incident_id", "text", "Its incident.", nullable=False, refers_to="incidents"),
        Column("position", "integer", "Its place.", nullable=False),
        Column("related_ids", "list of text", "Others | like it, <b>.", refers_to="incidents"),
        Column("labels", "list of object", "Labels."),
        Column("labels[].key", "text", "Name of the label."),
    ],
    notes=["full table", "off by default"],
)


@pytest.fixture(scope="module")
def chapters() -> list[Chapter]:
    return products()


def test_the_pages_are_what_the_schemas_say_today(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_every_table_and_column_is_described(chapters: list[Chapter]) -> None:
    for chapter in chapters:
        for table in chapter.tables:
            assert table.description, f"{chapter.name}.{table.name}"
            for column in table.columns:
                assert column.description, f"{chapter.name}.{table.name}.{column.name}"


def test_a_key_is_made_of_columns_and_a_reference_leads_to_a_table(chapters: list[Chapter]) -> None:
    for chapter in chapters:
        names = {table.name for table in chapter.tables}
        for table in chapter.tables:
            assert set(table.key) <= {column.name for column in table.columns}
            assert {column.refers_to for column in table.columns if column.refers_to} <= names


def test_a_page_that_differs_or_is_missing_is_named(tmp_path: Path) -> None:
    pages = made([Chapter("cachet", "Cachet", "Tables.", [INCIDENTS])])
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert differences(tmp_path, pages) == {}
    (tmp_path / "diagrams/cachet.md").write_text("by hand")
    (tmp_path / "data-dictionary/cachet.md").unlink()
    assert differences(tmp_path, pages) == {tmp_path / name: text for name, text in pages.items()}


def test_a_page_tells_key_references_and_fields_inside_of_columns() -> None:
    text = page(Chapter("x", "X", "Tables.", [UPDATES]))
    assert "Key: `incident_id`, `position`; full table; off by default." in text
    assert "| `incident_id` | text, not null | Its incident. → [`incidents`](#incidents) |" in text
    assert r"| `related_ids` | list of text | Others \| like it, &lt;b>. → [`incidents`](#incidents) |" in text
    assert "| `labels[].key` | text | Name of the label. |" in text


def test_a_diagram_shows_keys_and_references_and_how_many_there_are() -> None:
    assert diagram([INCIDENTS, UPDATES]).splitlines() == [
        "erDiagram",
        "  incidents {",
        "    text id PK",
        "  }",
        "  updates {",
        "    text incident_id PK, FK",
        "    integer position PK",
        "    list_of_text related_ids FK",
        "  }",
        '  incidents ||--o{ updates : "incident_id"',
        '  incidents }o--o{ updates : "related_ids"',
    ]


def test_every_page_has_a_line_in_the_contents() -> None:
    contents = (DOCS / "data-dictionary/README.md").read_text()
    for folder, prefix in (("data-dictionary", ""), ("diagrams", "../diagrams/")):
        names = {file.name for file in DOCS.glob(f"{folder}/*.md")} - {"README.md"}
        assert [name for name in names if f"]({prefix}{name})" not in contents] == []


def test_the_tests_of_a_mart_tell_its_key_and_what_it_refers_to() -> None:
    def tested(model: str, name: str, **arguments: object) -> dict[str, object]:
        return {
            "resource_type": "test",
            "attached_node": model,
            "test_metadata": {"name": name, "kwargs": arguments},
        }

    def node(name: str, folder: str, *columns: str, kind: str = "model") -> dict[str, object]:
        described = {column: {"name": column, "data_type": "text", "description": f"{column}."} for column in columns}
        return {
            "unique_id": f"model.{name}",
            "name": name,
            "resource_type": kind,
            "fqn": ["status_models", folder, name],
            "description": "Rows.",
            "columns": described,
        }

    key = ["source", "account", "incident_id"]
    manifest = {
        "nodes": {
            "1": node("fct_incident", "marts", *key, "parent_incident_id"),
            "2": node("history", "snapshots", "source", "account", "thing", kind="snapshot"),
            "3": node("int_incidents", "intermediate", *key),
            "4": tested("model.fct_incident", "unique_rows", columns=key),
            "5": tested("model.history", "refers_to", columns=["source", "account", "thing"], to="ref('fct_incident')"),
        }
    }

    incident, history = marts(manifest).tables

    assert incident.key == key
    assert {column.name: column.refers_to for column in incident.columns if column.refers_to} == {
        "parent_incident_id": "fct_incident"
    }
    assert {column.name: column.refers_to for column in history.columns if column.refers_to} == {
        "thing": "fct_incident"
    }
