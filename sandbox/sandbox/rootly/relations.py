"""Relations between resources: what `include` side-loads, and what is in `relationships`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sandbox.rootly.description import description, singular
from sandbox.rootly.references import table_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.rootly.description import Read
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Row

CHILDREN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("alerts", "alert_call_recording"): ("alert_call_recordings", "alert_id"),
    ("alerts", "events"): ("alert_events", "alert_id"),
    ("alerts", "group_member_alerts"): ("alerts", "group_leader_alert_id"),
    ("catalog_entities", "properties"): ("catalog_entity_properties", "catalog_entity_id"),
    ("catalogs", "entities"): ("catalog_entities", "catalog_id"),
    ("catalogs", "fields"): ("catalog_properties", "catalog_id"),
    ("custom_fields", "options"): ("custom_field_options", "custom_field_id"),
    ("dashboards", "panels"): ("dashboard_panels", "dashboard_id"),
    ("escalation_paths", "escalation_policy_levels"): ("escalation_levels", "escalation_policy_path_id"),
    ("escalation_policies", "escalation_policy_levels"): ("escalation_levels", "escalation_policy_id"),
    ("escalation_policies", "escalation_policy_paths"): ("escalation_paths", "escalation_policy_id"),
    ("form_fields", "options"): ("form_field_options", "form_field_id"),
    ("form_fields", "positions"): ("form_field_positions", "form_field_id"),
    ("incidents", "action_items"): ("incident_action_items", "incident_id"),
    ("incidents", "alerts"): ("alerts", "incident_id"),
    ("incidents", "custom_field_selections"): ("incident_custom_field_selections", "incident_id"),
    ("incidents", "events"): ("incident_events", "incident_id"),
    ("incidents", "feedbacks"): ("incident_feedbacks", "incident_id"),
    ("incidents", "incident_post_mortem"): ("incident_post_mortems", "incident_id"),
    ("incidents", "roles"): ("incident_role_assignments", "incident_id"),
    ("incidents", "slack_messages"): ("incident_slack_messages", "incident_id"),
    ("incidents", "sub_statuses"): ("incident_sub_statuses", "incident_id"),
    ("retrospective_process_groups", "retrospective_process_group_steps"): (
        "retrospective_process_group_steps",
        "retrospective_process_group_id",
    ),
    ("retrospective_processes", "retrospective_steps"): ("retrospective_steps", "retrospective_process_id"),
    ("users", "email_addresses"): ("user_email_addresses", "user_id"),
    ("users", "notification_rules"): ("user_notification_rules", "user_id"),
    ("users", "phone_numbers"): ("user_phone_numbers", "user_id"),
    ("users", "schedules"): ("schedules", "owner_user_id"),
    ("workflows", "alert_field_conditions"): ("workflow_alert_field_conditions", "workflow_id"),
    ("workflows", "form_field_conditions"): ("workflow_form_field_conditions", "workflow_id"),
    ("workflows", "genius_tasks"): ("workflow_tasks", "workflow_id"),
    ("workflows", "genius_workflow_runs"): ("workflow_runs", "workflow_id"),
}
"""Relationships whose resources refer to the row: their table, and the column with its id."""
_COLUMNS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("alerts", "incidents"): ("incidents", "incident_id"),
    ("alerts", "notified_users"): ("users", "notified_users"),
    ("alerts", "responders"): ("users", "responders"),
    ("catalog_entity_properties", "catalog_field"): ("catalog_properties", "catalog_field_id"),
    ("incidents", "subscribers"): ("users", "subscriber_ids"),
    ("shifts", "assignee"): ("users", "user_id"),
}
"""Relationships with a column of another name: their table, and the column."""
_MEMBERS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("groups", "escalation_policies"): ("escalation_policies", "group_ids"),
    ("groups", "schedules"): ("schedules", "owner_group_ids"),
    ("users", "teams"): ("groups", "user_ids"),
}
"""Relationships whose resources refer to several rows: their table, and the column with the ids."""


@dataclass(frozen=True)
class Linked:
    """The resources of a relationship of one row."""

    table: str
    rows: Sequence[Row]
    many: bool


def linked(store: RootlyStore, table: str, name: str, row: Row, cap: int | None = None) -> Linked:
    """The resources of a relationship; empty if the API has no resource of that kind."""
    many = singular(name) != name
    if (table, name) in CHILDREN:
        child, column = CHILDREN[table, name]
        return Linked(child, store.tables[child].find(column, row["id"])[:cap], many)
    if (table, name) in _MEMBERS:
        other, column = _MEMBERS[table, name]
        return Linked(other, [found for found in store.tables[other] if row["id"] in (found[column] or ())][:cap], many)
    other, column = _column(table, name) or ("", "")
    if not other or column not in store.tables[table].columns:
        return Linked("", (), many)
    named = row[column]
    ids = named if isinstance(named, list) else [named]
    rows = [found for row_id in ids if (found := store.tables[other].get(row_id)) is not None]
    return Linked(other, rows[:cap], many)


def always(store: RootlyStore, read: Read, row: Row) -> dict[str, Linked]:
    """The relationships that the resources of a route always have."""
    return {name: linked(store, read.table, name, row) for name in read.relationships}


def linkage(found: Linked) -> Any:
    """The `data` of a relationship."""
    names = [{"id": str(row["id"]), "type": found.table} for row in found.rows]
    if found.many:
        return names
    return names[0] if names else None


@cache
def home(table: str) -> Read:
    """The route that describes side-loaded resources of a table; some have no path."""
    if table in description().side_loaded:
        return description().side_loaded[table]
    reads = [read for read in description().reads.values() if read.table == table and not read.only]
    return min(reads, key=lambda read: (not read.typed, read.answers != "list", bool(read.parent_table)))


@cache
def tables_that_link(table: str) -> frozenset[str]:
    """The tables whose resources may refer to rows of this one in `relationships`."""
    return frozenset(
        read.table
        for read in description().reads.values()
        for name in (*read.relationships, *(read.include or ()))
        if _other_table(read.table, name) == table
    )


def _other_table(table: str, name: str) -> str | None:
    if (table, name) in CHILDREN or (table, name) in _MEMBERS:
        return (CHILDREN.get((table, name)) or _MEMBERS[table, name])[0]
    found = _column(table, name)
    return None if found is None else found[0]


@cache
def _column(table: str, name: str) -> tuple[str, str] | None:
    """The table of a relationship and the column with the ids of its resources, or None."""
    if (table, name) in _COLUMNS:
        return _COLUMNS[table, name]
    single = singular(name)
    other = table_named(single)
    if other is None:
        return None
    fields = {field for shape in description().shapes_of(table) for field in description().shapes[shape]}
    if name != single:
        return other, name if name in fields else f"{single}_ids"
    return other, f"{name}_id"
