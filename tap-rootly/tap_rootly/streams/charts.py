"""Charts: figures that Rootly computes on request."""

from __future__ import annotations

from tap_rootly.client import ChartStream


class ServiceUptimeCharts(ChartStream):
    """The uptime of one service, as a chart."""

    name = "service_uptime_charts"
    path = "/v1/services/{service_id}/uptime_chart"
    primary_keys = ("service_id",)
    parent_stream = "services"
    parent_fields = {"service_id": "id"}


class ServiceIncidentsCharts(ChartStream):
    """The number of one service's incidents, as a chart."""

    name = "service_incidents_charts"
    path = "/v1/services/{service_id}/incidents_chart"
    needs_period = True
    primary_keys = ("service_id",)
    parent_stream = "services"
    parent_fields = {"service_id": "id"}


class FunctionalityUptimeCharts(ChartStream):
    """The uptime of one functionality, as a chart."""

    name = "functionality_uptime_charts"
    path = "/v1/functionalities/{functionality_id}/uptime_chart"
    primary_keys = ("functionality_id",)
    parent_stream = "functionalities"
    parent_fields = {"functionality_id": "id"}


class FunctionalityIncidentsCharts(ChartStream):
    """The number of one functionality's incidents, as a chart."""

    name = "functionality_incidents_charts"
    path = "/v1/functionalities/{functionality_id}/incidents_chart"
    needs_period = True
    primary_keys = ("functionality_id",)
    parent_stream = "functionalities"
    parent_fields = {"functionality_id": "id"}


class TeamIncidentsCharts(ChartStream):
    """The number of one team's incidents, as a chart."""

    name = "team_incidents_charts"
    path = "/v1/teams/{team_id}/incidents_chart"
    needs_period = True
    primary_keys = ("team_id",)
    parent_stream = "teams"
    parent_fields = {"team_id": "id"}
