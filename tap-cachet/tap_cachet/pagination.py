"""Cachet's numbered pages: 2.x reports totals, 3.x does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import NumberedPaginator, as_object, identities

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

PAGE_SIZE = 100
"""The largest page of 3.x."""


def is_of_3_x(body: Any) -> bool:
    """Whether a response holds resources, as 3.x sends them."""
    data = body.get("data") if isinstance(body, dict) else None
    resources = [data] if isinstance(data, dict) else data
    return isinstance(resources, list) and (not resources or any(map(_is_resource, resources)))


def _is_resource(resource: Any) -> bool:
    return resource is None or (isinstance(resource, dict) and ("attributes" in resource or "type" in resource))


def is_of_2_x(body: Any) -> bool:
    """Whether a response holds flat objects, as 2.x sends them: a list with its totals, or a single one."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        rows = [row for row in data if isinstance(row, dict)]
        return "pagination" in as_object(body.get("meta")) or any("attributes" not in row for row in rows)
    return isinstance(data, dict) and "attributes" not in data


class CachetPaginator(NumberedPaginator):
    """Pages of 3.x: `links.next` says whether there are more.

    The link cannot be followed: it drops the sort, the filters and the page size.
    """

    def params(self, number: int) -> dict[str, Any]:
        """Request a page of the largest size."""
        return {"page": number, "per_page": PAGE_SIZE}

    def has_next(self, page: Any) -> bool:
        """Whether the server says that there is another page."""
        links = page.get("links")
        return bool(links.get("next")) if isinstance(links, dict) else self._is_full(page)

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return identities(page["data"])

    @staticmethod
    def _is_full(page: Any) -> bool:
        """Whether a page is as large as requested: if the server says nothing, another may follow."""
        return isinstance(page["data"], list) and len(page["data"]) >= PAGE_SIZE


class CachetV2Paginator(CachetPaginator):
    """Pages of 2.x: `meta.pagination` holds the totals."""

    def has_next(self, page: Any) -> bool:
        """Whether more pages follow."""
        here, total = self._told(page, "current_page"), self.total_pages(page)
        return self._is_full(page) if here is None or total is None else here < total

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list, as visible to this viewer."""
        return self._told(page, "total")

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list; None for a single record, or if not reported."""
        return self._told(page, "total_pages")

    @staticmethod
    def _told(page: Any, name: str) -> int | None:
        number = as_object(as_object(page.get("meta")).get("pagination")).get(name)
        return number if type(number) is int else None
