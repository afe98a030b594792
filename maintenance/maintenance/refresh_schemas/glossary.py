"""What the fields mean, in our own words: one file, by name, for all streams.

A name that means something else in some place is written with what it stands in, `rules.position`, or under the
stream's own heading. Names that are built alike (`*_permissions`) share a text with gaps.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_rootly.records import singular

if TYPE_CHECKING:
    from collections.abc import Mapping

GLOSSARY = Path(__file__).with_name("glossary.json")


class Glossary:
    """The descriptions, and which of them were asked for.

    Args:
        texts: `fields`: description by name or by the end of a path, `{row}` stands for what a row is called;
            `patterns`: description by regular expression, `{0}` stands for its first group in words; `streams`:
            descriptions of one stream by path; `words`: how parts of names are written in a text.
    """

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        self._fields: Mapping[str, str] = texts["fields"]
        self._streams: Mapping[str, Mapping[str, str]] = texts["streams"]
        self._texts = texts
        self._used: set[tuple[str, str]] = set()

    @classmethod
    def ours(cls) -> Glossary:
        """The glossary that is kept beside this module."""
        return cls(json.loads(GLOSSARY.read_text(encoding="utf-8")))

    def describe(self, stream: str, path: str) -> str | None:
        """The description of a field.

        Args:
            stream: The stream.
            path: The field, after the fields that it stands in: `rules.position`.

        Returns:
            None where the glossary has no words for it.
        """
        if path in self._streams.get(stream, {}):
            self._used.add((stream, path))
            return self._streams[stream][path]
        *inside, name = path.split(".")
        for start in range(len(inside) + 1):
            end = ".".join([*inside[start:], name])
            if end in self._fields:
                self._used.add(("fields", end))
                return self._fields[end].format(row=self._in_words(singular([stream, *inside][-1])))
        return self._by_pattern(name)

    def _by_pattern(self, name: str) -> str | None:
        for pattern, text in self._patterns.items():
            found = pattern.fullmatch(name)
            if found:
                self._used.add(("patterns", pattern.pattern))
                return text.format(*map(self._in_words, found.groups()))
        return None

    @cached_property
    def _patterns(self) -> Mapping[re.Pattern[str], str]:
        return {re.compile(pattern): text for pattern, text in self._texts["patterns"].items()}

    def _in_words(self, name: str) -> str:
        words = self._texts["words"]
        return str(words.get(name)) if name in words else " ".join(words.get(part, part) for part in name.split("_"))

    def unused(self) -> list[str]:
        """The descriptions that no field has asked for, as `heading: name`."""
        written = {
            *(("fields", name) for name in self._fields),
            *(("patterns", pattern.pattern) for pattern in self._patterns),
            *((stream, path) for stream, paths in self._streams.items() for path in paths),
        }
        return sorted(f"{heading}: {name}" for heading, name in written - self._used)
