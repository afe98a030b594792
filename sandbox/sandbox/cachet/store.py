"""The data of the Cachet server: raw rows in memory, shared by the APIs of all versions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sandbox.cachet.times import utc_now
from sandbox.tables import Table

if TYPE_CHECKING:
    from sandbox.tables import Row

_TIMES = {"created_at": None, "updated_at": None}
_SOFT = {**_TIMES, "deleted_at": None}


def _tables() -> dict[str, Table]:
    tables = [
        Table("users", {"name": "", "email": "", **_TIMES}),
        Table(
            "component_groups",
            {
                "name": "",
                "order": 0,
                "order_column": None,
                "order_direction": None,
                "collapsed": 0,
                "visible": 1,
                "meta": dict,
                **_TIMES,
            },
        ),
        Table(
            "components",
            {
                "name": "",
                "description": None,
                "link": None,
                "order": None,
                "status": 1,
                "enabled": True,
                "component_group_id": None,
                "meta": dict,
                "meta_column": None,
                "tags": dict,
                **_SOFT,
            },
            {"group": lambda row: row["component_group_id"]},
        ),
        Table(
            "incidents",
            {
                "guid": "",
                "user_id": None,
                "component_id": None,
                "name": "",
                "message": "",
                "visible": 1,
                "stickied": False,
                "notifications": False,
                "status": None,
                "meta": dict,
                "occurred_at": None,
                "published_at": None,
                **_SOFT,
            },
        ),
        Table(
            "incident_components",
            {"incident_id": None, "component_id": None, "component_status": None},
            {
                "incident": lambda row: row["incident_id"],
                "component": lambda row: row["component_id"],
            },
        ),
        Table(
            "updates",
            {
                "updateable_type": "incident",
                "updateable_id": None,
                "user_id": None,
                "status": None,
                "message": "",
                **_TIMES,
            },
            {"owner": lambda row: (row["updateable_type"], row["updateable_id"])},
        ),
        Table("incident_templates", {"name": "", "slug": "", "template": "", "engine": "twig", **_SOFT}),
        Table(
            "metrics",
            {
                "name": "",
                "suffix": "",
                "description": None,
                "default_value": 0,
                "calc_type": 0,
                "display_chart": True,
                "places": 2,
                "default_view": 1,
                "threshold": 5,
                "order": 0,
                "visible": 1,
                **_TIMES,
            },
        ),
        Table(
            "metric_points",
            {"metric_id": None, "value": 0.0, "counter": 1, **_TIMES},
            {"metric": lambda row: row["metric_id"]},
        ),
        Table(
            "schedules",
            {
                "name": "",
                "message": None,
                "meta": dict,
                "scheduled_at": None,
                "completed_at": None,
                "published_at": None,
                **_SOFT,
            },
        ),
        Table(
            "schedule_components",
            {"schedule_id": None, "component_id": None, "component_status": None, **_TIMES},
            {
                "schedule": lambda row: row["schedule_id"],
                "component": lambda row: row["component_id"],
            },
        ),
        Table(
            "subscribers",
            {
                "email": None,
                "phone_number": None,
                "slack_webhook_url": None,
                "verify_code": "",
                "verified_at": None,
                "global": True,
                "meta": dict,
                **_TIMES,
            },
        ),
        Table(
            "subscriptions",
            {"subscriber_id": None, "component_id": None, **_TIMES},
            {"subscriber": lambda row: row["subscriber_id"]},
        ),
    ]
    return {table.name: table for table in tables}


class CachetStore:
    """Tables of plain rows: times are aware UTC datetimes in whole seconds, ids are integers.

    A soft-deleted row stays, with `deleted_at`. Rows returned by `rows` and `get` are copies; change them with
    `update`, which maintains the indexes and caches.

    Attributes:
        tables: The tables themselves, for the code that answers requests.
        lock: Held while a request is answered and while a row is changed.
    """

    def __init__(self) -> None:
        self.tables = _tables()
        self.lock = threading.RLock()

    def rows(self, table: str, *, deleted: bool = True) -> list[Row]:
        """Copies of all rows of a table by id; `deleted=False` leaves soft-deleted ones out."""
        with self.lock:
            return [dict(row) for row in self.tables[table] if deleted or row.get("deleted_at") is None]

    def get(self, table: str, row_id: int) -> Row | None:
        """A copy of a row, or None."""
        with self.lock:
            row = self.tables[table].get(row_id)
            return None if row is None else dict(row)

    def insert(self, table: str, **values: Any) -> Row:
        """Add a row and return a copy of it; `created_at` and `updated_at` are now unless given."""
        with self.lock:
            target = self.tables[table]
            if "created_at" in target.columns:
                now = utc_now()
                values = {"created_at": now, "updated_at": now, **values}
            return dict(target.insert(values))

    def update(self, table: str, row_id: int, *, touch: bool = True, **values: Any) -> Row:
        """Change a row and return a copy of it; `touch` sets `updated_at` to now unless it is given.

        Raises:
            KeyError: There is no such row or column.
        """
        with self.lock:
            target = self.tables[table]
            if touch and "updated_at" in target.columns:
                values = {"updated_at": utc_now(), **values}
            return dict(target.update(row_id, values))

    def delete(self, table: str, row_id: int, *, hard: bool = False) -> None:
        """Delete a row: softly if the table keeps deleted rows, unless `hard`.

        Raises:
            KeyError: There is no such row.
        """
        with self.lock:
            target = self.tables[table]
            if "deleted_at" in target.columns and not hard:
                target.update(row_id, {"deleted_at": utc_now()})
            else:
                target.delete(row_id)

    def version(self, *tables: str) -> tuple[int, ...]:
        """Numbers that change whenever one of these tables does."""
        return tuple(self.tables[table].version for table in tables)
