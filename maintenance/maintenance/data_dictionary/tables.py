"""A table as the dictionary describes it, of a tap or a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Column:
    """A column, or a field nested in one.

    Attributes:
        name: Its name; that of a field starts with its column's, such as `labels[].key`.
        kind: The type of its values.
        description: What it means.
        nullable: Whether it may be null.
        refers_to: The table that it refers to.
    """

    name: str
    kind: str
    description: str
    nullable: bool = True
    refers_to: str | None = None

    @property
    def is_field(self) -> bool:
        """Whether it is nested in a column."""
        return "." in self.name or "[]" in self.name

    @property
    def names_several(self) -> bool:
        """Whether it may refer to several rows."""
        return self.kind.startswith("list")


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: Its name.
        description: What its rows are.
        key: The columns that identify a row.
        columns: In order, each followed by the fields nested in it.
        notes: Further facts, in a few words each.
        group: The part of the product, or of the models, that it belongs to.
    """

    name: str
    description: str
    key: Sequence[str]
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    group: str = ""


@dataclass(frozen=True)
class Chapter:
    """The tables that one page describes.

    Attributes:
        name: Its file name, without the extension.
        title: Its heading.
        introduction: The text below the heading.
        tables: The tables, in order.
    """

    name: str
    title: str
    introduction: str
    tables: Sequence[Table]
