"""Metrics and their points, from the same list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import as_list, as_object, identity

from tap_instatus.client import InstatusFanOutStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_instatus.records import Row

PATH = "/v1/{page_id}/metrics"


class Metrics(InstatusFanOutStream):
    """A metric charted on a status page."""

    name = "metrics"
    path = PATH
    without = frozenset({"data"})


class MetricDatapoints(InstatusFanOutStream):
    """One value of a metric at one time."""

    name = "metric_datapoints"
    path = PATH

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each point of each metric."""
        for metric in self.resources(page):
            for point in as_list(metric.get("data")):
                yield {**self.row(as_object(point)), "metric_id": identity(metric)}
