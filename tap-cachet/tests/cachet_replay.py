"""A server that repeats recorded answers and says 501 to everything that was not recorded."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

Question: TypeAlias = "tuple[str, frozenset[tuple[str, str]]]"
"""Path and query of a request, whatever the order of the parameters."""


def question(path: str, query: Iterable[tuple[str, str]]) -> Question:
    """What identifies a request; the names of an `include` may stand in any order."""
    return path, frozenset(
        (name, ",".join(sorted(value.split(","))) if name == "include" else value) for name, value in query
    )


def recorded(file: Path, viewer: str) -> tuple[dict[Question, Any], Mapping[str, Any]]:
    """The answers to one viewer, and what is known of the data behind them.

    Args:
        file: Lines of JSON, packed: one for each viewer's facts, one for each answer.
        viewer: The server's generation and who asks, such as `v3 guest`.
    """
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        entries = [entry for entry in map(json.loads, lines) if entry["viewer"] == viewer]
    answers = {question(*entry["request"]): entry["body"] for entry in entries if "request" in entry}
    return answers, next(entry["facts"] for entry in entries if "facts" in entry)


class Replay:
    """Serves recorded answers on a free port of this machine; a context manager.

    Args:
        answers: Bodies by request.

    Attributes:
        asked: The requests that came in.
        unknown: The paths and queries of those that were answered with 501.
    """

    def __init__(self, answers: Mapping[Question, Any]) -> None:
        self.asked: list[Question] = []
        self.unknown: list[str] = []
        self._answers = answers
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _find(self, path: str, query: list[tuple[str, str]]) -> Any:
        asked = question(path, query)
        self.asked.append(asked)
        if asked in self._answers:
            return self._answers[asked]
        # Pages are asked for ahead: those behind an empty one are as empty.
        for page in range(int(dict(query).get("page", "1")) - 1, 1, -1):
            body = self._answers.get(question(path, {**dict(query), "page": str(page)}.items()))
            if body is not None:
                return body if body["data"] == [] else None
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        replay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = replay._find(parts.path, parse_qsl(parts.query))
                if body is None:
                    replay.unknown.append(self.path)
                content = json.dumps(body).encode()
                self.send_response(501 if body is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the library gives it
                """Say nothing."""

        return Handler
