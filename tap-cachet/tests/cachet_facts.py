"""The rows that the tap has to bring, worked out from the server's data and not from its answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def differences(stream: str, emitted: Iterable[Row], expected: Iterable[Row]) -> list[str]:
    """What is wrong with the rows of a stream, one line for each row or column."""
    found, wanted = by_key(stream, emitted), by_key(stream, expected)
    lines = [f"{stream} {key} is missing" for key in wanted.keys() - found.keys()]
    lines += [f"{stream} {key} should not be there" for key in found.keys() - wanted.keys()]
    for key in found.keys() & wanted.keys():
        one, other = found[key], wanted[key]
        lines += [
            f"{stream} {key}.{name} is {one.get(name)!r} and should be {other.get(name)!r}"
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]
    return lines


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
        # What counts for it is the server's to say: the tap only passes it on.
        latest = self._box.cachet.view().latest.of(row, self._now)
        computed = {"latest_status": latest, "latest_status_label": COMPONENT_STATUS[latest]}
        return {
            **self._only(row, "id", "name", "description", "link", "status", "enabled", "order"),
            "group_id": row["component_group_id"],
            "status_label": COMPONENT_STATUS[row["status"]],
            **(computed | self._meta(row) if self._viewer.scoped else json_object(row["meta_column"])),
        }

    def _group(self, row: Row) -> Row:
        new = ("order_column", "order_direction", "collapsed") if self._viewer.scoped else ()
        return {**self._only(row, "id", "name", "order", "visible", *new), **self._meta(row)}

    def _incident(self, row: Row) -> Row:
        names = ["id", "guid", "user_id", "name", "message", "status", "visible", "stickied", "notifications"]
        if not self._viewer.scoped:
            names.append("component_id")
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
        times = ("scheduled_at", "completed_at", *(("published_at",) if self._viewer.scoped else ()))
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
        return utc(moment)

    def _meta(self, row: Row) -> Row:
        return json_object(row["meta"]) if self._viewer.scoped else {}


class CachetV2Facts:
    """The rows of each stream, as one viewer of a 2.x server has to see them.

    Args:
        box: The server.
        has_token: Whether the viewer has a key.
    """

    COMPONENT_STATUS: ClassVar[Mapping[int, tuple[int, str]]] = {
        1: (1, "Operational"),
        2: (2, "Performance Issues"),
        3: (3, "Partial Outage"),
        4: (4, "Major Outage"),
        5: (0, "Unknown"),
        6: (0, "Unknown"),
    }
    INCIDENT_STATUS: ClassVar[Mapping[int, str]] = {**INCIDENT_STATUS, 0: "cachet.incidents.status.0"}
    SCHEDULE_STATUS: ClassVar[Mapping[int, str]] = {**SCHEDULE_STATUS, 1: "In Progress"}

    def __init__(self, box: Sandbox, *, has_token: bool) -> None:
        self._store = box.cachet.store
        self._url = f"{box.base_url}/cachet-v2"
        self._has_token = has_token
        self._now = datetime.now(timezone.utc)

    def streams(self) -> dict[str, list[Row]]:
        """The rows of every stream that has an id."""
        incidents = [row for row in self._rows("incidents") if self._sees(row)]
        schedules = self._rows("schedules")
        return {
            "components": [
                self._component(row) for row in self._rows("components") if row["enabled"] or self._has_token
            ],
            "component_groups": [
                {**_told(row, "id", "name", "order", "collapsed"), "visible": int(row["visible"] == 1)}
                for row in self._rows("component_groups")
                if self._sees(row)
            ],
            "incidents": [self._incident(row) for row in incidents],
            "incident_updates": [self._update(row) for incident in incidents for row in self._updates(incident)],
            "incident_components": [
                {"incident_id": row["id"], "component_id": component}
                for row in incidents
                if (component := self._component_of(row)) is not None
            ],
            "incident_templates": [
                {**_told(row, "id", "name", "slug", "template"), "deleted_at": utc(row["deleted_at"])}
                for row in self._store.rows("incident_templates")
            ],
            "metrics": [self._metric(row) for row in self._rows("metrics")],
            "metric_points": [
                {
                    **_told(row, "id", "metric_id", "value", "counter"),
                    "calculated_value": row["value"] * row["counter"],
                }
                for row in self._rows("metric_points")
            ],
            "schedules": [self._schedule(row) for row in schedules],
            "schedule_components": [
                {
                    "schedule_id": row["schedule_id"],
                    "component_id": row["component_id"],
                    "status": row["component_status"],
                }
                for row in self._rows("schedule_components")
                if row["schedule_id"] in {schedule["id"] for schedule in schedules}
            ],
            "subscribers": [self._subscriber(row) for row in self._rows("subscribers") if self._has_token],
        }

    def _rows(self, table: str) -> list[Row]:
        return self._store.rows(table, deleted=False)

    def _sees(self, row: Row) -> bool:
        return row["visible"] == 1 or self._has_token

    def _component(self, row: Row) -> Row:
        status, label = self.COMPONENT_STATUS[row["status"]]
        return {
            **_told(row, "id", "name", "link", "enabled"),
            "description": row["description"] or "",
            "order": row["order"] or 0,
            "group_id": row["component_group_id"],
            "status": status,
            "status_label": label,
            "tags": row["tags"] or None,
            **json_object(row["meta"]),
        }

    def _updates(self, incident: Row) -> list[Row]:
        owner = ("incident", incident["id"])
        return [row for row in self._rows("updates") if (row["updateable_type"], row["updateable_id"]) == owner]

    def _component_of(self, incident: Row) -> int | None:
        links = self._store.rows("incident_components")
        return next((row["component_id"] for row in links if row["incident_id"] == incident["id"]), None)

    def _incident(self, row: Row) -> Row:
        updates = self._updates(row)
        status = row["status"] or 0
        # Of updates of one time the first is the newest: the server's choice.
        newest = max(updates, key=lambda update: (update["created_at"], -update["id"]), default=row)["status"] or 0
        return {
            **_told(row, "id", "user_id", "name", "message", "stickied", "notifications"),
            "component_id": self._component_of(row),
            "occurred_at": utc(row["occurred_at"]),
            "visible": int(row["visible"] == 1),
            "status": status,
            "status_label": self.INCIDENT_STATUS[status],
            "latest_status": newest,
            "latest_status_label": self.INCIDENT_STATUS[newest],
            "permalink": f"{self._url}/incidents/{row['id']}",
            **json_object(row["meta"]),
        }

    def _update(self, row: Row) -> Row:
        status, incident = row["status"] or 0, row["updateable_id"]
        return {
            **_told(row, "id", "message"),
            "incident_id": incident,
            "user_id": row["user_id"] or 0,
            "status": status,
            "status_label": self.INCIDENT_STATUS[status],
            "permalink": f"{self._url}/incidents/{incident}#update-{row['id']}",
        }

    def _metric(self, row: Row) -> Row:
        names = ("id", "name", "suffix", "calc_type", "display_chart", "places", "default_view", "threshold", "order")
        return {
            **_told(row, *names, "visible"),
            "description": row["description"] or "",
            "default_value": int(row["default_value"] or 0),
        }

    def _schedule(self, row: Row) -> Row:
        done = row["completed_at"] is not None and row["completed_at"] <= self._now
        status = 2 if done else int(row["scheduled_at"] is not None and row["scheduled_at"] <= self._now)
        return {
            **_told(row, "id", "name", "message"),
            "scheduled_at": utc(row["scheduled_at"]),
            "completed_at": utc(row["completed_at"]),
            "status": status,
            "status_label": self.SCHEDULE_STATUS[status],
        }

    def _subscriber(self, row: Row) -> Row:
        chosen = [link["component_id"] for link in self._rows("subscriptions") if link["subscriber_id"] == row["id"]]
        return {**_told(row, "id", "email", "phone_number", "global"), "component_ids": chosen}


def utc(moment: datetime | None) -> str | None:
    """A time as every stream writes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def json_object(meta: Any) -> Row:
    """The column of metadata: an object, or no column where there is none."""
    if meta in (None, [], {}):
        return {}
    return {"meta": meta if isinstance(meta, dict) else {"value": meta}}


def _told(row: Row, *names: str) -> Row:
    return {**{name: row[name] for name in names}, **{name: utc(row[name]) for name in ("created_at", "updated_at")}}
