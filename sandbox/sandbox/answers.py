"""JSON responses and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCODER = msgspec.json.Encoder()


class Problem(Exception):  # noqa: N818 - it is a response, not a failure
    """An error response.

    Attributes:
        status: The HTTP status.
        body: The JSON body.
        headers: Further headers.
    """

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The response itself."""
        response = json_response(self.body, self.status)
        response.headers.update(self.headers)
        return response


def json_response(body: Any, status: int = 200) -> Response:
    """Create a JSON response."""
    return Response(_ENCODER.encode(body), status, {"Content-Type": "application/json"})
