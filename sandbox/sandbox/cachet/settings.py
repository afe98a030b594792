"""Settings of a Cachet server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class CachetSettings:
    """Settings of the server; a change takes effect with the next request.

    Attributes:
        timezone: An IANA zone; times are sent as local times in it, without an offset.
        api_enabled: False answers 404 on every route (v3).
        api_protected: True requires a valid token on every route (v3).
        database: The server's database; number and bool columns differ (v3).
        rate_limit: Requests per minute of the current core; None disables the limits of all cores.
        older_rate_limit: Requests per minute of the older core.
        always_authenticate: True requires a token on all routes but ping, version and status (v2).
    """

    timezone: str = "UTC"
    api_enabled: bool = True
    api_protected: bool = False
    database: Literal["sqlite", "mariadb", "postgresql"] = "sqlite"
    rate_limit: int | None = 300
    older_rate_limit: int = 60
    always_authenticate: bool = False
