"""The objects of Cachet v2: flat, with local times, null times sent as now, and secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.cachet.labels import FIXED
from sandbox.cachet.resources import number
from sandbox.cachet.status import schedule_status
from sandbox.cachet.times import local_text

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.cachet.store import CachetStore
    from sandbox.cachet.times import Clock
    from sandbox.cachet.viewers import Viewer
    from sandbox.tables import Row, Table

Shape: TypeAlias = "dict[str, Any]"

# v2 has neither 5 (unknown, here 0) nor 6 (under maintenance).
_COMPONENT_STATUS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 0, 6: 0}
_COMPONENT_NAMES = {
    0: "Unknown",
    1: "Operational",
    2: "Performance Issues",
    3: "Partial Outage",
    4: "Major Outage",
}
_INCIDENT_NAMES = {
    0: "cachet.incidents.status.0",
    1: "Investigating",
    2: "Identified",
    3: "Watching",
    FIXED: "Fixed",
}
_INCIDENT_ICONS = {
    0: "icon ion-android-calendar",
    1: "icon ion-flag oranges",
    2: "icon ion-alert yellows",
    3: "icon ion-eye blues",
    FIXED: "icon ion-checkmark greens",
}
_SCHEDULE_NAMES = {0: "Upcoming", 1: "In Progress", 2: "Complete"}
_METRIC_VIEWS = {0: "Last Hour", 1: "Last 12 Hours", 2: "Week", 3: "Month"}


@dataclass(frozen=True)
class Scene:
    """The context of a v2 response.

    Attributes:
        store: The data.
        clock: The time and the zone, which the request may choose.
        viewer: The sender of the request.
        base_url: The prefix of permanent links.
    """

    store: CachetStore
    clock: Clock
    viewer: Viewer
    base_url: str

    def table(self, name: str) -> Table:
        """A table of the store."""
        return self.store.tables[name]

    def local(self, moment: datetime | None) -> str:
        """A local time; None becomes now."""
        return local_text(moment or self.clock.now, self.clock.zone)

    def times(self, row: Row) -> Shape:
        """The times of creation and of the last update."""
        return {"created_at": self.local(row["created_at"]), "updated_at": self.local(row["updated_at"])}


def _raw(moment: datetime | None) -> str | None:
    return None if moment is None else local_text(moment, None)


def _raw_times(row: Row) -> Shape:
    return {"created_at": _raw(row["created_at"]), "updated_at": _raw(row["updated_at"])}


def component(scene: Scene, row: Row) -> Shape:
    """A component."""
    status = _COMPONENT_STATUS[row["status"]]
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"] or "",
        "status": status,
        "order": row["order"] or 0,
        "group_id": row["component_group_id"] or 0,
        **scene.times(row),
        "deleted_at": _raw(row["deleted_at"]),
        "enabled": row["enabled"],
        "meta": row["meta"] or None,
        "link": row["link"],
        "status_name": _COMPONENT_NAMES[status],
        "tags": row["tags"] or [],
    }


def component_group(scene: Scene, row: Row) -> Shape:
    """A component group, with its enabled components twice: in their own order, and worst first."""
    members = [
        component(scene, member)
        for member in scene.table("components").find("group", row["id"])
        if member["enabled"] and member["deleted_at"] is None
    ]
    worst = sorted(members, key=lambda member: (-member["status"], member["id"]))
    return {
        "id": row["id"],
        "name": row["name"],
        **scene.times(row),
        "order": row["order"],
        "collapsed": row["collapsed"],
        "visible": group_visible(row),
        "enabled_components": sorted(members, key=lambda member: (member["order"], member["id"])),
        "enabled_components_lowest": worst,
        "lowest_human_status": worst[0]["status_name"] if worst else None,
    }


def group_visible(row: Row) -> int:
    """Whether guests see a group or an incident: v2 has only yes and no."""
    return int(row["visible"] == 1)


def incident_component_id(scene: Scene, row: Row) -> int:
    """The single component of a v2 incident, or 0; it may be deleted."""
    links = scene.table("incident_components").find("incident", row["id"])
    return links[0]["component_id"] if links else 0


def incident(scene: Scene, row: Row) -> Shape:
    """An incident, with all its updates; its latest status is that of its newest update."""
    updates = newest_first(scene.table("updates").find("owner", ("incident", row["id"])))
    status = row["status"] or 0
    latest = (updates[0]["status"] or 0) if updates else status
    created_at = row["created_at"] or scene.clock.now
    link = f"{scene.base_url}/incidents/{row['id']}"
    return {
        "id": row["id"],
        "component_id": incident_component_id(scene, row),
        "name": row["name"],
        "status": status,
        "message": row["message"],
        **scene.times(row),
        "deleted_at": _raw(row["deleted_at"]),
        "visible": group_visible(row),
        "stickied": row["stickied"],
        "occurred_at": scene.local(row["occurred_at"]),
        "user_id": row["user_id"],
        "notifications": row["notifications"],
        "is_resolved": latest == FIXED,
        "meta": row["meta"] or [],
        "updates": [incident_update(scene, update) for update in updates],
        "human_status": _INCIDENT_NAMES[status],
        "latest_update_id": updates[0]["id"] if updates else None,
        "latest_status": latest,
        "latest_human_status": _INCIDENT_NAMES[latest],
        "latest_icon": _INCIDENT_ICONS[latest],
        "permalink": link,
        "duration": int((scene.clock.now - created_at).total_seconds()) if updates else 0,
    }


def newest_first(rows: list[Row]) -> list[Row]:
    """Rows by time of creation, newest first; ties by ascending id."""
    return sorted(rows, key=lambda row: row["created_at"], reverse=True)


def incident_update(scene: Scene, row: Row) -> Shape:
    """An update of an incident."""
    status = row["status"] or 0
    incident_id = row["updateable_id"]
    return {
        "id": row["id"],
        "incident_id": incident_id,
        "status": status,
        "message": row["message"],
        "user_id": row["user_id"] or 0,
        **scene.times(row),
        "human_status": _INCIDENT_NAMES[status],
        "permalink": f"{scene.base_url}/incidents/{incident_id}#update-{row['id']}",
    }


def incident_template(_scene: Scene, row: Row) -> Shape:
    """An incident template: raw UTC times, nulls included, deleted ones too."""
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "template": row["template"],
        **_raw_times(row),
        "deleted_at": _raw(row["deleted_at"]),
    }


def metric(scene: Scene, row: Row) -> Shape:
    """A metric."""
    return {
        "id": row["id"],
        "name": row["name"],
        "suffix": row["suffix"],
        "description": row["description"] or "",
        "default_value": int(row["default_value"] or 0),
        "calc_type": row["calc_type"],
        "display_chart": row["display_chart"],
        **scene.times(row),
        "places": row["places"],
        "default_view": row["default_view"],
        "threshold": row["threshold"],
        "order": row["order"],
        "visible": row["visible"],
        "default_view_name": _METRIC_VIEWS[row["default_view"]],
    }


def metric_point(scene: Scene, row: Row) -> Shape:
    """A point of a metric."""
    return {
        "id": row["id"],
        "metric_id": row["metric_id"],
        **scene.times(row),
        "value": number(row["value"]),
        "counter": row["counter"],
        "calculated_value": number(row["value"] * row["counter"]),
    }


def schedule(scene: Scene, row: Row) -> Shape:
    """A schedule, with the rows that link it to its components."""
    status = schedule_status(row, scene.clock.now)
    return {
        "id": row["id"],
        "name": row["name"],
        "message": row["message"],
        "status": status,
        "scheduled_at": scene.local(row["scheduled_at"]),
        "completed_at": scene.local(row["completed_at"]),
        **scene.times(row),
        "deleted_at": _raw(row["deleted_at"]),
        "components": [
            {
                "id": link["id"],
                "schedule_id": link["schedule_id"],
                "component_id": link["component_id"],
                "component_status": link["component_status"],
                **_raw_times(link),
            }
            for link in scene.table("schedule_components").find("schedule", row["id"])
        ],
        "human_status": _SCHEDULE_NAMES[status],
    }


def subscriber(scene: Scene, row: Row) -> Shape:
    """A subscriber, with the code that verifies the address: v2 shows it to anyone who may list subscribers."""
    verified_at = (row["verified_at"] or scene.clock.now).astimezone(scene.clock.zone)
    ending = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(verified_at.day, "th")
    return {
        "id": row["id"],
        "email": row["email"],
        "verify_code": row["verify_code"],
        "verified_at": f"{verified_at:%A} {verified_at.day}{ending} {verified_at:%B %Y} 00:00:00",
        **scene.times(row),
        "global": row["global"],
        "phone_number": row["phone_number"],
        "slack_webhook_url": row["slack_webhook_url"],
        "subscriptions": [
            {
                "id": link["id"],
                "subscriber_id": link["subscriber_id"],
                "component_id": link["component_id"],
                **_raw_times(link),
            }
            for link in scene.table("subscriptions").find("subscriber", row["id"])
        ],
    }
