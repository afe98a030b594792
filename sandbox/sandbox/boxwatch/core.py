"""The API of an account: lists behind the key, and routes that ask for none."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from sandbox.answers import Problem, json_response
from sandbox.bodies import Complaint
from sandbox.boxwatch import problems, public, writes
from sandbox.boxwatch.pings import ping_endpoints
from sandbox.boxwatch.shapes import COLLECTIONS, STATUS_PAGES, Teller
from sandbox.boxwatch.times import told, utc_now
from sandbox.limits import CallerLimits
from sandbox.routing import Call, Endpoint, Match, Routes

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from starlette.responses import Response

    from sandbox.boxwatch.settings import BoxWatchSettings
    from sandbox.boxwatch.shapes import Collection
    from sandbox.boxwatch.store import BoxWatchStore

    AccountHandler: TypeAlias = Callable[[Teller, Call], Response]

MOUNT = "/boxwatch"
_SCHEME = "bearer "


class BoxWatchApi:
    """The routes of the API's host.

    Args:
        store: The account's data.
        settings: The account's settings.
        api_key: The one key of the account.

    Attributes:
        routes: The routes, below `/boxwatch`.
    """

    def __init__(self, store: BoxWatchStore, settings: BoxWatchSettings, api_key: str) -> None:
        self._teller = Teller(store, settings)
        self._api_key = api_key
        self._limits = CallerLimits()
        lists = [self._endpoint("GET", each.path, _list_route(each)) for each in COLLECTIONS]
        self.routes = Routes(
            MOUNT,
            [
                *lists,
                self._endpoint("GET", "/status-pages/{id}", _status_page),
                self._endpoint("POST", "/status-pages", writes.create_status_page),
                self._endpoint("POST", "/status-pages/{id}/incidents", writes.open_incident),
                self._endpoint("PATCH", "/status-pages/incidents/{id}", writes.change_incident),
                self._endpoint("POST", "/status-pages/incidents/{id}/updates", writes.add_update),
                self._endpoint("POST", "/cron-checks", writes.create_cron_check),
                Endpoint("GET", "/status/{slug}", self._public_status),
                *ping_endpoints(store),
            ],
        )

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request under the store's lock."""
        try:
            with self._teller.store.lock:
                self._check_limit(call)
                if match.handler is None:
                    raise problems.not_found("Route")
                return match.handler(call)
        except Problem as problem:
            return problem.response()

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's words, for faults."""
        return problems.problem(status, message or f"Status {status}").response()

    def _endpoint(self, method: str, path: str, handler: AccountHandler) -> Endpoint:
        """An endpoint behind the key."""

        def handle(call: Call) -> Response:
            if _key(call) != self._api_key:
                raise problems.unauthorized()
            _check_query(call)
            return handler(self._teller, call)

        return Endpoint(method, path, handle)

    def _check_limit(self, call: Call) -> None:
        settings = self._teller.settings
        client = call.request.client
        caller = _key(call) or (client.host if client else "")
        wait = self._limits.wait(caller, settings.rate_limit, settings.limit_seconds)
        if wait is not None:
            raise problems.rate_limited(ceil(wait))

    def _public_status(self, call: Call) -> Response:
        _check_query(call)
        page = public.public_page(self._teller, call.params["slug"])
        if page is None:
            raise problems.not_found("Status page")
        if self._teller.settings.public_shape == "html":
            return HTMLResponse(public.html_page(self._teller, page))
        return json_response(public.document(self._teller, page))


def _key(call: Call) -> str:
    """The key that a request was sent with; nowhere but in its header is it looked for."""
    sent = call.request.headers.get("authorization", "")
    return sent[len(_SCHEME) :].strip() if sent.lower().startswith(_SCHEME) else ""


def _check_query(call: Call) -> None:
    unknown = [Complaint(name, "is not a parameter") for name in call.request.query_params]
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
