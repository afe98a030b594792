"""The pages' public hosts: JSON without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from sandbox.answers import Problem, json_response
from sandbox.instatus import problems
from sandbox.instatus.answers import asked
from sandbox.instatus.history import minutes
from sandbox.instatus.times import javascript_text, told
from sandbox.routing import Endpoint, Routes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.instatus.settings import InstatusSettings
    from sandbox.instatus.store import InstatusStore
    from sandbox.routing import Call, Handler, Match
    from sandbox.tables import Row

MOUNT = "/instatus-public"


class PublicHosts:
    """The public hosts of all pages, distinguished by the first part of the path: a subdomain or a custom domain.

    Attributes:
        routes: The routes, below `/instatus-public`.
    """

    def __init__(self, store: InstatusStore, settings: InstatusSettings) -> None:
        self._store = store
        self._settings = settings
        self.routes = Routes(
            MOUNT,
            lambda: [
                Endpoint("GET", "/{host}/summary.json", self._of_page(self.summary)),
                Endpoint("GET", "/{host}/v3/summary.json", self._of_page(self.summary_v3)),
                Endpoint("GET", "/{host}/v3/components.json", self._of_page(self.components)),
            ],
        )

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request while holding the store's lock."""
        try:
            with self._store.lock:
                if match.handler is None:
                    raise problems.not_found("Page")
                return match.handler(call)
        except Problem as problem:
            return problem.response()

    def failure(self, status: int, message: str | None = None) -> Response:
        """A text page, for faults: errors of the public hosts are not JSON."""
        return Response(message or f"Status {status}", status, {"Content-Type": "text/plain; charset=utf-8"})

    def summary(self, page: Row) -> dict[str, Any]:
        """The documented summary; real responses also have `id` and `updatedAt` of incidents."""
        return self._summary(page, with_ids=self._settings.observed_fields)

    def summary_v3(self, page: Row) -> dict[str, Any]:
        """The summary of version 3, which always has ids."""
        return self._summary(page, with_ids=True)

    def components(self, page: Row) -> dict[str, Any]:
        """All components with their groups, archived ones left out."""
        table = self._store.tables["components"]
        rows = [row for row in table.find("siteId", page["id"]) if not row["isParent"] and row["archivedAt"] is None]
        return {"components": [{**_named(row), "status": row["status"], "group": self._group(row)} for row in rows]}

    def _of_page(self, tell: Callable[[Row], dict[str, Any]]) -> Handler:
        def handle(call: Call) -> Response:
            asked(call)
            host = call.params["host"]
            for page in self._store.tables["pages"]:
                # A private page answers like a missing one.
                if host in {page["subdomain"], page["customDomain"]} and not page["private"]:
                    if page["autoRedirect"] and page["customDomain"] not in {None, host}:
                        return Response(b"", 302, {"Location": _at_own_domain(call, page)})
                    return json_response(tell(page))
            raise problems.not_found("Page")

        return handle

    def _summary(self, page: Row, *, with_ids: bool) -> dict[str, Any]:
        url = f"https://{page['customDomain'] or page['subdomain'] + '.instatus.com'}"
        incidents, maintenances = self._active(page)
        status = "HASISSUES" if incidents else "UP"
        if not incidents and any(row["status"] == "INPROGRESS" for row in maintenances):
            status = "UNDERMAINTENANCE"
        summary: dict[str, Any] = {"page": {"name": page["name"], "url": url, "status": status}}
        # If nothing is active, the key is missing.
        if incidents:
            summary["activeIncidents"] = [self._incident(row, url, with_ids=with_ids) for row in incidents]
        if maintenances:
            summary["activeMaintenances"] = [self._maintenance(row, url) for row in maintenances]
        return summary

    def _active(self, page: Row) -> tuple[list[Row], list[Row]]:
        incidents = self._store.tables["incidents"].find("siteId", page["id"])
        maintenances = self._store.tables["maintenances"].find("siteId", page["id"])
        return (
            [row for row in incidents if row["status"] != "RESOLVED" and row["visibilityState"] == "PUBLISHED"],
            [row for row in maintenances if row["status"] != "COMPLETED"],
        )

    def _incident(self, row: Row, url: str, *, with_ids: bool) -> dict[str, Any]:
        shown = {
            "name": row["name"],
            "started": self._time(row["started"]),
            "status": row["status"],
            "impact": row["impact"],
            "url": f"{url}/{row['id']}",
        }
        return {"id": row["id"], **shown, "updatedAt": self._time(row["updatedAt"])} if with_ids else shown

    def _maintenance(self, row: Row, url: str) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "start": self._time(row["start"]),
            "status": row["status"],
            "duration": minutes(row["start"], row["end"]) if row["duration"] is None else row["duration"],
            "url": f"{url}/maintenance/{row['id']}",
            "updatedAt": self._time(row["updatedAt"]),
        }

    def _time(self, moment: datetime) -> str:
        return javascript_text(moment) if self._settings.javascript_dates else told(moment)

    def _group(self, row: Row) -> dict[str, Any] | None:
        group = None if row["groupId"] is None else self._store.tables["components"].get(row["groupId"])
        return None if group is None else _named(group)


def _at_own_domain(call: Call, page: Row) -> str:
    """The URL of the same response at the page's own domain, here the loopback address's other name."""
    url = call.request.url
    host = "127.0.0.1" if url.hostname == "localhost" else "localhost"
    path = url.path.replace(f"/{call.params['host']}/", f"/{page['customDomain']}/", 1)
    return f"{url.scheme}://{host}:{url.port}{path}"


def _named(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "name": row["name"], "description": row["description"]}
