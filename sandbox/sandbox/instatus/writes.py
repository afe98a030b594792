"""What writes do: incidents, maintenances, their updates, components, subscribers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.instatus import bodies, history, problems, shapes
from sandbox.instatus import collections as lists
from sandbox.instatus.history import INCIDENT, MAINTENANCE
from sandbox.instatus.lookups import owned_row, owned_update
from sandbox.instatus.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.instatus.collections import Collection, Updates
    from sandbox.instatus.history import Kind
    from sandbox.instatus.shapes import Shape, Teller
    from sandbox.tables import Row

Values: TypeAlias = "dict[str, Any]"
Apply: TypeAlias = "Callable[[Teller, Mapping[str, str], Values], Any]"
"""Changes the store by the names of a path and the values of a body; its result is the answer."""


def _given(values: Values, *without: str) -> Values:
    return {name: value for name, value in values.items() if name not in without}


def _secret() -> str:
    """A secret that the server makes up; like those of the seed, it must never leave a client."""
    return f"writtenCANARY{uuid.uuid4().hex}"


def delete(collection: Collection) -> Apply:
    """What deletes a row by its id."""

    def apply(teller: Teller, params: Mapping[str, str], _values: Values) -> Any:
        row = owned_row(teller.store, collection, params)
        teller.store.delete(collection.table, row["id"])
        return {"id": row["id"]}

    return apply


def delete_update(updates: Updates) -> Apply:
    """What deletes an update; the one before it stays as it is."""

    def apply(teller: Teller, params: Mapping[str, str], _values: Values) -> Any:
        row = owned_update(teller.store, updates, params)
        teller.store.delete(updates.table, row["id"])
        return {"id": row["id"]}

    return apply


def _affect(teller: Teller, kind: Kind, owner: Row, values: Values) -> None:
    """Link the components of a body and give them their statuses."""
    store = teller.store
    statuses = values.get("statuses", {})
    history.check_components(store, owner["siteId"], [*values.get("components", ()), *statuses])
    if "components" in values:
        history.link(store, kind, owner["id"], values["components"])
    history.set_statuses(store, statuses)
    if statuses and kind is INCIDENT:
        kept = {"updatedAt": owner["updatedAt"]}
        store.update(kind.table, owner["id"], impact=history.worst(statuses.values()), **kept)


def _shown(teller: Teller, kind: Kind, row_id: str) -> Values:
    return _SHAPES[kind.name](teller, teller.row(kind.table, row_id))


def create_incident(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Open an incident with its first update."""
    page_id = params["page_id"]
    history.check_components(teller.store, page_id, [*values.get("components", ()), *values.get("statuses", {})])
    started = values.get("started") or utc_now()
    notify = values.get("notify", False)
    incident = teller.store.insert(
        "incidents",
        **{
            **_given(values, "message", "components", "statuses", "shouldPublish"),
            "siteId": page_id,
            "started": started,
            "subscribersNotified": notify,
            "visibilityState": "PUBLISHED" if values.get("shouldPublish", True) else "DRAFT",
        },
    )
    _affect(teller, INCIDENT, incident, values)
    message = values.get("message", "")
    history.add_update(
        teller.store,
        INCIDENT,
        incident,
        touch=True,
        message=message,
        status=values["status"],
        notify=notify,
        started=started,
    )
    return _shown(teller, INCIDENT, incident["id"])


def create_from_template(teller: Teller, params: Mapping[str, str], _values: Values) -> Any:
    """Open an incident as a template says."""
    template = owned_row(teller.store, _TEMPLATES, params)
    links = teller.table("template_components").find("templateId", template["id"])
    return create_incident(teller, params, _values_of(template, links))


def _values_of(template: Row, links: list[Row]) -> Values:
    statuses = {link["componentId"]: link["status"] for link in links}
    return {
        "name": template["name"],
        "message": template["message"],
        "status": template["status"] if template["status"] in bodies.INCIDENT_STATUSES else "INVESTIGATING",
        "notify": template["notify"],
        "components": list(statuses),
        "statuses": statuses,
    }


