"""The API behind the key: access checks, lists, routes by id, writes."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from sandbox.answers import Problem, json_response
from sandbox.instatus import collections as lists
from sandbox.instatus import problems, query, shapes
from sandbox.instatus.answers import asked, plain, resource_of
from sandbox.instatus.keys import lists_page, refusal_of
from sandbox.instatus.lookups import owned_row, owned_update
from sandbox.instatus.shapes import Teller
from sandbox.instatus.write_routes import WRITES
from sandbox.limits import CallerLimits
from sandbox.routing import Call, Endpoint, Match, Routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from sandbox.instatus.collections import Collection, Updates
    from sandbox.instatus.keys import Keys
    from sandbox.instatus.settings import InstatusSettings
    from sandbox.instatus.store import InstatusStore
    from sandbox.instatus.write_routes import Write
    from sandbox.routing import Handler
    from sandbox.tables import Row

MOUNT = "/instatus"


class InstatusApi:
    """The routes that need a key.

    Attributes:
        routes: The routes, below `/instatus`.
    """

    def __init__(self, store: InstatusStore, settings: InstatusSettings, keys: Keys) -> None:
        self._store = store
        self._settings = settings
        self._keys = keys
        self._limits = CallerLimits()
        self.routes = Routes(MOUNT, self._endpoints)

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request while holding the store's lock."""
        try:
            with self._store.lock:
                key = self._admit(call)
                return (
                    self._handler(match)(call) if match.params.get("page_id") is None else self._page(call, match, key)
                )
        except Problem as problem:
            return problem.response()

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's format, for faults."""
        return problems.problem(status, message or f"Status {status}").response()

    def reads(self, key: str, page_id: str, resource: str) -> bool:
        """Whether the user of a key may read a resource of a page."""
        return refusal_of(self._store, key, page_id, resource) is None

    def listed(self, key: str, collection: Collection, page_id: str) -> list[Row]:
        """All rows of a list that the user of a key can see, unfiltered."""
        rows = collection.rows(self._teller(), page_id)
        if collection.table == "pages":
            return [row for row in rows if lists_page(self._store, key, row["id"])]
        return rows

    def told(self, key: str, collection: Collection, page_id: str) -> list[dict[str, Any]]:
        """All rows of a list as rendered in a response."""
        with self._store.lock:
            teller = self._teller()
            return [plain(collection.shape(teller, row)) for row in self.listed(key, collection, page_id)]

    def user(self, key: str) -> dict[str, Any]:
        """The user of a key: the first user has the first key.

        Raises:
            Problem: 404, there is no such user.
        """
        with self._store.lock:
            users = list(self._store.tables["users"])
            place = list(self._keys.by_name).index(key)
            if place >= len(users):
                raise problems.not_found("User")
            return shapes.user(self._teller(), users[place])

    def _endpoints(self) -> list[Endpoint]:
        endpoints = [
            Endpoint("GET", "/v1/user", self._user),
            Endpoint("GET", "/monitors/check_inserted_logs", self._check_inserted_logs),
            Endpoint("GET", "/monitors-groups/{id}/run", self._run_monitors),
            Endpoint("GET", "/on-call-schedules/{id}/members", self._on_call_members),
        ]
        for collection in lists.COLLECTIONS:
            endpoints.append(Endpoint("GET", collection.route, self._list_route(collection)))
            if collection.by_id:
                endpoints.append(Endpoint("GET", f"{collection.route}/{{id}}", self._show_route(collection)))
        endpoints += [
            Endpoint("GET", f"{each.route}/{{update_id}}", self._update_route(each)) for each in lists.UPDATES
        ]
        endpoints += [Endpoint(write.method, write.route, self._write_route(write)) for write in WRITES]
        return endpoints

    def _teller(self) -> Teller:
        return Teller(self._store, self._settings)

    def _admit(self, call: Call) -> str:
        """The name of the key, after the checks that apply to every request."""
        headers = call.request.headers
        kind = headers.get("content-type", "").partition(";")[0].strip()
        if self._settings.require_content_type and kind != "application/json":
            raise problems.bad_request("Content-Type must be application/json")
        key = self._keys.name(headers)
        self._check_limit(key)
        return key

    def _check_limit(self, key: str) -> None:
        wait = self._limits.wait(key, self._settings.rate_limit)
        if wait is not None:
            headers = {"Retry-After": str(ceil(wait))} if self._settings.retry_after else {}
            raise problems.problem(429, "Too many requests", headers)

    def _handler(self, match: Match) -> Handler:
        if match.handler is not None:
            return match.handler
        if match.methods:
            raise problems.problem(405, "Method not allowed", {"Allow": ", ".join(match.methods)})
        raise problems.not_found("Route")

    def _page(self, call: Call, match: Match, key: str) -> Response:
        """Answer a request for something on a page, if the key's user has access to it."""
        handler = self._handler(match)
        page_id = call.params["page_id"]
        if page_id not in self._store.tables["pages"]:
            raise problems.not_an_owner()
        status = refusal_of(self._store, key, page_id, resource_of(match.template))
        if status is not None:
            raise problems.refused(status)
        return handler(call)

    def _list_route(self, collection: Collection) -> Handler:
        def handle(call: Call) -> Response:
            if collection is lists.COMPONENTS_V2 and not self._settings.components_v2:
                raise problems.not_found("Route")
            wanted = asked(call, query.parameters(collection, self._settings))
            key = self._keys.name(call.request.headers)
            rows = query.filtered(collection, wanted, self.listed(key, collection, call.params.get("page_id", "")))
            frame: Mapping[str, Any] = {}
            shown = rows
            if collection.paged:
                page = query.paging(collection, wanted, self._settings)
                told = page.frame(len(rows))
                shown, frame = list(page.cut(rows)), {name: told[name] for name in collection.frame}
            teller = self._teller()
            return json_response(lists.answer_of(collection, [collection.shape(teller, row) for row in shown], frame))

        return handle

    def _show_route(self, collection: Collection) -> Handler:
        def handle(call: Call) -> Response:
            asked(call)
            row = owned_row(self._store, collection, call.params)
            return json_response((collection.shown_alone or collection.shape)(self._teller(), row))

        return handle

    def _update_route(self, updates: Updates) -> Handler:
        def handle(call: Call) -> Response:
            asked(call)
            return json_response(updates.shape(self._teller(), owned_update(self._store, updates, call.params)))

        return handle

    def _write_route(self, write: Write) -> Handler:
        def handle(call: Call) -> Response:
            asked(call)
            return json_response(write.answer(self._teller(), call))

        return handle

    def _user(self, call: Call) -> Response:
        asked(call)
        return json_response(self.user(self._keys.name(call.request.headers)))

    def _check_inserted_logs(self, call: Call) -> Response:
        asked(call)
        return json_response({"message": "ok"})

    def _run_monitors(self, call: Call) -> Response:
        """Run a check, as this route does although it is a GET."""
        asked(call, ("location", "retry", "monitorLogId"))
        monitor = self._store.tables["monitors"].get(call.params["id"])
        if monitor is None:
            raise problems.not_found("Monitor group")
        self._store.update("monitors", monitor["id"], status="UNKNOWN")
        return json_response({"result": "started", "monitorLogId": monitor["id"]})

    def _on_call_members(self, call: Call) -> Response:
        asked(call)
        schedule = self._store.tables["on_call_schedules"].get(call.params["id"])
        if schedule is None:
            raise problems.not_found("On-call schedule")
        return json_response(shapes.on_call_members(self._teller(), schedule))
