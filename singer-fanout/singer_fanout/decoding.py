"""Decodes JSON responses: repairs what other parsers reject and cuts nesting that is too deep to process."""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

# Decimal keeps a number as written; a float would not.
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""A surrogate pair, a lone surrogate (a group), or any other escape, so that an escaped backslash starts none."""

DEEPEST = 100
"""Levels of nesting that are kept. No API uses ten; Python recursion allows some hundreds."""
SHALLOW = 8
"""Levels of nesting that are checked while decoding; each one doubles the time to set this up, once in a run."""
_BRACKETS = b"[]{}"
_NO_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
"""A string, in which brackets mean nothing, or a bracket."""


def decode_json(content: bytes) -> Any:
    """Decode a JSON text; numbers with a fraction become Decimal.

    A byte order mark is skipped, and a lone surrogate, which cannot be encoded as UTF-8, becomes U+FFFD.

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


def decode_response(content: bytes) -> tuple[bytes, Any]:
    """Decode a response, with null for what is nested deeper than `DEEPEST`.

    Returns:
        The text, the same one unless something was replaced, and its value.

    Raises:
        ValueError: As `decode_json`.
    """
    try:
        # Nearly all responses are shallow, which the decoder checks at no cost; the other check takes a third as long
        # as decoding does.
        return content, _shallow_decoder().decode(content)
    except (ValueError, ArithmeticError):
        legible = without_depths(content)
        return legible, decode_json(legible)


@cache
def _shallow_decoder() -> msgspec.json.Decoder[Any]:
    """A decoder of texts without fractions, which raises an error if something is nested deeper than `SHALLOW`."""
    value: Any = str | int | bool | None
    for _ in range(SHALLOW):
        value = dict[str, value] | list[value] | str | int | bool | None
    return msgspec.json.Decoder(value)


def without_depths(content: bytes) -> bytes:
    """Replace what is nested deeper than `DEEPEST` in a JSON text with null; returns the same text if nothing is."""
    return _cut(content) if _may_be_deep(content) else content


def _may_be_deep(content: bytes) -> bool:
    """Whether something may be nested deeper than `DEEPEST`: a cheap check of the brackets alone."""
    brackets = content.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        # Remove the innermost pairs throughout the text.
        outer = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if outer == brackets:
            # What remains are brackets inside strings, or nothing.
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
                # An unclosed bracket is not valid JSON, and stays invalid.
                begin = token.start()
        elif bracket in {b"]", b"}"}:
            if depth == DEEPEST + 1:
                begin = token.end()
            depth -= 1
    return b"".join((*kept, content[begin:])) if kept else content
