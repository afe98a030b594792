"""The list of incidents from memory: the sandbox's own answers, rendered before anything is measured.

The sandbox works for every answer, which would be a good part of the time where nothing else waits.
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
"""What every page is asked for with, by all clients."""
NOT_FOUND = 404
SECONDS = 30


class Pages:
    """The pages of one list, asked for in one way; all else is not found.

    Args:
        path: The path of the list.
        bodies: The answer for each page; the last one is that of all pages behind the end.
        latency: Seconds that every answer waits.
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
        """Answer a request, as an ASGI application."""
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
    """Ask a server for all pages of its incidents, and for an empty one behind them.

    Args:
        api_url: The server's API.
        incidents: How many it has.
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
    """Serve pages instead of the server that they come from.

    Args:
        api_url: That server's API.
        bodies: Its pages.
        latency: Seconds that every answer waits.

    Yields:
        The API that the pages are served from.
    """
    # Named as TCP, or asyncio would leave Nagle's algorithm on, and every answer would wait for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind((HOST, 0))
        address = urlsplit(api_url)
        own = address._replace(netloc=f"{HOST}:{listener.getsockname()[1]}")
        # The links of a page name the server.
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
