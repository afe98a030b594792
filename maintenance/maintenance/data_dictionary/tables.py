"""A table as the dictionary describes it, whether a tap or a model makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Column:
    """A column, or a field inside one.

    Attributes:
        name: Its name; that of a field begins with its column's, such as `labels[].key`.
        kind: What a value is.
        description: What it means.
        nullable: Whether it may be null.
        refers_to: The table whose rows it names.
    """

    name: str
    kind: str
    description: str
    nullable: bool = True
    refers_to: str | None = None

    @property
    def is_field(self) -> bool:
        """Whether it lies inside of a column."""
        return "." in self.name or "[]" in self.name

    @property
    def names_several(self) -> bool:
        """Whether it refers to any number of rows."""
        return self.kind.startswith("list")


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: Its name.
        description: What its rows are.
        key: The columns that identify a row.
        columns: In order, each followed by the fields inside of it.
        notes: What else is to be known of it, in a few words each.
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
        name: Its file, without ending.
        title: Its heading.
        introduction: What stands below it.
        tables: The tables, in order.
    """

    name: str
    title: str
    introduction: str
    tables: Sequence[Table]
