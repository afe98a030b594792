"""Rejected records, if they are to be set aside: a table lists them with the reason and the line."""

from __future__ import annotations

import functools
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from target_duckdb.batch import Batch
from target_duckdb.column_types import BIGINT, JSON, TEXT, TIMESTAMP
from target_duckdb.names import DEFAULT_SCHEMA, TableName
from target_duckdb.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_duckdb.database import Database

TABLE = "_sdc_rejected"
_COLUMNS = [
    Column("stream", "stream", TEXT, "Stream that the record belongs to"),
    Column("line", "line", BIGINT, "Number of the line of input that brought it, counted from 1"),
    Column("reason", "reason", TEXT, "Why it was rejected"),
    Column("record", "record", JSON, "The record, after stream maps"),
    Column("rejected_at", "rejected_at", TIMESTAMP, "When it was rejected"),
]


class Rejects:
    """The records that one run rejects.

    Args:
        schema: Schema of the table; None for the default one.

    Attributes:
        table: Name of the table.
        counts: Number of rejected records by stream.
    """

    def __init__(self, schema: str | None) -> None:
        self.table = TableName(schema or DEFAULT_SCHEMA, TABLE)
        self.counts: Counter[str] = Counter()
        self._batch = Batch(_COLUMNS, ())

    @property
    def waiting(self) -> int:
        """Number of records that are not written yet."""
        return len(self._batch)

    def add(self, stream: str, line: int, reason: str, record: dict[str, Any]) -> None:
        """Keep a record.

        Args:
            stream: The stream it belongs to.
            line: Line number of the message that carried it.
            reason: Why it is rejected.
            record: The record.
        """
        self.counts[stream] += 1
        self._batch.append((stream, line, reason, JSON.convert(record), datetime.now(tz=timezone.utc)))

    def hand_over(self, database: Database) -> Callable[[], None] | None:
        """Hand over the records that are not written yet.

        Args:
            database: Where to write them.

        Returns:
            A function that writes them; None if there are none.
        """
        if not self.waiting:
            return None
        batch, self._batch = self._batch, Batch(_COLUMNS, ())
        purpose = f"cannot load {len(batch)} rejected records into {self.table}"
        table = Table(database, self.table)
        return functools.partial(table.atomically, purpose, functools.partial(self._write, database, table, batch))

    @staticmethod
    def _write(database: Database, table: Table, batch: Batch) -> None:
        if not table.columns():
            table.create(_COLUMNS)
        batch.append_to(database, table)
