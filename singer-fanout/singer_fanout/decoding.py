"""What an answer says: JSON, with what other readers refuse repaired, and without depths that nobody can walk."""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from typing import Any

import msgspec

# Decimal keeps a number as it was written; a float would not.
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""A whole surrogate pair, half of one (a group), or any other escape, so that no backslash is taken for its start."""

DEEPEST = 100
"""How deep an answer may be nested. No API nests ten values; Python walks no more than some hundred."""
_BRACKETS = b"[]{}"
_NO_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
"""A text, in which brackets mean nothing, or a bracket."""


def decode_json(content: bytes) -> Any:
    """Decode a JSON text; numbers with a fraction become Decimal.

    A byte order mark is passed over, and half of a surrogate pair, which no other text can hold, becomes U+FFFD.

    Raises:
        ValueError: The text is not JSON, or nested too deeply.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return _decoder.decode(content)
    except msgspec.DecodeError:
        whole = _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], content)
        if whole == content:
            raise
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ArithmeticError:
        raise ValueError("a number is out of range") from None
    return decode_json(whole)


def without_depths(content: bytes) -> bytes:
    """A JSON text with null in place of what is nested deeper than `DEEPEST`; the same one where nothing is."""
    return _cut(content) if _may_be_deep(content) else content


def _may_be_deep(content: bytes) -> bool:
    """Whether something may be nested deeper than `DEEPEST`: the brackets alone tell in next to no time."""
    brackets = content.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        # Whatever is innermost goes, all over the text.
        outer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if outer == brackets:
            # Nothing is left, or brackets that stand in texts.
            return len(outer) > DEEPEST
        brackets = outer
    return bool(brackets)


def _cut(content: bytes) -> bytes:
    kept: list[bytes] = []
    depth = begin = 0
    for token in _TOKEN.finditer(content):
        bracket = token[0]
        if bracket in {b"[", b"{"}:
            depth += 1
            if depth == DEEPEST + 1:
                kept += content[begin : token.start()], b"null"
                # What is never closed is no JSON, and stays none.
                begin = token.start()
        elif bracket in {b"]", b"}"}:
            if depth == DEEPEST + 1:
                begin = token.end()
            depth -= 1
    return b"".join((*kept, content[begin:])) if kept else content
