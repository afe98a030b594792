"""What a database keeps tables in: here DuckDB's own format, in a file or in memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from target_duckdb.names import folded, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_duckdb.column_types import ColumnType
    from target_duckdb.database import Database, Place

# lower() would change letters beyond ASCII, too, which DuckDB does not do when it compares names.
PLACE = f"database_name = ? AND {folded('schema_name')} = ? AND {folded('table_name')} = ?"
"""Condition on the rows about one table in DuckDB's catalog; its parameters are a place."""


class Storage:
    """DuckDB's own tables."""

    def columns_sql(self, database: Database) -> str:
        """A relation that describes all columns.

        Args:
            database: The database.
        """
        # Before version 2 DuckDB does not say which ones are generated.
        if "is_generated" in database.names_of_columns("duckdb_columns()"):
            return "duckdb_columns()"
        return (
            "(SELECT c.*, contains(t.sql, concat(' ', c.data_type, ' GENERATED ALWAYS AS(')) AND c.column_default"
            " IS NOT NULL AND NOT contains(t.sql, concat('DEFAULT(', c.column_default, ')')) AS is_generated"
            " FROM duckdb_columns() AS c LEFT JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name))"
        )

    def kept(self, column_type: ColumnType) -> ColumnType:
        """The type of the column that keeps all values of a type.

        Args:
            column_type: The type of the values.
        """
        return column_type

    def compared(self, column_type: ColumnType) -> ColumnType:
        """The type of a key's column, whose values are compared with those in the table.

        Args:
            column_type: The type of the column.
        """
        return column_type

    def change_type(self, database: Database, table: str, place: Place, column: str, change: tuple[str, str]) -> None:
        """Change the type of a column together with its values.

        Args:
            database: The database, in a transaction.
            table: The table in SQL.
            place: Where the table is.
            column: Name of the column.
            change: The type in SQL, and an expression that converts the values to it.
        """
        sql_type, conversion = change
        with self._without_indexes(database, place):
            database.execute(
                f"ALTER TABLE {table} ALTER COLUMN {quote(column)} SET DATA TYPE {sql_type} USING {conversion}"
            )

    @contextmanager
    def _without_indexes(self, database: Database, place: Place) -> Iterator[None]:
        """Drop the table's indexes and recreate them afterwards: DuckDB alters no column of an indexed table."""
        indexes = database.rows(
            f"SELECT schema_name, index_name, sql FROM duckdb_indexes() WHERE {PLACE} AND sql IS NOT NULL",  # noqa: S608
            place,
        )
        for schema, name, _ in indexes:
            database.execute(f"DROP INDEX {quote(place[0])}.{quote(schema)}.{quote(name)}")
        yield
        for _, _, sql in indexes:
            database.execute(sql)
