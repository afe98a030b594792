"""What live accounts return and the provider's API description lacks, in the short form of `routes.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMES = {"created_at": "string", "updated_at": "string"}
_SEEN_AS = {"id": "uuid", **_TIMES}

FIELDS: Mapping[str, Mapping[str, Any]] = {
    "alert_route": {
        **_TIMES,
        "rules": {
            "list": {
                "object": {
                    **_SEEN_AS,
                    "alerts_source_id": "uuid?",
                    "condition_type": ["string", "all", "any"],
                    "enabled": "boolean",
                    "destination": {
                        "object": {"target_type": ["string", "Service", "Group"], "target_id": "uuid"},
                        "null": True,
                    },
                    "owning_teams": {"list": {"object": {"id": "uuid", "name": "string"}}},
                    "condition_groups": {
                        "list": {"object": {**_SEEN_AS, "conditions": {"list": {"object": _SEEN_AS}}}}
                    },
                }
            }
        },
    },
    "alerts_source": {
        "accept_threaded_emails": "boolean?",
        "sourceable_attributes": {
            "object": {
                "id": "uuid",
                "authentication_type": "string?",
                "field_mappings_attributes": {"list": {"object": _SEEN_AS}},
            }
        },
        "resolution_rule_attributes": {
            "object": {"id": "uuid", "conditions_attributes": {"list": {"object": {"id": "uuid"}}}}
        },
    },
    "cause": {"fields": {"list": "object"}},
    "dashboard": {"slug": "string"},
    "form_field": {"team_id": "integer?"},
    "functionality": {
        "status": ["string", "operational", "impacted", "outage"],
        "show_uptime": "boolean?",
        "show_uptime_last_days": "integer?",
        "owners_group_ids": {"list": "uuid", "null": True},
        "owners_user_ids": {"list": "integer", "null": True},
        "incidents_count": "integer",
    },
    "incident_permission_set": {"team_id": "integer?"},
    "incident_type": {"fields": {"list": "object"}},
    "playbook": {"cause_ids": {"list": "uuid", "null": True}},
    "status_page": {
        "allow_email_subscribers": "boolean",
        "allow_sms_subscribers": "boolean",
        "allow_rss_atom_feeds": "boolean",
        "saml_sp_entity_id": "uri?",
        "saml_authentication_available": "boolean",
    },
}
"""Attributes by shape, including nested objects."""

RESOURCES: Mapping[str, Mapping[str, Any]] = {
    "incident_role_assignments": {
        "incident_role": {"document": "incident_role", "type": "incident_roles", "null": True},
        "user": {"document": "user", "type": "users", "null": True},
        **_TIMES,
    },
    "incident_slack_messages": _TIMES,
    "alert_call_recordings": _TIMES,
    "workflow_alert_field_conditions": _TIMES,
}
"""Side-loaded resources without a route, with their known attributes."""
SPARSE = frozenset({"incidents"})
"""Types for which `fields` works."""


def with_undocumented(shapes: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The documented shapes, completed with what they lack."""
    return {
        **{name: _merged(fields, FIELDS.get(name, {})) for name, fields in shapes.items()},
        **{_shape_of(table): fields for table, fields in RESOURCES.items()},
    }


def side_loaded_only() -> dict[str, str]:
    """The shapes of the tables without a route."""
    return {table: _shape_of(table) for table in RESOURCES}


def undocumented_columns(shape: str) -> frozenset[str]:
    """The attributes of a shape that are wholly or partly undocumented."""
    return frozenset(FIELDS.get(shape, ()))


def _shape_of(table: str) -> str:
    return table.removesuffix("s")


def _merged(fields: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, **{name: _with(fields.get(name), field) for name, field in more.items()}}


def _with(field: Any, more: Any) -> Any:
    if isinstance(field, dict) and isinstance(more, dict):
        for kind in ("list", "object"):
            if kind in field and kind in more:
                inner = _with(field[kind], more[kind]) if kind == "list" else _merged(field[kind], more[kind])
                return {**field, kind: inner}
    return more
