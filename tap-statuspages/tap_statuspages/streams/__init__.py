"""The streams, by provider."""

from __future__ import annotations

from tap_statuspages.streams import boxwatch, sigryl

__all__ = ["STREAMS"]

STREAMS = {
    "sigryl": (sigryl.StatusPages, sigryl.Components, sigryl.Incidents, sigryl.IncidentUpdates),
    "boxwatch": (
        boxwatch.StatusPages,
        boxwatch.Servers,
        boxwatch.CronChecks,
        boxwatch.UptimeChecks,
        boxwatch.Webhooks,
        boxwatch.Incidents,
        boxwatch.IncidentUpdates,
        boxwatch.IncidentDepartures,
        boxwatch.PublicStatus,
        boxwatch.EndpointMetrics,
    ),
}
