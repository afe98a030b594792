"""Which components an incident or a maintenance affects, and how."""

from __future__ import annotations

import abc
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import ApiError

from tap_cachet.client import CachetListStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_cachet.records import Row

Resource = Any


class ComponentLinks(CachetListStream, abc.ABC):
    """Pairs of an owner and a component, taken from the owner's pages.

    A page of 3.x holds each component once, with the status that one of its owners gives it. So a status is right
    only where no other owner of that page has the component; for the other owners their own route is asked.
    2.x puts the pairs into the owner: there `parse_page` brings them.
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
            self.leave_out(f"this server cannot tell the components of {self.path.strip('/')}")

    @abc.abstractmethod
    def parse_page(self, page: Any) -> Iterable[Row]:
        """The pairs of a page of 2.x."""

    def _owners(self) -> Iterator[tuple[Resource, Mapping[str, Resource] | None]]:
        """Owners, each with the components of its page, or None where those may have another owner's status."""
        for page in self.pages():
            owners = self.resources(page)
            components = _included(page)
            shared = Counter(component for owner in owners for component in _linked(owner))
            for owner in owners:
                alone = all(shared[component] == 1 for component in _linked(owner))
                yield owner, components if alone else None

    def _attempt_links(self, found: tuple[Resource, Mapping[str, Resource] | None]) -> tuple[str, list[Row] | ApiError]:
        """Runs in a thread: the id of an owner and its pairs."""
        return found[0]["id"], self.attempted(lambda: self._links(*found))

    def _links(self, owner: Resource, components: Mapping[str, Resource] | None) -> list[Row]:
        if components is None:
            page = self.get(f"{self.path}/{{id}}", {"include": "components"}, id=owner["id"]).body
            owner, components = page["data"], _included(page)
        return list(self._pairs(owner, components))

    def _pairs(self, owner: Resource, components: Mapping[str, Resource]) -> Iterator[Row]:
        for component in _linked(owner):
            attributes = components.get(component, {}).get("attributes", {})
            given = (attributes.get("pivot") or {}).get("component_status") or {}
            yield {
                self.owner_key: int(owner["id"]),
                "component_id": int(component),
                "status": given.get("value"),
                "status_label": given.get("human"),
            }


def _linked(owner: Resource) -> list[str]:
    relationships = owner.get("relationships", {})
    return [link["id"] for link in relationships.get("components", {}).get("data", [])]


def _included(page: Any) -> dict[str, Resource]:
    return {item["id"]: item for item in page.get("included", []) if item["type"] == "components"}
