"""The server of a benchmark, seen from the benchmark: starts and stops it, and counts its requests."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec
import requests

from bench.paths import ROOT

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from bench.serve import Load

CONTROL_SECONDS = 30
STOP_SECONDS = 10


@dataclass(frozen=True)
class RequestCounts:
    """Request counts from the server's own log.

    Attributes:
        total: Number of requests.
        throttled: Number of requests answered with 429.
    """

    total: int
    throttled: int


class Server:
    """A server process; a context manager.

    Args:
        load: What it contains and how it responds.
    """

    def __init__(self, load: Load) -> None:
        self._load = load

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "bench.serve", msgspec.json.encode(self._load).decode()],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        self.api_url = self._process.stdout.readline().strip()
        if not self.api_url:
            raise RuntimeError("the server of the benchmark did not start; its error stands above")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def requests(self) -> RequestCounts:
        """Count the requests since the log was cleared."""
        answer = requests.get(self._log, timeout=CONTROL_SECONDS)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=RequestCounts)

    def forget_requests(self) -> None:
        """Clear the log."""
        requests.delete(self._log, timeout=CONTROL_SECONDS).raise_for_status()

    @property
    def _log(self) -> str:
        return urljoin(self.api_url, "/_sandbox/requests")
