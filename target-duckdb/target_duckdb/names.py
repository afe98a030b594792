"""Which table a stream goes to, and which column a property goes to.

Names are kept as they are, quoted. DuckDB compares identifiers without regard to the case of ASCII letters; names that
differ in nothing else are told apart by a number.
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
    """An identifier as it is written in SQL.

    Args:
        identifier: Any name.

    Returns:
        The name in double quotes.
    """
    return '"' + identifier.replace('"', '""') + '"'


def fold(identifier: str) -> str:
    """The form in which two identifiers are equal exactly if they are the same to DuckDB."""
    return identifier.translate(_LOWER)


def folded(expression: str) -> str:
    """SQL for what `fold` makes of a name."""
    return f"translate({expression}, '{_CAPITALS}', '{_SMALL}')"


def counted(number: int, noun: str) -> str:
    """A number of things, as people write it.

    Args:
        number: How many there are.
        noun: What one of them is called.
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
        """A key that is equal for two names exactly if they are the same to DuckDB."""
        return fold(self.schema), fold(self.table)


def table_name(stream: str, default_schema: str | None, naming: str = SCHEMA_DASH_TABLE) -> TableName:
    """Choose the table for a stream.

    Args:
        stream: Name of the stream.
        default_schema: The configured schema, which outranks the one in the stream's name.
        naming: What the name says. By `SCHEMA_DASH_TABLE` it is ``table``, ``schema-table`` or
            ``database-schema-table``, by `SCHEMA_DOT_TABLE` the same with points or dashes; a name with more parts is
            the table's name as a whole. By `UNDERSCORES` it is the table's name, with ``_`` for ``-`` and ``.``.

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

    A property keeps the column that an earlier run gave it, whatever other properties came since.

    Args:
        properties: Names of the properties.
        existing: The table's columns: name, and the property it was made for where that has another name.

    Returns:
        The column of every property, in the order of the properties.
    """
    wanted = list(dict.fromkeys(properties))
    made_for = {owner: column for column, owner in existing.items() if owner is not None}
    chosen = {name: made_for[name] for name in wanted if name in made_for}
    for name in wanted:
        if name not in chosen and name in existing and existing[name] is None:
            chosen[name] = name
    taken = {fold(column) for column in chosen.values()} | {fold(column) for column in made_for.values()}
    plain = {fold(column): column for column, owner in existing.items() if owner is None}
    for name in sorted(name for name in wanted if name not in chosen):
        column = _free_name(name, taken, reserved={fold(other) for other in wanted} | set(plain))
        chosen[name] = plain.get(fold(column), column)
        taken.add(fold(column))
    return {name: chosen[name] for name in wanted}


def _free_name(name: str, taken: set[str], reserved: set[str]) -> str:
    base = name or "_"
    if fold(base) not in taken:
        return base
    number = 2
    while fold(f"{base}_{number}") in taken | reserved:
        number += 1
    return f"{base}_{number}"
