"""The rows of a list in order: computed once, then sliced page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from sandbox.cachet.collections import ChildCollection
from sandbox.cachet.status import END_OF_TIME, next_change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sandbox.cachet.collections import Collection
    from sandbox.cachet.filters import Test
    from sandbox.cachet.query import Query
    from sandbox.cachet.view import View
    from sandbox.tables import Row

_TIMED_TABLES = {"incidents", "schedules"}
_MOST_LISTS_KEPT = 256


class Listing:
    """The rows of lists, in order.

    A list is cached until one of its tables changes, or until the passage of time changes its contents.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[Any, datetime, list[Row]]] = {}

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
            None if _is_settled(view, query) else query.page,
            _frozen(query.filters),
        )
        version = view.store.version(collection.table, "component_groups")
        kept = self._kept.get(key)
        now = view.clock.now
        if kept is not None and kept[0] == version and now < kept[1]:
            return kept[2]
        rows = _select(collection, view, query, parent_id)
        if len(self._kept) >= _MOST_LISTS_KEPT:
            self._kept.clear()
        is_timed = collection.table in _TIMED_TABLES
        valid_until = next_change(view.table(collection.table), now) if is_timed else END_OF_TIME
        self._kept[key] = (version, valid_until, rows)
        return rows


def _select(collection: Collection, view: View, query: Query, parent_id: int | None) -> list[Row]:
    table = view.table(collection.table)
    rows: Iterable[Row] = table
    if isinstance(collection, ChildCollection) and parent_id is not None:
        rows = table.find(collection.index, collection.key(parent_id))
    tests = _tests(collection, view, query)
    sees = collection.sees
    found = [row for row in rows if sees(view, row) and all(test(row) for test in tests)]
    if not _is_settled(view, query):
        # Rows that compare equal are ordered differently on every page, as by a server with many workers.
        found.sort(key=lambda row: crc32(f"{query.page} {row['id']}".encode()))
    return in_order(found, collection, query.sorts, view.settings.database)


def _is_settled(view: View, query: Query) -> bool:
    """Whether rows that compare equal keep their order: in SQLite, or if the id breaks ties."""
    return view.settings.database == "sqlite" or any(sort.lstrip("-") == "id" for sort in query.sorts)


def _tests(collection: Collection, view: View, query: Query) -> list[Test]:
    tests = []
    for name, kind in (collection.filters or {}).items():
        value = query.filters.get(name, kind.default if view.scoped else None)
        test = None if value is None or value == "" else kind.test(value, view)
        if test is not None:
            tests.append(test)
    return tests


def in_order(rows: list[Row], collection: Collection, sorts: Sequence[str], database: str) -> list[Row]:
    """Rows in the requested order, else in that of the list, else in that of the storage."""
    wanted = sorts or ((collection.default_sort,) if collection.default_sort else ())
    if not wanted:
        stored_by = collection.stored_by if database == "sqlite" else None
        return rows if stored_by is None else sorted(rows, key=stored_by)
    if wanted == ("id",):
        return rows
    if wanted == ("-id",):
        return rows[::-1]
    # Sorting is stable, so the last column is sorted first.
    for sort in reversed(wanted):
        rows = sorted(rows, key=_sort_key(sort.lstrip("-"), database), reverse=sort.startswith("-"))
    return rows


def _sort_key(column: str, database: str) -> Callable[[Row], tuple[bool, Any]]:
    """The key for a column: nulls sort first, except in PostgreSQL, where they sort last."""
    if database == "postgresql":
        return lambda row: (row[column] is None, row[column])
    return lambda row: (row[column] is not None, row[column])


def _frozen(filters: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        (name, value if isinstance(value, str) else tuple(sorted(value.items())))
        for name, value in sorted(filters.items())
    )
