"""Descriptions of the fields in our own words: one file, by name, for all streams.

A name that has a different meaning in some place is listed with its parent, as `rules.position`, or under a heading for
its stream. Names of the same form (`*_permissions`) share a text with placeholders.
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
    """The descriptions, and which of them have been used.

    Args:
        texts: `fields`: descriptions by name or by the end of a path, in which `{row}` stands for the name of a row;
            `patterns`: descriptions by regular expression, in which `{0}` stands for its first group in words;
            `streams`: descriptions for one stream, by path; `words`: how to spell parts of names in a text.
    """

    def __init__(self, texts: Mapping[str, Mapping[str, Any]]) -> None:
        self._fields: Mapping[str, str] = texts["fields"]
        self._streams: Mapping[str, Mapping[str, str]] = texts["streams"]
        self._texts = texts
        self._used: set[tuple[str, str]] = set()

    @classmethod
    def ours(cls) -> Glossary:
        """The glossary stored beside this module."""
        return cls(json.loads(GLOSSARY.read_text(encoding="utf-8")))

    def describe(self, stream: str, path: str) -> str | None:
        """The description of a field.

        Args:
            stream: The stream.
            path: The field with its parent fields: `rules.position`.

        Returns:
            The description; None if the glossary has none.
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
        """The descriptions that no field has used, as `heading: name`."""
        written = {
            *(("fields", name) for name in self._fields),
            *(("patterns", pattern.pattern) for pattern in self._patterns),
            *((stream, path) for stream, paths in self._streams.items() for path in paths),
        }
        return sorted(f"{heading}: {name}" for heading, name in written - self._used)
