"""The list of incidents from memory: the sandbox's own responses, rendered before anything is measured.

The sandbox computes every response, which would take much of the time when there is no latency.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

HOST = "127.0.0.1"
PAGE_SIZE = 100
QUERY = {"sort": "id", "include": "components,updates,user,meta", "per_page": str(PAGE_SIZE)}
"""The query parameters with which all clients request every page."""
NOT_FOUND = 404
SECONDS = 30


class Pages:
    """The pages of one list, requested with one set of parameters; anything else is not found.

    Args:
        path: The path of the list.
        bodies: The response for each page; the last one is for all pages past the end.
        latency: Seconds by which every response is delayed.
    """

    def __init__(self, path: str, bodies: list[bytes], latency: float) -> None:
        self._path = path
        self._bodies = bodies
        self._latency = latency

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Any]],  # noqa: ARG002 - no request has a body
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Handle a request, as an ASGI application."""
        query = dict(parse_qsl(scope["query_string"].decode()))
        number = int(query.pop("page", 1))
        known = scope["path"] == self._path and query == QUERY
        body = self._bodies[min(number, len(self._bodies)) - 1] if known else b'{"message": "Not found."}'
        if self._latency:
            await asyncio.sleep(self._latency)
        headers = [(b"content-type", b"application/vnd.api+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if known else NOT_FOUND, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def rendered(api_url: str, incidents: int) -> list[bytes]:
    """Fetch all pages of incidents from a server, and an empty one past the end.

    Args:
        api_url: Base URL of the server's API.
        incidents: Number of its incidents.
    """
    bodies = []
    with requests.Session() as session:
        for number in range(1, -(-incidents // PAGE_SIZE) + 2):
            answer = session.get(f"{api_url}/incidents", params={**QUERY, "page": str(number)}, timeout=SECONDS)
            answer.raise_for_status()
            bodies.append(answer.content)
    return bodies


@contextmanager
def served(api_url: str, bodies: list[bytes], latency: float) -> Iterator[str]:
    """Serve pages in place of the server that they were fetched from.

    Args:
        api_url: Base URL of that server's API.
        bodies: Its pages.
        latency: Seconds by which every response is delayed.

    Yields:
        Base URL of the API that serves the pages.
    """
    # With an explicit IPPROTO_TCP, or asyncio would leave Nagle's algorithm on, which delays every response.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((HOST, 0))
        address = urlsplit(api_url)
        own = address._replace(netloc=f"{HOST}:{listener.getsockname()[1]}")
        # Links in a page contain the server's address.
        moved = [body.replace(address.netloc.encode(), own.netloc.encode()) for body in bodies]
        pages = Pages(f"{address.path}/incidents", moved, latency)
        server = uvicorn.Server(uvicorn.Config(pages, lifespan="off", log_level="critical", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield own.geturl()
        finally:
            server.should_exit = True
            thread.join()
