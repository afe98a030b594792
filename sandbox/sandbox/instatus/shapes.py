"""The API's shapes of rows: their columns and nested rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from sandbox.instatus import fields, site
from sandbox.instatus.times import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sandbox.instatus.settings import InstatusSettings
    from sandbox.instatus.store import InstatusStore
    from sandbox.tables import Row, Table

Shape: TypeAlias = "Callable[[Teller, Row], dict[str, Any]]"


@dataclass(frozen=True)
class Teller:
    """Renders rows from the data and the settings.

    Attributes:
        store: The data.
        settings: The server's settings.
    """

    store: InstatusStore
    settings: InstatusSettings
    _sites: dict[tuple[str, bool], msgspec.Raw] = field(default_factory=dict, init=False)

    def table(self, name: str) -> Table:
        """A table of the store."""
        return self.store.tables[name]

    def row(self, table: str, row_id: str) -> Row:
        """A row that is referred to by another.

        Raises:
            KeyError: There is no such row.
        """
        row = self.table(table).get(row_id)
        if row is None:
            raise KeyError(f"{table} has no row {row_id}")
        return row

    def in_order(self, table: str, rows: list[Row], hidden: str = "") -> list[Row]:
        """Rows of a table in the order of lists, without hidden ones.

        Args:
            table: The table.
            rows: Its rows, in the order of their creation.
            hidden: The column whose value hides a row from lists, depending on the settings.
        """
        if hidden and not self.settings.list_archived:
            rows = [row for row in rows if row[hidden] is None]
        if self.settings.order == "oldest_first":
            return rows
        rows.reverse()
        if self.settings.order == "updated_first" and "updatedAt" in self.table(table).columns:
            rows.sort(key=lambda row: row["updatedAt"], reverse=True)
        return rows

    def fields(self, row: Row, names: fields.Names) -> dict[str, Any]:
        """Some columns of a row: the documented ones and, if so configured, those of real responses."""
        wanted = names.documented + names.observed if self.settings.observed_fields else names.documented
        return _columns(row, wanted)

    def site(self, page_id: str) -> msgspec.Raw:
        """The page inside an affected component, encoded once per response because every component embeds it."""
        trimmed = self.settings.trim_site
        if (page_id, trimmed) not in self._sites:
            row = self.row("pages", page_id)
            encoded = msgspec.json.encode(_columns(row, site.TRIMMED if trimmed else row))
            self._sites[page_id, trimmed] = msgspec.Raw(encoded)
        return self._sites[page_id, trimmed]


def _columns(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: told(row[name]) if isinstance(row[name], datetime) else row[name] for name in names}


def page(teller: Teller, row: Row) -> dict[str, Any]:
    """A page as in its own list."""
    return teller.fields(row, fields.PAGE)


def component(teller: Teller, row: Row) -> dict[str, Any]:
    """A component, or a group of components, with the group that it belongs to."""
    shown = teller.fields(row, fields.COMPONENT)
    group = None if row["groupId"] is None else teller.table("components").get(row["groupId"])
    shown["group"] = None
    if group is not None:
        shown["group"] = {**teller.fields(group, fields.COMPONENT), "isParent": True, "group": None}
    return shown


def component_v2(teller: Teller, row: Row) -> dict[str, Any]:
    """A component as in version 2."""
    shown = _columns(row, fields.COMPONENT_V2)
    return {**shown, "archived": row["archivedAt"] is not None, "group": component(teller, row)["group"]}


def component_v2_tree(teller: Teller, row: Row) -> dict[str, Any]:
    """A component as in the list of version 2, where a group contains its members."""
    shown = {**component_v2(teller, row), "isParent": row["isParent"]}
    members = teller.in_order("components", teller.table("components").find("groupId", row["id"]), "archivedAt")
    if members or row["isParent"]:
        shown["children"] = [component_v2_tree(teller, member) for member in members]
    return shown


def incident(teller: Teller, row: Row) -> dict[str, Any]:
    """An incident with its updates and its components, each of which embeds the whole page."""
    return _with_children(teller, row, "incident", fields.INCIDENT)


def maintenance(teller: Teller, row: Row) -> dict[str, Any]:
    """A maintenance, shaped like an incident; according to the documentation, its components also have subscribers."""
    shown = _with_children(teller, row, "maintenance", fields.MAINTENANCE)
    return shown if teller.settings.observed_fields else _with_subscribers(teller, row["siteId"], shown)


def _with_children(teller: Teller, row: Row, kind: str, names: fields.Names) -> dict[str, Any]:
    updates = teller.table(f"{kind}_updates").find(f"{kind}Id", row["id"])
    links = teller.table(f"{kind}_components").find(f"{kind}Id", row["id"])
    update_names = getattr(fields, f"{kind.upper()}_UPDATE")
    shown = teller.fields(row, names)
    shown["updates"] = [teller.fields(update, update_names) for update in updates]
    shown["components"] = [affected(teller, teller.row("components", link["componentId"])) for link in links]
    return shown


def affected(teller: Teller, row: Row) -> dict[str, Any]:
    """A component inside an incident or a maintenance."""
    if teller.settings.observed_fields:
        return {**component(teller, row), "site": teller.site(row["siteId"])}
    return {**_columns(row, fields.AFFECTED), "site": teller.site(row["siteId"])}


def incident_update(teller: Teller, row: Row) -> dict[str, Any]:
    """An update of an incident by id: with the incident, and with every subscriber of the page."""
    return _update(teller, row, "incident", fields.INCIDENT_UPDATE_BY_ID)


def maintenance_update(teller: Teller, row: Row) -> dict[str, Any]:
    """An update of a maintenance by id, shaped like that of an incident."""
    return _update(teller, row, "maintenance", fields.MAINTENANCE_UPDATE_BY_ID)


def _update(teller: Teller, row: Row, kind: str, names: fields.Names) -> dict[str, Any]:
    owner = teller.row(f"{kind}s", row[f"{kind}Id"])
    shown = _with_children(teller, owner, kind, getattr(fields, kind.upper()))
    return {**teller.fields(row, names), kind: _with_subscribers(teller, owner["siteId"], shown)}


def _with_subscribers(teller: Teller, page_id: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Add their subscribers to the components, and all subscribers to the embedded page."""
    everybody = [subscriber(teller, row) for row in teller.table("subscribers").find("siteId", page_id)]
    for each in shown["components"]:
        followers = {link["subscriberId"] for link in teller.table("subscriptions").find("componentId", each["id"])}
        each["site"] = {**msgspec.json.decode(each["site"]), "slackIntegrations": [], "subscribers": everybody}
        each["subscribers"] = [row for row in everybody if row["all"] or row["id"] in followers]
    return shown


