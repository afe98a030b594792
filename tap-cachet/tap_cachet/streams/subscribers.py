"""Subscribers to incidents: personal data, read only if selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import RefusedError, as_list

from tap_cachet.client import CachetListStream
from tap_cachet.records import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_cachet.records import Row


class Subscribers(CachetListStream):
    """One person or address that is notified about incidents."""

    name = "subscribers"
    path = "/subscribers"
    include = ("components", "meta")
    relations = {"components": "component_ids"}
    v2_sort = False
    selected_by_default = False

    def read_rows(self) -> Iterator[Row]:
        """Yield the rows; without a token they are known to be refused."""
        if not self._tap.config.get("api_token"):
            raise RefusedError("it needs an api_token")
        yield from super().read_rows()

    def finished(self, rows: list[Row], resources: Sequence[Mapping[str, Any]]) -> list[Row]:
        """2.x sends the subscriptions as separate rows."""
        if self.v2:
            for row, resource in zip(rows, resources, strict=True):
                chosen = [number_of(choice, "component_id") for choice in as_list(resource.get("subscriptions"))]
                row["component_ids"] = [component for component in chosen if component is not None]
        return rows
