"""Checks that Instatus makes, and whom it tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_instatus.client import InstatusWrappedStream
from tap_instatus.pagination import PAGE_SIZE, WholeReading
from tap_instatus.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from singer_fanout import Answer, Reading

    from tap_instatus.records import Row


class Monitors(InstatusWrappedStream):
    """What is checked, and what an outcome does."""

    name = "monitors"
    path = "/{page_id}/monitors"
    rows_key = "monitors"
    page_size = PAGE_SIZE

    def reading_of(self, get: Callable[[Mapping[str, Any]], Answer]) -> Reading:
        """No document tells of pages here, only of a limit."""
        return WholeReading(self.rows_key, get, self._tap.pool, dry_run=self.is_dry_run)

    def row(self, resource: Mapping[str, Any]) -> Row:
        """The provider's document shows monitors without an id, and a row must have a key."""
        row = super().row(resource)
        if not row.get("id"):
            row["id"] = fingerprint(*(row.get(name) for name in ("type", "url", "name", "created_at")))
        return row


class MonitorAlerts(InstatusWrappedStream):
    """Channels that are told of failures; where they lead is left out, because that lets others write to them."""

    name = "monitor_alerts"
    path = "/{page_id}/monitor-alerts"
    rows_key = "monitorAlerts"
    page_size = PAGE_SIZE
