"""What is wrong with the address of the API, by what a server answers that has no such route."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from singer_fanout import ApiError

OF_3_X = re.compile(r"The route (\S+) could not be found")
"""What 3.x says of a route that it does not have, as it sees its path: from its own root on."""
OF_2_X = "The requested resource could not be found but may be available again in the future"
"""What 2.x says."""
NOT_JSON = "something that is not JSON"
"""What the engine says of a page for people."""
STATUS_NOT_FOUND = 404


def address_hint(api_url: str, error: ApiError, *, is_first: bool) -> str | None:
    """Where the API is instead; None where the address may be right.

    Args:
        api_url: The address that is set.
        error: What came of a request there.
        is_first: Whether no other request was answered well. A route may be missing where others are there.
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
