"""Lists that several streams are made of are read once in a run and kept, whole and unchanged, on disk.

Incidents, their updates and their links may all come from the same pages: whoever asks first reads them, the
others get the same answers again. So parents and children are of one moment, and cost one request a page.
"""

from __future__ import annotations

import tempfile
import weakref
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, cast

from singer_fanout.client import Answer, decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from singer_fanout.pagination import Reading

IN_MEMORY = 8 * 2**20
"""Bytes of answers kept in memory before they move to a temporary file."""
LEAST_IN_MEMORY = 2**20
"""The same for each of many lists: less would take a file for every small one."""


class SharedReading:
    """A reading that can be walked by several streams, one after the other.

    Args:
        reading: The list.
        keep: False when nobody else will ask: nothing is kept then.
        in_memory: Bytes that are kept before they move to a temporary file.
    """

    def __init__(self, reading: Reading, *, keep: bool, in_memory: int | None = None) -> None:
        self._in_memory = IN_MEMORY if in_memory is None else in_memory
        self._reading = reading
        self._live = iter(reading)
        self._keep = keep
        self._started = False
        self._kept: list[_Kept] = []
        self._failure: Exception | None = None
        self._file: tempfile.SpooledTemporaryFile[bytes] | None = None

    @property
    def settled(self) -> bool:
        """Whether the list held still while it was read."""
        return self._reading.settled

    def start(self) -> None:
        """Fetch the first page in the caller's thread, if nobody has asked for it yet.

        An error is kept for all who want the list.
        """
        if self._failure is not None:
            raise self._failure
        if self._started:
            return
        self._started = True
        try:
            self._reading.start()
        except Exception as error:
            self._failure = error
            raise

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages from the first; those that nobody has read yet are read now."""
        position = 0
        while True:
            if position < len(self._kept):
                yield self._load(self._kept[position])
            else:
                answer = self._read_on()
                if answer is None:
                    return
                if self._keep:
                    self._store(answer)
                yield answer
            position += 1

    def close(self) -> None:
        """Delete what was kept."""
        if self._file is not None:
            self._file.close()

    def _read_on(self) -> Answer | None:
        # A reading that failed for one stream has failed for all: it must not look like one that has ended.
        self._started = True
        if self._failure is not None:
            raise self._failure
        try:
            return next(self._live, None)
        except Exception as error:
            self._failure = error
            raise

    def _store(self, answer: Answer) -> None:
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(self._in_memory)  # noqa: SIM115 - lives as long as the run
            # A run that fails closes nothing.
            weakref.finalize(self, self._file.close)
        start = self._file.seek(0, 2)
        self._file.write(answer.content)
        self._kept.append(_Kept(start, len(answer.content), replace(answer, content=b"", body=None)))

    def _load(self, kept: _Kept) -> Answer:
        file = cast("IO[bytes]", self._file)
        file.seek(kept.start)
        content = file.read(kept.size)
        return replace(kept.answer, content=content, body=decode_json(content))


@dataclass(frozen=True)
class _Kept:
    start: int
    size: int
    answer: Answer


class SharedReadings:
    """The readings of a run, by what was asked for."""

    def __init__(self) -> None:
        self._readings: dict[Hashable, SharedReading] = {}

    def open(self, key: Hashable, read: Callable[[], Reading], *, keep: bool) -> SharedReading:
        """The reading for this key, started now if nobody has asked for it yet."""
        if not keep:
            return SharedReading(read(), keep=False)
        if key not in self._readings:
            in_memory = max(IN_MEMORY // (1 + len(self._readings)), LEAST_IN_MEMORY)
            self._readings[key] = SharedReading(read(), keep=True, in_memory=in_memory)
        return self._readings[key]

    def close(self) -> None:
        """Delete what was kept."""
        for reading in self._readings.values():
            reading.close()
