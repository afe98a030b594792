"""The JSON:API resources of Cachet v3: the attributes and relations of each type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.cachet.labels import COMPONENT_STATUS, INCIDENT_STATUS, SCHEDULE_STATUS, labelled
from sandbox.cachet.status import schedule_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from sandbox.cachet.view import View
    from sandbox.tables import Row

Attributes: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True)
class Related:
    """A related row, with the status of the link."""

    row: Row
    pivot_status: int | None = None


@dataclass(frozen=True)
class Relation:
    """A named relation.

    Attributes:
        resource: The name of the related resource.
        load: The related rows of a row.
        many: False for at most one, which is an object or null in the response.
    """

    resource: str
    load: Callable[[View, Row], list[Related]]
    many: bool = True


@dataclass(frozen=True)
class Resource:
    """A type of resource.

    Attributes:
        type: Its JSON:API name.
        attributes: Renders a row; the set holds additionally requested attributes, such as `meta`.
        relations: What can be included with it.
    """

    type: str
    attributes: Callable[[View, Row, AbstractSet[str]], Attributes]
    relations: Mapping[str, Relation] = field(default_factory=dict)


def number(value: float) -> float:
    """A float as PHP prints it: without a fraction if it is whole."""
    return int(value) if value == int(value) else value


def _times(view: View, row: Row) -> Attributes:
    return {"created": view.clock.tell(row["created_at"]), "updated": view.clock.tell(row["updated_at"])}


def _meta(row: Row, extras: AbstractSet[str]) -> Attributes:
    # PHP cannot distinguish an empty object from an empty list.
    return {"meta": row["meta"] or []} if "meta" in extras else {}


def component(view: View, row: Row, extras: AbstractSet[str]) -> Attributes:
    """A component; `latest_status` is computed."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "link": row["link"],
        "order": row["order"],
        "status": labelled(row["status"], COMPONENT_STATUS),
        "latest_status": labelled(view.latest.of(row, view.clock.now), COMPONENT_STATUS),
        "enabled": row["enabled"],
        **_meta(row, extras),
        **_times(view, row),
    }


def component_group(view: View, row: Row, extras: AbstractSet[str]) -> Attributes:
    """A component group."""
    return {
        "id": row["id"],
        "name": row["name"],
        "order": row["order"],
        "order_column": row["order_column"],
        "order_direction": row["order_direction"],
        "collapsed": row["collapsed"],
        "visible": row["visible"],
        **_meta(row, extras),
        **_times(view, row),
    }


def incident(view: View, row: Row, extras: AbstractSet[str]) -> Attributes:
    """An incident."""
    is_bool = view.settings.database == "postgresql" or "just created" in extras
    attributes = {
        "id": row["id"],
        "guid": row["guid"],
        "name": row["name"],
        "message": row["message"],
        "visible": row["visible"],
        "stickied": row["stickied"],
        "notifications": row["notifications"] if is_bool else int(row["notifications"]),
        **_meta(row, extras),
    }
    if "componentsCount" in extras:
        attributes["components_count"] = len(incident_components(view, row))
    return {
        **attributes,
        "status": labelled(row["status"], INCIDENT_STATUS),
        "occurred": view.clock.tell(row["occurred_at"]),
        "published": view.clock.tell(row["published_at"]),
        **_times(view, row),
    }


def update(view: View, row: Row, _extras: AbstractSet[str]) -> Attributes:
    """An update of an incident or of a schedule; the latter have no status."""
    status = {"status": labelled(row["status"], INCIDENT_STATUS)} if row["updateable_type"] == "incident" else {}
    return {
        "id": row["id"],
        "updateable_id": row["updateable_id"],
        "updateable_type": row["updateable_type"],
        "message": row["message"],
        **status,
        **_times(view, row),
    }


def incident_template(view: View, row: Row, _extras: AbstractSet[str]) -> Attributes:
    """An incident template."""
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "template": row["template"],
        "engine": row["engine"],
        **_times(view, row),
    }


def metric(view: View, row: Row, _extras: AbstractSet[str]) -> Attributes:
    """A metric; its default value is a string if the database has decimals."""
    default = row["default_value"]
    if default is not None:
        default = number(default) if view.settings.database == "sqlite" else f"{default:.3f}"
    return {
        "id": row["id"],
        "name": row["name"],
        "suffix": row["suffix"],
        "description": row["description"],
        "default_value": default,
        "calc_type": row["calc_type"],
        "display_chart": row["display_chart"],
        "places": row["places"],
        "default_view": row["default_view"],
        "threshold": row["threshold"],
        "order": row["order"],
        "visible": row["visible"],
        **_times(view, row),
    }


