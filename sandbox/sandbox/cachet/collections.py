"""The lists of Cachet v3: their sorts, filters, includes, and who sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.cachet import filters as by
from sandbox.cachet.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.cachet.filters import Filter
    from sandbox.tables import Row


@dataclass(frozen=True)
class Collection:
    """A list of resources.

    Attributes:
        path: Its path below the API's base; a child's path is below its parent.
        table: The table that holds the rows.
        resource: The name of the resource type.
        model: The name of a row in error messages.
        sees: Whether a row is shown to the viewer.
        sorts: The columns that it may be sorted by, in the order in which errors name them.
        filters: Its filters, likewise; None ignores them all.
        includes: Its includes, likewise; None ignores them all.
        broken_includes: Includes that it advertises but that cause a server error.
        default_sort: The column, with `-` for descending, or None for the order of the storage.
        stored_by: The order of the storage: the index that the database reads if no order is requested.
        ability: The ability without which nobody may read it.
    """

    path: str
    table: str
    resource: str
    model: str
    sees: Callable[[View, Row], bool]
    sorts: tuple[str, ...]
    filters: Mapping[str, Filter] | None
    includes: tuple[str, ...] | None
    broken_includes: tuple[str, ...] = ()
    default_sort: str | None = None
    stored_by: Callable[[Row], Any] | None = None
    ability: str | None = None

    @property
    def route(self) -> str:
        """The template of its route, below the API's base."""
        return self.path


@dataclass(frozen=True)
class ChildCollection(Collection):
    """A list of the children of one row.

    Attributes:
        parent: The collection of the parent.
        index: The index of the table that finds the children.
        key: The index key of a parent's id.
        hides_with_parent: Whether a parent that the viewer does not see hides its children.
    """

    parent: Collection = field(kw_only=True)
    index: str = field(kw_only=True)
    key: Callable[[int], Any] = field(kw_only=True)
    hides_with_parent: bool = field(kw_only=True, default=True)

    @property
    def route(self) -> str:
        """The template of its route, below the API's base."""
        return f"{self.parent.path}/{{id}}/{self.path}"


COMPONENTS = Collection(
    "components",
    "components",
    "components",
    "Component",
    View.sees_component,
    ("name", "order", "id"),
    {
        "name": by.Partial("name"),
        "status": by.Exact("status"),
        "enabled": by.Flag("enabled", default=True),
        "meta": by.Meta(),
    },
    ("group", "incidents", "meta"),
    stored_by=lambda row: row["component_group_id"] or 0,
)
COMPONENT_GROUPS = Collection(
    "component-groups",
    "component_groups",
    "component_groups",
    "ComponentGroup",
    View.sees_group,
    ("name", "id"),
    {"meta": by.Meta()},
    ("components", "meta"),
    stored_by=lambda row: row["visible"],
)
INCIDENTS = Collection(
    "incidents",
    "incidents",
    "incidents",
    "Incident",
    View.sees_incident,
    ("name", "status", "id", "created_at"),
    {
        "name": by.Partial("name"),
        "status": by.Exact("status"),
        "occurs_after": by.OccursAfter(),
        "occurs_before": by.OccursBefore(),
        "occurs_on": by.OccursOn(),
        "meta": by.Meta(),
    },
    ("components", "components.group", "updates", "user", "meta"),
    default_sort="-created_at",
)
INCIDENT_TEMPLATES = Collection(
    "incident-templates",
    "incident_templates",
    "incident_templates",
    "IncidentTemplate",
    View.sees_row,
    ("name", "slug", "id"),
    {"name": by.Partial("name"), "slug": by.Partial("slug")},
    None,
)
METRICS = Collection(
    "metrics",
    "metrics",
    "metrics",
    "Metric",
    View.sees_group,
    ("name", "order", "id"),
    {"name": by.Partial("name"), "calc_type": by.Partial("calc_type")},
    ("points",),
    default_sort="-created_at",
)
SCHEDULES = Collection(
    "schedules",
    "schedules",
    "schedules",
    "Schedule",
    View.sees_schedule,
    ("name", "id", "scheduled_at", "completed_at"),
    {"name": by.Partial("name"), "status": by.ScheduleStatus(), "meta": by.Meta()},
    ("components", "components.group", "updates", "user", "meta"),
    broken_includes=("user",),
)
SUBSCRIBERS = Collection(
    "subscribers",
    "subscribers",
    "subscribers",
    "Subscriber",
    View.sees_row,
    ("email", "id"),
    {"email": by.Partial("email"), "global": by.Flag("global"), "meta": by.Meta()},
    ("components", "meta"),
    ability="subscribers.manage",
)
INCIDENT_UPDATES = ChildCollection(
    "updates",
    "updates",
    "updates",
    "Update",
    View.sees_row,
    ("status", "created_at"),
    {"status": by.Exact("status")},
    ("incident",),
    parent=INCIDENTS,
    index="owner",
    key=lambda parent_id: ("incident", parent_id),
)
SCHEDULE_UPDATES = ChildCollection(
    "updates",
    "updates",
    "updates",
    "Update",
    View.sees_row,
    ("created_at",),
    None,
    ("schedule",),
    parent=SCHEDULES,
    index="owner",
    key=lambda parent_id: ("schedule", parent_id),
    hides_with_parent=False,
)
METRIC_POINTS = ChildCollection(
    "points",
    "metric_points",
    "metric_points",
    "MetricPoint",
    View.sees_row,
    ("id", "value", "created_at"),
    None,
    ("metric",),
    parent=METRICS,
    index="metric",
    key=lambda parent_id: parent_id,
)

COLLECTIONS: tuple[Collection, ...] = (
    COMPONENTS,
    COMPONENT_GROUPS,
    INCIDENTS,
    INCIDENT_TEMPLATES,
    METRICS,
    SCHEDULES,
    SUBSCRIBERS,
)
CHILDREN: tuple[ChildCollection, ...] = (INCIDENT_UPDATES, SCHEDULE_UPDATES, METRIC_POINTS)
