"""What the sandbox holds, as incidents, maintenance and components in one shape; worked out from its stores."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

# The taps' own tests work out the rows from what the server holds.
from tests.support.cachet_rows import expected_tables
from tests.support.sources import boxwatch_facts, instatus_facts, rootly_facts, sigryl_facts

if TYPE_CHECKING:
    from sandbox import Sandbox

CACHET_INCIDENT = {0: "investigating", 1: "investigating", 2: "identified", 3: "monitoring", 4: "resolved"}
CACHET_COMPONENT = {1: "operational", 2: "degraded", 3: "partial_outage", 4: "major_outage", 6: "maintenance"}
CACHET_SCHEDULE = ("scheduled", "in_progress", "completed")
INSTATUS_COMPONENT = {
    "OPERATIONAL": "operational",
    "DEGRADEDPERFORMANCE": "degraded",
    "PARTIALOUTAGE": "partial_outage",
    "MAJOROUTAGE": "major_outage",
    "UNDERMAINTENANCE": "maintenance",
}
INSTATUS_SEVERITY = {
    "OPERATIONAL": "none",
    "DEGRADEDPERFORMANCE": "minor",
    "PARTIALOUTAGE": "major",
    "MAJOROUTAGE": "critical",
}
INSTATUS_MAINTENANCE = {"NOTSTARTEDYET": "scheduled", "INPROGRESS": "in_progress", "COMPLETED": "completed"}
ROOTLY_STATUS = {
    **dict.fromkeys(("in_triage", "started", "detected", "acknowledged", "in_progress"), "investigating"),
    "mitigated": "monitoring",
    **dict.fromkeys(("resolved", "closed", "completed"), "resolved"),
    "cancelled": "cancelled",
    "scheduled": "unknown",
}
ROOTLY_SEVERITY = {"critical": "critical", "high": "major", "medium": "minor", "low": "minor"}
WORDS = ("investigating", "identified", "monitoring", "resolved")
PROGRESS = {None: 0, "investigating": 1, "identified": 2, "monitoring": 3, "resolved": 4}
BOXWATCH_COMPONENT = {
    **dict.fromkeys(("online", "up", "ok"), "operational"),
    **dict.fromkeys(("degraded", "late"), "degraded"),
    **dict.fromkeys(("offline", "down", "failed", "missed"), "major_outage"),
}


@dataclass(frozen=True)
class Update:
    """Something that was said."""

    id: str
    posted: datetime
    status: str | None
    public: bool = True
    order: int = 0


@dataclass
class Incident:
    """An incident as its source tells it."""

    source: str
    id: str
    status: str
    severity: str
    started: datetime | None
    kind: str = "incident"
    detected: datetime | None = None
    acknowledged: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None
    cancelled: datetime | None = None
    hidden: bool = False
    duplicate: bool = False
    updates: list[Update] = field(default_factory=list)
    components: dict[str, str] = field(default_factory=dict)
    """The status that the source shows for each component, in the models' words."""


@dataclass(frozen=True)
class Maintenance:
    """A planned window as its source tells it."""

    source: str
    id: str
    status: str
    planned: datetime | None
    planned_end: datetime | None
    started: datetime | None
    ended: datetime | None
    hidden: bool
    components: frozenset[str]


@dataclass(frozen=True)
class Component:
    """A component as its source lists it."""

    source: str
    id: str
    status: str
    in_use: bool
    created: datetime | None
    archived: datetime | None = None
    group: bool = False


@dataclass(frozen=True)
class Facts:
    """Everything that was loaded: source, id and name of pages, and Rootly's rows as they are."""

    incidents: list[Incident]
    maintenances: list[Maintenance]
    components: list[Component]
    rootly: dict[str, list[dict[str, Any]]]
    pages: list[tuple[str, str, str | None]]


def facts(box: Sandbox, now: datetime) -> Facts:
    """What a load of everything brings.

    Args:
        box: The sandbox.
        now: The moment that the models take for now.
    """
    # A column that a row lacks is null.
    rootly: dict[str, list[dict[str, Any]]] = {
        stream: [defaultdict(lambda: None, row) for row in rows]
        for stream, rows in rootly_facts.expected_rows(box, ROOTLY_STREAMS).items()
    }
    of_products = (_cachet(box, now), _instatus(box), _rootly(rootly), _sigryl(box), _boxwatch(box))
    return Facts(
        [each for incidents, _, _ in of_products for each in incidents],
        [each for _, maintenances, _ in of_products for each in maintenances],
        [each for _, _, components in of_products for each in components],
        rootly,
        [
            ("cachet", "page", None),
            *(("instatus", row["id"], row["name"]) for row in instatus_facts.InstatusFacts(box).streams()["pages"]),
            *(("rootly", row["id"], row["public_title"] or row["title"]) for row in rootly["status_pages"]),
            *(("sigryl", row["slug"], row["name"]) for row in sigryl_facts.sigryl_rows(box)["status_pages"]),
            *(("boxwatch", row["id"], row["name"]) for row in boxwatch_facts.boxwatch_rows(box)["status_pages"]),
        ],
    )


