"""Errors of Rootly, in its two formats."""

from __future__ import annotations

from http import HTTPStatus


class Problem(Exception):  # noqa: N818 - it is a response, not a failure
    """An error response.

    Attributes:
        status: The HTTP status.
        detail: What is wrong; may be empty.
    """

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


RATE_LIMITED = "Rate limit exceeded. Try again later."


def error_body(status: int, detail: str, *, plain: bool) -> dict[str, object]:
    """The body of an error; that of the rate limit is always plain."""
    title = _title(status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return {"error": detail or RATE_LIMITED}
    if plain:
        return {"error": detail or title}
    error = {"title": title, "status": str(status)}
    return {"errors": [{**error, "detail": detail} if detail else error]}


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
