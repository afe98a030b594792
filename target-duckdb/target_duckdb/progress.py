"""What one run has done to one table so far. It outlives the sinks, of which each SCHEMA message makes a new one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class TableProgress:
    """The run's memory of one table.

    Attributes:
        stream: Name of the stream that goes into the table.
        states_before: How many states came before its first schema.
        replaced: Whether ``overwrite`` has put the rows of this run in the place of the table's.
        versions: Versions of which rows were received.
        unversioned: Whether a row without a version was received.
        completed: Versions that were activated after their rows.
        announced: Versions that were activated before any of their rows.
        awaited_version: The last of them; None if there is none.
        nulled: How many values null took the place of, by property.
        rejected: Whether a record was rejected.
        loaded: How many records were loaded.
        deleted: How many rows were deleted, or marked as deleted, because a version lacks them.
    """

    stream: str
    states_before: int = 0
    replaced: bool = False
    versions: set[int] = field(default_factory=set)
    unversioned: bool = False
    completed: set[int] = field(default_factory=set)
    announced: set[int] = field(default_factory=set)
    awaited_version: int | None = None
    nulled: Counter[str] = field(default_factory=Counter)
    rejected: bool = False
    loaded: int = 0
    deleted: int = 0

    @property
    def has_rows(self) -> bool:
        """Whether any row was received."""
        return self.unversioned or bool(self.versions)

    @property
    def awaits_nothing(self) -> bool:
        """Whether a version was activated, and not a single row received."""
        return self.awaited_version is not None and not self.has_rows

    def has_begun(self, version: int | None) -> bool:
        """Whether a row of a version was received.

        Args:
            version: The version; None for rows that have none.
        """
        return self.unversioned if version is None else version in self.versions

    def completes(self, version: int, *, follows_rows: bool) -> bool:
        """Whether a version is activated because its rows are complete, so that it needs no other evidence.

        Args:
            version: The version.
            follows_rows: Whether nothing of the stream came between its last row and the version. Streams that are
                read in parts announce their version, after their schema, ahead of each.

        Returns:
            Whether the version came after its rows.
        """
        return version in self.versions and (follows_rows or version not in self.announced)
