"""Links between incidents or maintenances and the components they affect."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import as_list, as_object, identity

from tap_instatus.client import InstatusFanOutStream
from tap_instatus.records import in_one_language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_instatus.records import Row


class ComponentLinks(InstatusFanOutStream, abc.ABC):
    """Pairs of an owner and a component, taken from the owner's list without further requests.

    Instatus embeds the whole component and the whole page with its passwords: only four fields are emitted.
    """

    owner_key: ClassVar[str]

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each component of each owner."""
        for owner in self.resources(page):
            for component in as_list(owner.get("components")):
                told = as_object(component)
                yield {
                    self.owner_key: identity(owner),
                    "component_id": identity(component),
                    "name": in_one_language(told.get("name")),
                    "status": told.get("status"),
                    "show_uptime": told.get("showUptime"),
                }
