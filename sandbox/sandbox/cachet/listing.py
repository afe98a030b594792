"""Which rows a list holds, and in which order: worked out once, then sliced page by page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sandbox.cachet.collections import ChildCollection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.cachet.collections import Collection
    from sandbox.cachet.filters import Test
    from sandbox.cachet.query import Query
    from sandbox.cachet.view import View
    from sandbox.tables import Row

_SECONDS_TO_TRUST = 1.0
_MOST_LISTS_KEPT = 256


class Listing:
    """The rows of lists, in order.

    A list is remembered until one of its tables changes, and for a second at most: time alone publishes rows.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[Any, float, list[Row]]] = {}

    def rows(self, collection: Collection, view: View, query: Query, parent_id: int | None = None) -> list[Row]:
        """All rows of a list for this viewer and query."""
        key = (
            collection.route,
            parent_id,
            view.viewer,
            view.scoped,
            view.settings.timezone,
            view.settings.database,
            query.sorts,
            _frozen(query.filters),
        )
        version = view.store.version(collection.table, "component_groups")
        kept = self._kept.get(key)
        now = time.monotonic()
        if kept is not None and kept[0] == version and now - kept[1] < _SECONDS_TO_TRUST:
            return kept[2]
        rows = _select(collection, view, query, parent_id)
        if len(self._kept) >= _MOST_LISTS_KEPT:
            self._kept.clear()
        self._kept[key] = (version, now, rows)
        return rows


def _select(collection: Collection, view: View, query: Query, parent_id: int | None) -> list[Row]:
    table = view.table(collection.table)
    rows: Iterable[Row] = table
    if isinstance(collection, ChildCollection) and parent_id is not None:
        rows = table.find(collection.index, collection.key(parent_id))
    tests = _tests(collection, view, query)
    sees = collection.sees
    found = [row for row in rows if sees(view, row) and all(test(row) for test in tests)]
    return in_order(found, collection, query.sorts)


def _tests(collection: Collection, view: View, query: Query) -> list[Test]:
    tests = []
    for name, kind in (collection.filters or {}).items():
        value = query.filters.get(name, kind.default if view.scoped else None)
        test = None if value is None or value == "" else kind.test(value, view)
        if test is not None:
            tests.append(test)
    return tests


def in_order(rows: list[Row], collection: Collection, sorts: Sequence[str]) -> list[Row]:
    """Rows in the order that is asked for, else in that of the list; nulls come first."""
    wanted = sorts or ((collection.default_sort,) if collection.default_sort else ())
    if not wanted:
        return sorted(rows, key=collection.stored_by) if collection.stored_by else rows
    # Sorting is stable, so that the last column is sorted by first.
    for sort in reversed(wanted):
        column = sort.lstrip("-")
        if column != "id" or sort is not wanted[0] or len(wanted) > 1:
            rows = sorted(
                rows,
                key=lambda row: (row[column] is not None, row[column]),
                reverse=sort.startswith("-"),
            )
        elif sort.startswith("-"):
            rows = rows[::-1]
    return rows


def _frozen(filters: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        (name, value if isinstance(value, str) else tuple(sorted(value.items())))
        for name, value in sorted(filters.items())
    )
