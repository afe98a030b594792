"""The write routes and their bodies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sandbox.bodies import Field
from sandbox.instatus import bodies, writes
from sandbox.instatus import collections as lists
from sandbox.instatus.history import INCIDENT, MAINTENANCE

if TYPE_CHECKING:
    from sandbox.instatus.shapes import Teller
    from sandbox.instatus.writes import Apply
    from sandbox.routing import Call


@dataclass(frozen=True)
class Write:
    """A route that changes something.

    Attributes:
        method: The HTTP method.
        route: The template of its path.
        fields: The fields of its body; None if it has no body.
        apply: Changes the store and returns the response.
    """

    method: str
    route: str
    fields: tuple[Field, ...] | None
    apply: Apply

    def answer(self, teller: Teller, call: Call) -> Any:
        """The body of the response.

        Raises:
            Problem: 400, the body is invalid; 404, there is no such row.
        """
        return self.apply(teller, call.params, {} if self.fields is None else bodies.read(call.body, self.fields))


_MESSAGE = Field("message")
_TRANSLATIONS = Field("translations", bodies.translations)
_NOTIFY = Field("notify", "bool")
_COMPONENTS = Field("components", "texts")
_STATUSES = Field("statuses", bodies.statuses)
_STARTED = Field("started", bodies.time)
_INCIDENT_STATUS = Field("status", choices=bodies.INCIDENT_STATUSES)
_MAINTENANCE_STATUS = Field("status", choices=bodies.MAINTENANCE_STATUSES)


def _required(*fields: Field) -> tuple[Field, ...]:
    return tuple(replace(each, required=True) for each in fields)


_INCIDENT_UPDATE = (_MESSAGE, _STARTED, _NOTIFY, _TRANSLATIONS)
_MAINTENANCE_UPDATE = (
    *_INCIDENT_UPDATE,
    _COMPONENTS,
    _STATUSES,
    _MAINTENANCE_STATUS,
    Field("end", bodies.time),
)
_AUTO = (Field("autoStart", "bool"), Field("autoEnd", "bool"))
_SPAN = (Field("start", bodies.time), Field("end", bodies.time))
_COMPONENT = (
    Field("description"),
    Field("status", choices=bodies.COMPONENT_STATUSES),
    Field("order", "integer"),
    Field("showUptime", "bool"),
    Field("grouped", "bool"),
    Field("archived", "bool"),
    _TRANSLATIONS,
)
_INCIDENT_UPDATES, _MAINTENANCE_UPDATES = lists.UPDATES

WRITES: Final[tuple[Write, ...]] = (
    Write(
        "POST",
        lists.COMPONENTS.route,
        (*_required(Field("name")), *_COMPONENT, Field("group", nullable=True)),
        writes.create_component,
    ),
    Write("PUT", f"{lists.COMPONENTS.route}/{{id}}", (Field("name"), *_COMPONENT), writes.change_component),
    Write("DELETE", f"{lists.COMPONENTS.route}/{{id}}", None, writes.delete(lists.COMPONENTS)),
    Write(
        "POST",
        lists.INCIDENTS.route,
        (
            *_required(Field("name"), _INCIDENT_STATUS),
            _MESSAGE,
            _COMPONENTS,
            _STATUSES,
            _STARTED,
            _NOTIFY,
            Field("shouldPublish", "bool"),
            _TRANSLATIONS,
        ),
        writes.create_incident,
    ),
    Write("POST", f"{lists.INCIDENTS.route}/{{id}}", None, writes.create_from_template),
    Write(
        "PUT",
        f"{lists.INCIDENTS.route}/{{id}}",
        (Field("name"), _INCIDENT_STATUS, _COMPONENTS, _STATUSES, _STARTED, _NOTIFY, _TRANSLATIONS),
        writes.change_incident,
    ),
    Write("DELETE", f"{lists.INCIDENTS.route}/{{id}}", None, writes.delete(lists.INCIDENTS)),
    Write(
        "POST",
        _INCIDENT_UPDATES.route,
        (*_required(_INCIDENT_STATUS, _COMPONENTS, _STATUSES), *_INCIDENT_UPDATE),
        writes.create_update(_INCIDENT_UPDATES, INCIDENT),
    ),
    Write(
        "POST",
        "/v2/{page_id}/incidents/{id}/incident-updates/{template}",
        None,
        writes.create_update_from_template,
    ),
    Write(
        "PUT",
        f"{_INCIDENT_UPDATES.route}/{{update_id}}",
        (*_INCIDENT_UPDATE, _INCIDENT_STATUS, _COMPONENTS, _STATUSES),
        writes.change_update(_INCIDENT_UPDATES, INCIDENT),
    ),
    Write("DELETE", f"{_INCIDENT_UPDATES.route}/{{update_id}}", None, writes.delete_update(_INCIDENT_UPDATES)),
    Write(
        "POST",
        lists.MAINTENANCES.route,
        (
            *_required(Field("name"), _COMPONENTS, *_SPAN, _MAINTENANCE_STATUS, *_AUTO, _NOTIFY),
            *_required(Field("notifyStart", "bool"), Field("notifyEnd", "bool"), Field("notifyEarly", "bool")),
            _MESSAGE,
            _STATUSES,
            Field("notifyMinutes", "integer"),
            Field("duration", "integer"),
            Field("isCollapsed", "bool"),
            Field("expandAt", bodies.time),
            _TRANSLATIONS,
        ),
        writes.create_maintenance,
    ),
    Write(
        "PUT",
        f"{lists.MAINTENANCES.route}/{{id}}",
        (
            Field("name"),
            *_required(_MESSAGE, _COMPONENTS, *_SPAN, _MAINTENANCE_STATUS, _NOTIFY, _STATUSES, *_AUTO),
            *_required(Field("duration", "integer")),
            _TRANSLATIONS,
        ),
        writes.change_maintenance,
    ),
    Write("DELETE", f"{lists.MAINTENANCES.route}/{{id}}", None, writes.delete(lists.MAINTENANCES)),
    Write(
        "POST", _MAINTENANCE_UPDATES.route, _MAINTENANCE_UPDATE, writes.create_update(_MAINTENANCE_UPDATES, MAINTENANCE)
    ),
    Write(
        "PUT",
        f"{_MAINTENANCE_UPDATES.route}/{{update_id}}",
        _MAINTENANCE_UPDATE,
        writes.change_update(_MAINTENANCE_UPDATES, MAINTENANCE),
    ),
    Write("DELETE", f"{_MAINTENANCE_UPDATES.route}/{{update_id}}", None, writes.delete_update(_MAINTENANCE_UPDATES)),
    Write(
        "POST",
        "/v1/{page_id}/subscribers",
        (
            Field("email"),
            Field("phone"),
            Field("webhook"),
            Field("webhookEmail"),
            Field("all", "bool"),
            Field("autoConfirm", "bool"),
            Field("components", "texts", nullable=True),
            Field("language"),
        ),
        writes.create_subscriber,
    ),
    Write("DELETE", "/v1/{page_id}/subscribers/{id}", None, writes.delete_subscriber),
)
