"""What differs in a lake: Parquet files hold the rows, and DuckLake describes them in its catalog."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_duckdb.column_types import BIGINT, HUGEINT, MAX_PRECISION, TEXT, ConversionError, decimal_type
from target_duckdb.errors import shorten
from target_duckdb.names import literal, quote
from target_duckdb.storage import PLACE, Storage

if TYPE_CHECKING:
    from target_duckdb.column_types import ColumnType
    from target_duckdb.database import Database, Place


def _to_compared_text(value: Any) -> str:
    text: str = TEXT.convert(value)
    if "\0" in text:
        raise ConversionError(f"{shorten(repr(text))} holds the character NUL, which DuckLake cannot look for")
    return text


_COMPARED_TEXT = replace(TEXT, convert=_to_compared_text)
_WIDE_INTEGER = decimal_type(MAX_PRECISION, 0)
_WIDENED_IN_PLACE = {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"}
_NEW = "singer_new"
_NO_DEFAULT = "NULL"


class LakeStorage(Storage):
    """The tables of a lake. They have no keys, no constraints but NOT NULL, no indexes and no generated columns."""

    def columns_sql(self, database: Database) -> str:  # noqa: ARG002 - it is the same in all of them
        """A relation that describes all columns. DuckLake writes out that a column has no default.

        Args:
            database: The database.
        """
        return (
            f"(SELECT * REPLACE (nullif(column_default, '{_NO_DEFAULT}') AS column_default), false AS is_generated"  # noqa: S608
            " FROM (SELECT database_name, schema_name, table_name, column_name, data_type, comment, column_default,"
            " is_nullable, column_index FROM duckdb_columns()))"
        )

    def kept(self, column_type: ColumnType) -> ColumnType:
        """The type of the column that keeps all values of a type: Parquet has no HUGEINT, and rounds it to DOUBLE.

        Args:
            column_type: The type of the values.
        """
        return _WIDE_INTEGER if column_type == HUGEINT else column_type

    def compared(self, column_type: ColumnType) -> ColumnType:
        """The type of a key's column, whose values are compared with those in the table.

        Args:
            column_type: The type of the column.
        """
        return _COMPARED_TEXT if column_type == TEXT else column_type

    def change_type(self, database: Database, table: str, place: Place, column: str, change: tuple[str, str]) -> None:
        """Change the type of a column together with its values.

        DuckLake itself only reads the old files differently, which it cannot or must not do for most types. So a new
        column, the last one of the table, takes the place of the old one.

        Args:
            database: The database, in a transaction.
            table: The table in SQL.
            place: Where the table is.
            column: Name of the column.
            change: The type in SQL, and an expression that converts the values to it.
        """
        sql_type, conversion = change
        ((name, present, default, is_nullable, comment),) = database.rows(
            "SELECT column_name, data_type, column_default, is_nullable, comment"  # noqa: S608
            f" FROM {database.columns_sql} WHERE {PLACE} AND column_name = ?",
            (*place, column),
        )
        old, new = quote(name), quote(f"{name}_{_NEW}")
        if present in _WIDENED_IN_PLACE and sql_type == BIGINT.sql:
            database.execute(f"ALTER TABLE {table} ALTER COLUMN {old} SET DATA TYPE {sql_type}")
            return
        database.execute(f"ALTER TABLE {table} ADD COLUMN {new} {sql_type}")
        database.execute(f"UPDATE {table} SET {new} = {conversion}")  # noqa: S608
        database.execute(f"ALTER TABLE {table} DROP COLUMN {old}")
        database.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
        if default is not None:
            database.execute(f"ALTER TABLE {table} ALTER COLUMN {old} SET DEFAULT {default}")
        if not is_nullable:
            database.execute(f"ALTER TABLE {table} ALTER COLUMN {old} SET NOT NULL")
        if comment is not None:
            database.execute(f"COMMENT ON COLUMN {table}.{old} IS {literal(comment)}")
