"""Alerts, their timelines, and their routing."""

from __future__ import annotations

from tap_rootly.client import RootlyListStream
from tap_rootly.side_loading import UndescribedStream


class Alerts(RootlyListStream):
    """An alert; read by time of update, in an order that only cursors preserve."""

    name = "alerts"
    path = "/v1/alerts"
    replication_key = "updated_at"
    by_cursor = True


class AlertEvents(RootlyListStream):
    """One entry of an alert's timeline; entries are only ever added."""

    name = "alert_events"
    path = "/v1/alert_events"
    replication_key = "created_at"
    sort = "created_at"
    is_sorted = True
    by_cursor = True
    largest_page = 50


class AlertCallRecordings(UndescribedStream):
    """The recording of a phone call that raised an alert; read with the alerts that were updated."""

    name = "alert_call_recordings"
    path = "/v1/alerts"
    parent_stream = "alerts"
    parent_fields = {"alert_id": "id", "alert_updated_at": "updated_at"}
    replication_key = "alert_updated_at"
    include = "alert_call_recording"
    paged = False
    selected_by_default = False


class AlertFields(RootlyListStream):
    """A custom field of alerts."""

    name = "alert_fields"
    path = "/v1/alert_fields"


class AlertGroups(RootlyListStream):
    """A rule that groups related alerts."""

    name = "alert_groups"
    path = "/v1/alert_groups"
    paged = False


class AlertRoutes(RootlyListStream):
    """A route: where alerts go, and under which conditions."""

    name = "alert_routes"
    path = "/v1/alert_routes"


class AlertRoutingRules(RootlyListStream):
    """An alert routing rule, which alert routes have replaced."""

    name = "alert_routing_rules"
    path = "/v1/alert_routing_rules"


class AlertSources(RootlyListStream):
    """A source that alerts come from."""

    name = "alert_sources"
    path = "/v1/alert_sources"


class AlertUrgencies(RootlyListStream):
    """An urgency level of alerts."""

    name = "alert_urgencies"
    path = "/v1/alert_urgencies"


class Heartbeats(RootlyListStream):
    """A heartbeat monitor, which raises an alert when pings stop."""

    name = "heartbeats"
    path = "/v1/heartbeats"


class LiveCallRouters(RootlyListStream):
    """A phone number that forwards calls to whoever is on call."""

    name = "live_call_routers"
    path = "/v1/live_call_routers"
