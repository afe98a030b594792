"""Makes the rows consistent: an incident's times follow its status, a shift's user is on the rotation."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from sandbox.rootly import texts
from sandbox.texts import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.rootly.soil import Sprout
    from sandbox.tables import Row, Table

    Tables: TypeAlias = Mapping[str, Table]

_ENDS = ("mitigated", "resolved", "resolved", "resolved", "closed", "cancelled", "started", "in_triage")
_PASSED: Mapping[str, tuple[str, ...]] = {
    "in_triage": ("in_triage",),
    "started": ("in_triage", "started", "detected"),
    "mitigated": ("in_triage", "started", "detected", "acknowledged", "mitigated"),
    "resolved": ("in_triage", "started", "detected", "acknowledged", "mitigated", "resolved"),
    "closed": ("in_triage", "started", "detected", "acknowledged", "mitigated", "resolved", "closed"),
    "cancelled": ("in_triage", "started", "cancelled"),
}
"""The states that an incident passed through to reach one."""
_MOMENTS = ("in_triage", "started", "detected", "acknowledged", "mitigated", "resolved", "closed", "cancelled")
_SHIFT = timedelta(days=7)


def shape_row(tables: Tables, sprout: Sprout, values: Row, owning: Row | None) -> None:
    """Adjust the values of a row before it is added.

    Args:
        tables: The rows added so far.
        sprout: The row's number, times and random generator.
        values: Its values, modified in place.
        owning: Its parent row, if any.
    """
    shape = _SHAPES.get(sprout.table)
    if shape is not None:
        shape(tables, sprout, values, owning or {})


def _incident(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    rng, soil = sprout.rng, sprout.soil
    status = rng.choice(_ENDS)
    values |= {
        "sequential_id": sprout.number,
        "title": f"{texts.system(rng)} {rng.choice(TROUBLES)}",
        "slug": f"{sprout.number}-incident",
        "kind": rng.choice(("normal",) * 8 + ("test", "backfilled")),
        "status": status,
        "private": sprout.chance(0.1),
        "url": f"https://rootly.com/account/incidents/{sprout.number}-incident",
        "user": soil.pick("users"),
        "severity": soil.pick("severities") if sprout.chance(0.9) else None,
        "services": soil.some("services", 2),
        "environments": soil.some("environments", 1) if sprout.chance(0.9) else None,
        "incident_types": soil.some("incident_types", 1),
        "functionalities": soil.some("functionalities", 1),
        "groups": soil.some("groups", 2),
        "labels": {"region": rng.choice(("eu", "us")), "tier": str(rng.randint(1, 3))} if sprout.chance(0.6) else {},
        "cause_ids": soil.some("causes", 2),
        "subscriber_ids": soil.some("users", 3),
    }
    if sprout.chance(0.9):
        values["parent_incident_id"] = values["duplicate_incident_id"] = None
    moment = sprout.created_at
    for state in _MOMENTS:
        passed = state in _PASSED[status]
        values[f"{state}_at"] = moment if passed else None
        if f"{state}_by" in values:
            values[f"{state}_by"] = soil.pick("users") if passed and sprout.chance(0.7) else None
        if passed:
            moment = min(moment + timedelta(minutes=rng.randint(1, 600)), sprout.updated_at)
    for state in ("mitigation", "resolution", "cancellation"):
        done = {"mitigation": "mitigated", "resolution": "resolved", "cancellation": "cancelled"}[state]
        if done not in _PASSED[status]:
            values[f"{state}_message"] = None


def _incident_event(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    values["occurred_at"] = sprout.created_at


def _alert(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    rng, soil = sprout.rng, sprout.soil
    services, groups = soil.some("services", 2), soil.some("groups", 1)
    functionalities, environments = soil.some("functionalities", 1), soil.some("environments", 1)
    urgency = soil.pick("alert_urgencies")
    values |= {
        "incident_id": soil.near("incidents", sprout.share) if sprout.chance(0.5) else None,
        "short_id": f"A{sprout.number:05d}",
        "url": f"https://rootly.com/account/alerts/A{sprout.number:05d}",
        "summary": f"{texts.system(rng)} {rng.choice(TROUBLES)}",
        "services": services,
        "service_ids": services,
        "groups": groups,
        "group_ids": groups,
        "functionalities": functionalities,
        "functionality_ids": functionalities,
        "environments": environments,
        "environment_ids": environments,
        "alert_urgency": urgency,
        "alert_urgency_id": urgency,
        "labels": [{"key": "region", "value": "eu"}, {"key": "tier", "value": rng.choice(("1", 2, True))}][
            : rng.randint(0, 2)
        ],
        "group_leader_alert_id": None,
        "is_group_leader_alert": False,
        "started_at": sprout.created_at,
        "ended_at": sprout.updated_at if values["status"] == "resolved" else None,
    }


def _alert_event(tables: Tables, sprout: Sprout, values: Row, owning: Row) -> None:
    user, incident = values["user_id"], owning.get("incident_id")
    values |= {
        "user": user,
        "incident": incident,
        "incident_ids": [] if incident is None else [incident],
        "escalation_target_type": None,
        "escalation_target": None,
    }
    policy = sprout.soil.pick("escalation_policies")
    if values["action"] == "escalation_policy_paged" and policy is not None:
        row = tables["escalation_policies"].get(policy)
        if row is not None:
            values["escalation_target_type"] = "EscalationPolicy"
            values["escalation_target"] = {
                "data": {"id": policy, "type": "escalation_policies", "attributes": {"name": row["name"]}}
            }


def _user(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    first, last = sprout.rng.choice(texts.FIRST_NAMES), sprout.rng.choice(texts.LAST_NAMES)
    values |= {
        "first_name": first,
        "last_name": last,
        "preferred_name": None,
        "name": f"{first} {last}",
        "full_name": f"{first} {last}",
        "full_name_with_team": f"[Acme] {first} {last}",
        "email": f"user{sprout.number}@example.com",
        "role_id": sprout.soil.pick("roles"),
        "on_call_role_id": sprout.soil.pick("on_call_roles"),
    }


def _group(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    members = sprout.soil.some("users", 8, 1)
    values |= {"user_ids": members, "admin_ids": members[:1]}


def _level(_tables: Tables, sprout: Sprout, values: Row, owning: Row) -> None:
    values |= {"escalation_policy_id": owning.get("escalation_policy_id"), "position": sprout.rng.randint(1, 3)}


def _oncall(tables: Tables, sprout: Sprout, values: Row, owning: Row) -> None:
    policy = tables["escalation_policies"].get(owning["escalation_policy_id"]) or {}
    path = tables["escalation_paths"].get(owning["escalation_policy_path_id"]) or {}
    schedule = tables["schedules"].get(sprout.soil.pick("schedules") or "") or {}
    values |= {
        "escalation_policy_id": policy.get("id"),
        "escalation_policy_name": policy.get("name"),
        "escalation_policy_path_id": path.get("id"),
        "escalation_policy_path_name": path.get("name"),
        "is_default_path": path.get("default"),
        "escalation_level": owning["position"],
        "schedule_id": schedule.get("id"),
        "schedule_name": schedule.get("name"),
        "user_id": sprout.soil.pick("users"),
        "starts_at": sprout.created_at,
        "ends_at": sprout.created_at + _SHIFT,
    }


def _schedule(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    values["escalation_policies"] = sprout.soil.some("escalation_policies", 2)


def _shift(tables: Tables, sprout: Sprout, values: Row, owning: Row) -> None:
    before = tables["shifts"].find("schedule_id", owning["id"])
    starts = before[-1]["ends_at"] if before else owning["created_at"]
    rotations = tables["schedule_rotations"].find("schedule_id", owning["id"])
    is_override = len(before) % 6 == 5  # noqa: PLR2004 - every sixth
    user = sprout.soil.pick("users")
    values |= {
        "rotation_id": sprout.rng.choice(rotations)["id"] if rotations else None,
        "starts_at": starts,
        "ends_at": starts + _SHIFT,
        "is_override": is_override,
        "is_shadow": False,
        "user_id": user,
        "user": user,
        "shift_override": None,
    }
    if is_override:
        values["shift_override"] = {
            "data": {
                "id": f"override-{values['id']}",
                "type": "shift_override",
                "attributes": {
                    "shift_id": values["id"],
                    "created_by_user_id": user,
                    "created_at": sprout.created_at,
                    "updated_at": sprout.updated_at,
                },
            }
        }


def _coverage(_tables: Tables, _sprout: Sprout, values: Row, owning: Row) -> None:
    values |= {
        "schedule": owning["schedule_id"],
        "schedule_id": owning["schedule_id"],
        "shift": owning["id"],
        "original_shift_user": owning["user_id"],
        "original_shift_user_id": owning["user_id"],
        "created_by_user": values["created_by_user_id"],
        "starts_at": owning["starts_at"],
        "ends_at": owning["ends_at"],
    }


CATALOG_TYPES = ("catalog", "cause", "environment", "functionality", "incident_type", "service", "team")
"""The kinds of things that have catalog properties."""


def _catalog_property(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    kind = CATALOG_TYPES[sprout.number % len(CATALOG_TYPES)]
    values |= {
        "catalog_type": kind,
        "catalog_id": sprout.soil.pick("catalogs") if kind == "catalog" else None,
    }


def _run(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    about = sprout.rng.choice(("incident_id", "alert_id", None))
    for name in ("incident_id", "post_mortem_id", "action_item_id", "alert_id", "pulse_id"):
        if name != about:
            values[name] = None
    values["started_at"] = sprout.created_at
    for name in ("completed_at", "failed_at", "canceled_at"):
        done = values["status"].startswith(name.removesuffix("_at"))
        values[name] = sprout.updated_at if done else None


def _post_mortem(_tables: Tables, sprout: Sprout, values: Row, owning: Row) -> None:
    values |= {
        "incident_id": owning["id"],
        "title": f"Retrospective: {owning['title']}",
        **{name: owning[name] for name in ("started_at", "mitigated_at", "resolved_at")},
        "url": f"https://rootly.com/account/retrospectives/{sprout.number}",
    }


def _audit(tables: Tables, _sprout: Sprout, values: Row, _owning: Row) -> None:
    user = tables["users"].get(values["user_id"]) if values["user_id"] is not None else None
    values |= {"user_name": user and user["name"], "user_email": user and user["email"]}


def _task(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    if sprout.number % 2:
        values["task_params"] = {
            "task_type": "http_client",
            "url": "https://example.com/hook",
            "method": "POST",
            "headers": f'{{"Authorization": "{sprout.soil.canary("workflow_tasks", "headers")}"}}',
            "succeed_on_status": "200",
            "retry_count": 2,
        }
    elif sprout.number % 3 == 0:
        password = sprout.soil.canary("workflow_tasks", "password")
        values["task_params"] = {"task_type": "create_zoom_meeting", "topic": "War room", "password": password}


def _endpoint(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    values["custom_headers"] = [
        {"name": "Authorization", "value": f"Bearer {sprout.soil.canary('webhooks_endpoints', 'custom_headers')}"}
    ]


def _delivery(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    body = {"event": {"type": "incident.updated"}, "data": {"id": sprout.soil.pick("incidents")}}
    values["payload"] = msgspec.json.encode(body).decode()


def _pay_report(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    start = sprout.created_at.date().replace(day=1)
    values |= {"start_date": start.isoformat(), "end_date": (start + timedelta(days=27)).isoformat()}


def _ip_ranges(_tables: Tables, _sprout: Sprout, values: Row, _owning: Row) -> None:
    values |= {
        "integrations_ipv4": ["192.0.2.0/28", "198.51.100.7/32"],
        "integrations_ipv6": ["2001:db8:1::/48"],
        "webhooks_ipv4": ["203.0.113.0/29"],
        "webhooks_ipv6": ["2001:db8:2::/48"],
    }


def _pulse(_tables: Tables, sprout: Sprout, values: Row, _owning: Row) -> None:
    values |= {
        "services": sprout.soil.some("services", 2),
        "environments": sprout.soil.some("environments", 1),
        "labels": [{"key": "branch", "value": "main"}],
        "refs": [{"key": "sha", "value": f"{sprout.rng.getrandbits(64):016x}"}],
    }


def _form_selection(_tables: Tables, _sprout: Sprout, values: Row, owning: Row) -> None:
    values["incident_id"] = owning["id"]


_SHAPES: Mapping[str, Callable[[Tables, Sprout, Row, Row], None]] = {
    "alert_events": _alert_event,
    "alerts": _alert,
    "audits": _audit,
    "catalog_properties": _catalog_property,
    "escalation_levels": _level,
    "groups": _group,
    "incident_events": _incident_event,
    "incident_post_mortems": _post_mortem,
    "incident_retrospective_steps": _form_selection,
    "incidents": _incident,
    "ip_ranges": _ip_ranges,
    "on_call_pay_reports": _pay_report,
    "on_call_resources": _oncall,
    "pulses": _pulse,
    "schedules": _schedule,
    "shift_coverage_requests": _coverage,
    "shifts": _shift,
    "users": _user,
    "webhooks_deliveries": _delivery,
    "webhooks_endpoints": _endpoint,
    "workflow_runs": _run,
    "workflow_tasks": _task,
}
