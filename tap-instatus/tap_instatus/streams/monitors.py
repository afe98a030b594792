"""Monitors, cron jobs that report to Instatus, and alert channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import identity

from tap_instatus.client import InstatusWrappedStream
from tap_instatus.pagination import PAGE_SIZE
from tap_instatus.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_instatus.records import Row

TOLD_OF_ALL = ("type", "url", "name", "created_at")


class Monitors(InstatusWrappedStream):
    """A monitor: what it checks, and what happens when a check fails."""

    name = "monitors"
    path = "/{page_id}/monitors"
    rows_key = "monitors"
    page_size = PAGE_SIZE
    at_once = True

    def row(self, resource: Mapping[str, Any]) -> Row:
        """The documentation shows monitors without an id, but a row needs a key."""
        row = super().row(resource)
        told = [row.get(name) for name in TOLD_OF_ALL]
        if identity(row) is None and any(told):
            row["id"] = fingerprint(*told)
        return row


class CronMonitors(InstatusWrappedStream):
    """A monitored cron job; its slug is left out, because anyone who knows it can report on behalf of the job."""

    name = "cron_monitors"
    path = "/{page_id}/monitors/cron"
    rows_key = "cronMonitors"
    page_size = PAGE_SIZE
    without = frozenset({"slug"})


class MonitorAlerts(InstatusWrappedStream):
    """A channel for monitor alerts; its address is left out, because anyone who knows it can post there."""

    name = "monitor_alerts"
    path = "/{page_id}/monitor-alerts"
    rows_key = "monitorAlerts"
    page_size = PAGE_SIZE
