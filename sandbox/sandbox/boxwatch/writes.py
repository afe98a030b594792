"""Writes with the account's key: status pages, incidents and their updates, cron checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sandbox.answers import json_response
from sandbox.bodies import Complaint, Field, read_body
from sandbox.boxwatch import problems
from sandbox.boxwatch.shapes import CRON_CHECKS, STATUS_PAGES
from sandbox.boxwatch.times import told, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sandbox.boxwatch.shapes import Collection, Teller
    from sandbox.routing import Call
    from sandbox.tables import Row

INCIDENT_STATUSES: Final = ("investigating", "identified", "monitoring", "resolved")
SEVERITIES: Final = ("minor", "major", "critical")

_STATUS_PAGE: Final = (
    Field("slug", required=True, pattern="[a-z0-9-]+"),
    Field("name", required=True),
    Field("description", nullable=True),
    Field("logo_url", nullable=True),
    Field("servers", "integers"),
    Field("theme", choices=("dark", "light")),
)
_NEW_STATUS_PAGE_FIELDS: Final = ("id", "slug", "name", "servers", "theme", "enabled", "created_at")
_INCIDENT: Final = (
    Field("title", required=True),
    Field("message", required=True),
    Field("status", choices=INCIDENT_STATUSES),
    Field("severity", choices=SEVERITIES),
    Field("affected_servers", "integers"),
)
_CHANGED_INCIDENT: Final = (
    Field("title"),
    Field("message"),
    Field("status", choices=INCIDENT_STATUSES),
    Field("severity", choices=SEVERITIES),
    Field("affected_servers", "integers"),
)
_UPDATE: Final = (Field("status", required=True, choices=INCIDENT_STATUSES), Field("message", required=True))
_CRON_CHECK: Final = (
    Field("name", required=True),
    Field("interval_seconds", "integer", required=True, between=(60, 7_776_000)),
    Field("grace_seconds", "integer", between=(0, 86_400)),
    Field("server_id", "integer", nullable=True),
    Field("max_duration_seconds", "integer", nullable=True),
    Field("enabled", "flag"),
)


def create_status_page(teller: Teller, call: Call) -> Response:
    """Create a status page, which is live at once."""
    check_plan(teller, STATUS_PAGES)
    values = _body(call, _STATUS_PAGE)
    _check_servers(teller, "servers", values.get("servers", []))
    if teller.store.tables["status_pages"].find("slug", values["slug"]):
        raise problems.problem(400, "Slug already taken")
    page = teller.row(teller.store.insert("status_pages", **values), created=True)
    return _answer("status_page", {name: page[name] for name in _NEW_STATUS_PAGE_FIELDS}, 201)


def open_incident(teller: Teller, call: Call) -> Response:
    """Open an incident of a status page; its message is also its first update."""
    page = _row(teller, "status_pages", "Status page", call)
    values = _body(call, _INCIDENT)
    _check_servers(teller, "affected_servers", values.get("affected_servers", []))
    now = utc_now()
    incident = teller.store.insert(
        "incidents", status_page_id=page["id"], created_at=now, **_resolution({}, values), **values
    )
    teller.store.insert(
        "incident_updates",
        incident_id=incident["id"],
        status=incident["status"],
        message=incident["message"],
        created_at=now,
    )
    return _answer("incident", teller.row(incident, created=True), 201)


def change_incident(teller: Teller, call: Call) -> Response:
    """Change an incident without an update."""
    incident = _row(teller, "incidents", "Incident", call)
    values = _body(call, _CHANGED_INCIDENT)
    _check_servers(teller, "affected_servers", values.get("affected_servers", []))
    changed = teller.store.update("incidents", incident["id"], **_resolution(incident, values), **values)
    return _answer("incident", teller.row(changed))


def add_update(teller: Teller, call: Call) -> Response:
    """Add an update, whose status becomes that of its incident."""
    incident = _row(teller, "incidents", "Incident", call)
    values = _body(call, _UPDATE)
    update = teller.store.insert("incident_updates", incident_id=incident["id"], **values)
    teller.store.update("incidents", incident["id"], status=values["status"], **_resolution(incident, values))
    return _answer("update", teller.row(update, created=True), 201)


def create_cron_check(teller: Teller, call: Call) -> Response:
    """Create a cron check; the response includes the slug of its ping URL."""
    values = _body(call, _CRON_CHECK)
    server = teller.store.tables["servers"].get(values.get("server_id") or 0)
    if values.get("server_id") is not None and server is None:
        raise problems.invalid([Complaint("server_id", "is none of the account's servers")])
    hostname = None if server is None else server["hostname"]
    check = teller.store.insert("cron_checks", slug=str(uuid4()), server_hostname=hostname, status="new", **values)
    return json_response(
        {"check": teller.row(check, created=True), **CRON_CHECKS.frame(teller, teller.listed(CRON_CHECKS))}, 201
    )


def check_plan(teller: Teller, collection: Collection) -> None:
    """Raise a problem if the account's plan does not include this list."""
    if collection.needs_pro and teller.settings.plan == "hobby":
        raise problems.needs_pro(collection.needs_pro)


def _row(teller: Teller, table: str, what: str, call: Call) -> Row:
    row = teller.store.tables[table].get(call.params["id"])
    if row is None:
        raise problems.not_found(what)
    return row


def _body(call: Call, fields: Sequence[Field]) -> dict[str, Any]:
    # A body of another type is ignored.
    is_json = call.request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    values, complaints = read_body(call.body if is_json else b"", fields)
    if complaints:
        raise problems.invalid(complaints)
    return values


def _check_servers(teller: Teller, name: str, servers: list[int]) -> None:
    if any(server not in teller.store.tables["servers"] for server in servers):
        raise problems.invalid([Complaint(name, "names a server that is not yours")])


def _resolution(before: Row, values: dict[str, Any]) -> dict[str, Any]:
    """The time of resolution: set when the status becomes `resolved`, cleared when it becomes another."""
    if "status" not in values or values["status"] == before.get("status"):
        return {}
    return {"resolved_at": utc_now() if values["status"] == "resolved" else None}


def _answer(key: str, row: dict[str, Any], status: int = 200) -> Response:
    return json_response({key: row, "timestamp": told(utc_now())}, status)
