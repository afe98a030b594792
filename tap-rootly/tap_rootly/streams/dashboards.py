"""Dashboards."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream


class Dashboards(RootlyListStream):
    """A dashboard."""

    name = "dashboards"
    path = "/v1/dashboards"


class DashboardPanels(RootlyFanOutStream):
    """One panel of a dashboard, with its data."""

    name = "dashboard_panels"
    path = "/v1/dashboards/{dashboard_id}/panels"
    parent_stream = "dashboards"
    parent_fields = {"dashboard_id": "id"}
    selected_by_default = False
