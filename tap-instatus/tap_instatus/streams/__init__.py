"""The streams, by subject."""

from __future__ import annotations

from tap_instatus.streams.account import User, Workspaces
from tap_instatus.streams.components import Components
from tap_instatus.streams.incidents import IncidentComponents, Incidents, IncidentUpdates
from tap_instatus.streams.maintenances import MaintenanceComponents, Maintenances, MaintenanceUpdates
from tap_instatus.streams.metrics import MetricDatapoints, Metrics
from tap_instatus.streams.monitors import CronMonitors, MonitorAlerts, Monitors
from tap_instatus.streams.on_call import EscalationPolicies, RoutingRules
from tap_instatus.streams.pages import Pages
from tap_instatus.streams.people import AudienceGroups, Subscribers, Team
from tap_instatus.streams.public import PublicSummary
from tap_instatus.streams.templates import Templates

__all__ = ["STREAMS"]

STREAMS = (
    Pages,
    Components,
    Incidents,
    IncidentUpdates,
    IncidentComponents,
    Maintenances,
    MaintenanceUpdates,
    MaintenanceComponents,
    Templates,
    Team,
    Subscribers,
    Metrics,
    MetricDatapoints,
    AudienceGroups,
    Monitors,
    CronMonitors,
    MonitorAlerts,
    RoutingRules,
    EscalationPolicies,
    Workspaces,
    User,
    PublicSummary,
)
