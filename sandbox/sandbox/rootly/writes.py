"""Writes: applies the bodies of requests to rows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.rootly.defaults import defaults
from sandbox.rootly.description import description
from sandbox.rootly.problems import Problem
from sandbox.rootly.references import table_of_id
from sandbox.rootly.store import NUMBERED, utc_now
from sandbox.rootly.times import in_milliseconds, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.rootly.description import Read, Write
    from sandbox.rootly.settings import RootlySettings
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Row

_STATES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("incidents", "cancel"): ("cancelled", "cancelled_at"),
    ("incidents", "in_triage"): ("in_triage", "in_triage_at"),
    ("incidents", "mitigate"): ("mitigated", "mitigated_at"),
    ("incidents", "resolve"): ("resolved", "resolved_at"),
    ("incidents", "restart"): ("started", "started_at"),
    ("alerts", "acknowledge"): ("acknowledged", ""),
    ("alerts", "resolve"): ("resolved", "ended_at"),
}
"""Routes that change a row's state: the state, and the column with its time."""


class Writer:
    """Executes write routes.

    Args:
        store: The data.
        settings: The settings of the server.
    """

    def __init__(self, store: RootlyStore, settings: RootlySettings) -> None:
        self._store = store
        self._settings = settings

    def find(self, table: str, text: str) -> Row | None:
        """The row in a path, by id or slug; None if there is none."""
        rows = self._store.tables[table]
        if table in NUMBERED:
            return rows.get(int(text)) if text.isdecimal() else None
        row = rows.get(text)
        if row is None and "slug" in rows.columns:
            row = next((other for other in rows if other["slug"] == text), None)
        return row

    def write(self, write: Write, params: Mapping[str, str], body: bytes) -> tuple[Row, Read]:
        """Execute a route.

        Returns:
            The row as it is now, or was before it was deleted, and the route that describes it.

        Raises:
            Problem: The body or the path refers to a missing row, or the sandbox does not implement this.
        """
        one, action = _target(write.path)
        if action:
            return self._lead(one, action, params, _attributes(body) if body else {})
        if write.path == "/v1/incidents/{incident_id}/alerts":
            return self._attach(params, _attributes(body))
        if write.method == "POST":
            return self._create(write, params, _attributes(body))
        row = self.named(one.table, params["id"])
        if write.method == "DELETE":
            self._store.delete(one.table, row["id"])
            self._touch(one.table, row)
            return row, one
        self._store.update(one.table, row["id"], **self._values(one.table, write, _attributes(body)))
        self._touch(one.table, row)
        return row, one

    def _create(self, write: Write, params: Mapping[str, str], attributes: Mapping[str, Any]) -> tuple[Row, Read]:
        read = description().reads.get(write.path)
        if read is None or read.answers != "list":
            raise Problem(501, "The sandbox does not do this")
        missing = [name for name in write.required if attributes.get(name) in (None, "")]
        if missing:
            raise Problem(422, " ".join(f"{name.replace('_', ' ').capitalize()} can't be blank." for name in missing))
        values = self._values(read.table, write, attributes)
        if read.parent_table:
            values[read.parent_column] = self.named(read.parent_table, params[read.parameter])["id"]
        if read.only is not None:
            values[read.only[0]] = read.only[1]
        values = {**defaults(self._store, read.table, values), **values}
        row = self._store.insert(read.table, **values)
        self._touch(read.table, row)
        return row, read

    def _attach(self, params: Mapping[str, str], attributes: Mapping[str, Any]) -> tuple[Row, Read]:
        """Attach alerts to an incident."""
        incident = self.named("incidents", params["incident_id"])
        alerts = [self.named("alerts", str(alert_id)) for alert_id in attributes.get("alert_ids", [])]
        if not alerts:
            raise Problem(422, "Alert ids can't be blank.")
        for alert in alerts:
            self._store.update("alerts", alert["id"], incident_id=incident["id"])
        self._touch("alerts", alerts[0])
        return alerts[0], description().reads["/v1/alerts/{id}"]

    def _lead(
        self, one: Read, action: str, params: Mapping[str, str], attributes: Mapping[str, Any]
    ) -> tuple[Row, Read]:
        state = _STATES.get((one.table, action))
        if state is None:
            raise Problem(501, "The sandbox does not do this")
        row = self.named(one.table, params["id"])
        status, moment = state
        texts = {name: value for name, value in attributes.items() if name.endswith("_message")}
        values: dict[str, Any] = {"status": status, **texts}
        if moment:
            values[moment] = utc_now()
        self._store.update(one.table, row["id"], **values)
        return row, one

    def named(self, table: str, text: str) -> Row:
        """The row in a path, by id or slug.

        Raises:
            Problem: There is none.
        """
        row = self.find(table, text)
        if row is None:
            raise Problem(404, "Not found or unauthorized")
        return row

    def _values(self, table: str, write: Write, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The columns and values for the attributes of a body."""
        columns = self._store.tables[table].columns
        values = {}
        for name, value in attributes.items():
            if write.takes and name not in write.takes:
                raise Problem(422, f"{name} is not an attribute of {table}")
            # What is referred to by its id often has a column of its own, too.
            for column in {name, _shown_as(name)} & columns.keys():
                values[column] = self._value(name, value)
        return values

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and name.endswith("_at"):
            try:
                return in_milliseconds(parsed(value))
            except ValueError:
                raise Problem(422, f"{name} is not a time") from None
        table = table_of_id(name)
        if table is None or value is None:
            return value
        ids = value if isinstance(value, list) else [value]
        found = [self.find(table, str(row_id)) for row_id in ids]
        if any(row is None for row in found):
            raise Problem(422, f"{name} names what there is not")
        named = [row["id"] for row in found if row is not None]
        return named if isinstance(value, list) else named[0]

    def _touch(self, table: str, row: Row) -> None:
        """Change the `updated_at` of the row's incident, if so configured."""
        touches = self._settings.children_touch_incidents and table != "incidents"
        event = self._store.tables["incident_events"].get(row.get("incident_event_id") or "")
        incident = (event or row).get("incident_id")
        if touches and incident is not None and incident in self._store.tables["incidents"]:
            self._store.update("incidents", incident)


def _shown_as(name: str) -> str:
    """The column for what a body refers to by id: `services` for `service_ids`."""
    if name.endswith("_ids"):
        single = name.removesuffix("_ids")
        return single[:-1] + "ies" if single.endswith("y") else single + "s"
    return name.removesuffix("_id")


def _attributes(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise Problem(400, "The body is not JSON") from None
    if isinstance(document, dict):
        data = document.get("data", document.get("action"))
        if isinstance(data, dict):
            attributes = data.get("attributes", data if "action" in document else {})
            if isinstance(attributes, dict):
                return attributes
    raise Problem(400, "The body is no JSON:API document")


@cache
def _target(path: str) -> tuple[Read, str]:
    """The route of the single row that a write applies to, and the action other than a change."""
    reads = description().reads
    if path in reads:
        return reads[path], ""
    prefix, _, action = path.rpartition("/")
    if prefix in reads:
        return reads[prefix], action
    return reads["/v1/incidents/{id}"], action
