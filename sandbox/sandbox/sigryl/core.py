"""The API: one key, one page."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from sandbox.answers import Problem, json_response
from sandbox.limits import CallerLimits
from sandbox.routing import Call, Endpoint, Match, Routes
from sandbox.sigryl import problems, writes
from sandbox.sigryl.shapes import Teller

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from starlette.responses import Response

    from sandbox.sigryl.settings import SigrylSettings
    from sandbox.sigryl.store import SigrylStore
    from sandbox.tables import Row

    PageHandler: TypeAlias = Callable[[Teller, Row, Call], Response]

MOUNT = "/sigryl"
_SCHEME = "bearer "
_READS = frozenset({"GET", "HEAD"})


class SigrylApi:
    """The routes of a deployment.

    Attributes:
        routes: The routes, below `/sigryl/api/v1`.
    """

    def __init__(self, store: SigrylStore, settings: SigrylSettings) -> None:
        self._store = store
        self._settings = settings
        self._limits = CallerLimits()
        self.routes = Routes(
            f"{MOUNT}/api/v1",
            lambda: [
                self._endpoint("GET", "/status", _status),
                self._endpoint("GET", "/components", _components),
                self._endpoint("GET", "/incidents", _incidents, "status"),
                self._endpoint("GET", "/incidents/detail", _detail, "id"),
                self._endpoint("POST", "/incidents", writes.open_incident),
                self._endpoint("PATCH", "/incidents", writes.change_incident, "id"),
                self._endpoint("POST", "/incidents/updates", writes.add_update, "id"),
                self._endpoint("PATCH", "/components", writes.change_component, "id"),
            ],
        )

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request while holding the store's lock."""
        try:
            with self._store.lock:
                self._check_limit(call, self._page(call))
                if match.handler is None:
                    raise problems.not_found("Route")
                return match.handler(call)
        except Problem as problem:
            return problem.response()

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's format, for faults."""
        return problems.problem(status, message or f"Status {status}").response()

    def _endpoint(self, method: str, path: str, handler: PageHandler, *parameters: str) -> Endpoint:
        def handle(call: Call) -> Response:
            for name in call.request.query_params:
                if name not in parameters:
                    raise problems.bad_request(f"Unknown query parameter: {name}")
            return handler(Teller(self._store, self._settings), self._page(call), call)

        return Endpoint(method, path, handle)

    def _page(self, call: Call) -> Row:
        """The page of a request's key."""
        sent = call.request.headers.get("authorization", "")
        key = sent[len(_SCHEME) :].strip() if sent.lower().startswith(_SCHEME) else ""
        pages = self._store.tables["pages"].find("apiKey", key) if key else []
        if not pages:
            raise problems.unauthorized()
        return pages[0]

    def _check_limit(self, call: Call, page: Row) -> None:
        settings = self._settings
        reading = call.request.method in _READS
        wait = self._limits.wait(
            (page["apiKey"], reading), settings.reads if reading else settings.writes, settings.limit_seconds
        )
        if wait is not None:
            raise problems.rate_limited(ceil(wait))


def _status(teller: Teller, page: Row, _call: Call) -> Response:
    return json_response(teller.page(page))


def _components(teller: Teller, page: Row, _call: Call) -> Response:
    return json_response({"components": teller.components(page["id"])})


def _incidents(teller: Teller, page: Row, call: Call) -> Response:
    status = call.request.query_params.get("status")
    if status not in {None, "active"}:
        raise problems.bad_request("status must be active")
    return json_response({"incidents": teller.incidents(page["id"], active=status == "active")})


def _detail(teller: Teller, page: Row, call: Call) -> Response:
    incident: dict[str, Any] = writes.row_of_page(teller, page, "incidents", "Incident", call)
    return json_response(teller.detail(incident))
