"""The data of a new Rootly server: a plausible organisation, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.rootly import organisation
from sandbox.rootly.growth import makers, match_ids
from sandbox.rootly.soil import ANCHOR, Soil, Sprout
from sandbox.rootly.store import ids_of
from sandbox.rootly.times import in_milliseconds
from sandbox.rootly.undocumented import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sandbox.tables import Id, Table


@dataclass(frozen=True)
class RootlySeed:
    """How much data there is. Counts of children are means: some parents have none.

    Attributes:
        incidents: Incidents.
        alerts: Alerts; about half of them belong to an incident.
        services: Services.
        teams: Teams.
        users: Users, one at least.
        schedules: On-call schedules.
        workflows: Workflows.
        audits: Entries of the audit log.
        pulses: Pulses.
        others: Rows of every other collection without a parent.
        events: Events of an incident.
        action_items: Action items of an incident.
        alert_events: Events of an alert.
        shifts: Shifts of a schedule, a week each; they continue past the moment at which all other data ends.
        runs: Runs of a workflow.
        children: Rows of every other collection, per parent.
        years: How far the data goes back.
    """

    incidents: int = 40
    alerts: int = 60
    services: int = 10
    teams: int = 5
    users: int = 12
    schedules: int = 4
    workflows: int = 5
    audits: int = 30
    pulses: int = 20
    others: int = 4
    events: float = 3
    action_items: float = 1.5
    alert_events: float = 2
    shifts: float = 150
    runs: float = 4
    children: float = 1.5
    years: float = 2

    @classmethod
    def company(cls) -> RootlySeed:
        """A company of some size: 3,000 incidents in two years, and what belongs to them."""
        return cls(
            incidents=3000,
            alerts=6000,
            services=120,
            teams=30,
            users=250,
            schedules=24,
            workflows=40,
            audits=5000,
            pulses=2000,
            others=12,
            events=5,
            action_items=1.5,
            shifts=104,
            runs=25,
        )


_ROOTS: Mapping[str, str] = {
    "incidents": "incidents",
    "alerts": "alerts",
    "services": "services",
    "groups": "teams",
    "users": "users",
    "schedules": "schedules",
    "workflows": "workflows",
    "audits": "audits",
    "pulses": "pulses",
}
"""Tables with their own size setting."""
_CHILDREN: Mapping[str, tuple[str, str, str]] = {
    "alert_call_recordings": ("alerts", "alert_id", "_few"),
    "alert_events": ("alerts", "alert_id", "alert_events"),
    "catalog_entities": ("catalogs", "catalog_id", ""),
    "catalog_entity_properties": ("catalog_entities", "catalog_entity_id", ""),
    "custom_field_options": ("custom_fields", "custom_field_id", ""),
    "dashboard_panels": ("dashboards", "dashboard_id", ""),
    "edge_connector_actions": ("edge_connectors", "edge_connector_id", ""),
    "escalation_paths": ("escalation_policies", "escalation_policy_id", ""),
    "escalation_levels": ("escalation_paths", "escalation_policy_path_id", ""),
    "form_field_options": ("form_fields", "form_field_id", ""),
    "form_field_placement_conditions": ("form_field_placements", "form_field_placement_id", ""),
    "form_field_placements": ("form_fields", "form_field_id", ""),
    "form_field_positions": ("form_fields", "form_field_id", ""),
    "form_set_conditions": ("form_sets", "form_set_id", ""),
    "incident_action_items": ("incidents", "incident_id", "action_items"),
    "incident_custom_field_selections": ("incidents", "incident_id", ""),
    "incident_event_functionalities": ("incident_events", "incident_event_id", "_few"),
    "incident_event_services": ("incident_events", "incident_event_id", "_few"),
    "incident_events": ("incidents", "incident_id", "events"),
    "incident_feedbacks": ("incidents", "incident_id", "_few"),
    "incident_form_field_selections": ("incidents", "incident_id", ""),
    "incident_permission_set_booleans": ("incident_permission_sets", "incident_permission_set_id", ""),
    "incident_permission_set_resources": ("incident_permission_sets", "incident_permission_set_id", ""),
    "incident_post_mortems": ("incidents", "incident_id", "_few"),
    "incident_retrospective_steps": ("incidents", "incident_id", "_few"),
    "incident_role_assignments": ("incidents", "incident_id", ""),
    "incident_role_tasks": ("incident_roles", "incident_role_id", ""),
    "incident_slack_messages": ("incidents", "incident_id", "_few"),
    "incident_status_page_events": ("incidents", "incident_id", "_few"),
    "incident_sub_statuses": ("incidents", "incident_id", "_few"),
    "meeting_recordings": ("incidents", "incident_id", "_few"),
    "on_call_resources": ("escalation_levels", "level", ""),
    "on_call_shadows": ("schedules", "schedule_id", ""),
    "playbook_tasks": ("playbooks", "playbook_id", ""),
    "retrospective_process_group_steps": ("retrospective_process_groups", "retrospective_process_group_id", ""),
    "retrospective_process_groups": ("retrospective_processes", "retrospective_process_id", ""),
    "retrospective_steps": ("retrospective_processes", "retrospective_process_id", ""),
    "schedule_rotation_active_days": ("schedule_rotations", "schedule_rotation_id", ""),
    "schedule_rotation_users": ("schedule_rotations", "schedule_rotation_id", ""),
    "schedule_rotations": ("schedules", "schedule_id", ""),
    "shift_coverage_requests": ("shifts", "shift_id", "_few"),
    "shifts": ("schedules", "schedule_id", "shifts"),
    "status_page_templates": ("status_pages", "status_page_id", ""),
    "user_email_addresses": ("users", "user_id", ""),
    "user_notification_rules": ("users", "user_id", ""),
    "user_phone_numbers": ("users", "user_id", ""),
    "webhooks_deliveries": ("webhooks_endpoints", "endpoint_id", ""),
    "workflow_action_item_form_field_conditions": ("workflows", "workflow_id", ""),
    "workflow_alert_field_conditions": ("workflows", "workflow_id", ""),
    "workflow_custom_field_selections": ("workflows", "workflow_id", ""),
    "workflow_form_field_conditions": ("workflows", "workflow_id", ""),
    "workflow_runs": ("workflows", "workflow_id", "runs"),
    "workflow_tasks": ("workflows", "workflow_id", ""),
}
"""Child tables: their parent table, its column, and the size with their number per parent."""
_FEW = 0.4
_TIES = 0.25


def sow(tables: Mapping[str, Table], size: RootlySeed, seed: int) -> list[str]:
    """Fill empty tables.

    Returns:
        The secrets that were planted.
    """
    rng = random.Random(f"rootly/{seed}")  # noqa: S311 - reproducible on purpose
    parents = _parents(tables, size, seed, rng)
    soil = Soil(rng, {table: list(rows) for table, rows in parents.items()}, days=size.years * 365)
    for table, rows in parents.items():
        _grow(tables, soil, table, rows)
    for table in RESOURCES:
        _grow_apart(tables, soil, table, size, seed)
    return soil.canaries


def _grow_apart(tables: Mapping[str, Table], soil: Soil, table: str, size: RootlySeed, seed: int) -> None:
    """Fill an undocumented table with a separate generator, so that documented data does not depend on it."""
    rng = random.Random(f"rootly/{seed}/{table}")  # noqa: S311 - reproducible on purpose
    new_id = ids_of(table, seed)
    owners = _owners(table, size, {name: dict.fromkeys(ids) for name, ids in soil.ids.items()}, rng)
    rows = {new_id(number): owner for number, owner in enumerate(owners, 1)}
    _grow(tables, replace(soil, rng=rng), table, rows)


def _parents(
    tables: Mapping[str, Table], size: RootlySeed, seed: int, rng: random.Random
) -> dict[str, dict[Id, Id | None]]:
    """The ids of all rows to be generated, with the parent of each; parents' tables come first."""
    planned: dict[str, dict[Id, Id | None]] = {}
    waiting = sorted(tables.keys() - RESOURCES.keys(), key=lambda table: (table not in _ROOTS, table))
    while waiting:
        ready = [table for table in waiting if table not in _CHILDREN or _CHILDREN[table][0] in planned]
        for table in ready:
            new_id = ids_of(table, seed)
            owners = _owners(table, size, planned, rng)
            planned[table] = {new_id(number): owner for number, owner in enumerate(owners, 1)}
        waiting = [table for table in waiting if table not in planned]
    return planned