def metric_point(view: View, row: Row, _extras: AbstractSet[str]) -> Attributes:
    """A point of a metric; the calculated value is the value times how often it was posted."""
    return {
        "id": row["id"],
        "metric_id": row["metric_id"],
        "calculated_value": number(row["value"] * row["counter"]),
        "value": number(row["value"]),
        "counter": row["counter"],
        **_times(view, row),
    }


def schedule(view: View, row: Row, extras: AbstractSet[str]) -> Attributes:
    """A schedule; its status is computed."""
    return {
        "id": row["id"],
        "name": row["name"],
        "message": row["message"],
        **_meta(row, extras),
        "status": labelled(schedule_status(row, view.clock.now), SCHEDULE_STATUS),
        "scheduled": view.clock.tell(row["scheduled_at"]),
        "completed": view.clock.tell(row["completed_at"]),
        "published": view.clock.tell(row["published_at"]),
        **_times(view, row),
    }


def subscriber(view: View, row: Row, extras: AbstractSet[str]) -> Attributes:
    """A subscriber, without the code that verifies the address."""
    return {
        "id": row["id"],
        "email": row["email"],
        "global": row["global"],
        "verified": row["verified_at"] is not None,
        "verified_at": view.clock.tell(row["verified_at"]),
        **_meta(row, extras),
        **_times(view, row),
    }


def user(_view: View, row: Row, _extras: AbstractSet[str]) -> Attributes:
    """A user, of whom only the id is shown."""
    return {"id": row["id"]}


def incident_components(view: View, row: Row) -> list[Related]:
    """The components of an incident, including those that the viewer cannot list."""
    return _linked(view, "incident_components", "incident", row)


def _schedule_components(view: View, row: Row) -> list[Related]:
    return _linked(view, "schedule_components", "schedule", row)


def _linked(view: View, links: str, index: str, row: Row) -> list[Related]:
    components = view.table("components")
    found = (
        (components.get(link["component_id"]), link["component_status"])
        for link in view.table(links).find(index, row["id"])
    )
    return [Related(row, status) for row, status in found if row is not None and row["deleted_at"] is None]


def _updates(owner: str) -> Callable[[View, Row], list[Related]]:
    def load(view: View, row: Row) -> list[Related]:
        return [Related(found) for found in view.table("updates").find("owner", (owner, row["id"]))]

    return load


def _one(table: str, column: str) -> Callable[[View, Row], list[Related]]:
    def load(view: View, row: Row) -> list[Related]:
        found = None if row[column] is None else view.table(table).get(row[column])
        return [] if found is None else [Related(found)]

    return load


def _component_incidents(view: View, row: Row) -> list[Related]:
    incidents = view.table("incidents")
    found = (
        (incidents.get(link["incident_id"]), link["component_status"])
        for link in view.table("incident_components").find("component", row["id"])
    )
    return [Related(row, status) for row, status in found if row is not None and view.sees_incident(row)]


def _group_components(view: View, row: Row) -> list[Related]:
    members = view.table("components").find("group", row["id"])
    return [Related(member) for member in members if view.sees_component(member)]


def _points(view: View, row: Row) -> list[Related]:
    return [Related(point) for point in view.table("metric_points").find("metric", row["id"])]


def _subscribed(view: View, row: Row) -> list[Related]:
    components = view.table("components")
    found = (components.get(link["component_id"]) for link in view.table("subscriptions").find("subscriber", row["id"]))
    return [Related(row) for row in found if row is not None and row["deleted_at"] is None]


RESOURCES: Mapping[str, Resource] = {
    "components": Resource(
        "components",
        component,
        {
            "group": Relation("component_groups", _one("component_groups", "component_group_id"), many=False),
            "incidents": Relation("incidents", _component_incidents),
        },
    ),
    "component_groups": Resource(
        "componentGroups", component_group, {"components": Relation("components", _group_components)}
    ),
    "incidents": Resource(
        "incidents",
        incident,
        {
            "components": Relation("components", incident_components),
            "updates": Relation("updates", _updates("incident")),
            "user": Relation("users", _one("users", "user_id"), many=False),
        },
    ),
    "updates": Resource(
        "updates",
        update,
        {
            "incident": Relation("incidents", _one("incidents", "updateable_id"), many=False),
            "schedule": Relation("schedules", _one("schedules", "updateable_id"), many=False),
        },
    ),
    "incident_templates": Resource("incidentTemplates", incident_template),
    "metrics": Resource("metrics", metric, {"points": Relation("metric_points", _points)}),
    "metric_points": Resource(
        "metricPoints", metric_point, {"metric": Relation("metrics", _one("metrics", "metric_id"), many=False)}
    ),
    "schedules": Resource(
        "schedules",
        schedule,
        {
            "components": Relation("components", _schedule_components),
            "updates": Relation("updates", _updates("schedule")),
        },
    ),
    "subscribers": Resource("subscribers", subscriber, {"components": Relation("components", _subscribed)}),
    "users": Resource("users", user),
}
