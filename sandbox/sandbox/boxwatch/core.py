"""The API: an account's lists behind its key, custom endpoints behind their own, and routes without a key."""

from __future__ import annotations

from contextlib import ExitStack
from math import ceil
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from sandbox.answers import Problem, json_response
from sandbox.bodies import Complaint
from sandbox.boxwatch import problems, public, writes
from sandbox.boxwatch.pings import ping_endpoints
from sandbox.boxwatch.shapes import COLLECTIONS, STATUS_PAGES, Teller, endpoint_data
from sandbox.boxwatch.times import told, utc_now
from sandbox.limits import CallerLimits
from sandbox.routing import Call, Endpoint, Match, Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from starlette.responses import Response

    from sandbox.boxwatch.settings import BoxWatchSettings
    from sandbox.boxwatch.shapes import Collection

    AccountHandler: TypeAlias = Callable[[Teller, Call], Response]

MOUNT = "/boxwatch"
_SCHEME = "bearer "


class BoxWatchApi:
    """The routes of the API's host.

    Args:
        accounts: The teller of each account, by its key.
        settings: The accounts' settings.

    Attributes:
        routes: The routes, below `/boxwatch`.
    """

    def __init__(self, accounts: Mapping[str, Teller], settings: BoxWatchSettings) -> None:
        self._accounts = accounts
        self._settings = settings
        self._limits = CallerLimits()
        lists = [self._endpoint("GET", each.path, _list_route(each)) for each in COLLECTIONS]
        self.routes = Routes(
            MOUNT,
            lambda: [
                *lists,
                self._endpoint("GET", "/status-pages/{id}", _status_page),
                self._endpoint("POST", "/status-pages", writes.create_status_page),
                self._endpoint("POST", "/status-pages/{id}/incidents", writes.open_incident),
                self._endpoint("PATCH", "/status-pages/incidents/{id}", writes.change_incident),
                self._endpoint("POST", "/status-pages/incidents/{id}/updates", writes.add_update),
                self._endpoint("POST", "/cron-checks", writes.create_cron_check),
                Endpoint("GET", "/endpoints/data", self._endpoint_data),
                Endpoint("GET", "/status/{slug}", self._public_status),
                *ping_endpoints([teller.store for teller in accounts.values()]),
            ],
        )

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request while holding the locks of all stores."""
        try:
            with ExitStack() as locks:
                for teller in self._accounts.values():
                    locks.enter_context(teller.store.lock)
                self._check_limit(call)
                if match.handler is None:
                    raise problems.not_found("Route")
                return match.handler(call)
        except Problem as problem:
            return problem.response()

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's format, for faults."""
        return problems.problem(status, message or f"Status {status}").response()

    def _endpoint(self, method: str, path: str, handler: AccountHandler) -> Endpoint:
        """An endpoint behind the key."""

        def handle(call: Call) -> Response:
            teller = self._accounts.get(_key(call))
            if teller is None:
                raise problems.unauthorized()
            _check_query(call)
            return handler(teller, call)

        return Endpoint(method, path, handle)

    def _check_limit(self, call: Call) -> None:
        settings = self._settings
        client = call.request.client
        caller = _key(call) or (client.host if client else "")
        wait = self._limits.wait(caller, settings.rate_limit, settings.limit_seconds)
        if wait is not None:
            raise problems.rate_limited(ceil(wait))

    def _endpoint_data(self, call: Call) -> Response:
        """Answer for a custom endpoint, by its key: in either header, or as a parameter."""
        query = call.request.query_params
        key = _key(call) or call.request.headers.get("x-api-key", "") or query.get("key", "")
        _check_query(call, "key")
        for teller in self._accounts.values():
            for endpoint in teller.store.tables["endpoints"].find("api_key", key):
                return json_response(endpoint_data(teller, endpoint))
        raise problems.no_endpoint()

    def _public_status(self, call: Call) -> Response:
        _check_query(call)
        for teller in self._accounts.values():
            page = public.public_page(teller, call.params["slug"])
            if page is not None and self._settings.public_shape == "html":
                return HTMLResponse(public.html_page(teller, page))
            if page is not None:
                return json_response(public.document(teller, page))
        raise problems.not_found("Status page")


def _key(call: Call) -> str:
    """The key of a request, in the header that works for all keys."""
    sent = call.request.headers.get("authorization", "")
    return sent[len(_SCHEME) :].strip() if sent.lower().startswith(_SCHEME) else ""


def _check_query(call: Call, *parameters: str) -> None:
    sent = call.request.query_params
    unknown = [Complaint(name, "is not a parameter") for name in sent if name not in parameters]
    if unknown:
        raise problems.invalid(unknown)


def _list_route(collection: Collection) -> AccountHandler:
    def handle(teller: Teller, _call: Call) -> Response:
        if not teller.settings.hobby_lists:
            writes.check_plan(teller, collection)
        return json_response(teller.answer(collection))

    return handle


def _status_page(teller: Teller, call: Call) -> Response:
    row = teller.store.tables["status_pages"].get(call.params["id"])
    if row is None:
        raise problems.not_found("Status page")
    return json_response({"status_page": STATUS_PAGES.shape(teller, row), "timestamp": told(utc_now())})
