"""The files of a lake: each batch writes one, and readers want few large ones."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from target_duckdb.errors import DatabaseError
from target_duckdb.names import literal
from target_duckdb.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_duckdb.database import Database
    from target_duckdb.names import TableName

logger = logging.getLogger(__name__)

_MANY = 4
"""Number of small files that are worth merging."""
_SMALL = 32 * 1024 * 1024
"""Bytes from which on a file is left alone, so that a run does not write a large table anew for a few rows."""
_MOSTLY_DELETED = 0.5
_DAYS_FOR_READERS = 1
"""Readers may still be at work on files that no snapshot needs any more."""


class LakeFiles:
    """Keeps a lake's files few and large, with DuckLake's own functions.

    A failure is a warning: the rows are in the lake, and the next run tries again.

    Args:
        lake: DuckDB's name for the lake.
        expire_older_than_days: Age from which on snapshots expire; None if they are kept.
    """

    def __init__(self, lake: str, expire_older_than_days: float | None) -> None:
        self._lake = lake
        self._days = expire_older_than_days

    def tidy(self, database: Database, tables: Iterable[TableName], before_each: Callable[[], None]) -> None:
        """Merge small files of tables, expire snapshots, and remove files that no snapshot needs.

        Args:
            database: The database.
            tables: The tables that have changed.
            before_each: Called before each step. An exception it raises ends the work.
        """
        alone = functools.partial(database.atomically, place=(self._lake, "", ""))
        for table in tables:
            before_each()
            merge = functools.partial(self._merge, database, table)
            self._try(f"the files of {table} are not merged", Table(database, table).atomically, merge)
        if self._days is not None:
            before_each()
            expire = f"CALL ducklake_expire_snapshots('{self._lake}', older_than => {_days_ago(self._days)})"
            self._try("old snapshots do not expire", alone, lambda: database.execute(expire))
        before_each()
        clean = f"CALL ducklake_cleanup_old_files('{self._lake}', older_than => {_days_ago(_DAYS_FOR_READERS)})"
        self._try("files that no snapshot needs are not removed", alone, lambda: database.execute(clean))

    @staticmethod
    def _try(failure: str, atomically: Callable[[str, Callable[[], None]], None], work: Callable[[], None]) -> None:
        try:
            atomically(failure, work)
        except DatabaseError as error:
            logger.warning("all rows are in the lake, but %s", error)

    def _merge(self, database: Database, table: TableName) -> None:
        """Merge the small files of a table. Those with deleted rows have to be rewritten first."""
        where = f"'{self._lake}', {literal(table.table)}, schema => {literal(table.schema)}"
        with_deleted = self._sizes(database, where, "delete_file IS NOT NULL")
        if with_deleted:
            are_small = len(with_deleted) >= _MANY and sum(with_deleted) < len(with_deleted) * _SMALL
            threshold = 0 if are_small else _MOSTLY_DELETED
            database.execute(f"CALL ducklake_rewrite_data_files({where}, delete_threshold => {threshold})")
        if len(self._sizes(database, where, f"delete_file IS NULL AND data_file_size_bytes < {_SMALL}")) >= _MANY:
            database.execute(f"CALL ducklake_merge_adjacent_files({where}, max_file_size => {_SMALL})")

    @staticmethod
    def _sizes(database: Database, where: str, condition: str) -> list[int]:
        query = f"SELECT data_file_size_bytes FROM ducklake_list_files({where}) WHERE {condition}"  # noqa: S608
        return [size for (size,) in database.rows(query)]


def _days_ago(days: float) -> str:
    return f"now() - to_seconds({days * 86_400})"
