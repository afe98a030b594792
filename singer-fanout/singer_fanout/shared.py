"""Lists that several streams are made of are read once in a run and kept, whole and unchanged, on disk.

Incidents, their updates and their links may all come from the same pages: whoever asks first reads them, the
others get the same answers again. So parents and children are of one moment, and cost one request a page. For all lists
of a run there is so much room: what does not fit is read again by whoever wants it.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import IO, TYPE_CHECKING, cast

from singer_fanout.errors import ApiError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from singer_fanout.client import Answer
    from singer_fanout.readings import Reading

IN_MEMORY = 8 * 2**20
"""Bytes of answers kept in memory before they move to a temporary file."""
MOST_KEPT = 512 * 2**20
"""Bytes of answers that are kept at the same time, for all lists together."""
MOST_AHEAD = 64 * 2**20
"""Bytes of a list that are read before it is asked for; the rest is read when it is."""
LEAST_IN_MEMORY = 2**20
"""The same for each of many lists: less would take a file for every small one."""


class _State(Enum):
    """How far a shared reading is."""

    UNREAD = auto()
    AHEAD = auto()
    """A thread of its own reads it, before anybody asks."""
    BEGUN = auto()
    """Whoever walks it reads on where the one before has stopped."""
    FAILED = auto()
    """An error has ended it, for all who want it: it must not look like one that has come to its end."""


class Room:
    """What may be kept by all lists of a run together.

    Args:
        most: Bytes.

    Attributes:
        used: Bytes that are kept now; those of a page or two more than there is room for.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = MOST_KEPT if most is None else most
        self._changing = threading.Lock()
        self.used = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be kept."""
        return self.used >= self._most

    def take(self, size: int) -> None:
        """Note that so many bytes are kept, or no longer kept where it is less than none."""
        with self._changing:
            self.used += size


class KeptAnswers:
    """Answers that are kept for later, as they came: in memory, and in a temporary file where they are many.

    Args:
        in_memory: Bytes that are kept before they move to the file.
        room: What there is for this list and all others; without one it is not limited.

    Attributes:
        size: The bytes that are kept.
    """

    def __init__(self, in_memory: int | None = None, room: Room | None = None) -> None:
        self._in_memory = IN_MEMORY if in_memory is None else in_memory
        self._room = room or Room()
        self.size = 0
        self._places: list[_Place] = []
        self._file: tempfile.SpooledTemporaryFile[bytes] | None = None

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, position: int) -> Answer:
        place, file = self._places[position], cast("IO[bytes]", self._file)
        file.seek(place.start)
        return replace(place.answer, content=file.read(place.size))

    def append(self, answer: Answer) -> None:
        """Keep one more.

        Raises:
            ApiError: There is no room for it.
        """
        try:
            start = self._write(answer.content)
        except OSError as error:
            raise ApiError(
                f"Answers that are needed later cannot be kept in temporary files: {error}. "
                "Set TMPDIR in the environment to another folder"
            ) from None
        self._places.append(_Place(start, len(answer.content), replace(answer, content=b"")))
        self.size += len(answer.content)
        self._room.take(len(answer.content))

    def close(self) -> None:
        """Delete them."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._places.clear()
        self._room.take(-self.size)
        self.size = 0

    def _write(self, content: bytes) -> int:
        """Write to the end of the file; returns where that was."""
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(self._in_memory)  # noqa: SIM115 - lives as long as the run
            # A run that fails closes nothing.
            weakref.finalize(self, self._file.close)
        start = self._file.seek(0, 2)
        self._file.write(content)
        return start


@dataclass(frozen=True)
class _Place:
    start: int
    size: int
    answer: Answer


