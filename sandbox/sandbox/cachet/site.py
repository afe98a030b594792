"""The paths of a Cachet server outside its API: the status page, and unknown routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.responses import Response

from sandbox.routing import Routes

if TYPE_CHECKING:
    from sandbox.routing import Api, Call, Match

    class ApiOfSite(Api, Protocol):
        """An API with a message for unknown routes."""

        def no_route(self, path: str) -> str | None:
            """The message for a path below the server's root; None for the usual one."""


_PAGE = """<!doctype html>
<html><head><title>Status</title></head><body><h1>All systems are operational.</h1></body></html>
"""


class Site:
    """The status page at the root of a server; anything else there is not found, in its API's format.

    Args:
        mount: Where the server lives.
        api: The API.

    Attributes:
        routes: None; a prefix alone.
    """

    def __init__(self, mount: str, api: ApiOfSite) -> None:
        self._api = api
        self._mount = mount
        self.routes = Routes(mount, tuple)

    def answer(self, call: Call, match: Match) -> Response:  # noqa: ARG002
        """The page, or a 404."""
        path = call.request.url.path.removeprefix(self._mount).strip("/")
        if not path:
            return Response(_PAGE, 200, {"Content-Type": "text/html; charset=utf-8"})
        return self._api.failure(404, self._api.no_route(path))

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in the API's format."""
        return self._api.failure(status, message)