def template(teller: Teller, row: Row) -> dict[str, Any]:
    """A template with the statuses that it sets."""
    links = teller.table("template_components").find("templateId", row["id"])
    shown = teller.fields(row, fields.TEMPLATE)
    shown["components"] = [_columns(link, fields.TEMPLATE_COMPONENT) for link in links]
    return shown


def teammate(teller: Teller, row: Row) -> dict[str, Any]:
    """A member of a page's team."""
    user = teller.row("users", row["userId"])
    return {"id": row["id"], "user": _columns(user, fields.USER)}


def subscriber(teller: Teller, row: Row) -> dict[str, Any]:
    """A subscriber with its components: ids according to the documentation, objects in real responses."""
    links = teller.table("subscriptions").find("subscriberId", row["id"])
    shown = teller.fields(row, fields.SUBSCRIBER)
    shown["components"] = [link["componentId"] for link in links]
    if teller.settings.observed_fields:
        rows = [teller.row("components", component_id) for component_id in shown["components"]]
        shown["components"] = [{"id": each["id"], "name": each["name"]} for each in rows]
    return shown


def metric(teller: Teller, row: Row) -> dict[str, Any]:
    """A metric with all its points."""
    points = teller.table("datapoints").find("metricId", row["id"])
    return {**_columns(row, fields.METRIC), "data": [_columns(point, fields.DATAPOINT) for point in points]}


def audience_group(teller: Teller, row: Row) -> dict[str, Any]:
    """An audience group with its members and components."""
    members = teller.table("audience_group_teammates").find("audienceGroupId", row["id"])
    parts = teller.table("audience_group_components").find("audienceGroupId", row["id"])
    return {
        **_columns(row, ("id", "siteId", "name")),
        "teammates": [
            {**link, "teammate": teammate(teller, teller.row("teammates", link["teammateId"]))} for link in members
        ],
        "components": [
            {**link, "component": component(teller, teller.row("components", link["componentId"]))} for link in parts
        ],
    }


def monitor(teller: Teller, row: Row) -> dict[str, Any]:
    """A monitor; sources disagree on whether it has an id and a status."""
    shown = _columns(row, fields.MONITOR)
    if teller.settings.monitor_ids:
        shown = {"id": row["id"], "status": row["status"], **shown}
    return shown


def cron_monitor(_teller: Teller, row: Row) -> dict[str, Any]:
    """A monitor that a job reports to, with the secret part of its URL."""
    return _columns(row, fields.CRON_MONITOR)


def workspace(teller: Teller, row: Row) -> dict[str, Any]:
    """A workspace with the ids of its pages."""
    sites = [each["id"] for each in teller.table("pages") if each["workspaceId"] == row["id"]]
    return {**_columns(row, row), "sites": sites}


def whole(_teller: Teller, row: Row) -> dict[str, Any]:
    """All columns of a row, times in its nested rows included."""
    return {name: _deep(value) for name, value in row.items()}


def _deep(value: Any) -> Any:
    if isinstance(value, datetime):
        return told(value)
    if isinstance(value, dict):
        return {name: _deep(each) for name, each in value.items()}
    return [_deep(each) for each in value] if isinstance(value, list) else value


def user(_teller: Teller, row: Row) -> dict[str, Any]:
    """The user whose key was sent."""
    return _columns(row, fields.USER_PROFILE)


def on_call_members(teller: Teller, row: Row) -> Mapping[str, Any]:
    """The people on call by a schedule."""
    members = [_columns(teller.row("users", user_id), fields.ON_CALL_MEMBER) for user_id in row["memberIds"]]
    return {"currentMembers": members[:1], "nextMembers": members[1:2], "allMembers": members}
