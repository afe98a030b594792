"""The ping routes: anyone who knows a slug can report a run of a job, with any method."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.answers import json_response
from sandbox.boxwatch.times import utc_now
from sandbox.routing import Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from sandbox.boxwatch.store import BoxWatchStore
    from sandbox.routing import Call
    from sandbox.tables import Row

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KINDS = {
    "/ping/{slug}": "success",
    "/ping/{slug}/start": "start",
    "/ping/{slug}/fail": "fail",
    "/ping/{slug}/fail/{code}": "fail",
}


def ping_endpoints(stores: Sequence[BoxWatchStore]) -> list[Endpoint]:
    """The ping routes over the stores of all accounts."""
    return [
        Endpoint(method, template, partial(_ping, stores, kind))
        for template, kind in _KINDS.items()
        for method in _METHODS
    ]


def _ping(stores: Sequence[BoxWatchStore], kind: str, call: Call) -> Response:
    """Record a ping; the response is the same for an unknown slug."""
    for store in stores:
        for check in store.tables["cron_checks"].find("slug", call.params["slug"]):
            code = _exit_code(call.params.get("code", ""))
            ping = store.insert("pings", check_id=check["id"], kind=kind, exit_code=code)
            store.update("cron_checks", check["id"], last_ping_at=ping["created_at"], **_effects(check, kind, code))
    return json_response({"ok": True})


def _effects(check: Row, kind: str, code: int | None) -> dict[str, Any]:
    now = utc_now()
    if kind == "start":
        return {"last_start_at": now}
    started = check["last_start_at"]
    duration = None if started is None else int((now - started).total_seconds())
    if kind == "fail":
        return {"last_fail_at": now, "last_exit_code": code, "last_duration_seconds": duration, "status": "down"}
    return {"last_success_at": now, "last_exit_code": 0, "last_duration_seconds": duration, "status": "up"}


def _exit_code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
