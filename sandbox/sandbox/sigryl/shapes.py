"""Sigryl's shapes of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.sigryl.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.sigryl.settings import Order, SigrylSettings
    from sandbox.sigryl.store import SigrylStore
    from sandbox.tables import Row


@dataclass(frozen=True)
class Teller:
    """Renders the responses about a page, from its data and settings."""

    store: SigrylStore
    settings: SigrylSettings

    def page(self, row: Row) -> dict[str, Any]:
        """The page itself."""
        return {"name": row["name"], "slug": row["slug"], **self._description(row)}

    def components(self, page_id: str) -> list[dict[str, Any]]:
        """The components of a page, in display order."""
        rows = self.store.tables["components"].find("pageId", page_id)
        return [self.component(row) for row in sorted(rows, key=lambda row: row["displayOrder"])]

    def incidents(self, page_id: str, *, active: bool = False) -> list[dict[str, Any]]:
        """The incidents of a page in a list; `active` leaves out resolved ones."""
        rows = self.store.tables["incidents"].find("pageId", page_id)
        wanted = [row for row in rows if not active or row["status"] != "resolved"]
        newest = _in_order(wanted, "newest_first")[: self.settings.list_cap]
        return [self.incident(row) for row in (newest if self.settings.order == "newest_first" else newest[::-1])]

    def updates(self, incident_id: str) -> list[dict[str, Any]]:
        """The updates of an incident."""
        rows = self.store.tables["updates"].find("incidentId", incident_id)
        return [self.update(row) for row in _in_order(rows, self.settings.update_order)]

    def component(self, row: Row) -> dict[str, Any]:
        """A component."""
        return {
            "_id": row["id"],
            "name": row["name"],
            "status": row["status"],
            "displayOrder": row["displayOrder"],
            **self._description(row),
        }

    def incident(self, row: Row, *, created_at: bool = True) -> dict[str, Any]:
        """An incident, as in the list; its detail may lack the time of creation."""
        told = {"_id": row["id"], "title": row["title"], "status": row["status"], "severity": row["severity"]}
        if created_at:
            told["createdAt"] = milliseconds(row["createdAt"])
        if self.settings.affected_components:
            told["affectedComponentIds"] = list(row["affectedComponentIds"])
        return told

    def detail(self, row: Row) -> dict[str, Any]:
        """An incident with its updates."""
        incident = self.incident(row, created_at=self.settings.detail_created_at)
        return {"incident": incident, "updates": self.updates(row["id"])}

    def update(self, row: Row) -> dict[str, Any]:
        """An update; its id is never sent."""
        return {"status": row["status"], "message": row["message"], "createdAt": milliseconds(row["createdAt"])}

    def _description(self, row: Row) -> dict[str, Any]:
        if row["description"] is None and self.settings.no_description == "absent":
            return {}
        return {"description": row["description"]}


def _in_order(rows: Iterable[Row], order: Order) -> list[Row]:
    """Rows by time of creation; of simultaneous ones, the one stored last is the newest."""
    oldest_first = sorted(rows, key=lambda row: row["createdAt"])
    return oldest_first if order == "oldest_first" else oldest_first[::-1]
