"""A table in the database: what it looks like, and how it grows to hold what a schema asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from target_duckdb.column_types import (
    BIGINT,
    DOUBLE,
    EXACT_OR_REFUSED,
    HUGEINT,
    JSON,
    TEXT,
    TIMESTAMP,
    ColumnType,
    from_sql,
    join,
)
from target_duckdb.errors import DatabaseError
from target_duckdb.names import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_duckdb.database import Database
    from target_duckdb.names import TableName

_TEMPORARY = "temp"
_OWNER_PREFIX = "Singer property: "
_ISO_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Column:
    """A column that a stream writes to.

    Attributes:
        property: The property whose values it holds.
        name: Its name in the table.
        type: The type in which values are written.
    """

    property: str
    name: str
    type: ColumnType


@dataclass(frozen=True)
class ExistingColumn:
    """A column as it stands in the table.

    Attributes:
        sql_type: Its type, as DuckDB names it.
        owner: The property it was made for, where that has another name; None otherwise.
    """

    sql_type: str
    owner: str | None


class Table:
    """One table. Its methods that change it belong into a transaction.

    Args:
        database: Where it is.
        name: What it is called.
        is_temporary: Whether it is only this connection's. It is told apart from the table of that name by its place.
    """

    def __init__(self, database: Database, name: TableName, *, is_temporary: bool = False) -> None:
        self.name = name
        self._database = database
        place = (_TEMPORARY, "main", str(name)) if is_temporary else (database.catalog, name.schema, name.table)
        self._catalog_entry = place
        self._is_temporary = is_temporary
        # The catalog comes along because DuckDB takes "a.b" for catalog a as well as for schema a.
        self._schema = f"{quote(place[0])}.{quote(place[1])}"
        self.sql = f"{self._schema}.{quote(place[2])}"

    def columns(self) -> dict[str, ExistingColumn]:
        """The table's columns by name, in their order; none if there is no such table."""
        found = self._database.rows(
            "SELECT column_name, data_type, comment FROM duckdb_columns()"
            " WHERE database_name = ? AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?)"
            " ORDER BY column_index",
            self._catalog_entry,
        )
        return {name: ExistingColumn(sql_type, _owner(comment)) for name, sql_type, comment in found}

    def create(self, columns: Sequence[Column]) -> None:
        """Create the table, and its schema if need be.

        Args:
            columns: Its columns, at least one.
        """
        self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        listed = ", ".join(f"{quote(column.name)} {column.type.sql}" for column in columns)
        self._database.execute(f"CREATE {'TEMP ' if self._is_temporary else ''}TABLE {self.sql} ({listed})")
        for column in columns:
            self._remember_owner(column)

    def copy_of(self, other: Table) -> None:
        """Create the table with the columns and the rows of another one.

        Args:
            other: The other table.
        """
        self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        self._database.execute(f"CREATE TABLE {self.sql} AS FROM {other.sql}")
        for name, column in other.columns().items():
            if column.owner is not None:
                self._note_owner(name, column.owner)

    def count(self, condition: str = "true", parameters: Sequence[Any] = ()) -> int:
        """How many rows the table has.

        Args:
            condition: Which rows count.
            parameters: Values for the condition's placeholders.

        Returns:
            Their number.
        """
        query = f"SELECT count(*) FROM {self.sql} WHERE {condition}"  # noqa: S608
        return int(self._database.rows(query, parameters)[0][0])

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
            self._remember_owner(wanted)
            return wanted
        present = from_sql(existing.sql_type)
        if present is None:
            raise DatabaseError(
                f"column {quote(wanted.name)} of {self.name} has the type {existing.sql_type}, which this target cannot"
                f" write; change it to {wanted.type.sql}, or load into another table"
            )
        fitting = join(present, wanted.type)
        if fitting.sql == existing.sql_type:
            return Column(wanted.property, wanted.name, fitting)
        if fitting == present and existing.sql_type in EXACT_OR_REFUSED and self._is_bound(wanted.name):
            return Column(wanted.property, wanted.name, replace(fitting, sql=existing.sql_type))
        self._change_type(wanted.name, present, existing.sql_type, fitting)
        return Column(wanted.property, wanted.name, fitting)

    def _is_bound(self, column: str) -> bool:
        """Whether a constraint or an index is on the column, so that DuckDB does not change its type."""
        place = "database_name = ? AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?)"
        name = self._catalog_entry
        constrained = self._database.rows(
            f"SELECT unnest(constraint_column_names) FROM duckdb_constraints() WHERE {place}"  # noqa: S608
            " AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')",
            name,
        )
        indexes = self._database.rows(f"SELECT expressions FROM duckdb_indexes() WHERE {place}", name)  # noqa: S608
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

    def _remember_owner(self, column: Column) -> None:
        if column.name != column.property:
            self._note_owner(column.name, column.property)

    def _note_owner(self, column: str, owner: str) -> None:
        comment = (_OWNER_PREFIX + owner).replace("'", "''")
        self._database.execute(f"COMMENT ON COLUMN {self.sql}.{quote(column)} IS '{comment}'")


def _owner(comment: str | None) -> str | None:
    if comment is not None and comment.startswith(_OWNER_PREFIX):
        return comment.removeprefix(_OWNER_PREFIX)
    return None


def _conversion(name: str, present: ColumnType, fitting: ColumnType) -> str:
    """How the values that are already there are written in the new type."""
    if present == TIMESTAMP and fitting in {TEXT, JSON}:
        name = f"strftime(CAST({name} AS TIMESTAMP WITH TIME ZONE), '{_ISO_FORMAT}')"
    return f"to_json({name})" if fitting == JSON else f"CAST({name} AS {fitting.sql})"
