"""Writes Singer messages with few system calls: records are buffered, the few others are not.

What was written before a STATE leaves together with it, so a target never sees a state whose records are still here.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUFFERED_BYTES = 256 * 1024
"""Some pages: the other threads get their turn at each write, and each turn has its price."""
BUFFERED_SECONDS = 5.0
"""A slow source must not leave its rows here for long: targets and people watch them arrive."""


class BufferedWriter(GenericSingerWriter[bytes, Message]):
    """Buffers records until there are enough, until they are old, or until another message."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self._lines: list[bytes] = []
        self._size = 0
        self._flushed_at = time.monotonic()

    def serialize_message(self, message: Message) -> bytes:
        """One message as JSON: Decimal as a number with all its digits, times as RFC 3339."""
        return self._encoder.encode(message.to_dict())

    def write_message(self, message: Message) -> None:
        """Write a message; anything but a RECORD takes everything before it along."""
        self._append(self.serialize_message(message) + b"\n")
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_records(
        self, stream: str, records: Sequence[dict[str, Any]], *, version: int | None, extracted_at: str | None
    ) -> None:
        """Write the RECORD messages of records that have everything else in common."""
        if not records:
            return
        head = self._opened({"type": "RECORD", "stream": stream}) + b',"record":'
        common = (
            {"time_extracted": extracted_at}
            if version is None
            else {"version": version, "time_extracted": extracted_at}
        )
        tail = b"," + self._encoder.encode(common)[1:]
        # All records at once. Inside a JSON text there is no line break, so each one there is ends a record.
        encoded = self._encoder.encode_lines(records).removesuffix(b"\n")
        self._append(b"%b%b%b\n" % (head, encoded.replace(b"\n", tail + b"\n" + head), tail))

    def flush(self) -> None:
        """Hand everything over to standard output."""
        # Looked up late: tests and the SDK put another stream in its place.
        if self._lines:
            sys.stdout.buffer.write(b"".join(self._lines))
            self._lines.clear()
        self._size = 0
        self._flushed_at = time.monotonic()
        sys.stdout.flush()

    def _opened(self, fields: Mapping[str, Any]) -> bytes:
        """An object to which further fields can be appended."""
        return self._encoder.encode(fields)[:-1]

    def _append(self, lines: bytes) -> None:
        self._lines.append(lines)
        self._size += len(lines)
        if self._size >= BUFFERED_BYTES or time.monotonic() - self._flushed_at > BUFFERED_SECONDS:
            self.flush()


def discard_output() -> None:
    """Let nobody be told of a closed pipe once more, when Python flushes standard output in the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
