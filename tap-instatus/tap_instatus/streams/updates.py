"""Updates to incidents and maintenances."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import as_list, as_object, identity

from tap_instatus.client import InstatusFanOutStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_instatus.records import Row


class Updates(InstatusFanOutStream, abc.ABC):
    """Updates, taken in full from their owner's list, without further requests.

    The route of a single update is never requested: its response includes every subscriber of the page.
    """

    owner_key: ClassVar[str]

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each update of each owner."""
        for owner in self.resources(page):
            for update in as_list(owner.get("updates")):
                row = self.row(as_object(update))
                yield {**row, self.owner_key: row.get(self.owner_key) if (key := identity(owner)) is None else key}
