"""The ASGI application: logs, limits, delays and damages requests on their way to the APIs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.damage import damaged, deliver
from sandbox.routing import Call, Match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from sandbox.faults import Fault, Faults
    from sandbox.mover import Mover
    from sandbox.request_log import RequestLog
    from sandbox.routing import Api

CONTROL_PREFIX = "/_sandbox/"


class Application:
    """Serves the APIs; the control routes bypass the log, the limits and the faults.

    Args:
        apis: The APIs, distinguished by their prefixes.
        control: The application behind the control routes.
        log: Where requests are recorded.
        faults: The faults to inject.
        mover: Moves rows for `move` faults.
    """

    def __init__(self, apis: Sequence[Api], control: ASGIApp, log: RequestLog, faults: Faults, mover: Mover) -> None:
        self._apis = tuple(apis)
        self._control = control
        self._log = log
        self._faults = faults
        self._mover = mover

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["path"].startswith(CONTROL_PREFIX):
            await self._control(scope, receive, send)
            return
        request = Request(scope, receive)
        api, match = self._match(request)
        target = _target(scope)
        self._log.add(request.method, match.template, target, request.headers)
        call = Call(request, match.template, match.params, await request.body())
        if self._faults.latency:
            await asyncio.sleep(self._faults.latency)
        await self._answer(api, call, match, send)

    def _match(self, request: Request) -> tuple[Api | None, Match]:
        path = request.scope["path"]
        for api in self._apis:
            if path.startswith(api.routes.prefix + "/") or path == api.routes.prefix:
                return api, api.routes.match(request.method, path)
        return None, Match(path, None, {}, ())

    async def _answer(self, api: Api | None, call: Call, match: Match, send: Send) -> None:
        limit_headers, response = self._limited(api)
        fault = None
        if response is None:
            fault = self._fault(call)
            response = damaged(fault, api, lambda: _respond(api, call, match))
        if response is not None:
            response.headers.update(limit_headers)
            if response.status_code == 429:  # noqa: PLR2004
                self._log.add_throttled()
        await deliver(fault, response, call.request.scope, send)

    def _limited(self, api: Api | None) -> tuple[dict[str, str], Response | None]:
        limit = self._faults.limit
        if limit is None:
            return {}, None
        wait = limit.take()
        return limit.headers(wait), None if wait is None else failure(api, 429)

    def _fault(self, call: Call) -> Fault | None:
        spoiler = None
        credentials = call.request.headers.get("authorization", "")
        asked = f"{_target(call.request.scope)} {credentials}"
        for fault in self._faults.take(call.request.method, call.template, asked):
            if fault.kind == "move":
                self._mover.move(fault)
            else:
                spoiler = fault
        return spoiler


def _target(scope: Scope) -> str:
    """Path and query as sent."""
    query: bytes = scope["query_string"]
    return str(scope["raw_path"].decode("latin-1") + (f"?{query.decode('latin-1')}" if query else ""))


def _respond(api: Api | None, call: Call, match: Match) -> Response:
    return failure(None, 404) if api is None else api.answer(call, match)


def failure(api: Api | None, status: int, **headers: Any) -> Response:
    """An error in the format of an API, or without a body if the path belongs to no API."""
    response = PlainTextResponse("", status) if api is None else api.failure(status)
    response.headers.update(headers)
    return response
