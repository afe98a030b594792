"""Entity diagrams of a chapter's tables in Mermaid: keys and references, nothing else."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from maintenance.data_dictionary.pages import GENERATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from maintenance.data_dictionary.tables import Chapter, Column, Table

INTRODUCTION = """\
Each table with its key (PK) and its references (FK); all columns stand in the
[data dictionary](../data-dictionary/{name}.md). A line leads to the table that is referred to and names the columns; a
fork at both ends is a list of ids. A table that stands in another diagram is shown without columns."""
MOST_IN_ONE = 30
"""A chapter with more tables than this has a diagram for each of its groups."""


def diagrams_page(chapter: Chapter) -> str:
    """The page with the diagrams of a chapter.

    Args:
        chapter: The tables to draw.
    """
    parts = [f"# {chapter.title}: entity diagram", GENERATED, INTRODUCTION.format(name=chapter.name)]
    for group, tables in _groups(chapter):
        if group:
            parts.append(f"## {group.capitalize()}")
        parts.append(f"```mermaid\n{diagram(tables)}\n```")
    return "\n\n".join(parts) + "\n"


def diagram(tables: Sequence[Table]) -> str:
    """One diagram.

    Args:
        tables: The tables to show with their columns.
    """
    lines = ["erDiagram"]
    for table in tables:
        lines += _entity(table)
    for table in tables:
        lines += _relations(table)
    return "\n".join(lines)


def _groups(chapter: Chapter) -> list[tuple[str, list[Table]]]:
    if len(chapter.tables) <= MOST_IN_ONE:
        return [("", list(chapter.tables))]
    by_group = sorted(chapter.tables, key=lambda table: (table.group, table.name))
    return [(group, list(tables)) for group, tables in groupby(by_group, key=lambda table: table.group)]


def _entity(table: Table) -> Iterator[str]:
    columns = [column for column in table.columns if column.name in table.key or column.refers_to]
    if not columns:
        yield f"  {table.name}"
        return
    yield f"  {table.name} {{"
    for column in columns:
        roles = [role for role, has in (("PK", column.name in table.key), ("FK", column.refers_to)) if has]
        yield f"    {column.kind.replace(' ', '_')} {column.name} {', '.join(roles)}"
    yield "  }"


def _relations(table: Table) -> Iterator[str]:
    """One line for each table that is referred to in the same way."""
    links = sorted((column.refers_to, _ends(column), column.name) for column in table.columns if column.refers_to)
    for (target, ends), columns in groupby(links, key=lambda link: link[:2]):
        yield f'  {target} {ends} {table.name} : "{_names(columns)}"'


def _ends(column: Column) -> str:
    if column.names_several:
        return "}o--o{"
    return "|o--o{" if column.nullable else "||--o{"


def _names(links: Iterable[tuple[str | None, str, str]]) -> str:
    return ", ".join(name for _, _, name in links)
