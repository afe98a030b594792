"""Alerts, what happened to them, and how they are routed."""

from __future__ import annotations

from tap_rootly.client import RootlyListStream
from tap_rootly.side_loading import UndescribedStream


class Alerts(RootlyListStream):
    """What watches the services has said; read by what was updated, in an order that only cursors keep."""

    name = "alerts"
    path = "/v1/alerts"
    replication_key = "updated_at"
    by_cursor = True


class AlertEvents(RootlyListStream):
    """What happened to alerts, step by step; steps are only added."""

    name = "alert_events"
    path = "/v1/alert_events"
    replication_key = "created_at"
    sort = "created_at"
    is_sorted = True
    by_cursor = True
    largest_page = 50


class AlertCallRecordings(UndescribedStream):
    """Calls that were recorded as alerts came in by phone; read with the alerts that were updated."""

    name = "alert_call_recordings"
    path = "/v1/alerts"
    parent_stream = "alerts"
    parent_fields = {"alert_id": "id", "alert_updated_at": "updated_at"}
    replication_key = "alert_updated_at"
    include = "alert_call_recording"
    paged = False
    selected_by_default = False


class AlertFields(RootlyListStream):
    """Fields that alerts carry beside their own."""

    name = "alert_fields"
    path = "/v1/alert_fields"


class AlertGroups(RootlyListStream):
    """Rules by which alerts are taken together."""

    name = "alert_groups"
    path = "/v1/alert_groups"
    paged = False


class AlertRoutes(RootlyListStream):
    """Where alerts go, and under which conditions."""

    name = "alert_routes"
    path = "/v1/alert_routes"


class AlertRoutingRules(RootlyListStream):
    """The older kind of alert routes."""

    name = "alert_routing_rules"
    path = "/v1/alert_routing_rules"


class AlertSources(RootlyListStream):
    """Where alerts come from."""

    name = "alert_sources"
    path = "/v1/alert_sources"


class AlertUrgencies(RootlyListStream):
    """How urgent an alert can be."""

    name = "alert_urgencies"
    path = "/v1/alert_urgencies"


class Heartbeats(RootlyListStream):
    """Signs of life that raise an alert when they stay away."""

    name = "heartbeats"
    path = "/v1/heartbeats"


class LiveCallRouters(RootlyListStream):
    """Phone numbers that lead to whoever is on call."""

    name = "live_call_routers"
    path = "/v1/live_call_routers"
