"""What is needed of a page of parents that was read for their children: a tenth of it, or less.

A page of incidents takes a megabyte, and comes once for each kind of their children. Many such pages wait for their
turn, so only what is needed of them does; it is cut out as it came, undecoded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Raw, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_fanout import Answer


class _Parent(msgspec.Struct):
    id: Raw
    attributes: dict[str, Raw]
    relationships: dict[str, Raw] | None = None


class _Page(msgspec.Struct):
    data: list[_Parent]
    included: Raw | UnsetType = UNSET
    meta: Raw | UnsetType = UNSET
    links: Raw | UnsetType = UNSET


class Excerpt:
    """Cuts pages down to what tells the children of their rows.

    Args:
        attributes: The attributes of the parents that are needed.
        relationship: The relationship to the children.
    """

    def __init__(self, attributes: Iterable[str], relationship: str) -> None:
        self._attributes = frozenset(attributes)
        self._relationships = frozenset({relationship})
        self._decoder = msgspec.json.Decoder(_Page)

    def __call__(self, answer: Answer) -> Answer:
        """The same answer with less in it; the whole of it where it has another form."""
        try:
            page = self._decoder.decode(answer.content)
        except msgspec.DecodeError:
            return answer
        for parent in page.data:
            parent.attributes = _only(self._attributes, parent.attributes)
            parent.relationships = _only(self._relationships, parent.relationships or {})
        return replace(answer, content=msgspec.json.encode(page))


def _only(names: frozenset[str], fields: dict[str, Raw]) -> dict[str, Raw]:
    return {name: fields[name] for name in names & fields.keys()}
