"""Rows as Sigryl tells them."""

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
    """Tells what the server answers about a page, by its data and settings."""

    store: SigrylStore
    settings: SigrylSettings

    def page(self, row: Row) -> dict[str, Any]:
        """The page itself."""
        return {"name": row["name"], "slug": row["slug"], **self._description(row)}

    def components(self, page_id: str) -> list[dict[str, Any]]:
        """The components of a page as they are displayed."""
        rows = self.store.tables["components"].find("pageId", page_id)
        return [self.component(row) for row in sorted(rows, key=lambda row: row["displayOrder"])]

    def incidents(self, page_id: str, *, active: bool = False) -> list[dict[str, Any]]:
        """The incidents of a page that a list tells; `active` leaves out those that are resolved."""
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
        """An incident, as the list has it; its detail need not tell when it was made."""
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
        """An update; it has an id that is never told."""
        return {"status": row["status"], "message": row["message"], "createdAt": milliseconds(row["createdAt"])}

    def _description(self, row: Row) -> dict[str, Any]:
        if row["description"] is None and self.settings.no_description == "absent":
            return {}
        return {"description": row["description"]}


def _in_order(rows: Iterable[Row], order: Order) -> list[Row]:
    """Rows by the time at which they were made; of those made at once, the one that was stored last is the newest."""
    oldest_first = sorted(rows, key=lambda row: row["createdAt"])
    return oldest_first if order == "oldest_first" else oldest_first[::-1]
