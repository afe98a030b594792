"""A web server that answers as a test says, byte by byte if need be."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Self


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    at: float


class Reply:
    """What a test may do with a request: look at it and answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, number: int) -> None:
        self.path = handler.path
        self.number = number
        self._handler = handler

    def json(self, body: Any, status: int = 200, **headers: str) -> None:
        """Answer with JSON; underscores in the headers' names stand for hyphens."""
        self.raw(json.dumps(body).encode(), status, Content_Type="application/json", **headers)

    def raw(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with a whole body."""
        self.start(status, Content_Length=str(len(body)), **headers)
        self.send(body)

    def start(self, status: int = 200, **headers: str) -> None:
        """Send the head of an answer."""
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def send(self, part: bytes) -> None:
        """Send a part of the body, at once."""
        self._handler.wfile.write(part)
        self._handler.wfile.flush()

    def hang_up(self) -> None:
        """Close the connection after what was sent so far."""
        self._handler.close_connection = True


class PlainServer:
    """A server on a free port; a context manager.

    Args:
        answer: Called for each request, in a thread of its own.
    """

    def __init__(self, answer: Callable[[Reply], None]) -> None:
        self.received: list[Received] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.received.append(Received(self.path, headers, time.monotonic()))
                try:
                    answer(Reply(self, len(server.received)))
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.received]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