def change_incident(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Change an incident; a new status ends it or opens it again."""
    incident = dict(owned_row(teller.store, lists.INCIDENTS, params))
    _affect(teller, INCIDENT, incident, values)
    columns = _given(values, "components", "statuses")
    if "status" in values:
        columns |= history.state(INCIDENT, {**incident, **columns}, values["status"], utc_now())
    teller.store.update("incidents", incident["id"], **columns)
    return _shown(teller, INCIDENT, incident["id"])


def create_maintenance(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Plan a maintenance with its first update."""
    page_id = params["page_id"]
    history.check_components(teller.store, page_id, [*values["components"], *values.get("statuses", {})])
    history.check_span(values["start"], values["end"])
    planned = history.minutes(values["start"], values["end"])
    maintenance = teller.store.insert(
        "maintenances",
        **{
            **_given(values, "message", "components", "statuses", "isCollapsed", "expandAt"),
            "siteId": page_id,
            "duration": values.get("duration", planned),
        },
    )
    _affect(teller, MAINTENANCE, maintenance, values)
    history.add_update(
        teller.store,
        MAINTENANCE,
        maintenance,
        touch=True,
        message=values.get("message", ""),
        status=values["status"],
        notify=values["notify"],
        started=values["start"],
    )
    return _shown(teller, MAINTENANCE, maintenance["id"])


def change_maintenance(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Change a maintenance; a new status ends it or opens it again."""
    maintenance = dict(owned_row(teller.store, lists.MAINTENANCES, params))
    history.check_span(values["start"], values["end"])
    _affect(teller, MAINTENANCE, maintenance, values)
    columns = _given(values, "message", "components", "statuses")
    columns |= history.state(MAINTENANCE, {**maintenance, **columns}, values["status"], utc_now())
    teller.store.update("maintenances", maintenance["id"], **columns)
    return _shown(teller, MAINTENANCE, maintenance["id"])


def create_update(updates: Updates, kind: Kind) -> Apply:
    """What adds an update, which moves the incident or maintenance along."""

    def apply(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
        owner = dict(owned_row(teller.store, updates.owner, params))
        _affect(teller, kind, owner, values)
        if values.get("end"):
            owner = teller.store.update(kind.table, owner["id"], end=values["end"], updatedAt=owner["updatedAt"])
        update = history.add_update(
            teller.store,
            kind,
            owner,
            touch=teller.settings.updates_touch_incidents,
            **{
                "message": "",
                "status": owner["status"],
                **_given(values, "components", "statuses", "end"),
            },
        )
        return updates.shape(teller, update)

    return apply


def create_update_from_template(teller: Teller, params: Mapping[str, str], _values: Values) -> Any:
    """Add an update of an incident as a template says."""
    template = owned_row(teller.store, _TEMPLATES, {**params, "id": params["template"]})
    links = teller.table("template_components").find("templateId", template["id"])
    values = _given(_values_of(template, links), "name")
    return create_update(lists.UPDATES[0], INCIDENT)(teller, params, values)


def change_update(updates: Updates, kind: Kind) -> Apply:
    """What changes an update."""

    def apply(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
        update = owned_update(teller.store, updates, params)
        owner = dict(teller.row(kind.table, update[kind.key]))
        _affect(teller, kind, owner, values)
        columns = _given(values, "components", "statuses", "end")
        if "message" in columns:
            columns["messageHtml"] = history.html_of(columns["message"])
        return updates.shape(teller, teller.store.update(updates.table, update["id"], **columns))

    return apply


def create_component(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Add a component; its group is made where there is none."""
    page_id = params["page_id"]
    grouped = values.get("grouped", True) and values.get("group")
    group_id = _group(teller, page_id, values["group"]) if grouped else None
    component = teller.store.insert(
        "components",
        **{
            **_given(values, "grouped", "group", "archived"),
            "siteId": page_id,
            "groupId": group_id,
            "internalStatus": values.get("status", "OPERATIONAL"),
            "uniqueEmail": f"component+{_secret()}@automation.instatus.com",
            "archivedAt": utc_now() if values.get("archived") else None,
        },
    )
    return shapes.component(teller, component)


def _group(teller: Teller, page_id: str, name: str) -> str:
    """The id of the group with this name or id, which is made where there is none."""
    for row in teller.table("components").find("siteId", page_id):
        if row["isParent"] and name in {row["name"], row["id"]}:
            return str(row["id"])
    return str(teller.store.insert("components", siteId=page_id, name=name, isParent=True)["id"])


def change_component(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Change a component."""
    component = owned_row(teller.store, lists.COMPONENTS, params)
    columns = _given(values, "grouped", "archived")
    if "status" in values:
        columns["internalStatus"] = values["status"]
    if values.get("grouped") is False:
        columns["groupId"] = None
    if "archived" in values:
        columns["archivedAt"] = (component["archivedAt"] or utc_now()) if values["archived"] else None
    return shapes.component(teller, teller.store.update("components", component["id"], **columns))


def create_subscriber(teller: Teller, params: Mapping[str, str], values: Values) -> Any:
    """Add a subscriber."""
    if not any(values.get(name) for name in ("email", "phone", "webhook")):
        raise problems.bad_request("email, phone or webhook is required")
    component_ids = values.get("components") or []
    history.check_components(teller.store, params["page_id"], component_ids)
    subscriber = teller.store.insert(
        "subscribers",
        **{
            **_given(values, "autoConfirm", "components"),
            "siteId": params["page_id"],
            "all": values.get("all", not component_ids),
            "confirmed": values.get("autoConfirm", False),
            "unsubscribeToken": _secret(),
        },
    )
    for component_id in component_ids:
        teller.store.insert("subscriptions", subscriberId=subscriber["id"], componentId=component_id)
    return {**shapes.subscriber(teller, subscriber), "site": {"id": params["page_id"]}}


def delete_subscriber(teller: Teller, params: Mapping[str, str], _values: Values) -> Any:
    """Take a subscriber away, with its answer of its own."""
    subscriber = owned_row(teller.store, _SUBSCRIBERS, params)
    teller.store.delete("subscribers", subscriber["id"])
    kept = ("id", "name", "email", "phone", "webhook", "webhookEmail", "discord", "microsoftTeamsWebhook", "company")
    return {**{name: subscriber[name] for name in kept}, "site": {"id": params["page_id"]}}


_SHAPES: Mapping[str, Shape] = {"incident": shapes.incident, "maintenance": shapes.maintenance}
_TEMPLATES, _SUBSCRIBERS = (
    next(each for each in lists.COLLECTIONS if each.name == name) for name in ("templates", "subscribers")
)
