"""The files of a lake: each batch writes one, and readers want few large ones."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

import duckdb

from target_duckdb.errors import DatabaseError
from target_duckdb.names import literal
from target_duckdb.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from target_duckdb.database import Database
    from target_duckdb.names import TableName

    Atomically: TypeAlias = Callable[[str, Callable[[], None]], None]

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
        self._has_ended = False

    def tidy(self, database: Database, tables: Iterable[TableName], before_each: Callable[[], None]) -> None:
        """Merge small files of tables, expire snapshots, and remove files that no snapshot needs.

        Args:
            database: The database.
            tables: The tables that have changed.
            before_each: Called before each step. An exception it raises ends the work.
        """
        alone = functools.partial(database.atomically, place=(self._lake, "", ""))
        for table in tables:
            for step in (self._write_without_deleted_rows, self._merge_small_files):
                before_each()
                work = functools.partial(step, database, table)
                self._try(f"the files of {table} are not merged", Table(database, table).atomically, work)
        if self._days is not None:
            before_each()
            expire = f"CALL ducklake_expire_snapshots('{self._lake}', older_than => {_days_ago(self._days)})"
            self._try("old snapshots do not expire", alone, lambda: database.execute(expire))
        before_each()
        clean = f"CALL ducklake_cleanup_old_files('{self._lake}', older_than => {_days_ago(_DAYS_FOR_READERS)})"
        self._try("files that no snapshot needs are not removed", alone, lambda: database.execute(clean))

    def _try(self, failure: str, atomically: Atomically, work: Callable[[], None]) -> None:
        if self._has_ended:
            return
        try:
            atomically(failure, work)
        except DatabaseError as error:
            logger.warning("all rows are in the lake, but %s", error)
            # After an error of its own, DuckDB refuses everything else.
            self._has_ended = isinstance(error.__cause__, duckdb.FatalException | duckdb.InternalException)

    def _write_without_deleted_rows(self, database: Database, table: TableName) -> None:
        """Write files anew without their deleted rows: DuckLake does not merge files that have some."""
        where = self._where(table)
        with_deleted = self._sizes(database, where, "delete_file IS NOT NULL")
        if with_deleted:
            are_small = len(with_deleted) >= _MANY and sum(with_deleted) < len(with_deleted) * _SMALL
            threshold = 0 if are_small else _MOSTLY_DELETED
            database.execute(f"CALL ducklake_rewrite_data_files({where}, delete_threshold => {threshold})")

    def _merge_small_files(self, database: Database, table: TableName) -> None:
        where = self._where(table)
        if len(self._sizes(database, where, f"delete_file IS NULL AND data_file_size_bytes < {_SMALL}")) >= _MANY:
            database.execute(f"CALL ducklake_merge_adjacent_files({where}, max_file_size => {_SMALL})")

    def _where(self, table: TableName) -> str:
        return f"'{self._lake}', {literal(table.table)}, schema => {literal(table.schema)}"

    @staticmethod
    def _sizes(database: Database, where: str, condition: str) -> list[int]:
        query = f"SELECT data_file_size_bytes FROM ducklake_list_files({where}) WHERE {condition}"  # noqa: S608
        return [size for (size,) in database.rows(query)]


def _days_ago(days: float) -> str:
    return f"now() - to_seconds({days * 86_400})"
