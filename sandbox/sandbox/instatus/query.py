"""The query of a list: its parameters, their valid values, and the rows that they select."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.instatus import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.instatus.collections import Collection
    from sandbox.instatus.settings import InstatusSettings
    from sandbox.tables import Row

_MOST_PER_PAGE = 100
_PER_PAGE = 50
_LIMIT = 100


@dataclass(frozen=True)
class Paging:
    """The requested page.

    Attributes:
        page: Its number, from 1.
        size: Rows per page.
    """

    page: int
    size: int

    def cut(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of the page."""
        return rows[(self.page - 1) * self.size : self.page * self.size]

    def frame(self, total: int) -> dict[str, Any]:
        """The metadata of a page in a wrapped list."""
        return {"total": total, "page": self.page, "totalPages": -(-total // self.size), "limit": self.size}


def parse(pairs: Iterable[tuple[str, str]], known: Iterable[str]) -> dict[str, str]:
    """The parameters of a query by name.

    Raises:
        Problem: 400, a parameter is unknown or duplicated.
    """
    allowed = set(known)
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            raise problems.bad_request(f"Unknown query parameter: {name}")
        if name in found:
            raise problems.bad_request(f"Query parameter {name} is repeated")
        found[name] = value
    return found


def parameters(collection: Collection, settings: InstatusSettings) -> list[str]:
    """The names of the parameters of a list."""
    names = list(collection.filters or ())
    if not collection.paged:
        return names
    if not collection.wrapper:
        return [*names, "page", "per_page"]
    takes_page = collection.name != "monitors" or settings.monitors_page != "refused"
    return [*names, "limit", *(["page"] if takes_page else [])]


def paging(collection: Collection, query: Mapping[str, str], settings: InstatusSettings) -> Paging:
    """The page that a query requests.

    Raises:
        Problem: 400, a value is not a number, or is too large if that is refused.
    """
    if collection.wrapper:
        ignored = collection.name == "monitors" and settings.monitors_page == "ignored"
        return Paging(1 if ignored else _number(query, "page", 1), _number(query, "limit", _LIMIT))
    page, size = _number(query, "page", 1), _number(query, "per_page", _PER_PAGE)
    if size > _MOST_PER_PAGE:
        if settings.over_per_page == "refuse":
            raise problems.bad_request(f"per_page must not be greater than {_MOST_PER_PAGE}")
        size = _MOST_PER_PAGE
    return Paging(page, size if settings.short_pages is None else min(size, settings.short_pages))


def filtered(collection: Collection, query: Mapping[str, str], rows: list[Row]) -> list[Row]:
    """The rows of a list that match a query.

    Raises:
        Problem: 400, a filter's value is invalid.
    """
    for name, narrow in (collection.filters or {}).items():
        value = query.get(name)
        if value is None:
            continue
        if not narrow.allows(value):
            raise problems.bad_request(f"{name} must be one of {', '.join(narrow.choices)}")
        rows = [row for row in rows if narrow.keeps(row, value)]
    return rows


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise problems.bad_request(f"{name} must be a positive integer")
    return int(text)
