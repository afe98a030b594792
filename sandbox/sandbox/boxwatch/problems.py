"""Errors of BoxWatch: `{"error": text}`, with `issues` for a body that fails validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.answers import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.bodies import Complaint


def problem(status: int, error: str, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem with a message."""
    return Problem(status, {"error": error}, headers)


def invalid(complaints: Iterable[Complaint]) -> Problem:
    """A body or query that fails validation, with all of its errors."""
    issues = [{"field": complaint.field, "reason": complaint.reason} for complaint in complaints]
    return Problem(400, {"error": "validation_failed", "issues": issues})


def unauthorized() -> Problem:
    """No key, an invalid one, or one of another kind."""
    return problem(401, "Invalid or missing API key")


def no_endpoint() -> Problem:
    """No key of a custom endpoint, or an invalid one."""
    return problem(401, "Invalid or missing endpoint key")


def needs_pro(what: str) -> Problem:
    """Something that the Hobby plan does not include."""
    return problem(403, f"{what} need the Pro plan or a higher one")


def not_found(what: str) -> Problem:
    """No such thing in the account."""
    return problem(404, f"{what} not found")


def rate_limited(seconds: int) -> Problem:
    """A caller that exceeded the limit."""
    return problem(429, "Too many requests", {"Retry-After": str(seconds)})
