"""The HTTP client of a tap: one connection pool, one budget, one place for retries and errors.

Credentials go to the configured origin only. Redirects are followed within it and refused beyond it.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote, urlencode, urljoin, urlsplit

import requests
import urllib3

from singer_fanout.connections import OneHostAdapter, PlainRequests, Surroundings
from singer_fanout.decoding import decode_json, decode_response
from singer_fanout.errors import (
    ApiError,
    RedirectedError,
    RefusedError,
    RejectedError,
    StoppedError,
    TransientError,
    UnauthorizedError,
)
from singer_fanout.pool import STOP_SECONDS, is_given_up
from singer_fanout.times import utc_text

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import tenacity

    from singer_fanout.budget import RateBudget

MOST_REDIRECTS = 5
SHOWN_OF_A_BODY = 80
SHOWN_OF_A_MESSAGE = 300
NO_SEGMENTS = {"", ".", ".."}
"""Path segments that URL normalisation removes, encoded or not."""
READ_AT_ONCE = 2**18
"""Bytes; larger than most bodies, because each read has to wait for its turn among the threads."""
LARGEST_BODY = 2**28
"""Bytes, decompressed: no page of a list is that long, and memory is finite."""
TOOK_TOO_LONG = frozenset({HTTPStatus.GATEWAY_TIMEOUT, 524})
"""Statuses of a proxy whose upstream did not answer in time; the second is Cloudflare's."""
SLOWEST_BODY = 5
"""A body may take this many timeouts in total: a server that trickles bytes never hits the timeout between two."""

_repeats_time_outs = ContextVar("repeats_time_outs", default=True)


@contextmanager
def one_try_for_time_outs() -> Iterator[None]:
    """Within it, requests that time out are not retried: the caller will ask for less instead."""
    before = _repeats_time_outs.set(False)
    try:
        yield
    finally:
        _repeats_time_outs.reset(before)


def _is_repeated(error: BaseException) -> bool:
    """Whether a request that failed this way is retried."""
    return isinstance(error, TransientError) and (not error.timed_out or _repeats_time_outs.get())


