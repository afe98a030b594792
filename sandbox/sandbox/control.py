"""Control routes under `/_sandbox/`, for a sandbox that runs as a separate process."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import Route, Router

from sandbox.faults import Fault, RateLimit, fault_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sandbox.faults import Faults
    from sandbox.mover import Mover, Store
    from sandbox.request_log import RequestLog


class Control:
    """Answers the control routes.

    Args:
        log: The request log, to be read and cleared.
        faults: The faults, to be read, added and cleared.
        mover: Checks `move` faults.
        stores: The stores by the name of their API, to be read.
    """

    def __init__(self, log: RequestLog, faults: Faults, mover: Mover, stores: Mapping[str, Store]) -> None:
        self._log = log
        self._faults = faults
        self._mover = mover
        self._stores = stores
        self.router = Router(
            [
                Route("/_sandbox/requests", self._read_requests, methods=["GET"]),
                Route("/_sandbox/requests", self._clear_requests, methods=["DELETE"]),
                Route("/_sandbox/faults", self._read_faults, methods=["GET"]),
                Route("/_sandbox/faults", self._add_faults, methods=["POST"]),
                Route("/_sandbox/faults", self._clear_faults, methods=["DELETE"]),
                Route("/_sandbox/store/{api}/{table}", self._read_table, methods=["GET"]),
            ]
        )

    async def _read_requests(self, _request: Request) -> Response:
        return _json(self._log.summary())

    async def _clear_requests(self, _request: Request) -> Response:
        self._log.clear()
        return Response(status_code=204)

    async def _read_faults(self, _request: Request) -> Response:
        return _json(self._describe())

    async def _add_faults(self, request: Request) -> Response:
        """Add a fault, a list of faults, or an object with latency, limit and faults."""
        try:
            self._apply(msgspec.json.decode(await request.body()))
        except (ValueError, TypeError) as error:
            return _json({"message": str(error)}, 422)
        return _json(self._describe(), 201)

    async def _clear_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def _read_table(self, request: Request) -> Response:
        store = self._stores.get(request.path_params["api"])
        table = request.path_params["table"]
        if store is None or table not in store.tables:
            return _json({"message": f"There is no table {table}."}, 404)
        return _json(store.rows(table))

    def _apply(self, body: Any) -> None:
        if isinstance(body, list) or (isinstance(body, dict) and "kind" in body):
            body = {"faults": body if isinstance(body, list) else [body]}
        if not isinstance(body, dict) or body.keys() - {"faults", "latency", "limit"}:
            raise ValueError("send a fault, a list of faults, or an object with latency, limit and faults")
        faults = [fault_from(values) for values in body.get("faults", [])]
        for fault in faults:
            self._mover.check(fault)
        if "latency" in body:
            self._faults.latency = float(body["latency"])
        if "limit" in body:
            limit = body["limit"]
            self._faults.limit = None if limit is None else RateLimit(**limit)
        for fault in faults:
            self._faults.add(fault)

    def _describe(self) -> dict[str, Any]:
        limit = self._faults.limit
        return {
            "latency": self._faults.latency,
            "limit": None if limit is None else {"requests": limit.requests, "seconds": limit.seconds},
            "faults": [_fault_values(fault) for fault in self._faults.active()],
        }


def _fault_values(fault: Fault) -> dict[str, Any]:
    values = {item.name: getattr(fault, item.name) for item in fields(Fault)}
    return {name: "callable" if callable(value) else value for name, value in values.items()}


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body, enc_hook=_plain), status, {"Content-Type": "application/json"})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
