"""Updates to incidents and maintenances."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import as_list, as_object

from tap_cachet.client import CachetListStream
from tap_cachet.records import number_of, owner_number, related

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_cachet.records import Row


class Updates(CachetListStream, abc.ABC):
    """Updates, taken in full from the pages of their owners, without further requests."""

    owner_key: ClassVar[str]

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each update of each owner of the page."""
        items = [as_object(item) for item in as_list(page.get("included"))]
        included = {number_of(item): item for item in items if item.get("type") == "updates"}
        found = [
            (owner_number(owner), update) for owner in self.resources(page) for update in self._of(owner, included)
        ]
        for (number, _), row in zip(found, self.rows_of([update for _, update in found]), strict=True):
            yield {**row, self.owner_key: row.get(self.owner_key) if number is None else number}

    def _of(self, owner: Any, included: Mapping[int | None, Any]) -> Iterator[Any]:
        if self.v2:
            yield from map(as_object, as_list(owner.get("updates")))
        for link in as_list(related(owner, "updates")):
            number = number_of(link)
            # Only the id is known of an update that is linked but was not included.
            yield {} if number is None else included.get(number, {"id": number})
