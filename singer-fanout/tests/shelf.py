"""A list in memory, in pages, that changes while it is read."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from singer_fanout import Answer, NumberedPaginator

if TYPE_CHECKING:
    from collections.abc import Sequence


class ShelfPaginator(NumberedPaginator):
    """Pages of `{"ids": [...], "more": bool}`, with the total where the shelf tells it."""

    def params(self, number: int) -> dict[str, Any]:
        return {"page": number}

    def has_next(self, page: Any) -> bool:
        return bool(page["more"])

    def row_ids(self, page: Any) -> Sequence[int]:
        return list(page["ids"])

    def total_rows(self, page: Any) -> int | None:
        total: int | None = page.get("total")
        return total

    def total_pages(self, page: Any) -> int | None:
        total = self.total_rows(page)
        return None if total is None else -(-total // page["size"])


class Shelf:
    """A list in memory, in pages, that changes just before some of them are fetched.

    Args:
        count: Rows at the beginning: ids 0, 1, 2, ...
        size: Rows a page.
        deletes: Before which fetch (0 is the first) which id goes.
        appends: Before which fetches a row is added at the end.
        totals: Whether pages tell the total.
    """

    def __init__(
        self, count: int, size: int, deletes: dict[int, int], appends: frozenset[int], *, totals: bool = False
    ) -> None:
        self.ids = list(range(count))
        self.always_there = set(self.ids)
        self.fetched: list[int] = []
        self._next_id = count
        self._size = size
        self._deletes = deletes
        self._appends = appends
        self._totals = totals
        self._lock = threading.Lock()

    def fetch(self, number: int) -> Answer:
        with self._lock:
            self._change(len(self.fetched))
            self.fetched.append(number)
            start = (number - 1) * self._size
            page: dict[str, Any] = {
                "ids": self.ids[start : start + self._size],
                "more": len(self.ids) > start + self._size,
                "size": self._size,
            }
            if self._totals:
                page["total"] = len(self.ids)
        return Answer("", 200, {}, json.dumps(page).encode(), "")

    def _change(self, fetch: int) -> None:
        gone = self._deletes.get(fetch)
        if gone in self.ids:
            self.ids.remove(gone)
            self.always_there.discard(gone)
        if fetch in self._appends:
            self.ids.append(self._next_id)
            self._next_id += 1
