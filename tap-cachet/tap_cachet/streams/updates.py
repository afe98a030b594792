"""What was told of an incident or a maintenance while it went on."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

from tap_cachet.client import CachetListStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_cachet.records import Row


class Updates(CachetListStream, abc.ABC):
    """Updates, taken from the pages of their owners, which hold them whole: no request more."""

    owner_key: ClassVar[str]

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each update of each owner of the page."""
        included = {item["id"]: item for item in page.get("included", []) if item["type"] == "updates"}
        for owner in self.resources(page):
            for update in self._of(owner, included):
                yield {**self.row(update), self.owner_key: int(owner["id"])}

    def _of(self, owner: Any, included: dict[str, Any]) -> Iterator[Any]:
        if self.v2:
            yield from owner.get("updates", ())
        for link in owner.get("relationships", {}).get("updates", {}).get("data", ()):
            yield included[link["id"]]
