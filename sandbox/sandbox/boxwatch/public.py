"""The public data of a status page; its shape is not documented, so there are several."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from sandbox.boxwatch.shapes import plain
from sandbox.boxwatch.times import told, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.boxwatch.settings import PublicShape
    from sandbox.boxwatch.shapes import Teller
    from sandbox.tables import Row

_PAGE_FIELDS = ("slug", "name", "description", "logo_url", "theme")
_BUSY_PERCENT = 90
_HISTORY_BLOCKS = 24


def public_page(teller: Teller, slug: str) -> Row | None:
    """The public status page with a slug, or None."""
    pages = teller.store.tables["status_pages"].find("slug", slug)
    return pages[0] if pages and (pages[0]["enabled"] or teller.settings.public_disabled) else None


def incidents_of(teller: Teller, page: Row) -> list[dict[str, Any]]:
    """The incidents that a status page shows, newest first, without their updates."""
    rows = teller.store.tables["incidents"].find("status_page_id", page["id"])
    told_ones = [row for row in rows if teller.settings.public_incidents == "all" or row["status"] != "resolved"]
    return [plain(teller, row) for row in sorted(told_ones, key=lambda row: row["created_at"], reverse=True)]


def updates_of(teller: Teller, incident_id: str) -> list[dict[str, Any]]:
    """The updates of an incident, oldest first."""
    return [plain(teller, row) for row in teller.store.tables["incident_updates"].find("incident_id", incident_id)]


def document(teller: Teller, page: Row) -> dict[str, Any]:
    """The response as a JSON object; for `html`, the data of the page."""
    shape = _SHAPES.get(teller.settings.public_shape, _nested)
    return shape(teller, page)


def html_page(teller: Teller, page: Row) -> str:
    """The response as an HTML page."""
    incidents = "".join(
        f"<article><h2>{escape(incident['title'])}</h2><p>{escape(incident['message'])}</p></article>"
        for incident in incidents_of(teller, page)
    )
    name = escape(page["name"])
    return f"<!doctype html>\n<html><head><title>{name}</title></head><body><h1>{name}</h1>{incidents}</body></html>\n"


def _nested(teller: Teller, page: Row) -> dict[str, Any]:
    return {
        "status_page": _page(page),
        "servers": _servers(teller, page),
        "incidents": _with_updates(teller, incidents_of(teller, page)),
        "timestamp": told(utc_now()),
    }


def _flat(teller: Teller, page: Row) -> dict[str, Any]:
    incidents = incidents_of(teller, page)
    return {
        "page": _page(page),
        "servers": _servers(teller, page),
        "active_incidents": incidents,
        "incident_updates": [update for incident in incidents for update in updates_of(teller, incident["id"])],
        "timestamp": told(utc_now()),
    }


def _wrapped(teller: Teller, page: Row) -> dict[str, Any]:
    incidents = _with_updates(teller, incidents_of(teller, page))
    by_state = {
        "active": [incident for incident in incidents if incident["status"] != "resolved"],
        "resolved": [incident for incident in incidents if incident["status"] == "resolved"],
    }
    servers = {str(server["id"]): server for server in _servers(teller, page)}
    return {"data": {"page": {**_page(page), "incidents": by_state}, "servers": servers}}


def _by_server(teller: Teller, page: Row) -> dict[str, Any]:
    incidents = _with_updates(teller, incidents_of(teller, page))
    servers = _servers(teller, page)
    for server in servers:
        server["incidents"] = [incident for incident in incidents if server["id"] in incident["affected_servers"]]
    shown = {server["id"] for server in servers}
    others = [incident for incident in incidents if shown.isdisjoint(incident["affected_servers"])]
    return {"page": _page(page), "servers": servers, "other_incidents": others, "timestamp": told(utc_now())}


_SHAPES: Mapping[PublicShape, Callable[[Teller, Row], dict[str, Any]]] = {
    "nested": _nested,
    "flat": _flat,
    "wrapped": _wrapped,
    "by_server": _by_server,
}


def _page(page: Row) -> dict[str, Any]:
    return {name: page[name] for name in _PAGE_FIELDS}


def _with_updates(teller: Teller, incidents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**incident, "updates": updates_of(teller, incident["id"])} for incident in incidents]


def _servers(teller: Teller, page: Row) -> list[dict[str, Any]]:
    """The servers of a page; ids of deleted servers are skipped."""
    rows = [teller.store.tables["servers"].get(server_id) for server_id in page["servers"]]
    return [
        {"id": row["id"], "name": row["name"], "status": _status(row), "history": [_status(row)] * _HISTORY_BLOCKS}
        for row in rows
        if row is not None
    ]


def _status(server: Row) -> str:
    if server["status"] != "online":
        return "down"
    return "degraded" if server["metrics"].get("cpu_usage", 0) > _BUSY_PERCENT else "operational"
