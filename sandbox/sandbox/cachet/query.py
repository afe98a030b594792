"""The query of a Cachet v3 request, checked against what the route allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.cachet import problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.cachet.collections import Collection
    from sandbox.cachet.documents import IncludeTree
    from sandbox.cachet.filters import Value

_NAMED = re.compile(r"^(filter|fields)\[([^\]]*)\](?:\[([^\]]*)\])?$")
_LEADING_INTEGER = re.compile(r"^\s*([+-]?\d+)")
_INTEGER = re.compile(r"^\s*([+-]?\d+)\s*$")
_COUNTS = ("Count", "Exists")
DEFAULT_PER_PAGE, MAX_PER_PAGE = 15, 100


@dataclass(frozen=True)
class Query:
    """The parsed query of a request.

    Attributes:
        page: The number of the page, from 1.
        per_page: Rows per page, as requested; empty for the default.
        sorts: Columns, with `-` for descending.
        filters: Values by the filter's name.
        includes: The names of includes.
        fieldsets: Attributes by JSON:API type.
    """

    page: int
    per_page: str
    sorts: tuple[str, ...]
    filters: Mapping[str, Value]
    includes: tuple[str, ...]
    fieldsets: Mapping[str, frozenset[str]]

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Query:
        """Parse decoded pairs; unknown names are ignored, and the last value of a name counts."""
        plain: dict[str, str] = {}
        filters: dict[str, Value] = {}
        fieldsets: dict[str, frozenset[str]] = {}
        for name, value in pairs:
            named = _NAMED.match(name)
            if named is None:
                plain[name] = value
            elif named[1] == "fields":
                fieldsets[named[2]] = frozenset(_names(value))
            elif named[3] is None:
                filters[named[2]] = value
            else:
                before = filters.get(named[2])
                filters[named[2]] = {**({} if before is None or isinstance(before, str) else before), named[3]: value}
        return cls(
            page_number(plain.get("page", "")),
            plain.get("per_page", ""),
            _names(plain.get("sort", "")),
            filters,
            _names(plain.get("include", "")),
            fieldsets,
        )

    def check_includes(self, collection: Collection) -> None:
        """Raise a problem for an include that the list does not allow, or that causes a server error."""
        if collection.includes is None:
            return
        allowed = _with_counts(collection.includes)
        unknown = [name for name in self.includes if name not in allowed]
        if unknown:
            raise problems.not_allowed("include", unknown, allowed)
        for broken in collection.broken_includes:
            if any(name.startswith(broken) for name in self.includes):
                raise problems.server_error()

    def check_list(self, collection: Collection) -> None:
        """Raise a problem for an include, filter or sort that the list does not allow."""
        self.check_includes(collection)
        if collection.filters is not None:
            unknown = [name for name in self.filters if name not in collection.filters]
            if unknown:
                raise problems.not_allowed("filter", unknown, collection.filters)
        unknown = [name.lstrip("-") for name in self.sorts if name.lstrip("-") not in collection.sorts]
        if unknown:
            raise problems.not_allowed("sort", unknown, collection.sorts)

    def include_tree(self, collection: Collection) -> IncludeTree:
        """The included relations, nested; `components.group` implies `components`."""
        tree: IncludeTree = {}
        for name in self.includes if collection.includes is not None else ():
            branch = tree
            for part in name.split("."):
                branch = branch.setdefault(part, {})
        return tree


def page_number(text: str) -> int:
    """The number of a page; 1 for anything but a positive number."""
    found = _INTEGER.match(text)
    return max(int(found[1]), 1) if found else 1


def clamped_per_page(text: str) -> int:
    """Rows per page of the current core: 1 to 100, 15 by default, 1 for anything but a number."""
    if not text:
        return DEFAULT_PER_PAGE
    found = _LEADING_INTEGER.match(text)
    return min(max(int(found[1]) if found else 0, 1), MAX_PER_PAGE)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def _with_counts(includes: Sequence[str]) -> list[str]:
    """Each include with the two that count it; a nested one has none."""
    return [
        variant for name in includes for variant in (name, *(name + suffix for suffix in _COUNTS if "." not in name))
    ]
