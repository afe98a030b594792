"""Applies faults to responses, and sends responses that are not meant to arrive complete."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope, Send

    from sandbox.faults import Fault
    from sandbox.routing import Api

_LOGIN_PAGE = """<!doctype html>
<html><head><title>Sign in</title></head>
<body><form method="post"><input name="user"><input name="password" type="password"></form></body></html>
"""
_SLOW_PIECES = 10


def damaged(fault: Fault | None, api: Api | None, respond: Callable[[], Response]) -> Response | None:
    """The response with a fault applied; None for no response at all.

    Args:
        fault: The fault, or None for the normal response.
        api: The API that was requested.
        respond: Creates the normal response.
    """
    if fault is None:
        return respond()
    if fault.kind == "drop":
        return None
    if fault.kind in {"status", "throttle"}:
        return _error(fault, api)
    ready = {
        "html": lambda: Response(_LOGIN_PAGE, 200, {"Content-Type": "text/html; charset=utf-8"}),
        "redirect": lambda: Response(b"", 302, {"Location": fault.location}),
    }
    make = ready.get(fault.kind)
    return make() if make else _spoiled(fault, respond())


def _spoiled(fault: Fault, response: Response) -> Response:
    """The normal response with another body; `truncated` and `slow` only change how it is sent."""
    if fault.kind == "malformed":
        return _with_body(response, bytes(response.body)[: len(response.body) // 2] + b'"')
    if fault.kind == "empty":
        return _with_body(response, b"")
    if fault.kind == "next_link":
        return _with_foreign_link(response, fault.location)
    if fault.kind == "rewrite" and fault.rewrite is not None:
        rewritten = _with_body(response, fault.rewrite(bytes(response.body)))
        rewritten.headers.update(fault.headers)
        return rewritten
    return response


def _error(fault: Fault, api: Api | None) -> Response:
    status = 429 if fault.kind == "throttle" else fault.status
    response = PlainTextResponse("", status) if api is None else api.failure(status)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    if fault.kind == "throttle":
        response.headers["X-RateLimit-Limit"] = response.headers.get("X-RateLimit-Limit", "60")
        response.headers["X-RateLimit-Remaining"] = "0"
    return response


def _with_body(response: Response, body: bytes) -> Response:
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body, response.status_code, kept)


def _with_foreign_link(response: Response, location: str) -> Response:
    """Point every link to a next page to another host; if there is none, add one."""
    try:
        document: Any = msgspec.json.decode(bytes(response.body))
    except ValueError:
        # An HTML page has no such link.
        return response
    holder, name = _next_link(document)
    if holder is None:
        return response
    target = urlsplit(location)
    own = urlsplit(holder.get(name) or "")
    base = f"{target.scheme}://{target.netloc}"
    holder[name] = f"{base}{own.path or target.path}?{own.query or target.query}"
    return _with_body(response, msgspec.json.encode(document))


def _next_link(document: Any) -> tuple[dict[str, Any] | None, str]:
    if not isinstance(document, dict):
        return None, ""
    if isinstance(document.get("links"), dict):
        return document["links"], "next"
    pagination = document.get("meta", {}).get("pagination", {})
    return pagination.get("links"), "next_page"


async def deliver(fault: Fault | None, response: Response | None, scope: Scope, send: Send) -> None:
    """Send a response as the fault requires: completely, in part, slowly, or not at all."""
    if response is None:
        await hang_up(send)
    elif fault is not None and fault.kind == "truncated":
        await _start(response, send)
        half = bytes(response.body)[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await hang_up(send)
    elif fault is not None and fault.kind == "slow":
        await _trickle(response, fault.seconds, send)
    else:
        await response(scope, _no_receive, send)


async def hang_up(send: Send) -> None:
    """Close the connection after what has been sent.

    ASGI has no message for this, so the transport is taken from the server's object behind `send`.
    """
    server_side: Any = getattr(send, "__self__")  # noqa: B009 - mypy does not know of it
    server_side.transport.close()
    # The server complains about an incomplete response unless it knows that the client is gone.
    while not server_side.disconnected:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.001)


async def _start(response: Response, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})


async def _trickle(response: Response, seconds: float, send: Send) -> None:
    body = bytes(response.body)
    size = max(1, -(-len(body) // _SLOW_PIECES))
    await _start(response, send)
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _SLOW_PIECES)
        await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _no_receive() -> dict[str, Any]:
    return {"type": "http.disconnect"}
