"""The output of a tap."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Heading(msgspec.Struct):
    type: str
    stream: str = ""


class Output:
    """The messages of a run, read line by line: the benchmark must use less memory than the taps that it measures.

    Args:
        path: A file of Singer messages.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def bytes(self) -> int:
        """Size of the file."""
        return self.path.stat().st_size

    @cached_property
    def messages(self) -> Counter[tuple[str, str]]:
        """Number of messages of each type and stream; a STATE belongs to no stream ("")."""
        decode = msgspec.json.Decoder(_Heading).decode
        with self.path.open("rb") as lines:
            return Counter((heading.type, heading.stream) for heading in map(decode, lines))

    @property
    def rows(self) -> int:
        """Number of records, of all streams."""
        return sum(count for (kind, _), count in self.messages.items() if kind == "RECORD")

    def records(self) -> Iterator[tuple[str, Any]]:
        """Stream and record of each RECORD, in order."""
        for message in self._decoded():
            if message["type"] == "RECORD":
                yield message["stream"], message["record"]

    def same_records(self, other: Output) -> bool:
        """Whether another run has written the same records in the same order."""
        return all(mine == theirs for mine, theirs in zip_longest(self.records(), other.records()))

    @property
    def final_state(self) -> Any:
        """The last STATE."""
        states = (message["value"] for message in self._decoded() if message["type"] == "STATE")
        state = None
        for state in states:  # noqa: B007 - the last one is wanted
            pass
        return state

    def _decoded(self) -> Iterator[dict[str, Any]]:
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        with self.path.open("rb") as lines:
            yield from map(decode, lines)