@dataclass(frozen=True)
class Answer:
    """A successful response.

    Attributes:
        content: The body as sent, except for what is nested too deeply.
        headers: Case-insensitive.
        received_at: When the response was complete, RFC 3339 UTC.
        was_cut: Whether something was nested too deeply, and replaced by null.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    received_at: str
    was_cut: bool = False

    @cached_property
    def body(self) -> Any:
        """The decoded JSON, which takes several times the memory of its text.

        Raises:
            ValueError: It is not JSON; never raised for what `ApiClient.get` returns.
        """
        return decode_json(self.content)

    def undecoded(self) -> Answer:
        """The same response without its decoded body, to be kept for later."""
        return replace(self)


class ApiClient:
    """Sends GET requests to one API, from any thread.

    Args:
        base_url: The whole base, with any path prefix.
        budget: Drawn from before every request, and informed of every response.
        authenticator: Adds the credentials to a prepared request.
        headers: Sent with every request.
        timeout: Seconds to connect, and between two bytes of a response.
        max_retries: Further attempts after a transient failure.
        stop: Set when the run ends early.
        secrets: Strings that must not appear in an error.
        side_effects: A pattern of paths where a GET changes something: no request is ever sent there, whatever ids
            and redirects say.
        surroundings: What the clients of a run know of the environment; None looks it up.
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
        side_effects: re.Pattern[str] | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._origin = _origin(self.base_url)
        self._budget = budget
        self._authenticator = authenticator
        self._headers = {"Accept-Encoding": "gzip, deflate", **(headers or {})}
        self._plain_requests = PlainRequests(self.base_url, self._headers, authenticator)
        self._timeout = timeout
        # Requests takes it as it is; its stubs do not say so.
        self._timeouts: Any = urllib3.Timeout(connect=timeout, read=timeout)
        self._max_retries = max_retries
        self._stop = stop or threading.Event()
        self._secrets = tuple(filter(None, secrets))
        self._side_effects = side_effects
        # No session: it would replace the credentials with an entry of ~/.netrc and prepare redirects to follow.
        self._connections = OneHostAdapter(connections)
        self._environment = (surroundings or Surroundings()).of(self.base_url)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def url(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> str:
        """Build the URL of a route: `keys` fill the path's placeholders, each encoded as one path segment.

        Raises:
            RejectedError: A key would turn the URL into that of another route.
        """
        for name, key in keys.items():
            if str(key) in NO_SEGMENTS:
                raise RejectedError(f"{path} cannot be asked for with {name} {key!r}")
        filled = path.format(**{name: quote(str(key), safe="") for name, key in keys.items()})
        # A comma may stand as it is, and does: a query without any escape is taken as it is by all that look at it.
        query = urlencode(params or {}, doseq=True, safe=",", quote_via=_quoted)
        return f"{self.base_url}{filled}" + (f"?{query}" if query else "")

    def get(
        self,
        url: str,
        *,
        max_retries: int | None = None,
        on_attempt: Callable[[int], None] = lambda _: None,
    ) -> Answer:
        """Get a URL of this API, retrying transient failures.

        Args:
            url: As built by `url`.
            max_retries: Overrides the client's.
            on_attempt: Called with the number of the attempt (1 for the first) before each request.

        Raises:
            UnauthorizedError: 401.
            RefusedError: 403 or 404.
            RejectedError: Any other 4xx, or a redirect to another origin.
            TransientError: All attempts failed with a transient error.
            StoppedError: The run was told to end.
        """
        retries = self._max_retries if max_retries is None else max_retries
        on_attempt(1)
        try:
            return self._attempt(url, redirects=0)
        except TransientError as error:
            if not retries or not _is_repeated(error):
                raise
            first = error
        return self._retried(url, first, retries, on_attempt)

    def _retried(self, url: str, first: TransientError, max_retries: int, on_attempt: Callable[[int], None]) -> Answer:
        """Retry a request whose first attempt failed."""
        import tenacity  # noqa: PLC0415 - most runs retry nothing, and would start later

        backoff = tenacity.wait_exponential(multiplier=0.5, max=60) + tenacity.wait_random(0, 0.5)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_repeated),
            stop=tenacity.stop_after_attempt(1 + max_retries),
            wait=lambda state: 0.0 if _waits_in_the_budget(state) else backoff(state),
            sleep=self._sleep,
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                number = attempt.retry_state.attempt_number
                if number == 1:
                    raise first
                on_attempt(number)
                return self._attempt(url, redirects=0)
        raise AssertionError  # pragma: no cover - tenacity reraises

    def _attempt(self, url: str, redirects: int) -> Answer:
        prepared = self._request(url)
        self._budget.acquire()
        try:
            response = self._connections.send(prepared, timeout=self._timeouts, **self._environment)
            with response:
                content = self._read(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            text = f"GET {self._shown(url)} got no answer: {self._reason(error)}"
            raise TransientError(text, unreachable=_is_unreachable(error), timed_out=_is_late(error)) from error
        finally:
            self._budget.give_back()
        paused = self._budget.observe(response.status_code, response.headers)
        if response.is_redirect:
            return self._attempt(self._target(url, response.headers["Location"], redirects), redirects + 1)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._error(url, response, content, paused=paused)
        return self._answer(url, response, content)

    def _request(self, url: str) -> requests.PreparedRequest:
        """The request for a URL, with its credentials.

        Raises:
            RejectedError: The URL does not belong to this API, or must not be requested.
        """
        if (plain := self._plain_requests.to(url)) is not None:
            self._check_side_effects(url)
            return plain
        prepared = self._own(url)
        if prepared is None:
            raise RejectedError(f"{self._shown(url)} is on another host than {self.base_url}, so no request is sent")
        self._check_side_effects(str(prepared.url))
        return prepared if self._authenticator is None else self._authenticator(prepared)

    def _own(self, url: str) -> requests.PreparedRequest | None:
        """The request for a URL of this API; None for any other."""
        try:
            prepared = requests.Request("GET", url, headers=self._headers).prepare()
            # Two parsers may see different hosts in one URL: this is the one that it would be sent to.
            return prepared if self._same_origin(str(prepared.url)) else None
        except ValueError:
            return None

    def _check_side_effects(self, url: str) -> None:
        if self._side_effects is None:
            return
        path = unquote(urlsplit(url).path)
        found = self._side_effects.search(path)
        if found is not None:
            # What follows may be a secret that authorises the very change we refuse to make.
            raise RejectedError(f"GET {self._redact(path[: found.end()])}... would change something, and is not sent")

    def _read(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + SLOWEST_BODY * self._timeout
        chunks, size = [], 0
        # `read1` returns whatever has arrived: a read of a fixed size would wait for all of it, however slow.
        while chunk := response.raw.read1(READ_AT_ONCE, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_BODY:
                shown = self._shown(str(response.url))
                raise RejectedError(f"GET {shown} answered more than {LARGEST_BODY // 2**20} MB, which is not read")
            if time.monotonic() > deadline:
                raise requests.Timeout(f"the body took longer than {SLOWEST_BODY * self._timeout:.0f} s")
        return b"".join(chunks)

    def _answer(self, url: str, response: requests.Response, content: bytes) -> Answer:
        received_at = utc_text(datetime.now(timezone.utc))
        try:
            # Decoded here, where a broken body is retried.
            legible, body = decode_response(content)
        except ValueError as error:
            what = self._illegible(response, content, error)
            text = f"GET {self._shown(url)} answered {response.status_code} with {what}"
            raise TransientError(text, status=response.status_code) from None
        was_cut = legible is not content
        answer = Answer(url, response.status_code, response.headers, legible, received_at, was_cut)
        vars(answer)["body"] = body
        return answer

    def _illegible(self, response: requests.Response, content: bytes, error: ValueError) -> str:
        kind = f"{response.headers.get('Content-Type', 'no content type')}, {len(content)} bytes"
        if content.lstrip()[:1] in {b"{", b"["}:
            return f"broken JSON ({kind}): {error}"
        # Redact before cutting: half a secret would not be recognised.
        start = self._redact(content.decode("utf-8", "replace"))[:SHOWN_OF_A_BODY]
        return f"something that is not JSON ({kind}): {start!r}. Is the API's address right?"

    def _target(self, url: str, location: str, redirects: int) -> str:
        if redirects == MOST_REDIRECTS:
            raise RejectedError(f"GET {self._shown(url)} was redirected more than {MOST_REDIRECTS} times")
        try:
            target = urljoin(url, location)
            host = urlsplit(target).netloc or location
        except ValueError:
            target, host = "", location
        if self._own(target) is None:
            raise RedirectedError(
                f"GET {self._shown(url)} was redirected to another host, {self._redact(host)}, which gets no "
                "credentials. If the API has moved there, change its address in the settings.",
                target=target,
            )
        return target

    def _same_origin(self, url: str) -> bool:
        origin = _origin(url)
        upgraded = ("http", self._origin[1], 80) == self._origin and origin == ("https", self._origin[1], 443)
        return origin == self._origin or upgraded

    def _error(self, url: str, response: requests.Response, content: bytes, *, paused: bool) -> ApiError:
        status = response.status_code
        text = f"GET {self._shown(url)} answered {status} {response.reason}"
        said = self._redact(_message(content))[:SHOWN_OF_A_MESSAGE]
        if said and said != response.reason:
            text += f": {said}"
        if status == HTTPStatus.UNAUTHORIZED:
            return UnauthorizedError(text, status=status)
        if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return RefusedError(text, status=status)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TransientError(text, status=status, paused=paused, timed_out=status in TOOK_TOO_LONG)
        return RejectedError(text, status=status)

    def _shown(self, url: str) -> str:
        return self._redact(unquote(self._redact(url)))

    def _reason(self, error: Exception) -> str:
        # The library's messages contain object addresses and nested reprs: the innermost cause is the useful one.
        cause: BaseException | None = error
        while cause is not None:
            innermost = cause
            cause = next((part for part in (getattr(cause, "reason", None), *cause.args) if _is_error(part)), None)
        text = str(innermost).split("): ")[-1].split(">: ")[-1]
        return self._redact(f"{type(error).__name__}: {text}")[:SHOWN_OF_A_MESSAGE]

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            for form in (secret, quote(secret, safe=""), quote_plus(secret)):
                text = text.replace(form, "***")
        return text

    def _sleep(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._stop.wait(min(left, STOP_SECONDS)) or is_given_up():
                raise StoppedError


_quoted = lru_cache(quote_plus)
"""Most of a query is the same from page to page."""


def _waits_in_the_budget(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return isinstance(error, TransientError) and error.paused


def _is_unreachable(error: Exception) -> bool:
    """Whether no connection was made; a dropped one does not count."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)):
        return True
    return isinstance(error, requests.ConnectionError) and any(
        isinstance(part, urllib3.exceptions.MaxRetryError) for part in error.args
    )


def _is_late(error: Exception) -> bool:
    """Whether there was a connection, but no complete response in time."""
    return isinstance(error, (requests.Timeout, urllib3.exceptions.ReadTimeoutError)) and not _is_unreachable(error)


def _is_error(part: object) -> bool:
    return isinstance(part, BaseException)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _message(content: bytes) -> str:
    """The message in an error's body, if it is a JSON object with one of the usual fields."""
    try:
        body = decode_json(content)
    except ValueError:
        return ""
    if isinstance(body, dict) and isinstance(body.get("errors"), list) and body["errors"]:
        body = body["errors"][0]
    elif isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if isinstance(body, dict):
        for field in ("message", "error", "detail", "title"):
            if isinstance(body.get(field), str):
                return " ".join(str(body[field]).split())
    return ""
