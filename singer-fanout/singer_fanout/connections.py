"""Computes once what all requests to an API share: headers, connection pool and proxy."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from singer_sdk.authenticators import APIKeyAuthenticator, BearerTokenAuthenticator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Authenticator = Callable[[requests.PreparedRequest], requests.PreparedRequest]

SCHEMES = ("http", "https")
PLAIN = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?(?:\?(?:[A-Za-z0-9_.~=&+,-]|%[2-3A-F][0-9A-F]|%5[BD])*)?")
"""A path and query that normalisation leaves as they are: no dot segments, nothing to quote or unquote."""


class PlainRequests:
    """Requests for the base URL plus a path that all parsers read alike; other URLs need a closer look.

    Args:
        base_url: The whole base, with any path prefix.
        headers: Sent with every request.
        authenticator: Adds the credentials.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], authenticator: Authenticator | None) -> None:
        self._base_url = base_url
        self._headers: dict[str, str] | None = None
        if not _is_static(authenticator):
            return
        with suppress(ValueError):
            common = requests.Request("GET", f"{base_url}/", headers=headers).prepare()
            if common.url == f"{base_url}/":
                parts = urlsplit(base_url)
                self._path_at = len(f"{parts.scheme}://{parts.netloc}")
                self._headers = dict((authenticator(common) if authenticator else common).headers)

    def to(self, url: str) -> requests.PreparedRequest | None:
        """The request with its credentials; None if the shared parts are not enough to build it."""
        base = self._base_url
        if self._headers is None or not url.startswith(base) or not PLAIN.fullmatch(url, len(base)):
            return None
        # Shares the headers instead of copying them: nothing changes those of a prepared request.
        return _PlainRequest(url, url[self._path_at :], self._headers)


class _PlainRequest(requests.PreparedRequest):
    """A prepared request whose parts are known already."""

    path_url: str = ""

    def __init__(self, url: str, path_url: str, headers: Any) -> None:
        super().__init__()
        self.method, self.url, self.path_url, self.headers = "GET", url, path_url, headers


def _is_static(authenticator: Authenticator | None) -> bool:
    """Whether the credentials are the same headers for every request."""
    if authenticator is None:
        return True
    # Only the exact classes: a subclass may refresh its token.
    kind = type(authenticator)
    return kind in {APIKeyAuthenticator, BearerTokenAuthenticator} and not getattr(authenticator, "auth_params", None)


class Surroundings:
    """How the environment lets requests be sent, by proxies and certificates: looked up once for each host of a run."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def of(self, url: str) -> dict[str, Any]:
        """The arguments that an adapter sends a request with."""
        parts = urlsplit(url)
        host = (parts.scheme, parts.netloc)
        if host not in self._known:
            with requests.Session() as session:
                # A dict instead of the stubs' elaborate type, whose contents do not matter here.
                self._known[host] = dict(
                    session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
                )
        return self._known[host]


class OneHostAdapter(requests.adapters.HTTPAdapter):
    """Connections to one host, through at most one proxy, which the scheme alone determines.

    Cookies of responses are ignored: they are never sent.

    Args:
        connections: How many to keep open.
    """

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=len(SCHEMES), pool_maxsize=connections)
        self._pools: dict[str, Any] = {}

    def close(self) -> None:
        """Close the connections."""
        self._pools.clear()
        super().close()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,
        proxies: Any = None,
        cert: Any = None,
    ) -> Any:
        """The connection pool for a request, with certificate checks set up."""
        url = str(request.url)
        scheme = url.partition(":")[0]
        pool = self._pools.get(scheme)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            super().cert_verify(pool, url, verify, cert)  # type: ignore[no-untyped-call] # in the stubs
            self._pools[scheme] = pool
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: this was done when the pool was created."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """The target in the request line."""
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The response, reduced to the attributes that are used."""
        response = requests.Response()
        response.status_code, response.reason = resp.status, resp.reason
        response.headers = resp.headers
        response.url, response.raw = str(req.url), resp
        return response
