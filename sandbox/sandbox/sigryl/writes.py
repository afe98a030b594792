"""Writes with a page's key: incidents, their updates, the status of components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.answers import json_response
from sandbox.bodies import Field, read_body
from sandbox.sigryl import problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sandbox.routing import Call
    from sandbox.sigryl.shapes import Teller
    from sandbox.tables import Row

COMPONENT_STATUSES: Final = ("operational", "degraded", "partial_outage", "major_outage", "maintenance")
INCIDENT_STATUSES: Final = ("investigating", "identified", "monitoring", "update", "resolved")
SEVERITIES: Final = ("minor", "major", "critical")

_NEW_INCIDENT: Final = (
    Field("title", required=True),
    Field("message", required=True),
    Field("severity", required=True, choices=SEVERITIES),
    Field("status", choices=INCIDENT_STATUSES),
    Field("affectedComponentIds", "texts"),
)
_CHANGED_INCIDENT: Final = (
    Field("title"),
    Field("severity", choices=SEVERITIES),
    Field("status", choices=INCIDENT_STATUSES),
    Field("affectedComponentIds", "texts"),
)
_NEW_UPDATE: Final = (
    Field("status", required=True, choices=INCIDENT_STATUSES),
    Field("message", required=True),
)
_CHANGED_COMPONENT: Final = (Field("status", required=True, choices=COMPONENT_STATUSES),)


def open_incident(teller: Teller, page: Row, call: Call) -> Response:
    """Open an incident; its message becomes its first update."""
    values = _body(call, _NEW_INCIDENT)
    _check_components(teller, page, values)
    message = values.pop("message")
    incident = teller.store.insert("incidents", pageId=page["id"], **values)
    teller.store.insert(
        "updates",
        incidentId=incident["id"],
        status=incident["status"],
        message=message,
        createdAt=incident["createdAt"],
    )
    return json_response({"incident": teller.incident(incident)}, 201)


def change_incident(teller: Teller, page: Row, call: Call) -> Response:
    """Change an incident without an update."""
    incident = row_of_page(teller, page, "incidents", "Incident", call)
    values = _body(call, _CHANGED_INCIDENT)
    _check_components(teller, page, values)
    return json_response({"incident": teller.incident(teller.store.update("incidents", incident["id"], **values))})


def add_update(teller: Teller, page: Row, call: Call) -> Response:
    """Add an update, whose status becomes that of its incident."""
    incident = row_of_page(teller, page, "incidents", "Incident", call)
    values = _body(call, _NEW_UPDATE)
    if values["status"] != "update" or teller.settings.update_is_a_status:
        teller.store.update("incidents", incident["id"], status=values["status"])
    update = teller.store.insert("updates", incidentId=incident["id"], **values)
    return json_response({"update": teller.update(update)}, 201)


def change_component(teller: Teller, page: Row, call: Call) -> Response:
    """Change the status of a component."""
    component = row_of_page(teller, page, "components", "Component", call)
    changed = teller.store.update("components", component["id"], **_body(call, _CHANGED_COMPONENT))
    return json_response({"component": teller.component(changed)})


def row_of_page(teller: Teller, page: Row, table: str, what: str, call: Call) -> Row:
    """The row with the query's `id`, if it belongs to the key's page.

    Raises:
        Problem: 400, no id is given; 404, the page has no such row.
    """
    row_id = call.request.query_params.get("id")
    if not row_id:
        raise problems.bad_request("The query parameter id is required")
    row = teller.store.tables[table].get(row_id)
    if row is None or row["pageId"] != page["id"]:
        raise problems.not_found(what)
    return row


def _body(call: Call, fields: Sequence[Field]) -> dict[str, Any]:
    values, complaints = read_body(call.body, fields)
    if complaints:
        first = complaints[0]
        raise problems.bad_request(f"{first.field or 'The body'} {first.reason}")
    return values


def _check_components(teller: Teller, page: Row, values: dict[str, Any]) -> None:
    own = {row["id"] for row in teller.store.tables["components"].find("pageId", page["id"])}
    if not own.issuperset(values.get("affectedComponentIds", ())):
        raise problems.bad_request("affectedComponentIds names a component that the page does not have")
