"""The fields of a list other than `data`: `meta` with the page's position, and links to other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.rootly.description import Read
    from sandbox.rootly.listing import Page
    from sandbox.rootly.query import Query


def meta(read: Read, query: Query, page: Page | None, count: int) -> dict[str, Any]:
    """The `meta` of a page.

    Args:
        read: The route.
        query: The query of the request.
        page: The page; None if the list is not paginated.
        count: The number of rows in the response.
    """
    total = count if page is None else page.total
    pages = 1 if page is None else -(-total // query.size)
    numbered = query.after is None and (page is None or "number" in read.page or "page" in read.query)
    return {
        "next_cursor": None if page is None else page.next_cursor,
        "current_page": query.number if numbered else None,
        "next_page": query.number + 1 if numbered and query.number < pages else None,
        "prev_page": query.number - 1 if numbered and query.number > 1 else None,
        "total_count": total,
        "total_pages": pages,
    }


def links(request: Request, told: dict[str, Any]) -> dict[str, str | None]:
    """Links to other pages: by number, or by cursor if the page has no number."""
    base = str(request.url).partition("?")[0]
    kept = [(name, value) for name, value in request.query_params.multi_items() if not name.startswith(_PLACES)]

    def link(name: str, value: Any) -> str | None:
        return None if value is None else f"{base}?{urlencode([*kept, (name, value)])}"

    here = {"self": str(request.url)}
    if told["current_page"] is None:
        first = f"{base}?{urlencode(kept)}" if kept else base
        return {**here, "first": first, "prev": None, "next": link("page[after]", told["next_cursor"]), "last": None}
    return {
        **here,
        "first": link("page[number]", 1),
        "prev": link("page[number]", told["prev_page"]),
        "next": link("page[number]", told["next_page"]),
        "last": link("page[number]", max(told["total_pages"], 1)),
    }


_PLACES = ("page[number]", "page[after]")
