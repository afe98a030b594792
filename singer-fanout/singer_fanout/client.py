"""How the tap talks to its API: one connection pool, one budget, one place for retries and errors.

Credentials go to the configured origin only. Redirects are followed within it and refused beyond it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import msgspec
import requests
import tenacity

from singer_fanout.errors import (
    ApiError,
    RefusedError,
    RejectedError,
    StoppedError,
    TransientError,
    UnauthorizedError,
)
from singer_fanout.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_fanout.budget import RateBudget

MOST_REDIRECTS = 5
SHOWN_OF_A_BODY = 80
SLOWEST_BODY = 5
"""A body may take this many timeouts in all: a server that trickles bytes never meets the timeout between two."""

# Decimal keeps a number as it was written; a float would not.
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode_json(content: bytes) -> Any:
    """Decode a JSON text; numbers with a fraction become Decimal.

    Raises:
        ValueError: The text is not JSON.
    """
    return _decoder.decode(content)


@dataclass(frozen=True)
class Answer:
    """A successful answer.

    Attributes:
        body: The decoded JSON.
        content: The body as it was sent.
        headers: Case-insensitive.
        received_at: When the answer was complete, RFC 3339 UTC.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Any
    received_at: str


class ApiClient:
    """Sends GET requests to one API, from any thread.

    Args:
        base_url: The whole base, with any path prefix.
        budget: Asked before every request, told after it.
        authenticator: Adds the credentials to a prepared request.
        headers: Sent with every request.
        timeout: Seconds to connect, and between two bytes of an answer.
        max_retries: Further attempts after a failure that may pass.
        stop: Set when the run ends early.
        secrets: Texts that must not appear in an error.
    """

    def __init__(  # noqa: PLR0913
        self,
        base_url: str,
        *,
        budget: RateBudget,
        authenticator: Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        max_retries: int = 5,
        connections: int = 8,
        stop: threading.Event | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._origin = _origin(self.base_url)
        self._budget = budget
        self._authenticator = authenticator
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._max_retries = max_retries
        self._stop = stop or threading.Event()
        self._secrets = tuple(filter(None, secrets))
        self._session = requests.Session()
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # A prepared request that is sent as it is never meets ~/.netrc, whose entry would replace the credentials.
        self._environment = self._session.merge_environment_settings(self.base_url, {}, None, None, None)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def url(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> str:
        """The URL of a route: `keys` fill the path's braces, each encoded as one path segment."""
        filled = path.format(**{name: quote(str(key), safe="") for name, key in keys.items()})
        query = urlencode(params or {}, doseq=True)
        return f"{self.base_url}{filled}" + (f"?{query}" if query else "")

    def get(
        self,
        url: str,
        *,
        max_retries: int | None = None,
        on_attempt: Callable[[int], None] = lambda _: None,
    ) -> Answer:
        """Get a URL of this API, retrying what may pass.

        Args:
            url: Made by `url`.
            max_retries: Instead of the client's.
            on_attempt: Called with the number of the attempt (1 for the first) before each request.

        Raises:
            UnauthorizedError: 401.
            RefusedError: 403 or 404.
            RejectedError: Any other 4xx, or a redirect to another origin.
            TransientError: What may pass did not, in all attempts.
            StoppedError: The run was told to end.
        """
        attempts = 1 + (self._max_retries if max_retries is None else max_retries)
        backoff = tenacity.wait_exponential(multiplier=0.5, max=60) + tenacity.wait_random(0, 0.5)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            stop=tenacity.stop_after_attempt(attempts),
            wait=lambda state: 0.0 if _waits_in_the_budget(state) else backoff(state),
            sleep=self._sleep,
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                on_attempt(attempt.retry_state.attempt_number)
                return self._attempt(url, redirects=0)
        raise AssertionError  # pragma: no cover - tenacity reraises

    def _attempt(self, url: str, redirects: int) -> Answer:
        self._budget.acquire()
        prepared = requests.Request("GET", url, headers=self._headers).prepare()
        if self._authenticator is not None:
            prepared = self._authenticator(prepared)
        try:
            with self._session.send(
                prepared,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                proxies=self._environment["proxies"],
                verify=self._environment["verify"],
                cert=self._environment["cert"],
            ) as response:
                content = self._read(response)
        except (requests.RequestException, OSError) as error:
            raise TransientError(f"GET {self._shown(url)} got no answer: {self._reason(error)}") from error
        paused = self._budget.observe(response.status_code, response.headers)
        if response.is_redirect:
            return self._follow(url, response.headers["Location"], redirects)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise self._error(url, response, content, paused=paused)
        return self._answer(url, response, content)

    def _read(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + SLOWEST_BODY * self._timeout
        chunks = []
        for chunk in response.iter_content(65536):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise requests.Timeout(f"the body took longer than {SLOWEST_BODY * self._timeout:.0f} s")
        return b"".join(chunks)

    def _answer(self, url: str, response: requests.Response, content: bytes) -> Answer:
        try:
            body = decode_json(content)
        except ValueError:
            kind = response.headers.get("Content-Type", "no content type")
            start = self._redact(content[:SHOWN_OF_A_BODY].decode("utf-8", "replace"))
            raise TransientError(
                f"GET {self._shown(url)} answered {response.status_code} with something that is not JSON "
                f"({kind}, {len(content)} bytes): {start!r}. Is the API's address right?",
                status=response.status_code,
            ) from None
        received_at = utc_text(datetime.now(timezone.utc))
        return Answer(url, response.status_code, response.headers, content, body, received_at)

    def _follow(self, url: str, location: str, redirects: int) -> Answer:
        target = urljoin(url, location)
        if not self._same_origin(target):
            raise RejectedError(
                f"GET {self._shown(url)} was redirected to another host, {urlsplit(target).netloc}, which gets no "
                "credentials. If the API has moved there, change its address in the settings."
            )
        if redirects == MOST_REDIRECTS:
            raise RejectedError(f"GET {self._shown(url)} was redirected more than {MOST_REDIRECTS} times")
        return self._attempt(target, redirects + 1)

    def _same_origin(self, url: str) -> bool:
        origin = _origin(url)
        upgraded = ("http", self._origin[1], 80) == self._origin and origin == ("https", self._origin[1], 443)
        return origin == self._origin or upgraded

    def _error(self, url: str, response: requests.Response, content: bytes, *, paused: bool) -> ApiError:
        status = response.status_code
        text = f"GET {self._shown(url)} answered {status} {response.reason}"
        if said := self._redact(_message(content)):
            text += f": {said}"
        if status == HTTPStatus.UNAUTHORIZED:
            return UnauthorizedError(text, status=status)
        if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return RefusedError(text, status=status)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TransientError(text, status=status, paused=paused)
        return RejectedError(text, status=status)

    def _shown(self, url: str) -> str:
        return self._redact(unquote(url))

    def _reason(self, error: Exception) -> str:
        # The library's texts hold addresses of objects and nested reprs: the innermost cause is what helps.
        cause: BaseException = error
        while cause.args and isinstance(cause.args[0], BaseException):
            cause = cause.args[0]
        cause = getattr(cause, "reason", None) or cause
        text = str(cause).split("): ")[-1].split(">: ")[-1].split(", '")[0]
        return self._redact(f"{type(error).__name__}: {text}"[:200])

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
        return text

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise StoppedError


def _waits_in_the_budget(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return isinstance(error, TransientError) and error.paused


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _message(content: bytes) -> str:
    """What an error's body says, if it is a JSON object with one of the usual fields."""
    try:
        body = decode_json(content)
    except ValueError:
        return ""
    if isinstance(body, dict) and isinstance(body.get("errors"), list) and body["errors"]:
        body = body["errors"][0]
    if isinstance(body, dict):
        for field in ("message", "error", "detail", "title"):
            if isinstance(body.get(field), str):
                return " ".join(str(body[field]).split())[:300]
    return ""
