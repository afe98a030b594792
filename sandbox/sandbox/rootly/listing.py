"""The rows of a list in order: computed once, then divided into pages."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.rootly import shifts
from sandbox.rootly.filters import tests
from sandbox.rootly.problems import Problem
from sandbox.rootly.times import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.rootly.description import Read
    from sandbox.rootly.query import Query
    from sandbox.rootly.settings import RootlySettings
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Id, Row

_MOST_KEPT = 512


@dataclass
class Page:
    """A page of a list.

    Attributes:
        rows: The rows.
        total: The rows of all pages.
        next_cursor: The cursor after the last row; None if there are no more rows.
    """

    rows: list[Row]
    total: int
    next_cursor: str | None


class Listing:
    """The rows of lists, cached until a row changes."""

    def __init__(self, store: RootlyStore, settings: RootlySettings) -> None:
        self._store = store
        self._settings = settings
        self._kept: dict[Any, list[Row]] = {}
        store.watchers.append(lambda _table, _row_id: self._kept.clear())

    def rows(self, read: Read, query: Query, parent_id: Id | None = None) -> list[Row]:
        """All rows of a list, in order."""
        key = (
            read.path,
            parent_id,
            query.sorts,
            tuple(sorted(query.filters.items())),
            tuple(sorted(query.others.items())),
            self._settings.default_sort,
        )
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[key] = self._select(read, query, parent_id)
        return kept

    def page(self, read: Read, query: Query, parent_id: Id | None = None) -> Page:
        """The requested page of a list.

        Raises:
            Problem: The cursor is invalid or of another sort order, or the page is too deep.
        """
        if query.after is None and query.number > (self._settings.deepest_page or query.number):
            raise Problem(self._settings.deep_status)
        rows = self.rows(read, query, parent_id)
        if read.table == shifts.TABLE and not self._settings.shift_paging:
            return Page(rows, len(rows), None)
        sorts = self._sorts(query)
        start = (query.number - 1) * query.size
        if query.after is not None:
            start = bisect_right(rows, _cursor_key(query.after, sorts), key=lambda row: _Key(row, sorts))
        cut = rows[start : start + query.size]
        has_more = start + query.size < len(rows)
        cursor = _cursor(cut[-1], sorts) if "after" in read.page and has_more and cut else None
        return Page(cut, len(rows), cursor)

    def _sorts(self, query: Query) -> tuple[str, ...]:
        return query.sorts or (self._settings.default_sort,)

    def _select(self, read: Read, query: Query, parent_id: Id | None) -> list[Row]:
        table = self._store.tables[read.table]
        rows: Iterable[Row] = table
        if parent_id is not None:
            rows = table.find(read.parent_column, parent_id)
        if read.only is not None:
            column, value = read.only
            rows = [row for row in rows if row[column] == value]
        wanted = tests(self._store, read, query) + _others(query)
        found = [row for row in rows if all(test(row) for test in wanted)]
        sorts = self._sorts(query)
        unknown = [sort for sort in sorts if sort.lstrip("-") not in table.columns]
        if unknown:
            raise Problem(400, f"sort does not take {', '.join(unknown)}")
        return _in_order(found, sorts)


def _others(query: Query) -> list[Callable[[Row], bool]]:
    """The tests of parameters other than filters."""
    found: list[Callable[[Row], bool]] = []
    for name, value in query.others.items():
        if name in {"from", "to"}:
            found.append(_overlapping(name, value))
        elif name in {"user_ids[]", "schedule_ids[]"}:
            column, wanted = name.removesuffix("s[]"), set(value.split(","))
            found.append(lambda row, column=column, wanted=wanted: str(row[column]) in wanted)  # type: ignore[misc]
        elif name in {"status", "platform", "created_by", "name"}:
            found.append(lambda row, name=name, value=value: str(row[name]) == value)  # type: ignore[misc]
    return found


def _overlapping(name: str, value: str) -> Callable[[Row], bool]:
    try:
        limit = parsed(value)
    except ValueError:
        raise Problem(400, f"{name} has to be a time, not {value!r}") from None
    if name == "from":
        return lambda row: bool(row["ends_at"] >= limit)
    return lambda row: bool(row["starts_at"] <= limit)


def _in_order(rows: list[Row], sorts: tuple[str, ...]) -> list[Row]:
    """Rows in the order of `_Key`, computed faster than with it."""
    for sort in ("id", *reversed(sorts)):
        column = sort.lstrip("-")
        told = [row for row in rows if row[column] is not None]
        told.sort(key=lambda row: row[column], reverse=sort.startswith("-"))
        rows = told if len(told) == len(rows) else told + [row for row in rows if row[column] is None]
    return rows


class _Key:
    """The sort key of rows: the sorted columns, nulls last, then the id."""

    __slots__ = ("parts",)

    def __init__(self, row: Row, sorts: tuple[str, ...]) -> None:
        self.parts = [(sort.startswith("-"), row[sort.lstrip("-")]) for sort in (*sorts, "id")]

    def __lt__(self, other: _Key) -> bool:
        for (falls, mine), (_, theirs) in zip(self.parts, other.parts, strict=True):
            if mine == theirs:
                continue
            if mine is None or theirs is None:
                return theirs is None
            return bool(mine > theirs if falls else mine < theirs)
        return False


def _cursor(row: Row, sorts: tuple[str, ...]) -> str:
    values = [row[sort.lstrip("-")] for sort in (*sorts, "id")]
    return base64.urlsafe_b64encode(msgspec.json.encode([list(sorts), values])).decode()


def _cursor_key(cursor: str, sorts: tuple[str, ...]) -> _Key:
    try:
        told, values = msgspec.json.decode(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError, binascii.Error, msgspec.DecodeError):
        raise Problem(400, "page[after] is not a cursor") from None
    if tuple(told) != sorts:
        raise Problem(400, "page[after] belongs to a list that is sorted differently")
    names = [sort.lstrip("-") for sort in (*sorts, "id")]
    return _Key(
        {
            name: parsed(value) if name.endswith("_at") and value else value
            for name, value in zip(names, values, strict=True)
        },
        sorts,
    )
