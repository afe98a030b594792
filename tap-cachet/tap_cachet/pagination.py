"""How Cachet numbers its pages: 3.x tells no total, 2.x does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import NumberedPaginator

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

PAGE_SIZE = 100
"""The most that 3.x gives in a page."""


def is_of_3_x(body: Any) -> bool:
    """Whether an answer holds resources, as 3.x sends them."""
    data = body.get("data") if isinstance(body, dict) else None
    resources = [data] if isinstance(data, dict) else data
    return isinstance(resources, list) and all(map(_is_resource, resources))


def _is_resource(resource: Any) -> bool:
    return isinstance(resource, dict) and isinstance(resource.get("attributes"), dict)


def is_of_2_x(body: Any) -> bool:
    """Whether an answer holds flat objects, as 2.x sends them: a list with its totals, or a single one."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        meta = body.get("meta")
        return isinstance(meta, dict) and "pagination" in meta and all(isinstance(row, dict) for row in data)
    return isinstance(data, dict) and "attributes" not in data


class CachetPaginator(NumberedPaginator):
    """Pages of 3.x: `links.next` says that there is more.

    It is no address to follow: it forgets the sort, the filters and the size.
    """

    def params(self, number: int) -> dict[str, Any]:
        """Ask for a page of the largest size."""
        return {"page": number, "per_page": PAGE_SIZE}

    def has_next(self, page: Any) -> bool:
        """Whether the server knows of a further page."""
        return bool(page.get("links", {}).get("next"))

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return [resource["id"] for resource in page["data"]]


class CachetV2Paginator(CachetPaginator):
    """Pages of 2.x: `meta.pagination` tells the totals."""

    def has_next(self, page: Any) -> bool:
        """Whether pages follow."""
        pagination = page["meta"]["pagination"]
        return bool(pagination["current_page"] < pagination["total_pages"])

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list, as this viewer sees it."""
        return int(page["meta"]["pagination"]["total"])

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list; None for a single record."""
        pagination = (page.get("meta") or {}).get("pagination")
        return int(pagination["total_pages"]) if pagination else None
