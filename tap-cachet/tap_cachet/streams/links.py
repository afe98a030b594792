"""Links between incidents or maintenances and the components they affect."""

from __future__ import annotations

import abc
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import ApiError, as_list, as_object

from tap_cachet.client import CachetListStream
from tap_cachet.records import number_of, owner_number, related

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_cachet.records import Row

Resource = Any
Included = dict[Any, Resource]
"""Components by id."""


class ComponentLinks(CachetListStream, abc.ABC):
    """Pairs of an owner and a component, taken from the owner's pages.

    A page of 3.x holds each component once, with the status that one of its owners gives it. So a status is
    reliable only if no other owner on that page has the component; the other owners are requested one by one.
    2.x embeds the pairs in the owner, where `parse_page` finds them.
    """

    owner_key: ClassVar[str]

    def read_rows(self) -> Iterator[Row]:
        """Yield the pairs, owner by owner."""
        if self.v2:
            yield from super().read_rows()
            return
        for owner, links in self.concurrently(self._attempt_links, self._owners()):
            if isinstance(links, ApiError):
                self.without_row(f"{self.owner_key} {owner}", links)
            else:
                yield from links
        if self._tap.server.lacks(self.path, "components"):
            self.leave_out(f"this server cannot list the components of {self.path.strip('/')}")

    @abc.abstractmethod
    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield the pairs of a 2.x page."""

    def _owners(self) -> Iterator[tuple[Resource, Included | None]]:
        """Owners, each with the components of its page, or None if those may have another owner's status."""
        for page in self.pages():
            owners = self.resources(page)
            components = _included(page)
            shared = Counter(component for owner in owners for component in _linked(owner))
            for owner in owners:
                alone = all(shared[component] == 1 for component in _linked(owner) if component is not None)
                yield owner, components if alone else None

    def _attempt_links(self, found: tuple[Resource, Included | None]) -> tuple[int | None, list[Row] | ApiError]:
        """The id of an owner and its pairs, or the error; runs in a thread."""
        return owner_number(found[0]), self.attempted(lambda: self._links(*found))

    def _links(self, owner: Resource, components: Included | None) -> list[Row]:
        number = owner_number(owner)
        if components is None and number is not None:
            page = self.get(f"{self.path}/{{id}}", {"include": "components"}, id=number).body
            owner, components = as_object(page["data"]), _included(page)
        return list(self._pairs(number, owner, components or {}))

    def _pairs(self, number: int | None, owner: Resource, components: Included) -> Iterator[Row]:
        for component in _linked(owner):
            attributes = as_object(components.get(component, {}).get("attributes"))
            given = as_object(as_object(attributes.get("pivot")).get("component_status"))
            yield {
                self.owner_key: number,
                "component_id": component,
                "status": given.get("value"),
                "status_label": given.get("human"),
            }


def _linked(owner: Resource) -> list[int | None]:
    return [number_of(link) for link in as_list(related(owner, "components"))]


def _included(page: Any) -> Included:
    items = [as_object(item) for item in as_list(page.get("included"))]
    return {number_of(item): item for item in items if item.get("type") == "components"}
