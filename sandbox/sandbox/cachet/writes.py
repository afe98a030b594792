"""The write routes of Cachet v3, and the side effects of writes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.cachet import collections as lists
from sandbox.cachet.times import utc_now
from sandbox.cachet.validation import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.cachet.store import CachetStore
    from sandbox.tables import Row

Values = dict[str, Any]
_POINT_GRID_SECONDS = 30


@dataclass(frozen=True)
class Writable:
    """A list whose rows can be written.

    Attributes:
        collection: The list.
        abilities: The prefix of its abilities: `incidents` for `incidents.manage` and `incidents.delete`.
        fields: The fields of a body.
        create: Adds a row to the store from validated values and the parent's id.
        change: Changes a row from validated values; None if rows cannot be changed.
        remove: Deletes a row and its dependents.
    """

    collection: lists.Collection
    abilities: str
    fields: tuple[Field, ...]
    create: Callable[[CachetStore, Values, int], Row]
    change: Callable[[CachetStore, Row, Values], Row] | None
    remove: Callable[[CachetStore, Row], None]


def _given(values: Values, *without: str) -> Values:
    """The given values that are columns; null means the column's default."""
    return {name: value for name, value in values.items() if value is not None and name not in without}


def _change(table: str, *without: str) -> Callable[[CachetStore, Row, Values], Row]:
    def change(store: CachetStore, row: Row, values: Values) -> Row:
        """Store what differs; metadata is separate, so changing it does not touch `updated_at`."""
        changed = {name: value for name, value in values.items() if name not in without and row[name] != value}
        if not changed:
            return row
        return store.update(table, row["id"], touch=changed.keys() != {"meta"}, **changed)

    return change


def _create(table: str) -> Callable[[CachetStore, Values, int], Row]:
    def create(store: CachetStore, values: Values, _parent_id: int) -> Row:
        return store.insert(table, **_given(values))

    return create


def _remove(table: str, *dependent: tuple[str, str, Callable[[int], Any]]) -> Callable[[CachetStore, Row], None]:
    def remove(store: CachetStore, row: Row) -> None:
        for other, index, key in dependent:
            for orphan in store.tables[other].find(index, key(row["id"])):
                store.delete(other, orphan["id"], hard=True)
        store.delete(table, row["id"])

    return remove


def _create_group(store: CachetStore, values: Values, _parent_id: int) -> Row:
    group = store.insert("component_groups", **_given(values, "components"))
    _adopt(store, group["id"], values.get("components"))
    return group


def _change_group(store: CachetStore, row: Row, values: Values) -> Row:
    _adopt(store, row["id"], values.pop("components", None))
    return _change("component_groups")(store, row, values)


def _adopt(store: CachetStore, group_id: int, component_ids: list[int] | None) -> None:
    for component_id in component_ids or ():
        if component_id in store.tables["components"]:
            store.update("components", component_id, component_group_id=group_id)


def _remove_group(store: CachetStore, row: Row) -> None:
    for member in store.tables["components"].find("group", row["id"]):
        store.update("components", member["id"], component_group_id=None)
    store.delete("component_groups", row["id"])


def _create_incident(store: CachetStore, values: Values, _parent_id: int) -> Row:
    given = {"guid": str(uuid.uuid4()), "published_at": utc_now(), **_given(values, "components")}
    incident = store.insert("incidents", **given)
    _link(store, "incident", incident["id"], values.get("components"))
    return incident


def _create_schedule(store: CachetStore, values: Values, _parent_id: int) -> Row:
    schedule = store.insert("schedules", **{"published_at": utc_now(), **_given(values, "components")})
    _link(store, "schedule", schedule["id"], values.get("components"))
    return schedule


def _link(store: CachetStore, owner: str, owner_id: int, links: list[tuple[int, int | None]] | None) -> None:
    for component_id, status in links or ():
        if component_id in store.tables["components"]:
            store.insert(
                f"{owner}_components",
                component_id=component_id,
                component_status=status,
                **{f"{owner}_id": owner_id},
            )


def _create_incident_update(store: CachetStore, values: Values, incident_id: int) -> Row:
    update = store.insert("updates", updateable_type="incident", updateable_id=incident_id, **_given(values))
    incident = store.tables["incidents"].get(incident_id)
    if incident is not None and update["status"] not in {None, incident["status"]}:
        store.update("incidents", incident_id, status=update["status"])
    return update


def _create_schedule_update(store: CachetStore, values: Values, schedule_id: int) -> Row:
    return store.insert("updates", updateable_type="schedule", updateable_id=schedule_id, **_given(values))


def _create_point(store: CachetStore, values: Values, metric_id: int) -> Row:
    """Add a point, or increment the newest one's counter if it is within the metric's threshold."""
    moment = values.get("timestamp") or utc_now()
    seconds = moment.timestamp()
    moment += timedelta(seconds=round(seconds / _POINT_GRID_SECONDS) * _POINT_GRID_SECONDS - seconds)
    metric = store.tables["metrics"].get(metric_id)
    points = store.tables["metric_points"].find("metric", metric_id)
    newest = max(points, key=lambda point: point["created_at"], default=None)
    if metric is not None and newest is not None:
        apart = abs(moment - newest["created_at"])
        if apart < timedelta(minutes=metric["threshold"]):
            return store.update("metric_points", newest["id"], counter=newest["counter"] + 1)
    return store.insert("metric_points", metric_id=metric_id, value=values["value"], created_at=moment)


