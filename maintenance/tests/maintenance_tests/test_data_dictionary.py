"""The data dictionary and the entity diagrams say what the taps' schemas say, and are current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from maintenance.data_dictionary.__main__ import DOCS, differences, made, main
from maintenance.data_dictionary.diagrams import diagram
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


def test_a_page_that_differs_or_is_left_over_is_named(tmp_path: Path) -> None:
    files = made([Chapter("cachet", "Cachet", "Tables.", [INCIDENTS])])
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert differences(tmp_path, files) == {}
    (tmp_path / "diagrams.md").write_text("by hand")
    (tmp_path / "data-dictionary/gone.md").write_text("of a product that has gone")
    assert differences(tmp_path, files).keys() == {tmp_path / "diagrams.md", tmp_path / "data-dictionary/gone.md"}


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


def test_there_is_a_page_for_each_product(chapters: list[Chapter]) -> None:
    assert {chapter.name for chapter in chapters} <= {file.stem for file in DOCS.glob("data-dictionary/*.md")}
