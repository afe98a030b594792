"""A table in the database: what it looks like, and how it grows to fit a schema."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from target_duckdb.column_types import (
    BIGINT,
    DOUBLE,
    EXACT_OR_REFUSED,
    HUGEINT,
    JSON,
    NOTHING,
    TEXT,
    TIMES,
    TIMESTAMP,
    ColumnType,
    from_sql,
    join,
)
from target_duckdb.errors import DatabaseError
from target_duckdb.names import fold, literal, quote
from target_duckdb.storage import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_duckdb.database import Database
    from target_duckdb.names import TableName

_TEMPORARY = "temp"
_OWNER_PREFIX = "Singer property: "
_HAD_TIMES = "Singer type before: date-time"
_SOURCE_PREFIX = "Singer source: "
_TABLES = "SELECT database_name, schema_name, table_name, comment FROM duckdb_tables()"
# DuckDB's own views are in `system`, and have hundreds of columns.
_VIEWS = "SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE database_name <> 'system'"
_REFERENCES = (
    "SELECT database_name, schema_name, referenced_table, concat(schema_name, '.', table_name)"
    " FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY'"
)
_COLLATING = "SELECT database_name, schema_name, table_name FROM duckdb_tables() WHERE sql LIKE '%COLLATE%'"
_COLUMNS = (
    "SELECT database_name, schema_name, table_name, column_name, data_type, comment, column_default, is_nullable,"
    " is_generated FROM {} WHERE database_name <> 'system' ORDER BY column_index"
)
_ISO_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Column:
    """A column that a stream writes to.

    Attributes:
        property: The property whose values it holds.
        name: Its name in the table.
        type: The type in which values are written.
        description: The property's description in the schema; None if there is none.
        had_times: Whether its texts may be instants written in a different format than the tap's.
    """

    property: str
    name: str
    type: ColumnType
    description: str | None = None
    had_times: bool = False


@dataclass(frozen=True)
class ExistingColumn:
    """A column as it is in the table.

    Attributes:
        sql_type: Its type, as DuckDB names it.
        comment: Its comment; None if there is none.
        is_generated: Whether it is a generated column, which cannot be written to.
        needs_value: Whether every new row needs a value for it.
    """

    sql_type: str
    comment: str | None
    is_generated: bool = False
    needs_value: bool = False

    @property
    def text(self) -> str | None:
        """The comment without the notes that this target keeps in it."""
        lines = (self.comment or "").split("\n")
        while lines and (lines[-1] == _HAD_TIMES or lines[-1].startswith(_OWNER_PREFIX)):
            lines.pop()
        return "\n".join(lines) or None

    @property
    def had_times(self) -> bool:
        """Whether it once held instants."""
        return _HAD_TIMES in (self.comment or "").split("\n")[-2:]

    @property
    def owner(self) -> str | None:
        """The property it was made for, if that has a different name; None otherwise."""
        return _owner(self.comment)


class Table:
    """One table. Methods that change it have to be called in a transaction.

    Args:
        database: The database it is in.
        name: Its name.
        is_temporary: Whether it is a temporary table, which may have the same name as a permanent one.
    """

    def __init__(self, database: Database, name: TableName, *, is_temporary: bool = False) -> None:
        self.name = name
        self._database = database
        place = (_TEMPORARY, "main", str(name)) if is_temporary else (database.catalog, name.schema, name.table)
        self._is_temporary = is_temporary
        # The catalog is part of the name because DuckDB takes "a.b" for catalog a as well as for schema a.
        self._schema = f"{quote(place[0])}.{quote(place[1])}"
        self.sql = f"{self._schema}.{quote(place[2])}"
        self._place = (place[0], fold(place[1]), fold(place[2]))
        self._all_columns = _COLUMNS.format(database.columns_sql)

    def columns(self) -> dict[str, ExistingColumn]:
        """The table's columns by name, in order; empty if there is no such table.

        Raises:
            DatabaseError: There is a view of that name.
        """
        if self._database.told_of(self._place, _VIEWS):
            raise DatabaseError(f"{self.name} is a view; drop or rename it, or load into another schema")
        found = self._database.told_of(self._place, self._all_columns)
        return {
            name: ExistingColumn(sql_type, comment, is_generated, not (is_nullable or default or is_generated))
            for name, sql_type, comment, default, is_nullable, is_generated in found
        }

    def source(self) -> str | None:
        """The source that loads the table, as far as is known."""
        return _last_line(self._comment(), _SOURCE_PREFIX)

    def note_source(self, source: str) -> None:
        """Record the source that loads the table, after any text in its comment."""
        present = self._comment()
        text = "\n".join([*([present] if present else []), _SOURCE_PREFIX + source])
        self._database.define(f"COMMENT ON TABLE {self.sql} IS {literal(text)}", self._place, _TABLES)

    def _comment(self) -> str | None:
        found = self._database.told_of(self._place, _TABLES)
        return found[0][0] if found else None

    def create(self, columns: Sequence[Column]) -> None:
        """Create the table, and its schema if needed.

        Args:
            columns: Its columns, at least one.
        """
        self._database.define(f"CREATE SCHEMA IF NOT EXISTS {self._schema}", self._place)
        listed = ", ".join(f"{quote(column.name)} {column.type.sql}" for column in columns)
        create = f"CREATE {'TEMP ' if self._is_temporary else ''}TABLE {self.sql} ({listed})"
        self._database.define(create, self._place, self._all_columns)
        for column in columns:
            self._comment_on(column, None)

    def copy_of(self, other: Table) -> None:
        """Create the table as a copy of another one, rows included.

        Args:
            other: The other table.
        """
        self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
        self._database.execute(f"CREATE TABLE {self.sql} AS FROM {other.sql}")
        for name, column in other.columns().items():
            if column.comment is not None:
                self._set_comment(name, column.comment)

    def atomically(self, purpose: str, work: Callable[[], None]) -> None:
        """Run some work that changes the table in a transaction, while no other loader changes it.

        Args:
            purpose: What is being done, for the error message.
            work: Does it. It has to look up what it needs to know of the table, which others may have changed before.
        """
        self._database.atomically(purpose, work, None if self._is_temporary else self._place)

    def count(self, condition: str = "true", parameters: Sequence[Any] = ()) -> int:
        """Count rows of the table.

        Args:
            condition: SQL condition on the rows to count.
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
        """Make a column fit for what is to be written, by adding it or by widening its type.

        Args:
            wanted: The column to write.
            existing: The column of that name as it is in the table; None if there is none.

        Returns:
            The column with the type in which to write it.

        Raises:
            DatabaseError: The column's type is not supported, or widening it would change its values.
        """
        if existing is None:
            add = f"ALTER TABLE {self.sql} ADD COLUMN {quote(wanted.name)} {wanted.type.sql}"
            self._database.define(add, self._place, self._all_columns)
            self._comment_on(wanted, None)
            return wanted
        if existing.is_generated:
            raise DatabaseError(
                f"column {quote(wanted.name)} of {self.name} is computed (GENERATED), so no value can be written to it;"
                " drop it, rename the property with stream_maps, or load into another table"
            )
        column = replace(wanted, type=self._fitting_type(wanted, existing))
        becomes_text = existing.sql_type in TIMES and column.type in {TEXT, JSON}
        column = replace(column, had_times=becomes_text or existing.had_times)
        self._comment_on(column, existing)
        return column

    def _fitting_type(self, wanted: Column, existing: ExistingColumn) -> ColumnType:
        """The type in which to write to an existing column, which is widened first if necessary."""
        present = from_sql(existing.sql_type)
        if wanted.type == NOTHING:
            return present or replace(NOTHING, sql=existing.sql_type)
        if present is None:
            raise DatabaseError(
                f"column {quote(wanted.name)} of {self.name} has the type {existing.sql_type}, which this target cannot"
                f" write; change it to {wanted.type.sql}, or load into another table"
            )
        fitting = wanted.type if present == JSON and self._is_empty(wanted.name) else join(present, wanted.type)
        fitting = self._database.storage.kept(fitting)
        if fitting.sql == existing.sql_type:
            return fitting
        binding = self._binding(wanted.name)
        if binding is None:
            self._change_type(wanted.name, present, existing.sql_type, fitting)
        elif fitting == present and existing.sql_type in EXACT_OR_REFUSED:
            return replace(fitting, sql=existing.sql_type)
        else:
            raise DatabaseError(
                f"column {quote(wanted.name)} of {self.name} is to change from {existing.sql_type} to {fitting.sql},"
                f" which DuckDB refuses because of {binding}; drop that, load, and create it again"
            )
        return fitting

    def references(self) -> list[str]:
        """The tables whose foreign keys refer to this one. DuckDB deletes no row that they refer to."""
        return sorted({name for (name,) in self._database.told_of(self._place, _REFERENCES)})

    def collates(self) -> bool:
        """Whether different texts may be equal in it, by a collation."""
        return self._database.collates or bool(self._database.told_of(self._place, _COLLATING))

    def _is_empty(self, column: str) -> bool:
        return not self._database.rows(f"SELECT 1 FROM {self.sql} WHERE {quote(column)} IS NOT NULL LIMIT 1")  # noqa: S608

    def _binding(self, column: str) -> str | None:
        """What depends on the column, so that DuckDB cannot change its type; None if nothing does."""
        constraints = self._database.rows(
            f"SELECT constraint_text, constraint_column_names FROM duckdb_constraints() WHERE {PLACE}"  # noqa: S608
            " AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY', 'CHECK')",
            self._place,
        )
        indexes = self._database.rows(
            f"SELECT index_name, expressions FROM duckdb_indexes() WHERE {PLACE}",  # noqa: S608
            self._place,
        )
        generated = self._database.rows(
            f"SELECT column_name, column_default FROM {self._database.columns_sql} WHERE {PLACE} AND is_generated",  # noqa: S608
            self._place,
        )
        bindings = [text for text, columns in constraints if column in columns]
        bindings += [f"the index {quote(name)}" for name, expressions in indexes if column in expressions]
        bindings += [f"the computed column {quote(name)}" for name, text in generated if column in text]
        return next(iter(bindings), None)

    def _change_type(self, column: str, present: ColumnType, present_sql: str, fitting: ColumnType) -> None:
        name = quote(column)
        if fitting == DOUBLE and (present in {BIGINT, HUGEINT} or present.is_decimal):
            inexact = f"TRY_CAST(CAST({name} AS DOUBLE) AS {present.sql}) IS DISTINCT FROM {name}"
            if self._database.rows(f"SELECT 1 FROM {self.sql} WHERE {inexact} LIMIT 1"):  # noqa: S608
                raise DatabaseError(
                    f"column {name} of {self.name} is to change from {present_sql} to DOUBLE, which would round some"
                    " of its values; change its type by hand, or load into another table"
                )
        change = (fitting.sql, conversion(name, present, fitting))
        self._database.storage.change_type(self._database, self.sql, self._place, column, change)

    def _comment_on(self, column: Column, existing: ExistingColumn | None) -> None:
        """Set the column's comment to the schema's description. If there is none, any comment stays."""
        wanted = _comment(column, None if existing is None else existing.text)
        if wanted is not None and (existing is None or wanted != existing.comment):
            self._set_comment(column.name, wanted)

    def _set_comment(self, column: str, text: str) -> None:
        comment = f"COMMENT ON COLUMN {self.sql}.{quote(column)} IS {literal(text)}"
        self._database.define(comment, self._place, self._all_columns)


def _comment(column: Column, present: str | None) -> str | None:
    """The description, and notes for the next run: that the column held times, and a property of another name."""
    text = column.description or present
    lines = [] if text is None else [text]
    if column.had_times:
        lines.append(_HAD_TIMES)
    if column.name != column.property or _owner(text) is not None:
        lines.append(_OWNER_PREFIX + column.property)
    return "\n".join(lines) or None


def _owner(comment: str | None) -> str | None:
    return _last_line(comment, _OWNER_PREFIX)


def _last_line(comment: str | None, prefix: str) -> str | None:
    last_line = (comment or "").rpartition("\n")[2]
    return last_line.removeprefix(prefix) if last_line.startswith(prefix) else None


def conversion(name: str, present: ColumnType, fitting: ColumnType) -> str:
    """SQL that converts values to a wider type.

    Args:
        name: SQL of a value.
        present: Its type.
        fitting: The new type.
    """
    if present == TIMESTAMP and fitting in {TEXT, JSON}:
        name = f"strftime(CAST({name} AS TIMESTAMP WITH TIME ZONE), '{_ISO_FORMAT}')"
    return f"to_json({name})" if fitting == JSON else f"CAST({name} AS {fitting.sql})"
