"""Which table a stream is loaded into, and which column a property is loaded into.

Names are kept as they are, quoted. DuckDB compares identifiers without regard to the case of ASCII letters; names that
differ only in case are told apart by a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_SCHEMA = "main"
SCHEMA_DASH_TABLE, SCHEMA_DOT_TABLE, UNDERSCORES = "schema-table", "schema.table", "underscores"
_SEPARATORS = re.compile(r"[-.]")
_PARTS_WITH_SCHEMA = (2, 3)
_CAPITALS, _SMALL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_LOWER = str.maketrans(_CAPITALS, _SMALL)


def quote(identifier: str) -> str:
    """Quote an identifier for SQL.

    Args:
        identifier: Any name.

    Returns:
        The name in double quotes.
    """
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as an SQL literal.

    Args:
        text: Any text.

    Returns:
        The text in single quotes.
    """
    return "'" + text.replace("'", "''") + "'"


def fold(identifier: str) -> str:
    """The form of an identifier that is equal for two of them exactly if DuckDB considers them the same."""
    return identifier.translate(_LOWER)


def folded(expression: str) -> str:
    """SQL that computes `fold` of a name."""
    return f"translate({expression}, '{_CAPITALS}', '{_SMALL}')"


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as "1 row" or "2 rows".

    Args:
        number: The number.
        noun: The noun in the singular.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class TableName:
    """A table and the schema it is in.

    Attributes:
        schema: Name of the schema.
        table: Name of the table.
    """

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def folded(self) -> tuple[str, str]:
        """A key that is equal for two names exactly if DuckDB considers them the same."""
        return fold(self.schema), fold(self.table)


def table_name(stream: str, default_schema: str | None, naming: str = SCHEMA_DASH_TABLE) -> TableName:
    """Choose the table for a stream.

    Args:
        stream: Name of the stream.
        default_schema: The configured schema, which takes precedence over the one in the stream's name.
        naming: How to parse the name. With `SCHEMA_DASH_TABLE` it is ``table``, ``schema-table`` or
            ``database-schema-table``, with `SCHEMA_DOT_TABLE` the same with dots or dashes; a name with more parts is
            the table's name as a whole. With `UNDERSCORES` it is the table's name, with ``_`` for ``-`` and ``.``.

    Returns:
        The table.
    """
    if naming == UNDERSCORES:
        return TableName(default_schema or DEFAULT_SCHEMA, _SEPARATORS.sub("_", stream) or "_")
    parts = _SEPARATORS.split(stream) if naming == SCHEMA_DOT_TABLE else stream.split("-")
    if len(parts) in _PARTS_WITH_SCHEMA and all(parts):
        return TableName(default_schema or parts[-2], parts[-1])
    return TableName(default_schema or DEFAULT_SCHEMA, stream or "_")


def column_names(properties: Iterable[str], existing: Mapping[str, str | None]) -> dict[str, str]:
    """Choose the column for each property.

    A property keeps the column that an earlier run gave it, whatever other properties have appeared since.

    Args:
        properties: Names of the properties.
        existing: The table's columns: name, and the property it was made for if that has a different name.

    Returns:
        The column of each property, in the order of the properties.
    """
    wanted = list(dict.fromkeys(properties))
    made_for = {owner: column for column, owner in existing.items() if owner is not None}
    chosen = {name: made_for[name] for name in wanted if name in made_for}
    for name in wanted:
        if name not in chosen and name in existing and existing[name] is None:
            chosen[name] = name
    taken = {fold(column) for column in chosen.values()} | {fold(column) for column in made_for.values()}
    plain = {fold(column): column for column, owner in existing.items() if owner is None}
    reserved = set(map(fold, wanted)) | set(plain)
    for name in sorted(name for name in wanted if name not in chosen):
        column = _free_name(name, taken, reserved)
        chosen[name] = plain.get(fold(column), column)
        taken.add(fold(column))
    return {name: chosen[name] for name in wanted}


def _free_name(name: str, taken: set[str], reserved: set[str]) -> str:
    base = name or "_"
    if fold(base) not in taken:
        return base
    number = 2
    while (numbered := fold(f"{base}_{number}")) in taken or numbered in reserved:
        number += 1
    return f"{base}_{number}"
