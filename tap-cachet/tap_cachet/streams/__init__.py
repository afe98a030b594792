"""The streams, by subject."""

from __future__ import annotations

from tap_cachet.streams.components import ComponentGroups, Components
from tap_cachet.streams.incidents import IncidentComponents, Incidents, IncidentTemplates, IncidentUpdates
from tap_cachet.streams.metrics import MetricPoints, Metrics
from tap_cachet.streams.schedules import ScheduleComponents, Schedules, ScheduleUpdates
from tap_cachet.streams.subscribers import Subscribers
from tap_cachet.streams.system import Status, Version

__all__ = ["STREAMS", "ScheduleUpdates"]

STREAMS = (
    Components,
    ComponentGroups,
    Incidents,
    IncidentUpdates,
    IncidentComponents,
    IncidentTemplates,
    Metrics,
    MetricPoints,
    Schedules,
    ScheduleUpdates,
    ScheduleComponents,
    Subscribers,
    Status,
    Version,
)
