"""The summary that a tap writes about its run for other programs, which the campaign verifies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

READ = "read"
COMPLETE, PARTIAL = "complete", "partial_failure"


@dataclass(frozen=True)
class Told:
    """The summary of a run.

    Attributes:
        outcome: The outcome.
        exit_code: The exit code that the tap has announced.
        streams: The entry of each stream.
    """

    outcome: str
    exit_code: int
    streams: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, file: Path) -> Told | None:
        """Read the summary in a file; None if the run was killed before it could write one."""
        if not file.exists():
            return None
        content = json.loads(file.read_text())
        return cls(content["outcome"], content["exit_code"], content["streams"])

    @property
    def failures(self) -> set[str]:
        """The streams that failed at least in part."""
        return {name for name, stream in self.streams.items() if stream["failures"]}

    @property
    def read_whole(self) -> set[str]:
        """The streams reported as complete; none if the run ended before it had read them all."""
        if self.outcome not in {COMPLETE, PARTIAL}:
            return set()
        return {name for name, one in self.streams.items() if one["outcome"] == READ and not one["left_out"]}

    @property
    def deleted(self) -> set[str]:
        """The streams whose rows are reported as deleted where they no longer exist at the source."""
        return {name for name in self.read_whole if self.streams[name]["deletes_seen"]}
