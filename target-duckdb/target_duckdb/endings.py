"""Which streams were sent to their end, as far as the order of the messages proves it.

The input of a tap that crashes ends like that of a tap that is done. A STATE tells them apart: a tap sends one when it
has finished a stream. It sends others along the way, so only a STATE counts that comes directly after the last message
of the stream, is not one of those sent every N records, and does not itself say that more is to come.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

_USUAL_DISTANCE = 100
"""STATE messages along the way are sent every so many records, or every multiple of it: 100, 1,000, 10,000."""

_WITH_RECORDS = ("RECORD", "BATCH")
_NO_STATE = "no STATE came directly after its last message"
_ONLY_SCHEMA = "nothing but its schema came"
_IN_PARTS = "it came in several parts, and nothing says which was the last"


@dataclass
class _Reading:
    """What has arrived of one stream so far.

    Attributes:
        within: The streams that were open when it began, and those that these began in.
        last: Type of its last message.
        is_closed: Whether the stream, or the part of it that was read for one parent, is known to have ended.
        has_begun: Whether anything but its SCHEMA has arrived.
        is_resumed: Whether another SCHEMA or ACTIVATE_VERSION came after it had been closed.
        versions: Number of ACTIVATE_VERSION messages.
        number: Number of messages with records in its current part.
        at_state: That number when a STATE last came directly after one of them.
        at_earlier_state: The same for the STATE before that one.
        distances: Distances, in messages, between the STATE messages along the way.
        doubt: Why it is not closed.
    """

    within: tuple[str, ...]
    last: str = "SCHEMA"
    is_closed: bool = False
    has_begun: bool = False
    is_resumed: bool = False
    versions: int = 0
    number: int = 0
    at_earlier_state: int = 0
    at_state: int = 0
    distances: set[int] = field(default_factory=set)
    doubt: str = _NO_STATE

    def announce(self, message_type: str) -> None:
        """Take a SCHEMA or an ACTIVATE_VERSION: another part may begin."""
        if self.is_closed and self.has_begun:
            self.is_resumed = True
        if self.within and (self.is_closed or self.at_state == self.number):
            self.number = self.at_earlier_state = self.at_state = 0
        self.versions += message_type == "ACTIVATE_VERSION"
        self._take(message_type)

    def carry(self, message_type: str, count: int) -> None:
        """Take messages with records. A STATE that came before them was one along the way."""
        if self.at_state > self.at_earlier_state:
            self.distances.add(self.at_state - self.at_earlier_state)
            self.at_earlier_state = self.at_state
        self.number += count
        self._take(message_type)

    def close(self, contradiction: str | None) -> None:
        """Take a STATE directly after the last message."""
        if contradiction:
            self.doubt = contradiction
        elif distance := self._periodic_distance():
            unit = "records" if self.last == "RECORD" else "batches"
            self.doubt = f"the STATE after {self.number} {unit} may be one of those sent every {distance}"
        else:
            self.is_closed = True
        if self.last in _WITH_RECORDS:
            self.at_state = self.number

    def hand_back(self, stream: str) -> None:
        """Take note that the next record belongs to another stream.

        If that is the parent, the part that was read for it has ended. There need not be a STATE: the SDK sends none
        that equals the previous one. Parts are recognised by their version, which is announced anew for each of them.
        """
        if stream in self.within and self.versions > 1 and self.last != "SCHEMA":
            self.is_closed = True

    def _take(self, message_type: str) -> None:
        self.last = message_type
        self.is_closed = False
        self.doubt = _NO_STATE
        self.has_begun = self.has_begun or message_type != "SCHEMA"

    def _periodic_distance(self) -> int | None:
        if self.last not in _WITH_RECORDS:
            return None
        distances = sorted(self.distances, reverse=True)
        if self.last == "RECORD":
            distances.append(_USUAL_DISTANCE)
        return next((distance for distance in distances if self.number % distance == 0), None)


class Endings:
    """Follows the messages of an input: it has to see all of them, in order."""

    def __init__(self) -> None:
        self._readings: dict[str, _Reading] = {}
        self._last: str | None = None
        self._counted: str | None = None
        self._count = 0

    def schema(self, stream: str) -> None:
        """Take a SCHEMA.

        Args:
            stream: Name of the stream.
        """
        self._reading(stream).announce("SCHEMA")

    def version(self, stream: str) -> bool:
        """Take an ACTIVATE_VERSION.

        Args:
            stream: Name of the stream.

        Returns:
            Whether the stream's previous message carried records.
        """
        reading = self._reading(stream)
        follows_records = reading.last in _WITH_RECORDS
        reading.announce("ACTIVATE_VERSION")
        return follows_records

    def record(self, stream: str) -> None:
        """Take a RECORD. Nearly all messages are records, so this only counts them.

        Args:
            stream: Name of the stream.
        """
        if stream != self._counted:
            self._note_records()
            self._counted = stream
        self._count += 1

    def batch(self, stream: str) -> None:
        """Take a BATCH.

        Args:
            stream: Name of the stream.
        """
        self._reading(stream).carry("BATCH", 1)

    def state(self, value: Any) -> None:
        """Take a STATE.

        Args:
            value: The state.
        """
        self._note_records()
        if self._last is not None:
            reading = self._readings[self._last]
            if not reading.is_closed:
                reading.close(_contradiction(value, self._last, is_within=bool(reading.within)))

    def doubt(self, stream: str) -> str | None:
        """Why a stream may have been cut short.

        Args:
            stream: Name of the stream.

        Returns:
            The reason, to follow "because"; None if the stream was sent to its end.
        """
        self._note_records()
        reading = self._readings.get(stream)
        if reading is None or not reading.has_begun:
            return _ONLY_SCHEMA
        return self._doubt_of(reading)

    def _doubt_of(self, reading: _Reading) -> str | None:
        if not reading.is_closed:
            return reading.doubt
        if reading.is_resumed and not reading.within:
            return _IN_PARTS
        for outer in reading.within:
            other = self._readings[outer]
            if not other.is_closed:
                return f"it began while {outer!r} was open, which is not known to have ended: {other.doubt}"
        return None

    def _reading(self, stream: str) -> _Reading:
        self._note_records()
        reading = self._readings.get(stream)
        if reading is None:
            is_open = [name for name, other in self._readings.items() if not other.is_closed]
            outer = itertools.chain(is_open, *(self._readings[name].within for name in is_open))
            reading = self._readings[stream] = _Reading(tuple(dict.fromkeys(outer)))
        self._last = stream
        return reading

    def _note_records(self) -> None:
        if self._counted is not None:
            stream, count = self._counted, self._count
            self._counted, self._count = None, 0
            if self._last is not None and self._last != stream:
                self._readings[self._last].hand_back(stream)
            self._reading(stream).carry("RECORD", count)


def _contradiction(state: Any, stream: str, *, is_within: bool) -> str | None:
    """What a state says of a stream that is not finished."""
    if not isinstance(state, dict):
        return None
    if state.get("currently_syncing") == stream:
        return "the STATE after its last message says that it is being read"
    bookmarks = state.get("bookmarks")
    bookmark = bookmarks.get(stream) if isinstance(bookmarks, dict) else None
    if not isinstance(bookmark, dict):
        return None
    if "progress_markers" in bookmark:
        return "the STATE after its last message says that it is being read"
    if bookmark.get("partitions") and not is_within:
        return _IN_PARTS
    return None
