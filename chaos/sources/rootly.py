"""A Rootly organisation."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from singer_fanout import FanOutStream
from tap_rootly.client import UndocumentedList
from tap_rootly.streams import STREAMS

from chaos.churn import Rows
from chaos.sources.source import Source, plain
from sandbox import RootlySeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chaos.churn import Change, Row, Store
    from chaos.warehouse import Tables

OF_INCIDENTS = "incident_id"
HORIZON = timedelta(days=90)
"""How far into the future shifts are read."""


class RootlySource(Source):
    """Rootly: incidents by update time, append-only streams by creation time, the rest as full tables."""

    tap = "tap-rootly"
    mount = "/rootly"
    stream_types = STREAMS
    all_streams = False

    def sandbox(self, seed: int) -> Sandbox:
        """Two pages of incidents, alerts, services, audits and pulses."""
        size = RootlySeed(
            incidents=130, alerts=120, services=110, audits=120, users=20, pulses=110, alert_events=1.5, events=2
        )
        box = Sandbox(seed=seed, rootly=size)
        box.rootly.settings.rate_limit = None
        return box

    @property
    def settings(self) -> dict[str, Any]:
        """A token that may see everything; no look-back, which would hide a bookmark that is ahead of its rows."""
        return {
            "api_url": self.box.rootly.api_url,
            "api_token": self.box.rootly.tokens["full"],
            "lookback_seconds": 0,
        }

    @property
    def store(self) -> Store:
        """The tables of Rootly."""
        return self.box.rootly.store

    @property
    def table_names(self) -> Sequence[str]:
        """All of them."""
        return tuple(self.box.rootly.store.tables)

    def changes(self) -> Sequence[Change]:
        """Incidents change more often than the rest; a change of a child changes its incident, too."""
        incidents = Rows("incidents", "title")
        alerts = Rows("alerts", "summary", after=_touch)
        return (
            *[incidents] * 3,
            Rows("incident_events", "event", after=_touch),
            Rows("incident_action_items", "summary", after=_touch),
            Rows("incident_feedbacks", None, after=_touch),
            Rows("incident_form_field_selections", None, after=_touch),
            Rows("incident_sub_statuses", None, after=_touch),
            *[alerts] * 2,
            *(Rows(table, None, deletes=False) for table in ("alert_events", "audits", "pulses")),
            *(
                Rows(table, "description")
                for table in ("services", "functionalities", "catalog_entities", "playbook_tasks", "dashboards")
            ),
            *(Rows(table, "name") for table in ("workflow_tasks", "escalation_paths", "form_sets")),
            Rows("form_field_options", "value"),
            Rows("catalogs", "description", inserts=False),
        )

    def rows(self) -> Tables:
        """The rows visible to the token: the lists, and links derived from two lists."""
        view = self.box.rootly.view()
        paths = set(view)
        tables: Tables = {}
        for stream in STREAMS:
            name, path, key = str(vars(stream)["name"]), str(vars(stream)["path"]), tuple(stream.primary_keys)
            if name == "incident_post_mortems":
                tables[name] = self._post_mortems(key[-1])
            elif issubclass(stream, FanOutStream) and not getattr(stream, "has_own_list", True):
                tables[name] = self._told_along(name, key, tuple(stream.parent_fields), stream.parent_stream)
            elif path in paths:
                # Fields that repeat the parent are taken from the parent by the tap.
                parent = frozenset(getattr(stream, "parent_fields", ()))
                tables[name] = [_row(key, resource, parent) for resource in view[path]]
        return {**tables, **_shifts(tables["shifts"], datetime.now(timezone.utc))}

    @property
    def promised_by_nobody(self) -> frozenset[str]:
        """Streams whose responses Rootly's document leaves unspecified."""
        return frozenset(str(vars(stream)["name"]) for stream in STREAMS if issubclass(stream, UndocumentedList))

    def _told_along(self, name: str, key: tuple[str, ...], owner: tuple[str, ...], owners: str) -> list[Row]:
        """Rows that are embedded in their owner and in no list of their own: they disappear with the owner."""
        living = {row["id"] for row in self.store.rows(owners)}
        rows = self.store.rows(name) if name in self.table_names else []
        return [{column: row[column] for column in key} for row in rows if row[owner[0]] in living]

    def _post_mortems(self, column: str) -> list[Row]:
        """No list says which incident a retrospective belongs to; it outlives its incident."""
        living = {row["id"] for row in self.store.rows("incidents")}
        return [
            {OF_INCIDENTS: row[OF_INCIDENTS], column: row["id"]}
            for row in self.store.rows("incident_post_mortems")
            if row[OF_INCIDENTS] in living
        ]


def _touch(store: Store, row: Row) -> None:
    incident = row[OF_INCIDENTS]
    if incident is not None and any(other["id"] == incident for other in store.rows("incidents")):
        store.update("incidents", incident)


def _shifts(told: list[Row], now: datetime) -> Tables:
    """One list has the past shifts and those of the next months."""
    starts = [(datetime.fromisoformat(row["starts_at"]), row) for row in told]
    return {
        "shifts": [row for begin, row in starts if begin <= now],
        "upcoming_shifts": [row for begin, row in starts if now < begin <= now + HORIZON],
    }


def _row(key: tuple[str, ...], resource: Mapping[str, Any], parent: frozenset[str]) -> Row:
    if "id" not in key:
        return {name: resource.get(name, resource["id"]) for name in key}
    return {**plain(resource.get("attributes", {}), without=parent), "id": resource["id"]}
