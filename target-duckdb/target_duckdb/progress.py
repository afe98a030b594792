"""What one run has done to one table so far. It outlives the sinks, of which each SCHEMA message makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class TableProgress:
    """The run's memory of one table.

    Attributes:
        stream: Name of the stream that goes into the table.
        replaced: Whether ``overwrite`` has emptied the table yet.
        versions: Versions of which rows were received.
        unversioned: Whether a row without a version was received.
        awaited_version: A version that was activated before any of its rows; None if there is none.
    """

    stream: str
    replaced: bool = False
    versions: set[int] = field(default_factory=set)
    unversioned: bool = False
    awaited_version: int | None = None
