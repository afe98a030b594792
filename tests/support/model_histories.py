"""A sandbox in which everything has happened that makes metrics wrong, made by the write routes of its servers.

The servers stamp some rows with the present moment; where a history needs another one, it is set in the store.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sandbox import BoxWatchSeed, CachetSeed, InstatusSeed, RootlySeed, Sandbox, SigrylSeed
from tests.support.sources import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-07-15 12:00:00"
"""The moment that the models take for now; all seeds end before it."""
ZONE = "Europe/Berlin"
"""The zone of the business: its clocks go back on 2025-10-26 at 01:00 UTC."""


@contextmanager
def eventful_box() -> Iterator[Sandbox]:
    """A running sandbox with a little of everything, and with the awkward histories."""
    with Sandbox(
        seed=17,
        cachet=CachetSeed(incidents=60, components=16, groups=4, metrics=0, points=0, templates=0, schedules=14),
        instatus=InstatusSeed(
            pages=2, unowned_pages=0, forbidden_pages=0, incidents=40, components=12, maintenances=16, datapoints=0
        ),
        rootly=RootlySeed(incidents=40, alerts=50, audits=0, pulses=0, workflows=0, alert_events=4),
        sigryl=SigrylSeed(pages=1, incidents=20),
        boxwatch=BoxWatchSeed(incidents=20),
    ) as box:
        box.cachet.settings.rate_limit = box.instatus.settings.rate_limit = box.sigryl.settings.reads = None
        _cachet(box)
        _instatus(box)
        _rootly(box)
        _sigryl(box)
        _boxwatch(box)
        yield box


def utc(text: str) -> datetime:
    """A time of a history, such as `2026-03-01 22:00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


# Cachet

INVESTIGATING, IDENTIFIED, WATCHING, FIXED = 1, 2, 3, 4
SLOW, PARTIAL, MAJOR = 2, 3, 4


def _cachet(box: Sandbox) -> None:
    api = Api(box.cachet.api_url, box.cachet.tokens["full"])
    store = box.cachet.store

    def component(name: str) -> int:
        made: int = api("POST", "/components", {"name": name, "status": 1})["data"]["attributes"]["id"]
        store.update("components", made, created_at=utc("2025-09-01 08:00:00"))
        return made

    def incident(
        name: str, began: str | None, links: dict[int, int | None], status: int = INVESTIGATING, **more: Any
    ) -> int:
        body = {
            "name": name,
            "message": "We look into it.",
            "status": status,
            "visible": 1,
            "occurred_at": began,
            "published_at": began or "2026-01-01 00:00:00",
            "components": [{"id": each, "status": shown} for each, shown in links.items()],
            **more,
        }
        made: int = api("POST", "/incidents", body)["data"]["attributes"]["id"]
        store.update("incidents", made, created_at=utc(began or "2026-01-01 00:00:00"))
        return made

    def update(incident_id: int, status: int, posted: str) -> None:
        made = api("POST", f"/incidents/{incident_id}/updates", {"status": status, "message": "News."})
        store.update("updates", made["data"]["attributes"]["id"], created_at=utc(posted))

    component("Idle")
    component("Doomed")
    web, database, queue = component("Web"), component("Database"), component("Queue")

    reopened = incident("Reopened", "2026-02-10 10:00:00", {web: MAJOR})
    for status, posted in (
        (IDENTIFIED, "2026-02-10 10:20:00"),
        (FIXED, "2026-02-10 11:00:00"),
        (INVESTIGATING, "2026-02-10 11:30:00"),
        (WATCHING, "2026-02-10 12:15:00"),
        (FIXED, "2026-02-10 13:00:00"),
        (FIXED, "2026-02-10 13:40:00"),
    ):
        update(reopened, status, posted)

    disordered = incident("Updates out of order", "2026-02-12 09:00:00", {web: SLOW, database: PARTIAL})
    for status, posted in (
        (WATCHING, "2026-02-12 10:00:00"),
        (IDENTIFIED, "2026-02-12 09:30:00"),
        # Entered before the incident began, and two of one moment.
        (INVESTIGATING, "2026-02-12 08:50:00"),
        (FIXED, "2026-02-12 11:00:00"),
        (WATCHING, "2026-02-12 11:00:00"),
        (FIXED, "2026-02-12 12:00:00"),
    ):
        update(disordered, status, posted)

    incident("Resolved without an update", "2026-02-14 09:00:00", {queue: MAJOR}, FIXED)
    incident("Without a component", "2026-02-14 10:00:00", {})
    incident("Without a time of its own", None, {queue: SLOW})
    incident("Nobody sees it yet", "2026-06-20 10:00:00", {queue: MAJOR}, published_at="2027-01-01 00:00:00")
    incident("Not begun yet", "2026-07-20 10:00:00", {queue: MAJOR}, published_at="2026-07-01 00:00:00")
    incident("Forgotten", "2026-05-20 10:00:00", {database: PARTIAL})
    incident("Under way", "2026-07-15 09:30:00", {database: MAJOR})

    # Overlapping on one component, by pairs that nest, chain and touch.
    for name, began, ended, shown in (
        ("Slow all day", "2026-03-01 08:00:00", "2026-03-01 20:00:00", SLOW),
        ("Down at noon", "2026-03-01 12:00:00", "2026-03-01 13:00:00", MAJOR),
        ("Partly down after that", "2026-03-01 13:00:00", "2026-03-01 15:00:00", PARTIAL),
        ("Down over midnight", "2026-03-01 19:00:00", "2026-03-02 03:00:00", MAJOR),
        ("Down too, longer", "2026-03-02 01:00:00", "2026-03-02 04:00:00", MAJOR),
        ("Until midnight", "2026-03-04 22:00:00", "2026-03-05 00:00:00", PARTIAL),
    ):
        made = incident(name, began, {web: shown})
        update(made, FIXED, ended)

    # Maintenance inside an outage, over its end, and a whole day of nothing else.
    long = incident("Outage around a maintenance", "2026-04-07 06:00:00", {queue: PARTIAL})
    update(long, FIXED, "2026-04-07 18:00:00")
    for name, begins, ends in (
        ("Inside the outage", "2026-04-07 08:00:00", "2026-04-07 10:00:00"),
        ("Over its end", "2026-04-07 17:00:00", "2026-04-07 19:00:00"),
        ("A whole day", "2026-04-09 00:00:00", "2026-04-10 00:00:00"),
        ("Without an end", "2026-04-12 06:00:00", None),
    ):
        body = {"name": name, "message": "Planned.", "scheduled_at": begins, "published_at": "2026-04-01 00:00:00"}
        links = [{"id": queue, "status": 6}]
        api("POST", "/schedules", {**body, "components": links, **({"completed_at": ends} if ends else {})})

    # What an incident named is gone.
    gone = component("Gone")
    made = incident("On what is gone", "2026-03-10 10:00:00", {gone: MAJOR, web: SLOW})
    update(made, FIXED, "2026-03-10 11:00:00")
    api("DELETE", f"/components/{gone}")


# Instatus


def _instatus(box: Sandbox) -> None:
    api = Api(box.instatus.api_url, box.instatus.api_key)
    page = box.instatus.view().page_ids("incidents")[0]

    def component(name: str) -> str:
        made: str = api("POST", f"/v1/{page}/components", {"name": name, "status": "OPERATIONAL"})["id"]
        box.instatus.store.update("components", made, createdAt=utc("2025-10-01 08:00:00"))
        return made

    def incident(name: str, affected: dict[str, str], *updates: tuple[str, str], **more: Any) -> str:
        (first, began), *later = updates
        body = {
            "message": "News.",
            "components": list(affected),
            "statuses": [{"id": each, "status": status} for each, status in affected.items()],
            "notify": False,
        }
        opened = {**body, "name": name, "status": first, "started": began, **more}
        made: str = api("POST", f"/v1/{page}/incidents", opened)["id"]
        for status, posted in later:
            statuses = [] if status != "RESOLVED" else [{"id": each, "status": "OPERATIONAL"} for each in affected]
            said = {**body, "status": status, "started": posted, "statuses": statuses}
            api("POST", f"/v1/{page}/incidents/{made}/incident-updates", said)
        return made

    app, mail = component("App"), component("Mail")
    # Resolved, its component is shown as operational; clocks in Berlin went back meanwhile.
    incident(
        "Over the end of summer time",
        {app: "MAJOROUTAGE"},
        ("INVESTIGATING", "2025-10-25T22:30:00.000Z"),
        ("MONITORING", "2025-10-26T00:45:00.250Z"),
        ("RESOLVED", "2025-10-26T02:15:00.500Z"),
    )
    incident(
        "Still down",
        {mail: "PARTIALOUTAGE"},
        ("INVESTIGATING", "2026-07-14T20:00:00.000Z"),
        ("IDENTIFIED", "2026-07-14T23:30:00.000Z"),
    )
    incident("A draft", {app: "MAJOROUTAGE"}, ("INVESTIGATING", "2026-07-10T10:00:00.000Z"), shouldPublish=False)
    maintenance = {
        "name": "Moving house",
        "message": "",
        "components": [app],
        "start": "2026-01-10T22:00:00.000Z",
        "end": "2026-01-11T02:00:00.000Z",
        "status": "INPROGRESS",
        **dict.fromkeys(("notify", "autoStart", "autoEnd", "notifyStart", "notifyEnd", "notifyEarly"), False),
        "statuses": [],
    }
    api("POST", f"/v1/{page}/maintenances", maintenance)
    incident(
        "Lost in the move",
        {app: "DEGRADEDPERFORMANCE"},
        ("INVESTIGATING", "2026-01-11T00:00:00.000Z"),
        ("RESOLVED", "2026-01-11T05:00:00.000Z"),
    )


# Rootly


def _rootly(box: Sandbox) -> None:
    api = Api(f"{box.rootly.api_url}/v1", box.rootly.token, "application/vnd.api+json")
    store = box.rootly.store

    def make(path: str, resource: str, /, **attributes: Any) -> str:
        made: str = api("POST", path, {"data": {"type": resource, "attributes": attributes}})["data"]["id"]
        return made

    severities = {row["severity"]: row["id"] for row in store.rows("severities")}
    service = make("/services", "services", name="Ledger")
    store.update("services", service, created_at=utc("2025-09-15 10:00:00"))
    critical = severities.get("critical") or make("/severities", "severities", name="Critical", severity="critical")

    def incident(title: str, status: str, **attributes: Any) -> str:
        given = {"severity_id": critical, "service_ids": [service], "kind": "normal", **attributes}
        made = make("/incidents", "incidents", title=title, status=status, **given)
        store.update("incidents", made, created_at=utc("2026-03-01 00:00:00"), in_triage_at=None)
        return made

    told = {"started_at": "2026-03-03T09:00:00Z", "acknowledged_at": "2026-03-03T09:04:00.500Z"}
    ended = {"mitigated_at": "2026-03-03T10:00:00Z", "resolved_at": "2026-03-03T10:30:00Z"}
    first = incident("All its times", "resolved", **told, **ended)
    incident("The same once more", "resolved", duplicate_incident_id=first, **told, **ended)
    incident("A test", "resolved", kind="test", **told, **ended)
    incident("An example", "started", kind="example", **told)
    incident("Cancelled", "cancelled", cancelled_at="2026-03-03T09:10:00Z", **told)
    incident(
        "A part of it", "closed", kind="normal_sub", parent_incident_id=first, closed_at=ended["resolved_at"], **told
    )
    incident(
        "Entered later",
        "resolved",
        kind="backfilled",
        started_at="2025-12-31T23:30:00Z",
        resolved_at="2026-01-01T00:30:00Z",
    )
    incident("Over before it began", "resolved", started_at="2026-03-05T09:00:00Z", resolved_at="2026-03-05T08:00:00Z")
    incident("A status of their own", "mitigated", **told, mitigated_at=ended["mitigated_at"])
    incident("No severity", "resolved", severity_id=None, **told, **ended)
    window = {"scheduled_for": "2026-03-20T20:00:00Z", "scheduled_until": "2026-03-20T22:00:00Z"}
    incident(
        "Planned",
        "completed",
        kind="scheduled",
        **window,
        started_at="2026-03-20T20:10:00Z",
        resolved_at="2026-03-20T21:30:00Z",
    )
    incident("Planned, to come", "scheduled", kind="scheduled", scheduled_for="2026-08-01T20:00:00Z")

    alert = make(
        "/alerts",
        "alerts",
        summary="Disk full",
        status="resolved",
        source="web",
        started_at="2026-03-03T08:58:00Z",
        ended_at="2026-03-03T10:30:00Z",
    )
    api("POST", f"/incidents/{first}/alerts", {"data": {"type": "alerts", "attributes": {"alert_ids": [alert]}}})
    nightly = make(
        "/alerts", "alerts", summary="Nightly", status="open", source="web", started_at="2025-10-26T01:29:00Z"
    )
    person, other = (store.insert("users", name=name, full_name=name)["id"] for name in ("Ada Night", "Bo Day"))
    for about, action, happened, who in (
        (alert, "called", "2026-03-03 08:59:00", person),
        # The same page by another way, and the next one.
        (alert, "texted", "2026-03-03 08:59:40", person),
        (alert, "called", "2026-03-03 09:02:00", person),
        (alert, "acknowledged", "2026-03-03 09:05:00", person),
        (alert, "acknowledged", "2026-03-03 09:25:00", other),
        # Nights: the second hour that occurs twice, and both ends of one night.
        (nightly, "called", "2025-10-26 01:30:00", other),
        (nightly, "called", "2026-03-09 21:30:00", other),
        (nightly, "called", "2026-03-10 03:00:00", other),
        (nightly, "called", "2026-03-10 06:00:00", other),
    ):
        store.insert(
            "alert_events",
            alert_id=about,
            kind="status_update" if action == "acknowledged" else "notification",
            action=action,
            user_id=who,
            user=who,
            created_at=utc(happened),
            incident_ids=[],
        )
    schedule = store.rows("schedules")[0]["id"]
    for who, begins, ends, shadow in (
        # Over the end of summer time, overlapping with the next, nested and touching.
        (person, "2025-10-24 16:00:00", "2025-10-27 08:00:00", False),
        (person, "2025-10-26 12:00:00", "2025-10-28 08:00:00", False),
        (person, "2025-10-26 13:00:00", "2025-10-26 14:00:00", False),
        (person, "2025-10-28 08:00:00", "2025-10-29 08:00:00", False),
        (other, "2025-10-27 00:00:00", "2025-10-28 00:00:00", True),
        (other, "2026-07-13 06:00:00", "2026-07-20 06:00:00", False),
    ):
        store.insert(
            "shifts",
            schedule_id=schedule,
            user_id=who,
            user=who,
            starts_at=utc(begins),
            ends_at=utc(ends),
            is_override=False,
            is_shadow=shadow,
        )
    item = {"kind": "follow_up", "priority": "high", "status": "open", "due_date": "2026-07-14"}
    make(f"/incidents/{first}/action_items", "incident_action_items", summary="Larger disks", **item)


# Sigryl and BoxWatch


def _sigryl(box: Sandbox) -> None:
    api = Api(f"{box.sigryl.api_url}/api/v1", box.sigryl.pages[0]["api_key"])
    opened = {"title": "Uploads fail", "message": "We look into it.", "severity": "major", "status": "investigating"}
    made = api("POST", "/incidents", opened)["incident"]["_id"]
    for status in ("update", "monitoring", "resolved"):
        api("POST", f"/incidents/updates?id={made}", {"status": status, "message": "News."})
    began = utc("2026-06-01 10:00:00")
    box.sigryl.store.update("incidents", made, createdAt=began)
    for number, row in enumerate(row for row in box.sigryl.store.rows("updates") if row["incidentId"] == made):
        box.sigryl.store.update("updates", row["id"], createdAt=began + timedelta(minutes=15 * number))


def _boxwatch(box: Sandbox) -> None:
    api = Api(box.boxwatch.api_url, box.boxwatch.api_key)
    store = box.boxwatch.stores[0]
    page = next(row["id"] for row in store.rows("status_pages") if row["enabled"])
    opened = {"title": "Slow", "severity": "critical", "status": "investigating", "message": "We look into it."}
    made = api("POST", f"/status-pages/{page}/incidents", {**opened, "affected_servers": [1, 2]})["incident"]["id"]
    store.update("incidents", made, created_at=utc("2026-07-14 22:00:00"))
    for row in store.rows("incident_updates"):
        if row["incident_id"] == made:
            store.update("incident_updates", row["id"], created_at=utc("2026-07-14 22:00:00"))


def time_passes(box: Sandbox) -> None:
    """Components change and go, and an incident leaves its page, between two loads."""
    cachet = Api(box.cachet.api_url, box.cachet.tokens["full"])
    named = {row["name"]: row["id"] for row in box.cachet.store.rows("components")}
    cachet("PUT", f"/components/{named['Idle']}", {"status": MAJOR})
    cachet("DELETE", f"/components/{named['Doomed']}")
    sigryl = Api(f"{box.sigryl.api_url}/api/v1", box.sigryl.pages[0]["api_key"])
    component = box.sigryl.store.rows("components")[0]
    status = "major_outage" if component["status"] != "major_outage" else "operational"
    sigryl("PATCH", f"/components?id={component['id']}", {"status": status})
    boxwatch = Api(box.boxwatch.api_url, box.boxwatch.api_key)
    listed = next(row["id"] for row in box.boxwatch.stores[0].rows("incidents") if row["title"] == "Slow")
    boxwatch("POST", f"/status-pages/incidents/{listed}/updates", {"status": "resolved", "message": "Solved."})
