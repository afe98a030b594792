"""Pagination: neither provider paginates its lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import NumberedPaginator

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


def is_list_of(envelope: str, body: Any) -> bool:
    """Whether a response has a list in this field, either empty or with objects in it."""
    items = body.get(envelope) if isinstance(body, dict) else None
    if not isinstance(items, list):
        return False
    told = [item for item in items if item is not None]
    return not told or any(isinstance(item, dict) for item in told)


class StatusPagesPaginator(NumberedPaginator):
    """A single response holds the whole list.

    Args:
        envelope: The field of the response that holds it.
    """

    def __init__(self, envelope: str) -> None:
        super().__init__()
        self._envelope = envelope

    def params(self, number: int) -> dict[str, Any]:  # noqa: ARG002
        """No parameters: there is only one page."""
        return {}

    def has_next(self, page: Any) -> bool:  # noqa: ARG002
        """Always false."""
        return False

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of all rows: `_id` at Sigryl, `id` at BoxWatch."""
        items = page.get(self._envelope) if isinstance(page, dict) else None
        objects = (item for item in (items or ()) if isinstance(item, dict))
        return [item.get("_id", item.get("id")) for item in objects]
