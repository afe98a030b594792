"""Cachet v2 (`/api/v1`), reads only: totals, no limits, descending sorts, searches that break pagination."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfoNotFoundError

from sandbox.cachet import v2_shapes as shapes
from sandbox.cachet.core import json_response
from sandbox.cachet.query import page_number
from sandbox.cachet.times import Clock
from sandbox.routing import Call, Endpoint, Match, Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.responses import Response

    from sandbox.cachet.core import Server
    from sandbox.cachet.v2_shapes import Scene
    from sandbox.routing import Handler
    from sandbox.tables import Row

PREFIX = "/cachet-v2/api/v1"
_DEFAULT_PER_PAGE, _PER_PAGE_OF_ZERO = 20, 15
_NOT_SEARCHED = {"sort", "order", "per_page"}
_ERRORS: Mapping[int, tuple[str, str]] = {
    401: ("Unauthorized", "Authentication is required and has failed or has not yet been provided."),
    404: (
        "Not Found",
        "The requested resource could not be found but may be available again in the future.",
    ),
    405: (
        "Method Not Allowed",
        "A request was made of a resource using a request method not supported by that resource.",
    ),
    406: (
        "Not Acceptable",
        "The resource can only make content that the accept headers of the request rule out.",
    ),
    429: ("Too Many Requests", "The user has sent too many requests in a given amount of time."),
    500: ("Internal Server Error", "An error has occurred and this resource cannot be displayed."),
}


class V2Error(Exception):
    """An error response."""

    def __init__(self, status: int, detail: str | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True)
class V2List:
    """A list of v2.

    Attributes:
        path: Its path.
        table: The table of its rows.
        model: The name of a row in error messages.
        shape: Renders a row.
        sorts: The columns that it may be sorted by; None if any sort causes a server error.
        search: The columns that make a request a search.
        listed: Whether a row is listed for the viewer.
        ascends: Whether `order` is honoured, and ascending the default.
        visible_first: Whether an unsorted list is in order of visibility.
        indexed: Whether sorted columns are read from an index.
    """

    path: str
    table: str
    model: str
    shape: Callable[[Scene, Row], Any]
    sorts: tuple[str, ...] | None
    search: tuple[str, ...]
    listed: Callable[[Scene, Row], bool]
    ascends: bool = False
    visible_first: bool = False
    indexed: bool = False


def _not_deleted(_scene: Scene, row: Row) -> bool:
    return row.get("deleted_at") is None


def _all(_scene: Scene, _row: Row) -> bool:
    return True


def _enabled(scene: Scene, row: Row) -> bool:
    return row["deleted_at"] is None and (row["enabled"] or scene.viewer.token is not None)


def _visible(scene: Scene, row: Row) -> bool:
    return row.get("deleted_at") is None and (row["visible"] == 1 or scene.viewer.token is not None)


_GROUP_COLUMNS = ("id", "name", "order", "collapsed", "visible")
_COMPONENT_COLUMNS = ("id", "name", "status", "order", "group_id", "enabled")
LISTS: tuple[V2List, ...] = (
    V2List(
        "components/groups",
        "component_groups",
        "ComponentGroup",
        shapes.component_group,
        _GROUP_COLUMNS,
        _GROUP_COLUMNS,
        _visible,
        ascends=True,
    ),
    V2List(
        "components",
        "components",
        "Component",
        shapes.component,
        _COMPONENT_COLUMNS,
        _COMPONENT_COLUMNS,
        _enabled,
        indexed=True,
    ),
    V2List(
        "incidents/templates",
        "incident_templates",
        "IncidentTemplate",
        shapes.incident_template,
        None,
        (),
        _all,
    ),
    V2List(
        "incidents",
        "incidents",
        "Incident",
        shapes.incident,
        ("id", "user_id", "name", "status", "visible", "stickied", "message", "occurred_at"),
        ("id", "user_id", "component_id", "name", "status", "visible", "stickied"),
        _visible,
        visible_first=True,
        indexed=True,
    ),
    V2List(
        "metrics",
        "metrics",
        "Metric",
        shapes.metric,
        ("id", "name", "display_chart", "default_value", "calc_type", "order", "visible"),
        (),
        _all,
    ),
    V2List(
        "schedules",
        "schedules",
        "Schedule",
        shapes.schedule,
        ("id", "name", "status", "scheduled_at", "completed_at", "created_at", "updated_at"),
        (),
        _not_deleted,
    ),
)


class CachetV2:
    """The API below `/cachet-v2/api/v1`.

    Attributes:
        routes: Its routes.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.routes = Routes(PREFIX, self._endpoints)

    def _endpoints(self) -> list[Endpoint]:
        version = {"on_latest": True, "latest": {"tag_name": "v2.4.1", "prelease": False, "draft": False}}
        endpoints = [
            Endpoint("GET", "/ping", lambda _call: json_response({"data": "Pong!"})),
            Endpoint("GET", "/version", lambda _call: json_response({"meta": version, "data": "2.4.1"})),
            Endpoint("GET", "/status", self._status),
            Endpoint("GET", "/subscribers", self._subscribers),
            # These only support DELETE, which is not implemented here: every method is the wrong one.
            Endpoint("DELETE", "/subscribers/{id}", _wrong_method),
            Endpoint("DELETE", "/subscriptions/{id}", _wrong_method),
            Endpoint("DELETE", "/metrics/{id}/points/{child_id}", _wrong_method),
        ]
        for listed in LISTS:
            endpoints.append(Endpoint("GET", f"/{listed.path}", self._list_route(listed)))
            endpoints.append(Endpoint("GET", f"/{listed.path}/{{id}}", self._show_route(listed)))
        return [
            *endpoints,
            Endpoint("GET", "/incidents/{id}/updates", self._updates),
            Endpoint("GET", "/incidents/{id}/updates/{child_id}", self._update),
            Endpoint("GET", "/metrics/{id}/points", self._points),
        ]

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request under the store's lock."""
        try:
            with self._server.store.lock:
                self._check(call, match)
                handler = match.handler or (_wrong_method if match.methods else _no_route)
                return handler(call)
        except V2Error as error:
            return self.failure(error.status, error.detail)

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's words."""
        title, detail = _ERRORS.get(status, _ERRORS[500])
        error = {"id": str(uuid.uuid4()), "status": status, "title": title, "detail": message or detail}
        return json_response({"errors": [error]}, status)

    def no_route(self, path: str) -> None:
        """None: an unknown path gets the same message as anything else that is missing."""

    def _check(self, call: Call, match: Match) -> None:
        accept = call.request.headers.get("accept", "*/*")
        if not any(kind in accept for kind in ("application/json", "*/*", "application/*")):
            raise V2Error(406)
        is_open = match.template.removeprefix(PREFIX) in {"/ping", "/version", "/status"}
        if self._server.settings.always_authenticate and not is_open and self._scene(call).viewer.token is None:
            raise V2Error(401)

    def _scene(self, call: Call) -> Scene:
        headers = call.request.headers
        try:
            clock = Clock(headers.get("time-zone") or self._server.settings.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise V2Error(500) from None
        url = call.request.url
        viewer = self._server.tokens.v2_viewer(headers)
        return shapes.Scene(self._server.store, clock, viewer, f"{url.scheme}://{url.netloc}/cachet-v2")

    def _status(self, call: Call) -> Response:
        scene = self._scene(call)
        statuses = [
            shapes.component(scene, row)["status"]
            for row in scene.table("components")
            if row["deleted_at"] is None and row["enabled"]
        ]
        if all(status == 1 for status in statuses):
            answer = {"status": "success", "message": "System operational"}
        else:
            answer = {"status": "info", "message": "Some systems are experiencing issues"}
        return json_response({"data": answer})

    def _subscribers(self, call: Call) -> Response:
        scene = self._scene(call)
        if scene.viewer.token is None:
            raise V2Error(401)
        return _page(call, scene, list(scene.table("subscribers")), shapes.subscriber)

    def _list_route(self, listed: V2List) -> Handler:
        def handle(call: Call) -> Response:
            scene = self._scene(call)
            rows = [row for row in scene.table(listed.table) if listed.listed(scene, row)]
            params = dict(call.request.query_params)
            if any(name in params for name in listed.search if name not in _NOT_SEARCHED):
                rows = [row for row in rows if _found(scene, listed, row, params)]
            tag = params.get("tags", params.get("tags[]"))
            if tag is not None and listed.table == "components":
                rows = [row for row in rows if tag in row["tags"]]
            return _page(call, scene, _in_order(scene, listed, rows, params), listed.shape)

        return handle

    def _show_route(self, listed: V2List) -> Handler:
        def handle(call: Call) -> Response:
            scene = self._scene(call)
            row = _row(scene, listed.table, listed.model, call.params["id"])
            # Unlike lists, single routes hide only deleted rows.
            if row.get("deleted_at") is not None and listed.table != "incident_templates":
                raise _missing(listed.model)
            return json_response({"data": listed.shape(scene, row)})

        return handle

    def _updates(self, call: Call) -> Response:
        scene = self._scene(call)
        rows = self._updates_of(scene, call)
        if call.request.query_params.get("sort") == "id":
            rows = sorted(rows, key=lambda row: row["id"], reverse=True)
        return _page(call, scene, shapes.newest_first(rows), shapes.incident_update)

    def _update(self, call: Call) -> Response:
        scene = self._scene(call)
        self._updates_of(scene, call)
        # Any update is found below any incident, as on the real server.
        row = _row(scene, "updates", "IncidentUpdate", call.params["child_id"])
        if row["updateable_type"] != "incident":
            raise _missing("IncidentUpdate")
        return json_response({"data": shapes.incident_update(scene, row)})

    def _updates_of(self, scene: Scene, call: Call) -> list[Row]:
        incident = _row(scene, "incidents", "Incident", call.params["id"])
        if incident["deleted_at"] is not None:
            raise _missing("Incident")
        return scene.table("updates").find("owner", ("incident", incident["id"]))

    def _points(self, call: Call) -> Response:
        scene = self._scene(call)
        metric = _row(scene, "metrics", "Metric", call.params["id"])
        rows = scene.table("metric_points").find("metric", metric["id"])
        return _page(call, scene, shapes.newest_first(rows), shapes.metric_point)


def _wrong_method(_call: Call) -> Response:
    raise V2Error(405)


def _no_route(_call: Call) -> Response:
    raise V2Error(404)


def _missing(model: str) -> V2Error:
    return V2Error(404, f"No query results for model [CachetHQ\\Cachet\\Models\\{model}].")


def _row(scene: Scene, table: str, model: str, raw_id: str) -> Row:
    row = scene.table(table).get(int(raw_id)) if raw_id.isdecimal() else None
    if row is None:
        raise _missing(model)
    return row


def _column(scene: Scene, listed: V2List, row: Row, name: str) -> Any:
    """The value that a row is sorted or searched by: as stored, except for v2's own enumerations."""
    if name == "component_id":
        return shapes.incident_component_id(scene, row)
    if name == "group_id":
        return row["component_group_id"] or 0
    return listed.shape(scene, row)[name] if name in {"status", "visible"} else row[name]


def _found(scene: Scene, listed: V2List, row: Row, params: Mapping[str, str]) -> bool:
    """Whether a row matches a search, which treats every parameter as a column, even `page`."""
    for name, wanted in params.items():
        if name in _NOT_SEARCHED:
            continue
        if name not in listed.search:
            return False
        value = _column(scene, listed, row, name)
        if str(int(value) if isinstance(value, bool) else value) != wanted:
            return False
    return True


def _in_order(scene: Scene, listed: V2List, rows: list[Row], params: Mapping[str, str]) -> list[Row]:
    sort = params.get("sort")
    if sort and listed.sorts is None:
        raise V2Error(500)
    if not sort or sort not in (listed.sorts or ()):
        return sorted(rows, key=shapes.group_visible) if listed.visible_first else rows
    descending = not listed.ascends or params.get("order") == "desc"
    if sort == "id":
        return rows[::-1] if descending else rows

    def key(row: Row) -> tuple[Any, ...]:
        value = _column(scene, listed, row, sort)
        # When an index is read backwards, equal values are in descending order of id.
        return (value is not None, value, row["id"] if listed.indexed else 0)

    return sorted(rows, key=key, reverse=descending)


def _per_page(text: str | None) -> int:
    if text is None:
        return _DEFAULT_PER_PAGE
    if not text.isdecimal():
        raise V2Error(500)
    return int(text) or _PER_PAGE_OF_ZERO


def _page(call: Call, scene: Scene, rows: Sequence[Row], shape: Callable[[Scene, Row], Any]) -> Response:
    params = call.request.query_params
    number = page_number(params.get("page", ""))
    per_page = _per_page(params.get("per_page"))
    pages = max(1, -(-len(rows) // per_page))
    page = rows[(number - 1) * per_page : number * per_page]
    pagination = {
        "total": len(rows),
        "count": len(page),
        "per_page": per_page,
        "current_page": number,
        "total_pages": pages,
        "links": {
            "next_page": _link(call, number + 1) if number < pages else None,
            "previous_page": _link(call, number - 1) if number > 1 else None,
        },
    }
    return json_response({"meta": {"pagination": pagination}, "data": [shape(scene, row) for row in page]})


def _link(call: Call, number: int) -> str:
    """The URL of another page: the parameters of this request, with the page last."""
    url = call.request.url
    kept = [(name, value) for name, value in call.request.query_params.multi_items() if name != "page"]
    return f"{url.scheme}://{url.netloc}{url.path}?{urlencode([*kept, ('page', number)])}"
