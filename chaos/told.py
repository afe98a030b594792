"""What a tap says of its run in the file for programs, which the campaign takes at its word and checks."""

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
        outcome: How it ended.
        exit_code: The exit code that the tap has announced.
        streams: What is told of each stream.
    """

    outcome: str
    exit_code: int
    streams: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, file: Path) -> Told | None:
        """The summary that stands in a file; None where a run was killed before it could write one."""
        if not file.exists():
            return None
        content = json.loads(file.read_text())
        return cls(content["outcome"], content["exit_code"], content["streams"])

    @property
    def failures(self) -> set[str]:
        """The streams that failed, or parts of which did."""
        return {name for name, stream in self.streams.items() if stream["failures"]}

    @property
    def read_whole(self) -> set[str]:
        """The streams of which nothing is said to be missing; none where the run ended before it had read them all."""
        if self.outcome not in {COMPLETE, PARTIAL}:
            return set()
        return {name for name, one in self.streams.items() if one["outcome"] == READ and not one["left_out"]}

    @property
    def deleted(self) -> set[str]:
        """The streams whose rows are said to be deleted where the source has them no longer."""
        return {name for name in self.read_whole if self.streams[name]["deletes_seen"]}
