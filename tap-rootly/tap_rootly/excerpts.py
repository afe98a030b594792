"""Excerpts of a page of parents: their own stream needs all of it, each kind of children a tenth or less.

A page that includes several kinds of children takes megabytes and has to be kept until each stream's turn. So only the
excerpt for each kind is kept, cut out undecoded.
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
    """Identifies a resource, in `included` and in relationships."""

    type: str
    id: str | int


class _Relationship(msgspec.Struct):
    data: list[_Name] | _Name | None = None


class Excerpt:
    """Reduces a page to what some children's rows need.

    Args:
        attributes: The attributes of the parents that are needed.
        relationships: The relationships to the children.
    """

    def __init__(self, attributes: Iterable[str], relationships: Iterable[str]) -> None:
        self._attributes = frozenset(attributes)
        self._relationships = frozenset(relationships)

    def __call__(self, answer: Answer) -> Answer:
        """Return the reduced response; the whole one if it has another shape."""
        page = PageOfParents(answer)
        return answer if page.is_other else page.cut(self)

    def of(self, parent: _Parent) -> _Parent:
        """Reduce a parent to what is needed."""
        return _Parent(
            parent.id,
            _only(self._attributes, parent.attributes),
            _only(self._relationships, parent.relationships or {}),
        )


class PageOfParents:
    """A page, parsed once for all its excerpts.

    Args:
        answer: The page.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._named: dict[_Name, Raw] = {}
        self.is_other = False
        """Whether it is not a list of resources with attributes, so that it has no excerpts."""
        try:
            self._page = _PAGES.decode(answer.content)
            included = self._page.included
            self._named = {} if included is UNSET else {_NAMES.decode(item): item for item in included}
        except msgspec.DecodeError:
            self.is_other = True

    def cut(self, excerpt: Excerpt) -> Answer:
        """Return an excerpt of the page, with the children that it refers to."""
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
