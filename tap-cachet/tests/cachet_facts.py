"""The rows that the tap has to bring, worked out from the server's data and not from its answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox import Sandbox

Row: TypeAlias = "dict[str, Any]"

KEYS = {
    "incident_components": ("incident_id", "component_id"),
    "schedule_components": ("schedule_id", "component_id"),
}
"""What identifies the rows that have no id."""

COMPONENT_STATUS = {
    1: "Operational",
    2: "Performance issues",
    3: "Partial outage",
    4: "Major outage",
    5: "Unknown",
    6: "Under maintenance",
}
INCIDENT_STATUS = {0: "Reported", 1: "Investigating", 2: "Identified", 3: "Watching", 4: "Fixed"}
SCHEDULE_STATUS = {0: "Upcoming", 1: "In progress", 2: "Complete"}


def by_key(stream: str, rows: Iterable[Row]) -> dict[Any, Row]:
    """Rows by what identifies them, each without its empty columns.

    Raises:
        AssertionError: Two rows have the same key.
    """
    key = KEYS.get(stream, ("id",))
    found: dict[Any, Row] = {}
    for row in rows:
        identity = tuple(row[name] for name in key)
        assert identity not in found, f"{stream} has two rows {identity}"
        found[identity] = {name: value for name, value in row.items() if value is not None}
    return found


@dataclass(frozen=True)
class Viewer:
    """Who reads from which server.

    Attributes:
        token: The name of the token, `guest` for none.
        scoped: Whether the server hides anything; cores before July 2026 do not.
    """

    token: str = "guest"
    scoped: bool = True

    def sees(self, visible: int) -> bool:
        """Whether a group, metric or incident of this visibility is shown."""
        return not self.scoped or visible == 1 or (visible == 0 and self.token != "guest")

    @property
    def sees_what_is_unpublished(self) -> bool:
        """Whether incidents and schedules are shown before their time."""
        return not self.scoped or self.token == "full"


class CachetFacts:
    """The rows of each stream, as one viewer of a 3.x server has to see them.

    Args:
        box: The server.
        viewer: Who reads.
    """

    def __init__(self, box: Sandbox, viewer: Viewer | None = None) -> None:
        self._box = box
        self._store = box.cachet.store
        self._viewer = viewer or Viewer()
        self._now = datetime.now(timezone.utc)
        self._zone = ZoneInfo(box.cachet.settings.timezone)
        self._groups = [row for row in self._rows("component_groups") if self._viewer.sees(row["visible"])]
        self._metrics = [row for row in self._rows("metrics") if self._viewer.sees(row["visible"])]
        self._incidents = [
            row for row in self._rows("incidents") if self._viewer.sees(row["visible"]) and self._is_published(row)
        ]
        self._schedules = [row for row in self._rows("schedules") if self._is_published(row)]

    def streams(self) -> dict[str, list[Row]]:
        """The rows of every stream that has an id."""
        return {
            "components": [self._component(row) for row in self._components()],
            "component_groups": [self._group(row) for row in self._groups],
            "incidents": [self._incident(row) for row in self._incidents],
            "incident_updates": self._updates("incident", self._incidents),
            "incident_components": self._links("incident", self._incidents),
            "incident_templates": [
                self._only(row, "id", "name", "slug", "template", "engine") for row in self._rows("incident_templates")
            ],
            "metrics": [self._metric(row) for row in self._metrics],
            "metric_points": self._points(),
            "schedules": [self._schedule(row) for row in self._schedules],
            "schedule_updates": self._updates("schedule", self._schedules),
            "schedule_components": self._links("schedule", self._schedules),
            "subscribers": [self._subscriber(row) for row in self._rows("subscribers")],
        }

    def _rows(self, table: str) -> list[Row]:
        return self._store.rows(table, deleted=False)

    def _is_published(self, row: Row) -> bool:
        at = row["published_at"]
        return at is None or at <= self._now or self._viewer.sees_what_is_unpublished

    def _components(self) -> list[Row]:
        shown = {row["id"] for row in self._groups} | {None}
        is_guest = self._viewer.scoped and self._viewer.token == "guest"
        return [
            row
            for row in self._rows("components")
            if row["component_group_id"] in shown and (row["enabled"] or not is_guest)
        ]

    def _component(self, row: Row) -> Row:
        # Which incidents count for it is the server's to say: the tap only passes it on.
        latest = self._box.cachet.view(self._viewer.token).latest.of(row, self._now)
        computed = {"latest_status": latest, "latest_status_label": COMPONENT_STATUS[latest]}
        return {
            **self._only(row, "id", "name", "description", "link", "status", "enabled", "order"),
            "group_id": row["component_group_id"],
            "status_label": COMPONENT_STATUS[row["status"]],
            **(computed if self._viewer.scoped else {}),
            **self._meta(row),
        }

    def _group(self, row: Row) -> Row:
        new = ("order_column", "order_direction", "collapsed") if self._viewer.scoped else ()
        return {**self._only(row, "id", "name", "order", "visible", *new), **self._meta(row)}

    def _incident(self, row: Row) -> Row:
        names = ("id", "guid", "user_id", "name", "message", "status", "visible", "stickied", "notifications")
        if not self._viewer.scoped:
            names += ("component_id",)
        times = ("occurred_at", "published_at") if self._viewer.scoped else ("occurred_at",)
        return {
            **self._only(row, *names),
            **{name: self._time(row[name]) for name in times},
            "status_label": INCIDENT_STATUS.get(row["status"]),
            **self._meta(row),
        }

    def _metric(self, row: Row) -> Row:
        return self._only(
            row,
            *("id", "name", "suffix", "description", "default_value", "calc_type", "display_chart"),
            *("places", "default_view", "threshold", "order", "visible"),
        )

    def _points(self) -> list[Row]:
        metrics = {row["id"] for row in self._metrics}
        return [
            {
                **self._only(row, "id", "metric_id", "value", "counter"),
                "calculated_value": row["value"] * row["counter"],
            }
            for row in self._rows("metric_points")
            if row["metric_id"] in metrics
        ]

    def _schedule(self, row: Row) -> Row:
        done = row["completed_at"] is not None and row["completed_at"] <= self._now
        begun = row["scheduled_at"] is not None and row["scheduled_at"] <= self._now
        status = 2 if done else int(begun)
        times = ("scheduled_at", "completed_at", "published_at") if self._viewer.scoped else ("scheduled_at", "completed_at")
        return {
            **self._only(row, "id", "name", "message"),
            **{name: self._time(row[name]) for name in times},
            "status": status,
            "status_label": SCHEDULE_STATUS[status],
            **self._meta(row),
        }

    def _subscriber(self, row: Row) -> Row:
        existing = {component["id"] for component in self._rows("components")}
        chosen = [link["component_id"] for link in self._rows("subscriptions") if link["subscriber_id"] == row["id"]]
        return {
            **self._only(row, "id", "email", "global"),
            "verified": row["verified_at"] is not None,
            "verified_at": self._time(row["verified_at"]),
            "component_ids": [component for component in chosen if component in existing],
            **self._meta(row),
        }

    def _updates(self, kind: str, owners: Iterable[Row]) -> list[Row]:
        ids = {row["id"] for row in owners}
        status = ("status",) if kind == "incident" else ()
        return [
            {
                **self._only(row, "id", "message", *status),
                f"{kind}_id": row["updateable_id"],
                **({"status_label": INCIDENT_STATUS.get(row["status"])} if status else {}),
            }
            for row in self._rows("updates")
            if row["updateable_type"] == kind and row["updateable_id"] in ids
        ]

    def _links(self, kind: str, owners: Iterable[Row]) -> list[Row]:
        ids = {row["id"] for row in owners}
        existing = {row["id"] for row in self._rows("components")}
        return [
            {
                f"{kind}_id": row[f"{kind}_id"],
                "component_id": row["component_id"],
                "status": row["component_status"],
                "status_label": COMPONENT_STATUS.get(row["component_status"]),
            }
            for row in self._rows(f"{kind}_components")
            if row[f"{kind}_id"] in ids and row["component_id"] in existing
        ]

    def _only(self, row: Row, *names: str) -> Row:
        times = {name: self._time(row[name]) for name in ("created_at", "updated_at")}
        return {**{name: row[name] for name in names}, **times}

    def _time(self, moment: datetime | None) -> str | None:
        """The instant in UTC; the earlier one of two that the server writes alike."""
        if moment is None:
            return None
        told = moment.astimezone(self._zone).replace(tzinfo=None)
        an_hour_before = moment - timedelta(hours=1)
        if an_hour_before.astimezone(self._zone).replace(tzinfo=None) == told:
            moment = an_hour_before
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def _meta(self, row: Row) -> Row:
        meta = row["meta"]
        return {"meta": meta if isinstance(meta, dict) else {"value": meta}} if meta else {}
