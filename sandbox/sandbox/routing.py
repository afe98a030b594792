"""Routes of one API: templates are matched before a request is answered, so that faults and counts can name them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from starlette.routing import compile_path

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

    from starlette.requests import Request
    from starlette.responses import Response


@dataclass
class Call:
    """A request being answered.

    Attributes:
        request: The request, with its body already read.
        template: The route's template with the API's prefix, or the path where no route matches.
        params: The values of the template's names.
        body: The request's body.
    """

    request: Request
    template: str
    params: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Handler: TypeAlias = "Callable[[Call], Response]"


@dataclass(frozen=True)
class Endpoint:
    """A method of a route, and its handler."""

    method: str
    template: str
    handler: Handler


@dataclass
class _Route:
    template: str
    pattern: re.Pattern[str]
    handlers: dict[str, Handler] = field(default_factory=dict)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


class Routes:
    """Finds the route of a path. The endpoint that comes first wins.

    Args:
        prefix: That of all routes.
        endpoints: Returns the endpoints; called for the first request: of the APIs of a sandbox, most get none.
    """

    def __init__(self, prefix: str, endpoints: Callable[[], Iterable[Endpoint]]) -> None:
        self.prefix = prefix
        self._endpoints = endpoints

    @cached_property
    def _routes(self) -> dict[int, list[_Route]]:
        """The routes by their number of slashes, so that most paths are compared with only a handful of patterns."""
        routes: dict[int, list[_Route]] = defaultdict(list)
        known: dict[str, _Route] = {}
        for endpoint in self._endpoints():
            template = self.prefix + endpoint.template
            if template not in known:
                known[template] = _Route(template, _pattern(template))
                routes[template.count("/")].append(known[template])
            known[template].handlers[endpoint.method] = endpoint.handler
        return routes

    def match(self, method: str, path: str) -> Match:
        """The route of a path. If none matches, the template is the path and there are no methods."""
        path = path.rstrip("/")
        for route in self._routes.get(path.count("/"), ()):
            found = route.pattern.match(path)
            if found is None:
                continue
            handler = route.handlers.get("GET" if method == "HEAD" else method)
            return Match(route.template, handler, found.groupdict(), tuple(route.handlers))
        return Match(path, None, {}, ())


@dataclass(frozen=True)
class Match:
    """The result of matching a path.

    Attributes:
        template: The route's template, or the path itself.
        handler: The handler; None if there is no such route, or none for the method.
        params: The values of the template's names.
        methods: The methods of the route; empty if there is no route.
    """

    template: str
    handler: Handler | None
    params: dict[str, Any]
    methods: tuple[str, ...]


class Api(Protocol):
    """The interface of an API."""

    @property
    def routes(self) -> Routes:
        """The routes, with the prefix of the API."""

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request, including one with an unknown route or method."""

    def failure(self, status: int, message: str | None = None) -> Response:
        """An error in this API's format, for faults."""
