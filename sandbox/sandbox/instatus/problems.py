"""Errors of Instatus: `{"error": {"code", "message"}}`; the code may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.answers import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    429: "too_many_requests",
}


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem with the code of its status."""
    return Problem(status, {"error": {"code": CODES.get(status, "internal_error"), "message": message}}, headers)


def bad_request(message: str) -> Problem:
    """A request that the server does not understand."""
    return problem(400, message)


def wrong_key() -> Problem:
    """A missing or invalid key; the only error without a code."""
    return Problem(401, {"error": {"message": "Invalid API key"}})


def not_an_owner() -> Problem:
    """A valid key of a user who does not own the page."""
    return problem(401, "You are not an owner of this page")


def forbidden() -> Problem:
    """A valid key of a user who may not read this resource of the page."""
    return problem(403, "You do not have permission to do this")


def not_found(what: str) -> Problem:
    """No such thing, or not on this page."""
    return problem(404, f"{what} not found")


def refused(status: int) -> Problem:
    """The problem for a refusal with this status."""
    known = {401: not_an_owner, 403: forbidden}
    return known[status]() if status in known else problem(status, "Refused")
