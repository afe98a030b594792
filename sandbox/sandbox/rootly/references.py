"""Attributes that refer to other resources: by an id, a list of ids, or a type and an id."""

from __future__ import annotations

import re
from functools import cache

from sandbox.rootly.description import description, singular

_ALIASES = {
    "action_item": "incident_action_items",
    "admin": "users",
    "after_deferral_path": "escalation_paths",
    "alerts_source": "alert_sources",
    "catalog_field": "catalog_properties",
    "communication_stage": "communications_stages",
    "communication_template": "communications_templates",
    "communication_type": "communications_types",
    "duplicate_incident": "incidents",
    "endpoint": "webhooks_endpoints",
    "escalation_policy_path": "escalation_paths",
    "group_leader_alert": "alerts",
    "incident_action_item_group": "groups",
    "kind_catalog": "catalogs",
    "manager_role": "incident_roles",
    "member": "users",
    "muted_service": "services",
    "owning_team": "groups",
    "parent_incident": "incidents",
    "post_mortem": "incident_post_mortems",
    "retrospective_process": "retrospective_processes",
    "rotation": "schedule_rotations",
    "scope": "groups",
    "selected_option": "form_field_options",
    "urgency": "alert_urgencies",
    "user_call_number": "user_phone_numbers",
    "user_email_address": "user_email_addresses",
    "user_sms_number": "user_phone_numbers",
    "value_kind_catalog": "catalogs",
}
_ROLES = re.compile(
    r"^(?:owner|selected|created_by|last_updated_by|assigned_by|completed_by|original_shift|shadow|manager|assigned_to"
    r"|auto_set_by|assignment_deadline|completion_deadline)_"
)
_CLASSES = {
    "Alerts::Source": "alert_sources",
    "ApiKey": "api_keys",
    "Team": "groups",
    "User": "users",
    "team": "groups",
}


@cache
def _singulars() -> dict[str, str]:
    return {singular(table): table for table in description().tables} | _ALIASES


@cache
def table_named(name: str) -> str | None:
    """The table of a single resource's name: `severity`, `owner_user`; None for anything else."""
    found = _singulars().get(name)
    return found or _singulars().get(_ROLES.sub("", name))


@cache
def table_of_id(column: str) -> str | None:
    """The table that a column such as `owner_group_ids` or `severity_id` refers to, or None."""
    for suffix in ("_ids", "_id"):
        if column.endswith(suffix):
            return table_named(column.removesuffix(suffix))
    return None


@cache
def table_of_class(name: str) -> str | None:
    """The table for a class name: `EscalationPolicy`, `Alerts::Source`, `service`; or None."""
    if name in _CLASSES:
        return _CLASSES[name]
    return _singulars().get(re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower())
