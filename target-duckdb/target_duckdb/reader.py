"""Parses lines into messages: without loss of digits, and with their line numbers.

A number with a fraction or an exponent is parsed as a ``Decimal``, so that no digit is lost before its column is known.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NoReturn

import msgspec
from singer_sdk.singerlib import SingerMessageType
from singer_sdk.singerlib.encoding import GenericSingerReader

from target_duckdb.errors import InputError, shorten
from target_duckdb.lines import lines_of
from target_duckdb.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

logger = logging.getLogger(__name__)

_BEYOND = Decimal(sys.float_info.max) + Decimal("1e291")  # from here on, a number rounds to an infinite double
_RECORD = SingerMessageType.RECORD.value
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class RecordLine(msgspec.Struct):
    """A message whose record is not decoded yet.

    Attributes:
        type: Type of the message: any, not only RECORD.
        stream: Name of the stream.
        record: The record as JSON; empty if there is none.
        version: Version of the record.
        time_extracted: When the tap extracted the record.
    """

    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw()
    version: Any = None
    time_extracted: Any = None


class State(dict[str, Any]):
    """A state, and the exact text in which it was sent.

    Attributes:
        text: The state as JSON on one line.
    """

    def __init__(self, value: Mapping[str, Any], text: str) -> None:
        """Store both.

        Args:
            value: The state.
            text: The same as JSON.
        """
        super().__init__(value)
        self.text = text


class _StateLine(msgspec.Struct):
    value: msgspec.Raw


_decode_state_line = msgspec.json.Decoder(_StateLine).decode
_decode_line = msgspec.json.Decoder(RecordLine, float_hook=Decimal).decode


class MessageReader(GenericSingerReader[bytes]):
    """Reads Singer messages from standard input or a file, one per line.

    Attributes:
        line_number: Number of the line that is being processed, counted from 1; 0 before the first line.
        line_size: Size of that line in bytes (characters, for a file opened as text).
        take_record: Takes a RECORD whose record is not decoded yet and the size of its line, or returns False. It is
            called before the callbacks.
        while_waiting: Called while no input is available. It does what is due, and returns the number of seconds
            after which to call it again; None if not before the next input.
        stop: Checked before every line.
    """

    def __init__(self) -> None:
        super().__init__()
        self.take_record: Callable[[RecordLine, int], bool] = _take_nothing
        self.while_waiting: Callable[[], float | None] = _wait_for_ever
        self.stop = Stop()
        self.line_number = 0
        self.line_size = 0
        self._line: bytes | str = b""
        self._warned_about_surrogates = False

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input in binary mode."""
        return sys.stdin.buffer

    def process_lines(
        self,
        file_input: IO[bytes] | None,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
    ) -> Counter[str]:
        """Pass every message to the callback for its type. Blank lines are skipped.

        Args:
            file_input: Where to read from; standard input when None.
            callbacks: What to call for each message type.

        Returns:
            Number of messages of each type.

        Raises:
            InputError: A line is not a Singer message.
            Terminated: The process was asked to stop.
        """
        stop = self.stop
        seen: Counter[str] = Counter()
        records = 0
        lines = self._lines_of_standard_input() if file_input is None else file_input
        for number, line in enumerate(lines, start=1):
            if stop.signum is not None:
                break
            self.line_number, self.line_size = number, len(line)
            if self._is_taken(line):
                records += 1
                continue
            if not line or line.isspace():
                continue
            self._line = line
            message = self.deserialize_json(line)
            message_type = message.get("type")
            callback = callbacks.get(message_type) if isinstance(message_type, str) else None
            if callback is None:
                self._process_unknown_message(message)
            if not isinstance(message.get("stream", ""), str):
                raise InputError(f"the name of a stream is a string, not {shorten(str(message['stream']))}")
            callback(message)
            seen[str(message_type)] += 1
        stop.check()
        seen[SingerMessageType.RECORD] += records
        return seen

    def _lines_of_standard_input(self) -> Iterable[bytes]:
        with self.stop.breaking_waits():
            yield from lines_of(self.default_input.fileno(), self.stop, self.while_waiting)

    def _is_taken(self, line: bytes | str) -> bool:
        try:
            message = _decode_line(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return False  # the full parser reports what is wrong
        return message.type == _RECORD and self.take_record(message, self.line_size)

    def deserialize_json(self, line: bytes | str) -> dict[str, Any]:
        """Parse one line.

        Args:
            line: A line of input.

        Returns:
            The message.

        Raises:
            InputError: The line is not a JSON object.
        """
        try:
            message = _decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            message = self._decode_broken_text(line, error)
        if not isinstance(message, dict):
            raise InputError(f"a Singer message is a JSON object, this is not one: {_show(line)}")
        return message

    def state_of(self, value: Any) -> State:
        """A state with its text, as in the line that is being processed.

        Args:
            value: The state, as decoded from that line.

        Returns:
            The state.

        Raises:
            InputError: It is not a JSON object, or holds a number that a float parser would read as infinity.
        """
        if not isinstance(value, dict):
            raise InputError(f"a state is a JSON object, this is not one: {_show(self._line)}")
        _refuse_infinite(value)
        try:
            text = bytes(_decode_state_line(self._line).value)
        except (msgspec.MsgspecError, UnicodeError):
            text = _encode(value)  # lone surrogates in it have been replaced
        return State(value, text.decode())

    def _decode_broken_text(self, line: bytes | str, error: Exception) -> Any:
        """Parse a line whose only fault is a lone surrogate, which no UTF-8 text can hold.

        APIs that truncate text produce them. They cannot be repaired later, so they become U+FFFD, with a warning.
        """
        try:
            message = json.loads(line, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise InputError(f"not valid JSON ({shorten(str(error))}): {_show(line)}") from error
        if not self._warned_about_surrogates:
            self._warned_about_surrogates = True
            logger.warning("line %d holds half of a surrogate pair; such halves become U+FFFD", self.line_number)
        return _without_surrogates(message)

    def _process_unknown_message(self, message_dict: dict[str, Any]) -> NoReturn:
        if "type" not in message_dict:
            raise InputError(f"the message has no type: {shorten(str(message_dict))}")
        raise InputError(f"unknown message type {shorten(repr(message_dict['type']))}")


def _take_nothing(_: RecordLine, __: int) -> bool:
    return False


def _wait_for_ever() -> None:
    return None


def _show(line: bytes | str) -> str:
    text = line[:200].decode("utf-8", "replace") if isinstance(line, bytes) else line
    return shorten(text.strip())


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _refuse_infinite(value: Any) -> None:
    if isinstance(value, Decimal) and not -_BEYOND < value < _BEYOND:
        raise InputError(f"the state holds {shorten(str(value))}, which the next reader would take for infinite")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_infinite(item)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
