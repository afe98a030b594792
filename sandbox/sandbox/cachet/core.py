"""What both cores of Cachet v3 share: access checks, read routes, errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from starlette.responses import Response

from sandbox.answers import Problem
from sandbox.cachet import problems
from sandbox.cachet.collections import CHILDREN, COLLECTIONS
from sandbox.cachet.documents import DocumentBuilder, page_frame
from sandbox.cachet.limiter import MinuteLimiter
from sandbox.cachet.listing import Listing
from sandbox.cachet.query import Query, clamped_per_page
from sandbox.cachet.resources import RESOURCES
from sandbox.cachet.status import LatestStatus, running, system_status
from sandbox.cachet.times import Clock
from sandbox.cachet.view import View
from sandbox.routing import Call, Endpoint, Match, Routes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.cachet.collections import ChildCollection, Collection
    from sandbox.cachet.settings import CachetSettings
    from sandbox.cachet.store import CachetStore
    from sandbox.cachet.viewers import Tokens, Viewer
    from sandbox.routing import Handler
    from sandbox.tables import Row

_ENCODER = msgspec.json.Encoder()
_CACHE_CONTROL = "no-cache, private"


@dataclass(frozen=True)
class Server:
    """What the APIs of one Cachet server have in common: its data, settings and tokens."""

    store: CachetStore
    settings: CachetSettings
    tokens: Tokens
    latest: LatestStatus


class Core:
    """The read routes of a v3 core, and the access checks before them.

    Attributes:
        routes: Its routes, below `mount`.
    """

    mount: ClassVar[str] = "/cachet"
    collections: ClassVar[Sequence[Collection]] = COLLECTIONS
    children: ClassVar[Sequence[ChildCollection]] = CHILDREN
    resources: ClassVar[Mapping[str, Any]] = RESOURCES
    scoped: ClassVar[bool] = True

    def __init__(self, server: Server) -> None:
        self.server = server
        self._limiter = MinuteLimiter()
        self._listing = Listing()
        self.routes = Routes(f"{self.mount}/api", self.endpoints)

    def endpoints(self) -> list[Endpoint]:
        """The endpoints of the API."""
        endpoints = [
            Endpoint("GET", "/ping", self._fact("Pong!")),
            Endpoint("GET", "/version", self._fact({"version": "3.x-dev"})),
            Endpoint("GET", "/status", self._status),
        ]
        for collection in self.collections:
            endpoints += [
                Endpoint("GET", f"/{collection.route}", self._list_route(collection)),
                Endpoint("GET", f"/{collection.route}/{{id}}", self._show_route(collection)),
            ]
        for child in self.children:
            endpoints += [
                Endpoint("GET", f"/{child.route}", self._child_list_route(child)),
                Endpoint("GET", f"/{child.route}/{{child_id}}", self._child_show_route(child)),
            ]
        return endpoints

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request while holding the store's lock."""
        headers: dict[str, str] = {}
        try:
            with self.server.store.lock:
                self.check_enabled()
                self._check_user(call, match)
                headers = self._check_limit(call, match)
                response = self._handler(call, match)(call)
        except Problem as problem:
            response = json_response(problem.body, problem.status)
            response.headers.update(problem.headers)
        response.headers.update(headers)
        response.headers["Cache-Control"] = _CACHE_CONTROL
        return response

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's format, for faults."""
        words = {429: "Too Many Attempts.", 401: "Unauthenticated.", 403: "Invalid ability provided."}
        text = message or words.get(status, "Server Error")
        response = json_response({"message": text}, status)
        response.headers["Cache-Control"] = _CACHE_CONTROL
        return response

    def view(self, viewer: Viewer) -> View:
        """The context of a response to this viewer, now."""
        server = self.server
        return View(server.store, server.settings, viewer, Clock(server.settings.timezone), server.latest, self.scoped)

    def viewer(self, call: Call) -> Viewer:
        """The sender of a request."""
        return self.server.tokens.viewer(call.request.headers)

    def limit(self) -> int | None:
        """Requests per minute; None for no limit."""
        return self.server.settings.rate_limit

    def per_page(self, text: str) -> tuple[int, Any]:
        """Rows per page for the requested value, and the value that the page reports."""
        number = clamped_per_page(text)
        return number, number

    def no_route(self, path: str) -> str:
        """The message for an unknown path."""
        return f"The route {path} could not be found."

    def check_enabled(self) -> None:
        """Raise a problem if the API is switched off."""
        if not self.server.settings.api_enabled:
            raise problems.nothing_here()

    def is_protected(self) -> bool:
        """Whether all routes require a token."""
        return self.server.settings.api_protected

    def check_sorts(self, collection: Collection, query: Query) -> None:
        """Raise a problem for a sort that is allowed but does not work."""

    def check_rows(self, collection: Collection, query: Query, rows: Sequence[Row]) -> None:
        """Raise a problem for rows that cannot be shown with the requested includes."""

    def frame_of(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Links and meta of a page, as this core has them."""
        return frame

    def _check_user(self, call: Call, match: Match) -> None:
        """Require a token, where needed, before the request counts against any limit."""
        needed = self.is_protected() or (match.handler is not None and not _is_public(call, match))
        if needed and self.viewer(call).token is None:
            raise problems.unauthenticated()

    def _check_limit(self, call: Call, match: Match) -> dict[str, str]:
        limit = self.limit()
        if limit is None or match.handler is None:
            return {}
        # Public reads are counted by address, even with a token; the rest by user.
        client = call.request.client
        caller = f"address {client.host if client else ''}"
        if not _is_public(call, match):
            caller = f"user {self.viewer(call).token}"
        headers, passes = self._limiter.take(caller, limit)
        if not passes:
            raise problems.message(429, "Too Many Attempts.", headers)
        return headers

    def _handler(self, call: Call, match: Match) -> Handler:
        if match.handler is not None:
            return match.handler
        path = call.request.url.path.removeprefix(self.mount).strip("/")
        if not match.methods:
            raise problems.message(404, self.no_route(path))
        known = [name for method in match.methods for name in (method, *(["HEAD"] if method == "GET" else []))]
        text = (
            f"The {call.request.method} method is not supported for route {path}. "
            f"Supported methods: {', '.join(known)}."
        )
        raise problems.message(405, text, {"Allow": ", ".join(known)})

    def _fact(self, fact: Any) -> Handler:
        return lambda _call: json_response({"data": fact})

    def _status(self, call: Call) -> Response:
        view = self.view(self.viewer(call))
        shown = [row for row in view.table("components") if view.sees_component(row) and row["enabled"]]
        now = view.clock.now
        maintenance = any(running(row, now) for row in view.table("schedules"))
        status, text = system_status([view.latest.of(row, now) for row in shown], maintenance=maintenance)
        return json_response({"data": {"status": status, "message": text}})

    def _list_route(self, collection: Collection) -> Handler:
        def handle(call: Call) -> Response:
            view = self._view_of(call, collection)
            query = parse_query(call)
            query.check_list(collection)
            self.check_sorts(collection, query)
            return self._page(call, collection, view, query, self._listing.rows(collection, view, query))

        return handle

    def _show_route(self, collection: Collection) -> Handler:
        def handle(call: Call) -> Response:
            view = self._view_of(call, collection)
            query = parse_query(call)
            query.check_includes(collection)
            row = visible_row(view, collection, call.params["id"])
            return self._single(view, collection, query, row)

        return handle

    def _child_list_route(self, child: ChildCollection) -> Handler:
        def handle(call: Call) -> Response:
            view = self._view_of(call, child)
            parent = existing_parent(view, child, call.params["id"])
            query = parse_query(call)
            query.check_list(child)
            self.check_sorts(child, query)
            rows = self._listing.rows(child, view, query, parent["id"])
            return self._page(call, child, view, query, rows)

        return handle

    def _child_show_route(self, child: ChildCollection) -> Handler:
        def handle(call: Call) -> Response:
            view = self._view_of(call, child)
            parent = existing_parent(view, child, call.params["id"])
            query = parse_query(call)
            query.check_includes(child)
            return self._single(view, child, query, child_row(view, child, parent, call.params["child_id"]))

        return handle

    def _view_of(self, call: Call, collection: Collection) -> View:
        viewer = self.viewer(call)
        if collection.ability is not None:
            require(viewer, collection.ability)
        return self.view(viewer)

    def _page(self, call: Call, collection: Collection, view: View, query: Query, rows: Sequence[Row]) -> Response:
        per_page, shown_per_page = self.per_page(query.per_page)
        start = (query.page - 1) * per_page
        page = rows[start : start + per_page]
        self.check_rows(collection, query, page)
        url = call.request.url
        frame = page_frame(
            f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}",
            query.page,
            per_page,
            len(page),
            more=len(rows) > start + per_page,
        )
        frame["meta"]["per_page"] = shown_per_page
        return document_response(
            self._builder(view, collection, query).page(collection.resource, page, self.frame_of(frame))
        )

    def _single(self, view: View, collection: Collection, query: Query, row: Row) -> Response:
        self.check_rows(collection, query, [row])
        return document_response(self._builder(view, collection, query).single(collection.resource, row))

    def _builder(self, view: View, collection: Collection, query: Query) -> DocumentBuilder:
        tree = query.include_tree(collection)
        known = self.resources[collection.resource].relations
        relations = {name: subtree for name, subtree in tree.items() if name in known}
        return DocumentBuilder(view, self.resources, relations, frozenset(query.includes), query.fieldsets)


def _is_public(call: Call, match: Match) -> bool:
    return call.request.method in {"GET", "HEAD"} and "/subscribers" not in match.template


def json_response(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    """Create a JSON response."""
    return Response(_ENCODER.encode(body), status, {"Content-Type": content_type})


def document_response(document: Any, status: int = 200) -> Response:
    """Create a JSON:API response."""
    return json_response(document, status, "application/vnd.api+json")


def parse_query(call: Call) -> Query:
    """The query of a request."""
    return Query.parse(call.request.query_params.multi_items())


def require(viewer: Viewer, ability: str) -> None:
    """Raise a problem for a viewer without a token or an ability."""
    if viewer.token is None:
        raise problems.unauthenticated()
    if not viewer.may(ability):
        raise problems.invalid_ability()


def visible_row(view: View, collection: Collection, raw_id: str) -> Row:
    """The row with an id from a path; raises a problem if there is none for this viewer."""
    row = view.table(collection.table).get(int(raw_id)) if raw_id.isdecimal() else None
    if row is None or not collection.sees(view, row):
        raise problems.no_record(collection.model, raw_id)
    return row


def existing_parent(view: View, child: ChildCollection, raw_id: str) -> Row:
    """The parent with an id from a path; a hidden one raises a problem that does not name it."""
    parent = child.parent
    row = view.table(parent.table).get(int(raw_id)) if raw_id.isdecimal() else None
    if row is None or row.get("deleted_at") is not None:
        raise problems.no_record(parent.model, raw_id)
    if child.hides_with_parent and not parent.sees(view, row):
        raise problems.nothing_here()
    return row


def child_row(view: View, child: ChildCollection, parent: Row, raw_id: str) -> Row:
    """The child with an id from a path; raises a problem if this parent has none."""
    row = view.table(child.table).get(int(raw_id)) if raw_id.isdecimal() else None
    if row is None or row not in view.table(child.table).find(child.index, child.key(parent["id"])):
        raise problems.no_record(child.model, raw_id)
    return row
