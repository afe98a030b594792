"""Components and their groups, which Instatus calls components too."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from singer_fanout import as_list, as_object, identity

from tap_instatus.client import InstatusFanOutStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_instatus.records import Resource, Row
    from tap_instatus.tap import TapInstatus


class Components(InstatusFanOutStream):
    """A component of a status page, or a group of components.

    Version 2 of the list is a tree: members are inside their group, and may also be next to it.
    """

    name = "components"
    path = "/v1/{page_id}/components"
    without = frozenset({"children"})

    def __init__(self, tap: TapInstatus) -> None:
        self.path = f"/v{tap.setting('components_api_version')}/{{page_id}}/components"
        super().__init__(tap)

    def fan_out(self, parents: Iterable[Row]) -> Iterator[tuple[Row, Iterator[Any]]]:
        """Yield each page with its list, flattened and without duplicates."""
        for parent, pages in super().fan_out(parents):
            yield parent, pages if self.record_ids is not None else self._on_one_level(pages)

    def _on_one_level(self, pages: Iterator[Any]) -> Iterator[list[Resource]]:
        yield on_one_level(itertools.chain.from_iterable(map(self.resources, pages)))


def on_one_level(tree: Iterable[Resource]) -> list[Resource]:
    """Flatten a tree of components: each is listed once, with the group that it was found in."""
    found: dict[object, Resource] = {}
    left: list[tuple[Resource, Any]] = [(component, None) for component in tree]
    left.reverse()
    while left:
        component, group = left.pop()
        key = identity(component)
        # A component without an id is never a duplicate.
        place = id(component) if key is None else (key,)
        known = found.get(place, {})
        told = identity(component, "groupId") or identity(component.get("group")) or group or known.get("groupId")
        found[place] = {**known, **component, **({"groupId": told} if told else {})}
        members = as_list(component.get("children"))
        left += [(_member(member), key) for member in reversed(members)]
    return list(found.values())


def _member(told: Any) -> Resource:
    return as_object(told) if identity(told) is None or isinstance(told, dict) else {"id": told}
