"""How Rootly cuts its lists into pages: numbered nearly everywhere, by cursors where rows move while one reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import CursorPaginator, NumberedPaginator

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

PAGE_SIZE = 100
"""Rows to ask for; Rootly names a largest size for few lists, and tells what it has given in `meta`."""
SMALLEST_PAGE = 25
"""No list has smaller pages: one that does not say whether it goes on, and has fewer rows, ends here."""


class RootlyPaginator(NumberedPaginator):
    """Numbered pages; `meta` tells how many there are.

    Args:
        size: Rows to ask for in a page.
    """

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self._size = size

    def params(self, number: int) -> dict[str, Any]:
        """Ask for a page."""
        return {"page[number]": number, "page[size]": self._size}

    def has_next(self, page: Any) -> bool:
        """Whether pages follow: the total says it, else the link; some lists have neither."""
        meta, total = _meta(page), self.total_pages(page)
        if total is not None and meta.get("current_page") is not None:
            return bool(meta["current_page"] < total)
        if "next_page" in meta:
            return meta["next_page"] is not None
        links = page.get("links")
        return links.get("next") is not None if links else len(page["data"]) >= SMALLEST_PAGE

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        """The ids of the page's resources."""
        return [resource["id"] for resource in page["data"]]

    def total_rows(self, page: Any) -> int | None:
        """Rows of the whole list."""
        return _meta(page).get("total_count")

    def total_pages(self, page: Any) -> int | None:
        """Pages of the whole list."""
        return _meta(page).get("total_pages")


class RootlyCursorPaginator(CursorPaginator):
    """Pages that each name the next one; an answer that goes on and names none is followed by its number.

    Args:
        size: Rows to ask for in a page.
    """

    def __init__(self, size: int = PAGE_SIZE) -> None:
        super().__init__()
        self._size = size

    def params(self, cursor: str | None) -> dict[str, Any]:
        """Ask for the page after a cursor."""
        parameter, _, value = (cursor or "").partition("=")
        return {"page[size]": self._size, **({parameter: value} if value else {})}

    def next_cursor(self, page: Any) -> str | None:
        """What names the next page, with the parameter that it belongs to."""
        meta = _meta(page)
        for parameter, field in (("page[after]", "next_cursor"), ("page[number]", "next_page")):
            if meta.get(field):
                return f"{parameter}={meta[field]}"
        return None


class EdgeConnectorPaginator(RootlyPaginator):
    """Numbered pages whose number and size have other names."""

    def params(self, number: int) -> dict[str, Any]:
        """Ask for a page."""
        return {"page": number, "per_page": self._size}


class RootlyWholeList(RootlyPaginator):
    """A list that knows no pages: its one answer is all there is to get."""

    def params(self, number: int) -> dict[str, Any]:  # noqa: ARG002
        """Nothing to ask for."""
        return {}

    def has_next(self, page: Any) -> bool:  # noqa: ARG002
        """Never."""
        return False


def _meta(page: Any) -> Mapping[str, Any]:
    return page.get("meta") or {}
