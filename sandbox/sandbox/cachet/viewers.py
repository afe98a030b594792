"""Viewers: the senders of requests, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

AUTHENTICATED, GUEST, HIDDEN = 0, 1, 2
"""Values of `visible`: users only, everyone, no one."""


@dataclass(frozen=True)
class Viewer:
    """The sender of a request.

    Attributes:
        token: The name of a valid token; None for a guest.
        abilities: What the token may do; `*` is everything.
    """

    token: str | None = None
    abilities: frozenset[str] = field(default_factory=frozenset)

    def may(self, ability: str) -> bool:
        """Whether the token has an ability, such as `incidents.manage`."""
        return "*" in self.abilities or ability in self.abilities

    def sees(self, visible: int) -> bool:
        """Whether something of this visibility is shown."""
        return visible == GUEST or (visible == AUTHENTICATED and self.token is not None)

    def sees_published(self, published_at: datetime | None, now: datetime, ability: str) -> bool:
        """Whether something that is published at that time is shown."""
        return published_at is None or published_at <= now or self.may(ability)


class Tokens:
    """The tokens of the demo users.

    Attributes:
        by_name: The tokens by name, as a client sends them; `v2` is the key of v2.
    """

    def __init__(self, seed: int) -> None:
        self.by_name: Mapping[str, str] = {
            "full": f"1|sandbox{seed}fullCANARYtoken",
            "readonly": f"2|sandbox{seed}readonlyCANARYtoken",
            "subscribers": f"3|sandbox{seed}subscribersCANARYtoken",
            "incidents": f"4|sandbox{seed}incidentsCANARYtoken",
            "expired": f"5|sandbox{seed}expiredCANARYtoken",
            "v2": f"sandbox{seed}v2CANARYkey",
        }
        abilities = {
            "full": {"*"},
            "readonly": {"none"},
            "subscribers": {"subscribers.manage"},
            "incidents": {"incidents.manage", "incident-updates.manage"},
        }
        self._viewers = {self.by_name[name]: Viewer(name, frozenset(allowed)) for name, allowed in abilities.items()}

    def viewer(self, headers: Mapping[str, str]) -> Viewer:
        """The viewer of a v3 request; a wrong or expired token makes a guest."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return Viewer()
        return self._viewers.get(token.strip(), Viewer())

    def named(self, name: str) -> Viewer:
        """The viewer of the token with this name, or a guest for `guest`."""
        return Viewer() if name == "guest" else self._viewers[self.by_name[name]]

    def v2_viewer(self, headers: Mapping[str, Any]) -> Viewer:
        """The viewer of a v2 request; a wrong key makes a guest."""
        if headers.get("x-cachet-token") == self.by_name["v2"]:
            return Viewer("v2", frozenset({"*"}))
        return Viewer()
