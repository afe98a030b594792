"""Lists that several streams need are read once per run and kept, complete and unchanged, on disk.

Incidents, their updates and their links may all come from the same pages: the first stream reads them, the others
get the same responses again. So parents and children are of the same moment, at one request per page. All lists of a
run share limited room: a list that does not fit is read again by each stream that needs it.
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
"""Bytes of responses kept in memory before they move to a temporary file."""
MOST_KEPT = 512 * 2**20
"""Bytes of responses that are kept at the same time, for all lists together."""
MOST_AHEAD = 64 * 2**20
"""Bytes of a list that are read ahead; the rest is read when a stream consumes it."""
LEAST_IN_MEMORY = 2**20
"""The least that each of many lists may keep in memory: with less, every small list would need a file."""


class _State(Enum):
    """The state of a shared reading."""

    UNREAD = auto()
    AHEAD = auto()
    """A thread of its own is reading it ahead."""
    BEGUN = auto()
    """Its consumers read it, each continuing where the previous one stopped."""
    FAILED = auto()
    """An error ended it for all consumers: it must not look like a complete one."""


class Room:
    """The storage that all lists of a run share.

    Args:
        most: Its size in bytes.

    Attributes:
        used: Bytes in use; may exceed the size by a page or two.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = MOST_KEPT if most is None else most
        self._changing = threading.Lock()
        self.used = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be kept."""
        return self.used >= self._most

    def take(self, size: int) -> None:
        """Note that this many bytes are in use; a negative size frees them."""
        with self._changing:
            self.used += size


class KeptAnswers:
    """Responses kept for later as they came: in memory, or in a temporary file if they are large.

    Args:
        in_memory: Bytes that are kept before they move to the file.
        room: Storage shared with the other lists; unlimited if omitted.

    Attributes:
        size: Bytes kept.
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
        """Keep another response.

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
        """Append to the file; returns the offset."""
        if self._file is None:
            self._file = tempfile.SpooledTemporaryFile(self._in_memory)  # noqa: SIM115 - open for the whole run
            # A failing run does not call `close`.
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
    """A reading that several streams can consume, one after the other.

    Args:
        reading: The list.
        keep: False if there is no further consumer: only what was read ahead is kept then.
        in_memory: Bytes that are kept before they move to a temporary file.
        room: Storage shared with the other lists.
        read: Starts a new reading for each consumer once there is no room left; None keeps the list in any case.
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
        """Whether it ran out of room: nothing of it is kept any more."""

    @property
    def settled(self) -> bool:
        """Whether the list did not change while it was read."""
        return self._reading.settled

    def start(self) -> None:
        """Fetch the first page in the caller's thread, unless it was fetched already.

        An error is kept for all consumers.
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
            # This consumer has moved on, but others may still want the list.
            self._failure, self._state = None, _State.UNREAD
            raise

    def read_ahead(self) -> None:
        """Start reading ahead in a separate thread; what it reads is kept until it is consumed."""
        if self._state is not _State.UNREAD:
            return
        self._state = _State.AHEAD
        threading.Thread(target=self._read_ahead, name="read-ahead", daemon=True).start()

    def __iter__(self) -> Iterator[Answer]:
        """Yield the pages from the first on; those not yet read are read now."""
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
        """Drop what was kept once there is no room, unless another consumer is in the middle of it."""
        if self._room.is_full and self._walks == 1 and self._read is not None:
            self._keep, self._was_too_long = False, True
            self.close()

    def _read_ahead(self) -> None:
        size, state = 0, _State.BEGUN
        try:
            while size < MOST_AHEAD and not self._room.is_full and (answer := self._read_on()) is not None:
                self._store(answer)
                size += len(answer.content)
        except Exception as error:  # noqa: BLE001 - raised where the page is asked for
            self._failure, state = error, _State.FAILED
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def _is_kept(self, position: int) -> bool:
        """Whether a page is kept; waits for the thread that reads ahead."""
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
    """The shared readings of a run, by key.

    Args:
        room: The storage that they share.
    """

    def __init__(self, room: Room | None = None) -> None:
        self._room = room or Room()
        self._readings: dict[Hashable, SharedReading] = {}
        self._begun: set[Hashable] = set()

    def open(self, key: Hashable, read: Callable[[], Reading], *, keep: bool) -> SharedReading:
        """Return the reading for this key, created if there is none yet."""
        self._begun.add(key)
        if key not in self._readings:
            in_memory = max(IN_MEMORY // (1 + len(self._readings)), LEAST_IN_MEMORY)
            self._readings[key] = SharedReading(read(), keep=keep, in_memory=in_memory, room=self._room, read=read)
        return self._readings[key] if keep else self._readings.pop(key)

    def read_ahead(self, key: Hashable, read: Callable[[], Reading], *, keep: bool) -> None:
        """Start reading ahead for this key, to be opened later; does nothing if a reading exists already."""
        if key not in self._begun:
            self._readings[key] = reading = self.open(key, read, keep=keep)
            reading.read_ahead()

    def close(self) -> None:
        """Delete what was kept."""
        for reading in self._readings.values():
            reading.close()
