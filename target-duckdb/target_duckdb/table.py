"""A table in the database: what it looks like, and how it grows to hold what a schema asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from target_duckdb.column_types import (
    BIGINT,
    DOUBLE,
    EXACT_OR_REFUSED,
    HUGEINT,
    JSON,
    NOTHING,
    TEXT,
    TIMESTAMP,
    ColumnType,
    from_sql,
    join,
)
from target_duckdb.errors import DatabaseError
from target_duckdb.names import folded, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_duckdb.database import Database
    from target_duckdb.names import TableName

_OWNER_PREFIX = "Singer property: "
# lower() would take capital letters beyond ASCII for small ones, which DuckDB does not do when it compares names.
_PLACE = f"database_name = ? AND {folded('schema_name')} = ? AND {folded('table_name')} = ?"
_SOURCE_PREFIX = "Singer source: "
_ISO_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Column:
    """A column that a stream writes to.

    Attributes:
        property: The property whose values it holds.
        name: Its name in the table.
        type: The type in which values are written.
        description: What the schema says of the property; None if nothing.
    """

    property: str
    name: str
    type: ColumnType
    description: str | None = None


@dataclass(frozen=True)
class ExistingColumn:
    """A column as it stands in the table.

    Attributes:
        sql_type: Its type, as DuckDB names it.
        comment: The comment on it; None if there is none.
    """

    sql_type: str
    comment: str | None

    @property
    def owner(self) -> str | None:
        """The property it was made for, where that has another name; None otherwise."""
        return _owner(self.comment)


class Table:
    """One table. Its methods that change it belong into a transaction.

    Args:
        database: Where it is.
        name: What it is called.
    """

    def __init__(self, database: Database, name: TableName) -> None:
        self.name = name
        self._database = database
        # The catalog comes along because DuckDB takes "a.b" for catalog a as well as for schema a.
        self._schema = f"{quote(database.catalog)}.{quote(name.schema)}"
        self.sql = f"{self._schema}.{quote(name.table)}"
        self._place = (database.catalog, *name.folded)

    def columns(self) -> dict[str, ExistingColumn]:
        """The table's columns by name, in their order; none if there is no such table."""
        found = self._database.rows(
            f"SELECT column_name, data_type, comment FROM duckdb_columns() WHERE {_PLACE} ORDER BY column_index",  # noqa: S608
            self._place,
        )
        return {name: ExistingColumn(sql_type, comment) for name, sql_type, comment in found}

    def source(self) -> str | None:
        """Who fills the table, as far as is known."""
        return _last_line(self._comment(), _SOURCE_PREFIX)

    def note_source(self, source: str) -> None:
        """Remember who fills the table, beside what its comment says already."""
        present = self._comment()
        text = "\n".join([*([present] if present else []), _SOURCE_PREFIX + source])
        self._database.execute(f"COMMENT ON TABLE {self.sql} IS {_literal(text)}")

    def _comment(self) -> str | None:
        found = self._database.rows(f"SELECT comment FROM duckdb_tables() WHERE {_PLACE}", self._place)  # noqa: S608
        return found[0][0] if found else None

    def create(self, columns: Sequence[Column]) -> None:
        """Create the table, and its schema if need be.

        Args:
            columns: Its columns, at least one.
        """
        self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        listed = ", ".join(f"{quote(column.name)} {column.type.sql}" for column in columns)
        self._database.execute(f"CREATE TABLE {self.sql} ({listed})")
        for column in columns:
            self._comment_on(column, None)

    def drop(self) -> None:
        """Drop the table if it exists."""
        self._database.execute(f"DROP TABLE IF EXISTS {self.sql}")

    def fit(self, wanted: Column, existing: ExistingColumn | None) -> Column:
        """Make a column hold what is wanted of it, by adding it or by widening its type.

        Args:
            wanted: The column that is to be written.
            existing: The column of that name as it stands; None if there is none.

        Returns:
            The column with the type in which to write to it.

        Raises:
            DatabaseError: The column's type is one that cannot be written, or its values would change.
        """
        if existing is None:
            self._database.execute(f"ALTER TABLE {self.sql} ADD COLUMN {quote(wanted.name)} {wanted.type.sql}")
            self._comment_on(wanted, None)
            return wanted
        self._comment_on(wanted, existing.comment)
        present = from_sql(existing.sql_type)
        if wanted.type == NOTHING:
            return replace(wanted, type=present or replace(NOTHING, sql=existing.sql_type))
        if present is None:
            raise DatabaseError(
                f"column {quote(wanted.name)} of {self.name} has the type {existing.sql_type}, which this target cannot"
                f" write; change it to {wanted.type.sql}, or load into another table"
            )
        fitting = wanted.type if present == JSON and self._is_empty(wanted.name) else join(present, wanted.type)
        if fitting.sql == existing.sql_type:
            return replace(wanted, type=fitting)
        if fitting == present and existing.sql_type in EXACT_OR_REFUSED and self._is_bound(wanted.name):
            return replace(wanted, type=replace(fitting, sql=existing.sql_type))
        self._change_type(wanted.name, present, existing.sql_type, fitting)
        return replace(wanted, type=fitting)

    def _is_empty(self, column: str) -> bool:
        return not self._database.rows(f"SELECT 1 FROM {self.sql} WHERE {quote(column)} IS NOT NULL LIMIT 1")  # noqa: S608

    def _is_bound(self, column: str) -> bool:
        """Whether a constraint or an index is on the column, so that DuckDB does not change its type."""
        constrained = self._database.rows(
            f"SELECT unnest(constraint_column_names) FROM duckdb_constraints() WHERE {_PLACE}"  # noqa: S608
            " AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')",
            self._place,
        )
        indexes = self._database.rows(f"SELECT expressions FROM duckdb_indexes() WHERE {_PLACE}", self._place)  # noqa: S608
        return (column,) in constrained or any(column in expressions for (expressions,) in indexes)

    def _change_type(self, column: str, present: ColumnType, present_sql: str, fitting: ColumnType) -> None:
        name = quote(column)
        if fitting == DOUBLE and (present in {BIGINT, HUGEINT} or present.is_decimal):
            inexact = f"TRY_CAST(CAST({name} AS DOUBLE) AS {present.sql}) IS DISTINCT FROM {name}"
            if self._database.rows(f"SELECT 1 FROM {self.sql} WHERE {inexact} LIMIT 1"):  # noqa: S608
                raise DatabaseError(
                    f"column {name} of {self.name} is to change from {present_sql} to DOUBLE, which would round some"
                    " of its values; change its type by hand, or load into another table"
                )
        self._database.execute(
            f"ALTER TABLE {self.sql} ALTER COLUMN {name} SET DATA TYPE {fitting.sql}"
            f" USING {_conversion(name, present, fitting)}"
        )

    def _comment_on(self, column: Column, present: str | None) -> None:
        """Have the column's comment say what the schema does. Where that says nothing, the comment is its writer's."""
        wanted = _comment(column)
        if wanted is not None and wanted != present:
            self._database.execute(f"COMMENT ON COLUMN {self.sql}.{quote(column.name)} IS {_literal(wanted)}")


def _comment(column: Column) -> str | None:
    """The description, and the property where that has another name."""
    if column.name == column.property and _owner(column.description) is None:
        return column.description
    owner = _OWNER_PREFIX + column.property
    return owner if column.description is None else f"{column.description}\n{owner}"


def _owner(comment: str | None) -> str | None:
    return _last_line(comment, _OWNER_PREFIX)


def _last_line(comment: str | None, prefix: str) -> str | None:
    last_line = (comment or "").rpartition("\n")[2]
    return last_line.removeprefix(prefix) if last_line.startswith(prefix) else None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _conversion(name: str, present: ColumnType, fitting: ColumnType) -> str:
    """How the values that are already there are written in the new type."""
    if present == TIMESTAMP and fitting in {TEXT, JSON}:
        name = f"strftime(CAST({name} AS TIMESTAMP WITH TIME ZONE), '{_ISO_FORMAT}')"
    return f"to_json({name})" if fitting == JSON else f"CAST({name} AS {fitting.sql})"
