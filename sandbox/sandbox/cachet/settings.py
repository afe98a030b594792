"""What an administrator of a Cachet server can set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class CachetSettings:
    """Settings of the server; a change holds from the next request on.

    Attributes:
        timezone: An IANA zone; times are answered as local times of it, without an offset.
        api_enabled: False answers 404 on every route (v3).
        api_protected: True asks for a valid token on every route (v3).
        database: What the server stores its data in; number and bool columns differ (v3).
        rate_limit: Requests a minute of the current core; None switches the limits of all cores off.
        older_rate_limit: Requests a minute of the older core.
        always_authenticate: True asks for a token on all but ping, version and status (v2).
    """

    timezone: str = "UTC"
    api_enabled: bool = True
    api_protected: bool = False
    database: Literal["sqlite", "mariadb", "postgresql"] = "sqlite"
    rate_limit: int | None = 300
    older_rate_limit: int = 60
    always_authenticate: bool = False