class SharedReading:
    """A reading that can be walked by several streams, one after the other.

    Args:
        reading: The list.
        keep: False when nobody else will ask: nothing is kept then but what was read ahead.
        in_memory: Bytes that are kept before they move to a temporary file.
        room: What there is for this list and all others.
        read: Begins to read the list again, for each who asks when there is no more room; None keeps it in any case.
    """

    def __init__(
        self,
        reading: Reading,
        *,
        keep: bool,
        in_memory: int | None = None,
        room: Room | None = None,
        read: Callable[[], Reading] | None = None,
    ) -> None:
        self._read = read
        self._reading = reading
        self._live = iter(reading)
        self._keep = keep
        self._room = room or Room()
        self._state = _State.UNREAD
        self._changed = threading.Condition()
        self._kept = KeptAnswers(in_memory, self._room)
        self._failure: Exception | None = None
        self._walks = 0
        self._was_too_long = False
        """Whether there was no room for it: nothing is kept of it any more."""

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
        if self._state is not _State.UNREAD:
            return
        self._state = _State.BEGUN
        try:
            with self._failing_for_all():
                self._reading.start()
        except StoppedError:
            # Who asked has gone on: others may still want the list.
            self._failure, self._state = None, _State.UNREAD
            raise

    def read_ahead(self) -> None:
        """Begin to read in a thread of its own, before anybody asks; what it reads is kept until then."""
        if self._state is not _State.UNREAD:
            return
        self._state = _State.AHEAD
        threading.Thread(target=self._read_ahead, name="read-ahead", daemon=True).start()

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages from the first; those that nobody has read yet are read now."""
        if self._was_too_long and self._read is not None:
            self._reading = self._read()
            yield from self._reading
            return
        self._walks += 1
        try:
            yield from self._walk()
        finally:
            self._walks -= 1

    def _walk(self) -> Iterator[Answer]:
        position = 0
        while True:
            if self._is_kept(position):
                yield self._load(position)
            else:
                answer = self._read_on()
                if answer is None:
                    break
                if self._keep:
                    self._store(answer)
                    self._give_up_if_too_long()
                yield answer
            position += 1
        if not self._keep:
            self.close()

    def close(self) -> None:
        """Delete what was kept."""
        self._kept.close()

    def _give_up_if_too_long(self) -> None:
        """Keep nothing any longer when there is no room, unless somebody else is on the way through it."""
        if self._room.is_full and self._walks == 1 and self._read is not None:
            self._keep, self._was_too_long = False, True
            self.close()

    def _read_ahead(self) -> None:
        size, state = 0, _State.BEGUN
        try:
            while size < MOST_AHEAD and not self._room.is_full and (answer := self._read_on()) is not None:
                self._store(answer)
                size += len(answer.content)
        except Exception as error:  # noqa: BLE001 - raised where the page is asked for that could not be read or kept
            self._failure, state = error, _State.FAILED
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def _is_kept(self, position: int) -> bool:
        """Whether a page was read before; waits for the thread that reads ahead."""
        with self._changed:
            self._changed.wait_for(lambda: position < len(self._kept) or self._state is not _State.AHEAD)
            return position < len(self._kept)

    def _read_on(self) -> Answer | None:
        if self._failure is not None:
            raise self._failure
        if self._state is _State.UNREAD:
            self._state = _State.BEGUN
        with self._failing_for_all():
            return next(self._live, None)

    @contextmanager
    def _failing_for_all(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._failure, self._state = error, _State.FAILED
            raise

    def _store(self, answer: Answer) -> None:
        with self._changed:
            self._kept.append(answer)
            self._changed.notify_all()

    def _load(self, position: int) -> Answer:
        with self._changed:
            return self._kept[position]


class SharedReadings:
    """The readings of a run, by what was asked for.

    Args:
        room: What they may keep together.
    """

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self._readings: dict[Hashable, SharedReading] = {}
        self._begun: set[Hashable] = set()

    def open(self, key: Hashable, read: Callable[[], Reading], *, keep: bool) -> SharedReading:
        """The reading for this key, started now if nobody has asked for it yet."""
        self._begun.add(key)
        if key not in self._readings:
            in_memory = max(IN_MEMORY // (1 + len(self._readings)), LEAST_IN_MEMORY)
            self._readings[key] = SharedReading(read(), keep=keep, in_memory=in_memory, room=self._room, read=read)
        return self._readings[key] if keep else self._readings.pop(key)

    def read_ahead(self, key: Hashable, read: Callable[[], Reading], *, keep: bool) -> None:
        """Begin with the reading for this key, to be opened later; with one that was begun before there is no hurry."""
        if key not in self._begun:
            self._readings[key] = reading = self.open(key, read, keep=keep)
            reading.read_ahead()

    def close(self) -> None:
        """Delete what was kept."""
        for reading in self._readings.values():
            reading.close()