ROOTLY_STREAMS = (
    "action_items",
    "alert_events",
    "alerts",
    "functionalities",
    "incident_action_items",
    "incident_alerts",
    "incident_events",
    "incident_post_mortems",
    "incident_status_page_events",
    "incidents",
    "post_mortems",
    "schedules",
    "services",
    "severities",
    "shifts",
    "status_pages",
    "upcoming_shifts",
    "users",
)


def moment(value: Any) -> datetime | None:
    """A time of a row, in UTC and without a zone."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value  # type: ignore[no-any-return]


def _at(value: Any) -> datetime:
    found = moment(value)
    assert found is not None
    return found


_Told = tuple[list[Incident], list[Maintenance], list[Component]]


def _cachet(box: Sandbox, now: datetime) -> _Told:
    rows = expected_tables(box)
    incidents = {}
    for row in rows["incidents"]:
        published = moment(row["published_at"])
        incidents[row["id"]] = Incident(
            "cachet",
            str(row["id"]),
            CACHET_INCIDENT.get(row["status"], "unknown"),
            "unknown",
            moment(row["occurred_at"]) or moment(row["created_at"]),
            hidden=published is not None and published > now,
        )
    for row in rows["incident_updates"]:
        update = Update(str(row["id"]), _at(row["created_at"]), CACHET_INCIDENT.get(row["status"]), order=row["id"])
        incidents[row["incident_id"]].updates.append(update)
    for row in rows["incident_components"]:
        shown = CACHET_COMPONENT.get(row["status"], "unknown")
        incidents[row["incident_id"]].components[str(row["component_id"])] = shown
    for incident in incidents.values():
        said = [update.status for update in in_order(incident.updates) if update.status]
        incident.status = said[-1] if said else incident.status
        incident.severity = _worst(incident.components.values())
    links: dict[int, set[str]] = {}
    for row in rows["schedule_components"]:
        links.setdefault(row["schedule_id"], set()).add(str(row["component_id"]))
    maintenances = [
        Maintenance(
            "cachet",
            str(row["id"]),
            CACHET_SCHEDULE[row["status"]],
            moment(row["scheduled_at"]),
            moment(row["completed_at"]),
            None,
            moment(row["completed_at"]),
            row["published_at"] is not None and _at(row["published_at"]) > now,
            frozenset(links.get(row["id"], ())),
        )
        for row in rows["schedules"]
    ]
    components = [
        Component(
            "cachet",
            str(row["id"]),
            CACHET_COMPONENT.get(row["latest_status"], "unknown"),
            bool(row["enabled"]),
            moment(row["created_at"]),
        )
        for row in rows["components"]
    ]
    return list(incidents.values()), maintenances, components


def _worst(shown: Any) -> str:
    found = set(shown)
    for status, severity in (("major_outage", "critical"), ("partial_outage", "major"), ("degraded", "minor")):
        if status in found:
            return severity
    return "none" if "operational" in found else "unknown"


def _instatus(box: Sandbox) -> _Told:
    rows = instatus_facts.InstatusFacts(box).streams()
    incidents = {}
    for row in rows["incidents"]:
        incidents[row["id"]] = Incident(
            "instatus",
            row["id"],
            row["status"].lower(),
            INSTATUS_SEVERITY.get(row.get("impact", ""), "unknown"),
            moment(row["started"]),
            resolved=moment(row.get("resolved")),
            hidden=row.get("visibility_state", "PUBLISHED") != "PUBLISHED",
        )
    for row in rows["incident_updates"]:
        posted = _at(row.get("started") or row["created_at"])
        incidents[row["incident_id"]].updates.append(Update(row["id"], posted, row["status"].lower()))
    for row in rows["incident_components"]:
        incidents[row["incident_id"]].components[row["component_id"]] = INSTATUS_COMPONENT[row["status"]]
    links: dict[str, set[str]] = {}
    for row in rows["maintenance_components"]:
        links.setdefault(row["maintenance_id"], set()).add(row["component_id"])
    maintenances = [
        Maintenance(
            "instatus",
            row["id"],
            INSTATUS_MAINTENANCE[row["status"]],
            moment(row.get("start")),
            moment(row.get("end")),
            None,
            moment(row.get("resolved")),
            hidden=False,
            components=frozenset(links.get(row["id"], ())),
        )
        for row in rows["maintenances"]
    ]
    components = [
        Component(
            "instatus",
            row["id"],
            INSTATUS_COMPONENT.get(row.get("status", ""), "unknown"),
            not row.get("archived", "archived_at" in row),
            moment(row.get("created_at")),
            moment(row.get("archived_at")),
            group=bool(row.get("is_group")),
        )
        for row in rows["components"]
    ]
    return list(incidents.values()), maintenances, components


def _rootly(rows: dict[str, list[dict[str, Any]]]) -> _Told:
    severities = {row["id"]: row["severity"] for row in rows["severities"]}
    incidents = {}
    maintenances = []
    for row in rows["incidents"]:
        components = [*(row["service_ids"] or ()), *(row["functionality_ids"] or ())]
        kind = row["kind"] or "normal"
        incidents[row["id"]] = Incident(
            "rootly",
            row["id"],
            ROOTLY_STATUS[row["status"]],
            ROOTLY_SEVERITY.get(severities.get(row["severity_id"]) or "", "unknown"),
            moment(row["started_at"]) or moment(row["in_triage_at"]) or moment(row["created_at"]),
            kind=_kind(kind),
            detected=moment(row["detected_at"]),
            acknowledged=moment(row["acknowledged_at"]),
            mitigated=moment(row["mitigated_at"]),
            resolved=moment(row["resolved_at"]) or moment(row["closed_at"]),
            cancelled=moment(row["cancelled_at"]),
            duplicate=row["duplicate_incident_id"] is not None,
            components=dict.fromkeys(components, "unknown"),
        )
        if kind.startswith("scheduled"):
            maintenances.append(
                Maintenance(
                    "rootly",
                    row["id"],
                    {"scheduled": "scheduled", "completed": "completed"}.get(row["status"], "in_progress"),
                    moment(row["scheduled_for"]),
                    moment(row["scheduled_until"]),
                    moment(row["started_at"]),
                    moment(row["resolved_at"]) or moment(row["closed_at"]),
                    hidden=False,
                    components=frozenset(components),
                )
            )
    for row in rows["incident_events"]:
        public = row["visibility"] == "external"
        incidents[row["incident_id"]].updates.append(Update(row["id"], _at(row["occurred_at"]), None, public=public))
    for row in rows["incident_status_page_events"]:
        posted = _at(row["started_at"] or row["created_at"])
        status = row["status"] if row["status"] in WORDS else None
        incidents[row["incident_id"]].updates.append(Update(row["id"], posted, status))
    components = [
        Component("rootly", row["id"], "unknown", in_use=True, created=moment(row["created_at"]))
        for table in ("services", "functionalities")
        for row in rows[table]
    ]
    return list(incidents.values()), maintenances, components


def _kind(kind: str) -> str:
    for beginning, found in (
        ("test", "test"),
        ("example", "test"),
        ("backfill", "backfilled"),
        ("scheduled", "scheduled"),
    ):
        if kind.startswith(beginning):
            return found
    return "incident"


def _sigryl(box: Sandbox) -> _Told:
    rows = sigryl_facts.sigryl_rows(box)
    incidents = {
        row["id"]: Incident(
            "sigryl",
            row["id"],
            row["status"] if row["status"] in WORDS else "unknown",
            row["severity"],
            moment(row["created_at"]),
        )
        for row in rows["incidents"]
    }
    for row in rows["incident_updates"]:
        status = row["status"] if row["status"] in WORDS else None
        posted = _at(row["created_at"])
        milliseconds = round(posted.replace(tzinfo=timezone.utc).timestamp() * 1000)
        identity = f"{row['incident_id']}-{milliseconds}-{row['position']}"
        incidents[row["incident_id"]].updates.append(Update(identity, posted, status, order=row["position"]))
    for incident in incidents.values():
        said = [update.status for update in in_order(incident.updates) if update.status]
        if incident.status == "unknown" and said:
            incident.status = said[-1]
    components = [
        Component("sigryl", row["id"], row["status"], in_use=True, created=None) for row in rows["components"]
    ]
    return list(incidents.values()), [], components


def _boxwatch(box: Sandbox) -> _Told:
    rows = boxwatch_facts.boxwatch_rows(box)
    incidents = {
        row["id"]: Incident(
            "boxwatch",
            row["id"],
            row["status"],
            row["severity"] or "unknown",
            moment(row["created_at"]),
            resolved=moment(row["resolved_at"]),
            components={f"server-{number}": "unknown" for number in row["affected_servers"] or ()},
        )
        for row in rows["incidents"]
    }
    for row in rows["incident_updates"]:
        incidents[row["incident_id"]].updates.append(Update(row["id"], _at(row["created_at"]), row["status"]))
    components = [
        Component(
            "boxwatch",
            f"{kind}-{row['id']}",
            BOXWATCH_COMPONENT.get((row[status] or "").lower(), "unknown"),
            bool(row[used]),
            moment(row["created_at"]),
        )
        for table, kind, status, used in (
            ("servers", "server", "status", "active"),
            ("uptime_checks", "uptime_check", "last_status", "enabled"),
            ("cron_checks", "cron_check", "status", "enabled"),
        )
        for row in rows[table]
    ]
    return list(incidents.values()), [], components


def in_order(updates: list[Update]) -> list[Update]:
    """Updates as they followed one another: by time, the source's order, how far the status is, and the id."""
    return sorted(updates, key=lambda update: (update.posted, update.order, PROGRESS[update.status], update.id))
