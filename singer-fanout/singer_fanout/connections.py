"""What every request to one API has in common is worked out once: its headers, its connection pool, its proxy."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import requests
from singer_sdk.authenticators import APIKeyAuthenticator, BearerTokenAuthenticator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Authenticator = Callable[[requests.PreparedRequest], requests.PreparedRequest]

SCHEMES = ("http", "https")
PLAIN = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?(?:\?(?:[A-Za-z0-9_.~=&+-]|%[2-3A-F][0-9A-F])*)?")
"""A path and a query that stay as they are: no dot segment, nothing to quote, no letter that is quoted."""


class PlainRequests:
    """Requests whose address is the base and what every reader takes for a path below it; others need a closer look.

    Args:
        base_url: The whole base.
        headers: Sent with every request.
        authenticator: Adds the credentials.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], authenticator: Authenticator | None) -> None:
        self._base_url = base_url
        self._common: requests.PreparedRequest | None = None
        if not _is_static(authenticator):
            return
        with suppress(ValueError):
            common = requests.Request("GET", f"{base_url}/", headers=headers).prepare()
            if common.url == f"{base_url}/":
                self._common = authenticator(common) if authenticator else common

    def to(self, url: str) -> requests.PreparedRequest | None:
        """The request with its credentials; None where it cannot be made from what all have in common."""
        base = self._base_url
        if self._common is None or not url.startswith(base) or not PLAIN.fullmatch(url, len(base)):
            return None
        # With the same headers, not a copy of them: nobody changes those of a request that is ready to be sent.
        request = requests.PreparedRequest()
        request.method, request.url, request.headers = self._common.method, url, self._common.headers
        return request


def _is_static(authenticator: Authenticator | None) -> bool:
    """Whether the credentials are the same headers for every request."""
    if authenticator is None:
        return True
    # Only what is known by its own name: what is derived from it may fetch a new token now and then.
    kind = type(authenticator)
    return kind in {APIKeyAuthenticator, BearerTokenAuthenticator} and not getattr(authenticator, "auth_params", None)


class OneHostAdapter(requests.adapters.HTTPAdapter):
    """Connections to one host, through one proxy if any; by the scheme alone it is known which.

    No answer's cookies are looked for: nothing sends them.

    Args:
        connections: Kept open.
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
        """The pool for a request, with its certificates checked for."""
        url = str(request.url)
        scheme = url.partition(":")[0]
        pool = self._pools.get(scheme)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            super().cert_verify(pool, url, verify, cert)  # type: ignore[no-untyped-call] # in the stubs
            self._pools[scheme] = pool
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: it was done when the pool was made."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """What stands in the request's first line."""
        return super().request_url(request, proxies) if proxies else request.path_url

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The answer, as far as it is looked at."""
        response = requests.Response()
        response.status_code, response.reason = resp.status, resp.reason
        response.headers = resp.headers
        response.url, response.raw = str(req.url), resp
        return response