def _create_subscriber(store: CachetStore, values: Values, _parent_id: int) -> Row:
    subscriber = store.insert(
        "subscribers",
        verify_code=uuid.uuid4().hex,
        verified_at=utc_now() if values.get("verified") else None,
        **_given(values, "verified", "components"),
    )
    _subscribe(store, subscriber["id"], values.get("components"))
    return subscriber


def _change_subscriber(store: CachetStore, row: Row, values: Values) -> Row:
    _subscribe(store, row["id"], values.pop("components", None))
    verified = values.pop("verified", None)
    if verified is not None and verified != (row["verified_at"] is not None):
        values["verified_at"] = utc_now() if verified else None
    return _change("subscribers")(store, row, values)


def _subscribe(store: CachetStore, subscriber_id: int, component_ids: list[int] | None) -> None:
    if component_ids is None:
        return
    for link in store.tables["subscriptions"].find("subscriber", subscriber_id):
        store.delete("subscriptions", link["id"])
    for component_id in component_ids:
        if component_id in store.tables["components"]:
            store.insert("subscriptions", subscriber_id=subscriber_id, component_id=component_id)


_NAME = Field("name", required=True)
_META = Field("meta", "meta")
_ORDER = Field("order", "integer")
_VISIBLE = Field("visible", "visible", choices=(0, 1, 2))
_INCIDENT_STATUS = Field("status", "integer", choices=(0, 1, 2, 3, 4))
_MESSAGE = Field("message", required=True)

WRITABLES: tuple[Writable, ...] = (
    Writable(
        lists.COMPONENTS,
        "components",
        (
            _NAME,
            Field("description"),
            Field("link"),
            _ORDER,
            Field("status", "integer", choices=(1, 2, 3, 4, 5, 6)),
            Field("enabled", "bool"),
            Field("component_group_id", "integer"),
            _META,
        ),
        _create("components"),
        _change("components"),
        _remove("components"),
    ),
    Writable(
        lists.COMPONENT_GROUPS,
        "component-groups",
        (
            _NAME,
            _ORDER,
            _VISIBLE,
            Field("collapsed", "integer", choices=(0, 1, 2)),
            Field("order_column", choices=("id", "last_updated", "name", "manual", "status")),
            Field("order_direction", choices=("asc", "desc")),
            Field("components", "ids"),
            _META,
        ),
        _create_group,
        _change_group,
        _remove_group,
    ),
    Writable(
        lists.INCIDENTS,
        "incidents",
        (
            _NAME,
            _MESSAGE,
            _INCIDENT_STATUS,
            _VISIBLE,
            Field("stickied", "bool"),
            Field("notifications", "bool"),
            Field("occurred_at", "time"),
            Field("published_at", "time"),
            Field("components", "links"),
            _META,
        ),
        _create_incident,
        _change("incidents", "components"),
        _remove("incidents"),
    ),
    Writable(
        lists.INCIDENT_UPDATES,
        "incident-updates",
        (_MESSAGE, _INCIDENT_STATUS),
        _create_incident_update,
        _change("updates"),
        _remove("updates"),
    ),
    Writable(
        lists.INCIDENT_TEMPLATES,
        "incident-templates",
        (_NAME, Field("slug"), Field("template", required=True), Field("engine", choices=("twig", "blade"))),
        _create("incident_templates"),
        _change("incident_templates"),
        lambda store, row: store.delete("incident_templates", row["id"], hard=True),
    ),
    Writable(
        lists.METRICS,
        "metrics",
        (
            _NAME,
            Field("suffix", required=True),
            Field("description"),
            Field("default_value", "number"),
            Field("calc_type", "integer", choices=(0, 1)),
            Field("display_chart", "bool"),
            Field("places", "integer"),
            Field("default_view", "integer", choices=(0, 1, 2, 3)),
            Field("threshold", "integer"),
            _ORDER,
            _VISIBLE,
        ),
        _create("metrics"),
        _change("metrics"),
        _remove("metrics", ("metric_points", "metric", lambda metric_id: metric_id)),
    ),
    Writable(
        lists.METRIC_POINTS,
        "metric-points",
        (Field("value", "number", required=True), Field("timestamp", "time")),
        _create_point,
        None,
        _remove("metric_points"),
    ),
    Writable(
        lists.SCHEDULES,
        "schedules",
        (
            _NAME,
            Field("message"),
            Field("scheduled_at", "time", required=True),
            Field("completed_at", "time"),
            Field("published_at", "time"),
            Field("components", "links"),
            _META,
        ),
        _create_schedule,
        _change("schedules", "components"),
        _remove("schedules"),
    ),
    Writable(
        lists.SCHEDULE_UPDATES,
        "schedule-updates",
        (_MESSAGE,),
        _create_schedule_update,
        _change("updates"),
        _remove("updates"),
    ),
    Writable(
        lists.SUBSCRIBERS,
        "subscribers",
        (
            Field("email", "email", required=True),
            Field("global", "bool"),
            Field("verified", "bool"),
            Field("components", "ids"),
            _META,
        ),
        _create_subscriber,
        _change_subscriber,
        _remove("subscribers", ("subscriptions", "subscriber", lambda subscriber_id: subscriber_id)),
    ),
)
