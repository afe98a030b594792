"""Finds out what is wrong with the API's URL from the response of a server that lacks a route."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from singer_fanout import ApiError

OF_3_X = re.compile(r"The route (\S+) could not be found")
"""The message of 3.x about a missing route, with the path as the server sees it: relative to its own root."""
OF_2_X = "The requested resource could not be found but may be available again in the future"
"""The message of 2.x."""
NOT_JSON = "something that is not JSON"
"""The engine's message about an HTML page."""
STATUS_NOT_FOUND = 404


def address_hint(api_url: str, error: ApiError, *, is_first: bool) -> str | None:
    """A hint at the right URL; None if the present one may be right.

    Args:
        api_url: The setting.
        error: The outcome of a request there.
        is_first: Whether no request has succeeded yet. A single route may be missing while others exist.
    """
    said, base = str(error), api_url.rstrip("/")
    if found := OF_3_X.search(said):
        route = found[1].lstrip("/")
        if "api/v1/" in route:
            return f"This is Cachet 3: set api_url to {base.removesuffix('/v1')} and api_version to 3"
        if not re.search(r"(^|/)api/", route):
            return f"This is Cachet 3, and its API lies below: set api_url to {base}/api and api_version to 3"
        return None
    if OF_2_X in said and not base.endswith("/api/v1"):
        return f"This is Cachet 2: set api_url to {base.removesuffix('/api')}/api/v1 and api_version to 2"
    is_a_page = NOT_JSON in said or (error.status == STATUS_NOT_FOUND and said.endswith("Not Found"))
    if is_a_page and is_first and "api" not in urlsplit(base).path.split("/"):
        return f"The API of a status page lies below: set api_url to {base}/api for Cachet 3, {base}/api/v1 for 2.x"
    return None
