"""What a run has done to one table so far. It outlives the sinks: each SCHEMA message creates a new one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class TableProgress:
    """A run's progress in one table.

    Attributes:
        stream: Name of the stream that is loaded into the table.
        states_before: Number of STATE messages before its first SCHEMA.
        replaced: Whether ``overwrite`` has replaced the table's rows with those of this run.
        versions: Versions of which rows were received.
        unversioned: Whether a row without a version was received.
        completed: Versions that were activated after their rows.
        announced: Versions that were activated before any of their rows.
        awaited_version: The last of them; None if there is none.
        nulled: Number of values replaced by null, by property.
        rejected: Whether a record was rejected.
        loaded: Number of records loaded.
        deleted: Number of rows deleted, or marked as deleted, because they are not in the active version.
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
        """Whether a version was activated without a single row having been received."""
        return self.awaited_version is not None and not self.has_rows

    def has_begun(self, version: int | None) -> bool:
        """Whether a row of a version was received.

        Args:
            version: The version; None for rows without one.
        """
        return self.unversioned if version is None else version in self.versions

    def completes(self, version: int, *, follows_rows: bool) -> bool:
        """Whether the activation of a version proves by itself that its rows are complete.

        Args:
            version: The version.
            follows_rows: Whether the message came directly after the stream's last row. Streams that are read in parts
                announce their version, after their schema, ahead of each part.

        Returns:
            Whether the version came after its rows.
        """
        return version in self.versions and (follows_rows or version not in self.announced)
