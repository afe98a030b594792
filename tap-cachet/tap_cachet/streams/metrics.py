"""Metrics and their points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import SettingsError

from tap_cachet.client import CachetFanOutStream, CachetListStream
from tap_cachet.records import number

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from tap_cachet.records import Row
    from tap_cachet.tap import TapCachet

MOST_PASSES = 4
NEWEST = "newest_ids"
"""Key in the state: the id of each metric's counting point."""


class Metrics(CachetListStream):
    """A metric charted on the status page."""

    name = "metrics"
    path = "/metrics"

    def finished(self, rows: list[Row], resources: Sequence[Mapping[str, Any]]) -> list[Row]:  # noqa: ARG002
        """Some databases send decimals as strings."""
        for row in rows:
            row["default_value"] = number(row.get("default_value"))
        return rows

    def rows(self, since: str | None = None) -> Iterator[Row]:
        """Yield the metrics that can have points."""
        for row in super().rows(since):
            if type(row.get("id")) is int:
                yield row
            else:
                self.leave_out("a metric without a number was sent, of which no points can be read")


class MetricPoints(CachetFanOutStream):
    """One value of a metric at one time.

    Points are only added, so a run reads each metric's points newest first, down to the one that counts repeated
    values: the one with the latest time, which need not be the newest, because points may be entered with a past
    time. 2.x cannot sort by id, so all points are read there.
    """

    name = "metric_points"
    path = "/metrics/{metric_id}/points"
    parent_stream = "metrics"
    parent_fields: ClassVar[Mapping[str, str]] = {"metric_id": "id"}
    also_remembers = (NEWEST,)
    v2_sort = False

    def __init__(self, tap: TapCachet) -> None:
        super().__init__(tap)
        if not self.v2:
            self.replication_key = "id"

    def starting_bookmark(self) -> str | None:
        """None: each metric has its own bookmark, and all metrics are read."""
        return None

    def parents(self) -> Iterable[Row]:
        """All metrics, in order of id."""
        return self.parent_keys(None)

    def child_params(self, parent: Row) -> dict[str, Any]:
        """Newest first if a point is known; oldest first if all are new."""
        if self.v2:
            return {}
        return {"sort": "id" if self._newest_known(parent) is None else "-id"}

    def read_rows(self) -> Iterator[Row]:
        """Yield the new points of all metrics, metric by metric.

        Raises:
            SettingsError: The state does not hold ids of points.
        """
        self._check_bookmarks()
        listed = set()
        for parent, pages in self.fan_out(self.parents()):
            listed.add(str(parent["metric_id"]))
            newest = yield from self._points(parent, pages)
            if newest is not None and self.read_whole and not self.v2:
                self._remember(parent, newest)
        if not self.v2 and self.is_complete:
            self._forget_all_but(listed)

    def _points(self, parent: Row, pages: Iterator[Any]) -> Generator[Row, None, int | None]:
        """Yield the points of a metric; returns the id of the counting one, or None if uncertain."""
        known = self._newest_known(parent)
        if known is None:
            counting: Row | None = None
            for page in pages:
                for row in self.parse_page(page):
                    if type(row.get("id")) is int:
                        counting = row if counting is None else max(counting, row, key=_precedence)
                    yield row
            return counting["id"] if counting and self.is_complete else None
        return (yield from self._new_points(parent, pages, known))

    def _new_points(self, parent: Row, pages: Iterator[Any], known: int) -> Generator[Row, None, int | None]:
        """Yield the points down to the former counting one; returns the id of the present one.

        A point that is deleted while pages are read shifts the older ones up, and the one that crosses a page boundary
        is missed. The deleted point was seen in one pass and is gone in the next, so once two passes have seen the same
        points, neither has missed any. Points added in the meantime are newer than all others, and do not matter.
        """
        emitted: dict[int, Row] = {}
        before: set[int] | None = None
        for _ in range(MOST_PASSES):
            seen: dict[int, Row] = {}
            number_of_pages = 0
            for page in pages:
                number_of_pages += 1
                for row in self._down_to(known, page):
                    if type(key := row.get("id")) is not int:
                        yield row
                        continue
                    seen[key] = {"id": key, "created_at": row.get("created_at")}
                    if key not in emitted:
                        yield row
                emitted |= seen
                if known in seen:
                    break
            newest = max(before or seen, default=known)
            if number_of_pages <= 1 or {point for point in seen if point <= newest} == before:
                certain = (emitted[point] for point in before or seen)
                return max(certain, key=_precedence, default={"id": known})["id"]
            before = {point for point in seen if point <= newest}
            pages = self.children(parent, self.list_reading(self.path, self.child_params(parent), **parent))
        self.leave_out("points were deleted each time they were read")
        return None

    def _down_to(self, known: int, page: Any) -> Iterator[Row]:
        """The points of a page that may be new; all of them if the known one was deleted."""
        for row in self.parse_page(page):
            yield row
            if row.get("id") == known:
                return

    # One bookmark for each metric

    def _check_bookmarks(self) -> None:
        state = self.stream_state
        newest, overall = state.get(NEWEST, {}), state.get("replication_key_value") or 0
        numbers = [overall, *newest.values()] if isinstance(newest, dict) else []
        if not numbers or not all(type(number) is int for number in numbers):
            raise SettingsError(f"The state of the stream {self.name} does not hold the number of the newest points.")

    def _newest_known(self, parent: Row) -> int | None:
        known: dict[str, int] = self.stream_state.get(NEWEST, {})
        return known.get(str(parent["metric_id"]))

    def _remember(self, parent: Row, newest: int) -> None:
        state = self.stream_state
        state.setdefault(NEWEST, {})[str(parent["metric_id"])] = newest
        self.bookmark.move(state, newest)
        self.state_manager.is_flushed = False

    def _forget_all_but(self, listed: set[str]) -> None:
        known = self.stream_state.get(NEWEST, {})
        for gone in known.keys() - listed:
            del known[gone]


def _precedence(point: Row) -> tuple[str, int]:
    """Highest for the point whose counter the server increments: the one with the latest time, then the oldest."""
    return point.get("created_at") or "", -point["id"]
