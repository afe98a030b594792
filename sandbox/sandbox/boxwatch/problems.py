"""Errors of BoxWatch: `{"error": text}`, with `issues` where a body does not pass validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.answers import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.bodies import Complaint


def problem(status: int, error: str, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem in words."""
    return Problem(status, {"error": error}, headers)


def invalid(complaints: Iterable[Complaint]) -> Problem:
    """A body or query that does not pass validation, with all that is wrong with it."""
    issues = [{"field": complaint.field, "reason": complaint.reason} for complaint in complaints]
    return Problem(400, {"error": "validation_failed", "issues": issues})


def unauthorized() -> Problem:
    """No key, one that is not valid, or one of another kind."""
    return problem(401, "Invalid or missing API key")


def no_endpoint() -> Problem:
    """No key of a custom endpoint, or one that is not valid."""
    return problem(401, "Invalid or missing endpoint key")


def needs_pro(what: str) -> Problem:
    """Something that the Hobby plan does not have."""
    return problem(403, f"{what} need the Pro plan or a higher one")


def not_found(what: str) -> Problem:
    """No such thing in the account."""
    return problem(404, f"{what} not found")


def rate_limited(seconds: int) -> Problem:
    """A caller that asked too often."""
    return problem(429, "Too many requests", {"Retry-After": str(seconds)})