def _count(table: str, size: RootlySeed) -> int:
    """The number of rows of a table without a parent."""
    if table == "ip_ranges":
        return 1
    if table == "catalog_properties":
        return 2 * len(organisation.CATALOG_TYPES) if size.others else 0
    count: int = getattr(size, _ROOTS.get(table, "others"))
    return count


def _owners(
    table: str, size: RootlySeed, planned: Mapping[str, Mapping[Id, Any]], rng: random.Random
) -> Sequence[Id | None]:
    """The parent of each row of a table; None for rows without."""
    if table not in _CHILDREN:
        return [None] * _count(table, size)
    parent, _, measure = _CHILDREN[table]
    mean = _FEW if measure == "_few" else getattr(size, measure or "children")
    ids = list(planned[parent])
    owners = [owner for owner in ids for _ in range(round(rng.random() * 2 * mean))]
    return owners or ids[:1]


def _grow(tables: Mapping[str, Table], soil: Soil, table: str, rows: Mapping[Id, Id | None]) -> None:
    parts = makers(table)
    parent, column, _ = _CHILDREN.get(table, ("", "", ""))
    before: datetime | None = None
    for number, (row_id, owner) in enumerate(rows.items(), 1):
        owning = tables[parent].get(owner) if parent and owner is not None else None
        created = _created(soil, number / len(rows), len(rows), owning)
        updated = _updated(soil, created, before)
        before = updated
        sprout = Sprout(soil, table, number, number / len(rows), in_milliseconds(created), in_milliseconds(updated))
        values: dict[str, Any] = {name: make(sprout) for name, make in parts}
        match_ids(sprout, values)
        if column in tables[table].columns:
            values[column] = owner
        values["id"] = row_id
        organisation.shape_row(tables, sprout, values, owning)
        tables[table].insert(values)


def _created(soil: Soil, share: float, count: int, owning: Mapping[str, Any] | None) -> datetime:
    """When a row was created: in the order of row numbers, or soon after its parent."""
    if owning is None:
        return ANCHOR - timedelta(days=soil.days * (1 - share + soil.rng.random() / count))
    created: datetime = owning["created_at"]
    return created + (ANCHOR - created) * (soil.rng.random() * 0.01)


def _updated(soil: Soil, created: datetime, before: datetime | None) -> datetime:
    """When a row was last changed: occasionally at the same moment as the row before it."""
    if before is not None and before >= created and soil.rng.random() < _TIES:
        return before
    return min(created + timedelta(days=soil.rng.expovariate(0.5)), ANCHOR)
