"""Errors of Sigryl: `{"error": {"code", "message"}}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.answers import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES: Final[Mapping[int, str]] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    429: "RATE_LIMITED",
}


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem with the code of its status."""
    return Problem(status, {"error": {"code": _CODES.get(status, "INTERNAL_ERROR"), "message": message}}, headers)


def bad_request(message: str) -> Problem:
    """A request that the server does not understand."""
    return problem(400, message)


def unauthorized() -> Problem:
    """No key, or an invalid one."""
    return problem(401, "Missing or invalid API key")


def not_found(what: str) -> Problem:
    """No such thing, or not on the key's page."""
    return problem(404, f"{what} not found")


def rate_limited(seconds: int) -> Problem:
    """A key that exceeded the limit."""
    return problem(429, "Too many requests", {"Retry-After": str(seconds)})
