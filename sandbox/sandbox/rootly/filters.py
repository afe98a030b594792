"""Filters: parameters such as `filter[created_at][gte]`."""

from __future__ import annotations

import operator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.rootly import relations, texts
from sandbox.rootly.problems import Problem
from sandbox.rootly.times import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.rootly.description import Read
    from sandbox.rootly.query import Query
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Row

    Test: TypeAlias = Callable[[Row], bool]
    Values: TypeAlias = Callable[[RootlyStore, Row], Iterable[Any]]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_TEXTS = ("name", "title", "summary", "description", "label", "email", "full_name")


def _others(relation: str, *columns: str) -> Values:
    """The values of some columns of related resources."""

    def values(store: RootlyStore, row: Row) -> Iterable[Any]:
        table = "incidents" if "sequential_id" in row else "alerts" if "short_id" in row else "pulses"
        if "show_timeline" in row:
            incident = store.tables["incidents"].get(row["incident_id"])
            if incident is None:
                return []
            table, row = "incidents", incident
        found = relations.linked(store, table, relation, row)
        return [other[column] for other in found.rows for column in columns]

    return values


def _of_incident(column: str) -> Values:
    def values(store: RootlyStore, row: Row) -> Iterable[Any]:
        incident = store.tables["incidents"].get(row["incident_id"])
        return [] if incident is None else [incident[column]]

    return values


def _of_policy(column: str) -> Values:
    def values(store: RootlyStore, row: Row) -> Iterable[Any]:
        policy = store.tables["escalation_policies"].get(row["escalation_policy_id"])
        return [] if policy is None else policy[column]

    return values


def _pairs(column: str) -> Values:
    """Labels as `key:value`, from an object or a list of pairs."""

    def values(_store: RootlyStore, row: Row) -> Iterable[Any]:
        labels = row[column] or []
        if isinstance(labels, dict):
            return [f"{key}:{value}" for key, value in labels.items()]
        return [f"{label['key']}:{label['value']}" for label in labels]

    return values


def _severity(*columns: str) -> Values:
    def values(store: RootlyStore, row: Row) -> Iterable[Any]:
        incident = row if "severity" in row else store.tables["incidents"].get(row["incident_id"]) or {}
        severity = store.tables["severities"].get(incident.get("severity"))  # type: ignore[arg-type]
        return [] if severity is None else [severity[column] for column in columns]

    return values


_AFFECTED = {
    "services": "services",
    "environments": "environments",
    "functionalities": "functionalities",
    "groups": "groups",
    "teams": "groups",
    "types": "incident_types",
    "cause": "causes",
    "causes": "causes",
}
_SPECIAL: Mapping[str, Values] = {
    **{name: _others(relation, "slug") for name, relation in _AFFECTED.items()},
    "service_ids": _others("services", "id"),
    "environment_ids": _others("environments", "id"),
    "functionality_ids": _others("functionalities", "id"),
    "team_ids": _others("groups", "id"),
    "type_ids": _others("incident_types", "id"),
    "cause_ids": _others("causes", "id"),
    "service_names": _others("services", "name"),
    "functionality_names": _others("functionalities", "name"),
    "team_names": _others("groups", "name"),
    "labels": _pairs("labels"),
    "refs": _pairs("refs"),
    "severity": _severity("slug"),
    "severity_id": _severity("id"),
    "incident_status": _of_incident("status"),
    "incident_created_at": _of_incident("created_at"),
}
_ELSEWHERE: Mapping[tuple[str, str], Values] = {
    ("incident_post_mortems", "type"): _others("incident_types", "slug"),
    ("incident_post_mortems", "user_id"): _of_incident("user"),
    ("on_call_resources", "group_ids"): _of_policy("group_ids"),
    ("on_call_resources", "service_ids"): _of_policy("service_ids"),
}
_EVENTFUL = frozenset({"incidents", "alerts", "pulses", "incident_post_mortems", "incident_action_items"})
_RENAMED = {
    ("incidents", "user_id"): "user",
    ("on_call_resources", "notification_types"): "notification_type",
    ("on_call_resources", "schedule_ids"): "schedule_id",
    ("on_call_resources", "escalation_policy_ids"): "escalation_policy_id",
    ("on_call_resources", "user_ids"): "user_id",
    ("status_pages", "name"): "title",
    ("escalation_policies", "team_ids"): "group_ids",
    ("alert_sources", "statuses"): "status",
    ("alert_sources", "source_types"): "source_type",
}
WITHOUT_EFFECT = frozenset(
    {
        ("api_keys", "active"),
        ("api_keys", "expired"),
        ("api_keys", "group_ids"),
        ("api_keys", "user_id"),
        ("audits", "api_key_id"),
        ("audits", "source"),
        ("functionalities", "opslevel_id"),
        ("groups", "opslevel_id"),
        ("incidents", "custom_field_selected_option_ids"),
        ("pulses", "ended_at"),
        ("pulses", "started_at"),
        ("services", "opslevel_id"),
    }
)
"""Filters by table on facts that resources do not contain: they are accepted, and every row passes."""


def tests(store: RootlyStore, read: Read, query: Query) -> list[Test]:
    """The tests of a request's filters.

    Raises:
        Problem: A time is invalid.
    """
    found = []
    for (name, how), value in query.filters.items():
        if how not in read.filters.get(name, ()):
            continue
        if name == "search":
            found.append(_searching(value))
            continue
        values = values_of(store, read.table, name)
        if values is None:
            continue
        found.append(
            _comparing(store, name, how, value, values) if how in _COMPARISONS else _choosing(store, how, value, values)
        )
    return found


def values_of(store: RootlyStore, table: str, name: str) -> Values | None:
    """The values of a row that a filter tests; None for a filter without effect."""
    if (table, name) in _ELSEWHERE:
        return _ELSEWHERE[table, name]
    if table in _EVENTFUL and name in _SPECIAL:
        return _SPECIAL[name]
    column = _RENAMED.get((table, name), name)
    if column in store.tables[table].columns:
        return _own(column)
    return _slug if name == "slug" else None


def _slug(_store: RootlyStore, row: Row) -> Iterable[Any]:
    """The slug of a resource without such an attribute."""
    return [texts.slug(str(row["name"]))]


def _own(column: str) -> Values:
    def values(_store: RootlyStore, row: Row) -> Iterable[Any]:
        value = row[column]
        return value if isinstance(value, list) else [value]

    return values


def _searching(value: str) -> Test:
    wanted = value.casefold()
    return lambda row: any(wanted in str(row[name]).casefold() for name in _TEXTS if row.get(name))


def _comparing(store: RootlyStore, name: str, how: str, value: str, values: Values) -> Test:
    try:
        limit = parsed(value)
    except ValueError:
        raise Problem(400, f"filter[{name}][{how}] has to be a time, not {value!r}") from None
    compare = _COMPARISONS[how]
    return lambda row: any(compare(_moment(found), limit) for found in values(store, row) if found is not None)


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value)).replace(tzinfo=timezone.utc)


def _choosing(store: RootlyStore, how: str, value: str, values: Values) -> Test:
    # A bare filter and a list take several values; eq and not_eq take one, including its commas.
    wanted = {value} if how in {"eq", "not_eq"} else set(value.split(","))
    has = how not in {"not_eq", "not_in"}
    return lambda row: bool(wanted & {_told(found) for found in values(store, row)}) is has


def _told(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
