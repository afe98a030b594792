"""Writes Singer messages with few system calls: only records are buffered.

A STATE flushes everything before it, so a target never gets a state whose records are still buffered.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.encoding.simple import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUFFERED_BYTES = 256 * 1024
"""A few pages: each write hands the interpreter to another thread, which has its cost."""
BUFFERED_SECONDS = 5.0
"""Rows of a slow source must not wait here for long: targets and people watch them arrive."""


class BufferedWriter(GenericSingerWriter[bytes, Message]):
    """Buffers records until there are enough, until they are old, or until another type of message follows."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self._lines: list[bytes] = []
        self._size = 0
        self._flushed_at = time.monotonic()

    def serialize_message(self, message: Message) -> bytes:
        """Serialize a message as JSON: Decimal as a number with all its digits, times as RFC 3339."""
        return self._encoder.encode(message.to_dict() if isinstance(message, RecordMessage) else _fields(message))

    def write_message(self, message: Message) -> None:
        """Write a message; anything but a RECORD flushes the buffer."""
        self._append(self.serialize_message(message) + b"\n")
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_records(
        self, stream: str, records: Sequence[dict[str, Any]], *, version: int | None, extracted_at: str | None
    ) -> None:
        """Write the RECORD messages of records that share all other fields of the message."""
        if not records:
            return
        head = self._opened({"type": "RECORD", "stream": stream}) + b',"record":'
        common = (
            {"time_extracted": extracted_at}
            if version is None
            else {"version": version, "time_extracted": extracted_at}
        )
        tail = b"," + self._encoder.encode(common)[1:]
        # All records at once. JSON contains no raw line breaks, so each one ends a record.
        encoded = self._encoder.encode_lines(records).removesuffix(b"\n")
        self._append(b"%b%b%b\n" % (head, encoded.replace(b"\n", tail + b"\n" + head), tail))

    def flush(self) -> None:
        """Write everything to standard output."""
        # Looked up late: tests and the SDK replace it.
        if self._lines:
            sys.stdout.buffer.write(b"".join(self._lines))
            self._lines.clear()
        self._size = 0
        self._flushed_at = time.monotonic()
        sys.stdout.flush()

    def _opened(self, fields: Mapping[str, Any]) -> bytes:
        """The start of a JSON object, to which further fields can be appended."""
        return self._encoder.encode(fields)[:-1]

    def _append(self, lines: bytes) -> None:
        self._lines.append(lines)
        self._size += len(lines)
        if self._size >= BUFFERED_BYTES or time.monotonic() - self._flushed_at > BUFFERED_SECONDS:
            self.flush()


def _fields(message: Message) -> dict[str, Any]:
    """The fields of a message that have a value; the SDK's `to_dict` would copy a schema or a state key by key."""
    named = ((field.name, getattr(message, field.name)) for field in fields(message))
    return {name: value for name, value in named if value is not None}


def discard_output() -> None:
    """Keep Python from reporting a broken pipe again when it flushes standard output at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
