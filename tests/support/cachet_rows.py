"""The rows that tap-cachet has to bring: computed from the sandbox's facts, without any code of the tap.

What a Cachet server works out from many rows when it is asked (the latest status of a component, the status of
the page) is taken from its answer.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

import requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox import Sandbox

Row: TypeAlias = "dict[str, Any]"

KEYS: Mapping[str, tuple[str, ...]] = {
    "component_groups": ("id",),
    "components": ("id",),
    "incident_components": ("incident_id", "component_id"),
    "incident_templates": ("id",),
    "incident_updates": ("id",),
    "incidents": ("id",),
    "metric_points": ("id",),
    "metrics": ("id",),
    "schedule_components": ("schedule_id", "component_id"),
    "schedule_updates": ("id",),
    "schedules": ("id",),
    "status": ("api_url",),
    "subscribers": ("id",),
    "version": ("api_url",),
}
"""The tables and what identifies a row of each."""

HIDDEN = 2
COMPONENT_STATUS = {
    1: "Operational",
    2: "Performance issues",
    3: "Partial outage",
    4: "Major outage",
    5: "Unknown",
    6: "Under maintenance",
}
INCIDENT_STATUS = {0: "Reported", 1: "Investigating", 2: "Identified", 3: "Watching", 4: "Fixed"}
SCHEDULE_STATUS = {0: "Upcoming", 1: "In progress", 2: "Complete"}


def expected_tables(box: Sandbox) -> dict[str, list[Row]]:
    """Return the rows of every table that a token with all abilities reads from a current server.

    Args:
        box: The sandbox.

    Returns:
        Rows by table. Columns that only other server versions fill are left out.
    """
    facts = _Facts(box)
    return {
        "component_groups": [_group(row) for row in facts.groups],
        "components": [facts.component(row) for row in facts.components],
        "incident_components": facts.links("incident", facts.incidents),
        "incident_templates": [
            _only(row, "id", "name", "slug", "template", "engine") for row in facts.all("incident_templates")
        ],
        "incident_updates": [
            _only(row, "id", "message", "status")
            | {"incident_id": row["updateable_id"], "status_label": INCIDENT_STATUS.get(row["status"])}
            for row in facts.updates("incident", facts.incidents)
        ],
        "incidents": [_incident(row) for row in facts.incidents],
        "metric_points": [_point(row) for row in facts.points],
        "metrics": [_metric(row) for row in facts.metrics],
        "schedule_components": facts.links("schedule", facts.schedules),
        "schedule_updates": [
            _only(row, "id", "message") | {"schedule_id": row["updateable_id"]}
            for row in facts.updates("schedule", facts.schedules)
        ],
        "schedules": [facts.schedule(row) for row in facts.schedules],
        "status": [{"api_url": box.cachet.api_url} | facts.ask("/status", {})],
        "subscribers": [facts.subscriber(row) for row in facts.all("subscribers")],
        "version": [{"api_url": box.cachet.api_url} | facts.ask("/version", {})],
    }


class _Facts:
    """What is to be seen in the store, and what a Cachet server works out from it."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._store = box.cachet.store
        self._now = datetime.now(timezone.utc)
        self.groups = [row for row in self.all("component_groups") if row["visible"] != HIDDEN]
        self.metrics = [row for row in self.all("metrics") if row["visible"] != HIDDEN]
        self.incidents = [row for row in self.all("incidents") if row["visible"] != HIDDEN]
        self.schedules = self.all("schedules")
        self._existing_groups = {row["id"] for row in self.all("component_groups")}
        hidden_groups = self._existing_groups - {row["id"] for row in self.groups}
        self._existing_components = {row["id"] for row in self.all("components")}
        self.components = [row for row in self.all("components") if row["component_group_id"] not in hidden_groups]
        metric_ids = {row["id"] for row in self.metrics}
        self.points = [row for row in self.all("metric_points") if row["metric_id"] in metric_ids]
        self._latest_statuses = self._ask_latest_statuses()

    def ask(self, path: str, params: Mapping[str, str]) -> Any:
        """What the server answers, without its envelope."""
        answer = requests.get(
            self._box.cachet.api_url + path,
            params=params,
            headers={"Authorization": f"Bearer {self._box.cachet.tokens['full']}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()["data"]

    def all(self, table: str) -> list[Row]:
        """Rows that were not deleted."""
        return self._store.rows(table, deleted=False)

    def updates(self, kind: str, owners: Iterable[Row]) -> list[Row]:
        """Updates of these incidents or schedules."""
        ids = {row["id"] for row in owners}
        return [row for row in self.all("updates") if row["updateable_type"] == kind and row["updateable_id"] in ids]

    def links(self, kind: str, owners: Iterable[Row]) -> list[Row]:
        """The components of these incidents or schedules, with the status that each gives them."""
        ids = {row["id"] for row in owners}
        return [
            {
                f"{kind}_id": row[f"{kind}_id"],
                "component_id": row["component_id"],
                "status": row["component_status"],
                "status_label": COMPONENT_STATUS.get(row["component_status"]),
            }
            for row in self._store.rows(f"{kind}_components")
            if row[f"{kind}_id"] in ids and row["component_id"] in self._existing_components
        ]

    def component(self, row: Row) -> Row:
        """A row of the components table."""
        latest = self._latest_statuses[row["id"]]
        group = row["component_group_id"]
        return _only(row, "id", "name", "description", "link", "status", "enabled", "order") | {
            "group_id": group if group in self._existing_groups else None,
            "status_label": COMPONENT_STATUS[row["status"]],
            "latest_status": latest,
            "latest_status_label": COMPONENT_STATUS[latest],
            "meta": _meta(row),
        }

    def schedule(self, row: Row) -> Row:
        """A row of the schedules table."""
        status = self._schedule_status(row)
        return _only(row, "id", "name", "message", "scheduled_at", "completed_at", "published_at") | {
            "status": status,
            "status_label": SCHEDULE_STATUS[status],
            "meta": _meta(row),
        }

    def subscriber(self, row: Row) -> Row:
        """A row of the subscribers table."""
        return _only(row, "id", "email", "global", "verified_at") | {
            "verified": row["verified_at"] is not None,
            "component_ids": sorted(
                link["component_id"]
                for link in self._store.rows("subscriptions")
                if link["subscriber_id"] == row["id"] and link["component_id"] in self._existing_components
            ),
            "meta": _meta(row),
        }

    def _ask_latest_statuses(self) -> dict[int, int]:
        listed = self.ask("/components", {"filter[enabled]": "0,1", "per_page": "100", "sort": "id"})
        return {row["attributes"]["id"]: row["attributes"]["latest_status"]["value"] for row in listed}

    def _schedule_status(self, row: Row) -> int:
        if row["completed_at"] and row["completed_at"] <= self._now:
            return 2
        return 1 if row["scheduled_at"] and row["scheduled_at"] <= self._now else 0


def _only(row: Row, *columns: str) -> Row:
    return {column: row[column] for column in (*columns, "created_at", "updated_at")}


def _meta(row: Row) -> Any:
    meta = row["meta"]
    if meta in ({}, [], None):
        return None
    return meta if isinstance(meta, dict) else {"value": meta}


def _group(row: Row) -> Row:
    columns = ("id", "name", "order", "order_column", "order_direction", "collapsed", "visible")
    return _only(row, *columns) | {"meta": _meta(row)}


def _incident(row: Row) -> Row:
    columns = ("id", "guid", "user_id", "name", "message", "status", "visible", "stickied", "notifications")
    return _only(row, *columns, "occurred_at", "published_at") | {
        "status_label": INCIDENT_STATUS.get(row["status"]),
        "meta": _meta(row),
    }


def _metric(row: Row) -> Row:
    return _only(
        row,
        *("id", "name", "suffix", "description", "default_value", "calc_type", "display_chart"),
        *("places", "default_view", "threshold", "order", "visible"),
    )


def _point(row: Row) -> Row:
    value = row["value"]
    return _only(row, "id", "metric_id", "value", "counter") | {"calculated_value": value * row["counter"]}
