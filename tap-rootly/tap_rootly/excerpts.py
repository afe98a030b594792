"""What is needed of a page of parents: by the parents' own stream all, by each kind of their children a tenth or less.

A page that was asked for with several kinds of children takes megabytes, and what is made of it waits for its turn. So
each kind gets what is its own; it is cut out as it came, undecoded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Raw, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_fanout import Answer


class _Parent(msgspec.Struct):
    id: Raw
    attributes: dict[str, Raw]
    relationships: dict[str, Raw] | None = None


class _Page(msgspec.Struct):
    data: list[_Parent]
    included: list[Raw] | UnsetType = UNSET
    meta: Raw | UnsetType = UNSET
    links: Raw | UnsetType = UNSET


class _Name(msgspec.Struct, frozen=True):
    """What names a resource, in `included` and where a relationship tells of it."""

    type: str
    id: str | int


class _Relationship(msgspec.Struct):
    data: list[_Name] | _Name | None = None


class Excerpt:
    """Cuts a page down to what tells some children of their rows.

    Args:
        attributes: The attributes of the parents that are needed.
        relationships: The relationships to the children.
    """

    def __init__(self, attributes: Iterable[str], relationships: Iterable[str]) -> None:
        self._attributes = frozenset(attributes)
        self._relationships = frozenset(relationships)

    def __call__(self, answer: Answer) -> Answer:
        """The same answer with less in it; the whole of it where it has another form."""
        page = PageOfParents(answer)
        return answer if page.is_other else page.cut(self)

    def of(self, parent: _Parent) -> _Parent:
        """A parent with what is needed of it."""
        return _Parent(
            parent.id,
            _only(self._attributes, parent.attributes),
            _only(self._relationships, parent.relationships or {}),
        )


class PageOfParents:
    """A page, looked through once for all that is cut out of it.

    Args:
        answer: The page.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._named: dict[_Name, Raw] = {}
        self.is_other = False
        """Whether it has another form than resources with attributes: then nothing can be cut out of it."""
        try:
            self._page = _PAGES.decode(answer.content)
            included = self._page.included
            self._named = {} if included is UNSET else {_NAMES.decode(item): item for item in included}
        except msgspec.DecodeError:
            self.is_other = True

    def cut(self, excerpt: Excerpt) -> Answer:
        """The page with what an excerpt has of it, and with the children that it tells of."""
        if self.is_other:
            return self._answer
        page = self._page
        parents = [excerpt.of(parent) for parent in page.data]
        try:
            names = dict.fromkeys(name for parent in parents for name in _children(parent.relationships or {}))
        except msgspec.DecodeError:
            names = dict.fromkeys(self._named)
        included = UNSET if page.included is UNSET else [self._named[name] for name in names if name in self._named]
        cut = _Page(parents, included, page.meta, page.links)
        return replace(self._answer, content=msgspec.json.encode(cut))


def _only(names: frozenset[str], fields: Mapping[str, Raw]) -> dict[str, Raw]:
    return {name: fields[name] for name in names & fields.keys()}


def _children(relationships: Mapping[str, Raw]) -> Iterable[_Name]:
    for related in relationships.values():
        data = _RELATIONSHIPS.decode(related).data
        yield from data if isinstance(data, list) else () if data is None else (data,)


_PAGES = msgspec.json.Decoder(_Page)
_NAMES = msgspec.json.Decoder(_Name)
_RELATIONSHIPS = msgspec.json.Decoder(_Relationship)
