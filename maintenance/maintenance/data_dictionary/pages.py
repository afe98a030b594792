"""A chapter of the dictionary as a page of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from maintenance.data_dictionary.tables import Chapter, Column, Table

GENERATED = "<!-- Written by `data-dictionary` (maintenance/README.md). -->"


def page(chapter: Chapter) -> str:
    """The page of a chapter.

    Args:
        chapter: The tables to describe.
    """
    diagram = f"[How they belong together](../diagrams/{chapter.name}.md)."
    parts = [f"# {chapter.title}", GENERATED, f"{chapter.introduction}\n{diagram}", _contents(chapter.tables)]
    for table in chapter.tables:
        parts += _section(table)
    return "\n\n".join(parts) + "\n"


def _contents(tables: Sequence[Table]) -> str:
    rows = [f"| [`{table.name}`](#{table.name}) | {_cell(table.description)} |" for table in tables]
    return "\n".join(["| table | |", "|---|---|", *rows])


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield table.description
    facts = [f"Key: {', '.join(f'`{column}`' for column in table.key)}"] if table.key else []
    yield "; ".join([*facts, *table.notes]) + "."
    yield "\n".join(["| column | type | |", "|---|---|---|", *(_row(column) for column in table.columns)])


def _row(column: Column) -> str:
    description = _cell(column.description)
    if column.refers_to:
        description = f"{description} → [`{column.refers_to}`](#{column.refers_to})".strip()
    kind = column.kind if column.nullable else f"{column.kind}, not null"
    return f"| `{column.name}` | {kind} | {description} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
