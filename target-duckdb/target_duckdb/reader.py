"""Lines become messages: exactly, and with their line numbers.

A number with a fraction or an exponent is read as a ``Decimal``, so that no digit is lost before the column that
receives it is known.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NoReturn

import msgspec
from singer_sdk.singerlib.encoding import GenericSingerReader

from target_duckdb.errors import InputError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class MessageReader(GenericSingerReader[bytes]):
    """Reads Singer messages from standard input or a file, one a line.

    Attributes:
        line_number: Number of the line that is being processed, counted from 1; 0 before the first line.
        line_size: Size of that line in bytes (characters, for a file opened as text).
    """

    def __init__(self) -> None:
        super().__init__()
        self.line_number = 0
        self.line_size = 0
        self._warned_about_surrogates = False

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input, undecoded."""
        return sys.stdin.buffer

    def process_lines(
        self,
        file_input: IO[bytes] | None,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
    ) -> Counter[str]:
        """Hand every message to the callback for its type. Blank lines are skipped.

        Args:
            file_input: Where to read from; standard input when None.
            callbacks: What to call for each message type.

        Returns:
            How many messages of each type there were.

        Raises:
            InputError: A line is no Singer message.
        """
        seen: Counter[str] = Counter()
        for number, line in enumerate(file_input or self.default_input, start=1):
            self.line_number, self.line_size = number, len(line)
            if line.isspace():
                continue
            message = self.deserialize_json(line)
            message_type = message.get("type")
            callback = callbacks.get(message_type) if isinstance(message_type, str) else None
            if callback is None:
                self._process_unknown_message(message)
            if not isinstance(message.get("stream", ""), str):
                raise InputError(f"the name of a stream is a string, not {shorten(str(message['stream']))}")
            callback(message)
            seen[str(message_type)] += 1
        return seen

    def deserialize_json(self, line: bytes | str) -> dict[str, Any]:
        """Read one line.

        Args:
            line: A line of input.

        Returns:
            The message.

        Raises:
            InputError: The line is no JSON object.
        """
        try:
            message = _decode(line)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            message = self._decode_broken_text(line, error)
        if not isinstance(message, dict):
            raise InputError(f"a Singer message is a JSON object, this is not one: {_show(line)}")
        return message

    def _decode_broken_text(self, line: bytes | str, error: Exception) -> Any:
        """Read a line whose only fault is half of a surrogate pair, which no UTF-8 text can hold.

        Truncating APIs produce them and nobody downstream can repair them, so they become U+FFFD, with a warning.
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


def _show(line: bytes | str) -> str:
    text = line[:200].decode("utf-8", "replace") if isinstance(line, bytes) else line
    return shorten(text.strip())


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
