"""Metrics and their points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_cachet.client import CachetFanOutStream, CachetListStream
from tap_cachet.pagination import PAGE_SIZE
from tap_cachet.records import number

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from tap_cachet.records import Row
    from tap_cachet.tap import TapCachet

MOST_PASSES = 3


class Metrics(CachetListStream):
    """Charts of the status page."""

    name = "metrics"
    path = "/metrics"

    def row(self, resource: Mapping[str, Any]) -> Row:
        """Some databases send decimals as text."""
        row = super().row(resource)
        row["default_value"] = number(row.get("default_value"))
        return row


class MetricPoints(CachetFanOutStream):
    """The values of the metrics.

    Points are only added, so a run reads each metric's points newest first, down to the newest one that is known;
    that one is read again, because it counts repeated values while it is the newest. 2.x cannot sort by id: there
    all points are read.
    """

    name = "metric_points"
    path = "/metrics/{metric_id}/points"
    parent_stream = "metrics"
    parent_fields: ClassVar[Mapping[str, str]] = {"metric_id": "id"}
    v2_sort = False

    def __init__(self, tap: TapCachet) -> None:
        super().__init__(tap)
        if not self.v2:
            self.replication_key = "id"

    def starting_bookmark(self) -> str | None:
        """Every metric has a bookmark of its own; the metrics are all read."""
        return None

    def parents(self) -> Iterable[Row]:
        """All metrics, in the order of their ids."""
        return self.parent_keys(None)

    def child_params(self, parent: Row) -> dict[str, Any]:
        """Newest first where a point is known; oldest first where all are new."""
        if self.v2:
            return {}
        return {"sort": "id" if self._newest_known(parent) is None else "-id"}

    def read_rows(self) -> Iterator[Row]:
        """Yield the new points of all metrics, metric by metric."""
        listed = set()
        for parent, pages in self.fan_out(self.parents()):
            listed.add(str(parent["metric_id"]))
            newest = yield from self._points(parent, pages)
            if newest is not None and not self.v2:
                self._remember(parent, newest)
        if not self.v2 and self.is_complete:
            self._forget_all_but(listed)

    def _points(self, parent: Row, pages: Iterator[Any]) -> Generator[Row, None, int | None]:
        """Yield the points of a metric; returns the id of the newest one, None when it is not certain."""
        known = self._newest_known(parent)
        if known is None:
            newest: int | None = None
            for page in pages:
                for row in self.parse_page(page):
                    newest = max(newest or 0, row["id"])
                    yield row
            return newest if self.is_complete else None
        return (yield from self._new_points(parent, pages, known))

    def _new_points(self, parent: Row, pages: Iterator[Any], known: int) -> Generator[Row, None, int | None]:
        for _ in range(MOST_PASSES):
            ids: list[int] = []
            for page in pages:
                for row in self.parse_page(page):
                    ids.append(row["id"])
                    yield row
                    if row["id"] <= known:
                        break
                if ids and ids[-1] <= known:
                    break
            if not ids or self._held_still(parent, ids):
                return max(ids, default=known)
            pages = self.walk(self.list_reading(self.path, self.child_params(parent), **parent))
        self.leave_out("points were deleted while they were read")
        return None

    def _held_still(self, parent: Row, ids: list[int]) -> bool:
        """Whether no point was deleted while more than one page was read.

        A deleted point pulls the older ones up, over the border of a page. Points that were added push them down:
        the last one read must stand as many places lower as there are new ones.
        """
        if len(ids) <= PAGE_SIZE:
            return True
        first = self._page_of_ids(parent, 1)
        added = sum(1 for point in first if point > ids[0])
        place = len(ids) - 1 + added
        page = self._page_of_ids(parent, place // PAGE_SIZE + 1)
        return added < PAGE_SIZE and page[place % PAGE_SIZE : place % PAGE_SIZE + 1] == ids[-1:]

    def _page_of_ids(self, parent: Row, page: int) -> list[int]:
        params = {**self.child_params(parent), **self.get_new_paginator().params(page)}
        body = self.get(self.path, params, **parent).body
        return [int(resource["id"]) for resource in body["data"]]

    # One bookmark for each metric

    def _newest_known(self, parent: Row) -> int | None:
        known: dict[str, int] = self.stream_state.get("newest_ids", {})
        return known.get(str(parent["metric_id"]))

    def _remember(self, parent: Row, newest: int) -> None:
        state = self.stream_state
        state.setdefault("newest_ids", {})[str(parent["metric_id"])] = newest
        state["replication_key"] = "id"
        state["replication_key_value"] = max(newest, state.get("replication_key_value") or 0)
        self.state_manager.is_flushed = False

    def _forget_all_but(self, listed: set[str]) -> None:
        known = self.stream_state.get("newest_ids", {})
        for gone in known.keys() - listed:
            del known[gone]
