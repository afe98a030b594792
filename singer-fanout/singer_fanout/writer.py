"""Writes Singer messages with few system calls: records are buffered, the few others are not.

What was written before a STATE leaves together with it, so a target never sees a state whose records are still here.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import msgspec
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message

BUFFERED_BYTES = 64 * 1024
BUFFERED_SECONDS = 5.0
"""A slow source must not leave its rows here for long: targets and people watch them arrive."""


class BufferedWriter(GenericSingerWriter[bytes, Message]):
    """Buffers records until there are enough, until they are old, or until another message."""

    def __init__(self) -> None:
        super().__init__()
        self._encode = msgspec.json.Encoder(decimal_format="number").encode
        self._lines: list[bytes] = []
        self._size = 0
        self._flushed_at = time.monotonic()

    def serialize_message(self, message: Message) -> bytes:
        """One message as JSON: Decimal as a number with all its digits, times as RFC 3339."""
        return self._encode(message.to_dict())

    def write_message(self, message: Message) -> None:
        """Write a message; anything but a RECORD takes everything before it along."""
        self._append(self.serialize_message(message))
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_record(self, message: dict[str, Any]) -> None:
        """Write a RECORD that is a plain dict already."""
        self._append(self._encode(message))

    def flush(self) -> None:
        """Hand everything over to standard output."""
        # Looked up late: tests and the SDK put another stream in its place.
        if self._lines:
            self._lines.append(b"")
            sys.stdout.buffer.write(b"\n".join(self._lines))
            self._lines.clear()
        self._size = 0
        self._flushed_at = time.monotonic()
        sys.stdout.flush()

    def _append(self, line: bytes) -> None:
        self._lines.append(line)
        self._size += len(line)
        if self._size >= BUFFERED_BYTES or time.monotonic() - self._flushed_at > BUFFERED_SECONDS:
            self.flush()
