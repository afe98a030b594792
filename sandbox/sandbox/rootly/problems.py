"""Errors of Rootly, in the two ways that it words them."""

from __future__ import annotations

from http import HTTPStatus


class Problem(Exception):  # noqa: N818 - it is an answer, not a failure
    """An answer that is an error.

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
    """The body of an error; the limit's is always a plain one."""
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
