"""Properties of a BoxWatch account, and what the documentation leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

PublicShape: TypeAlias = Literal["nested", "flat", "wrapped", "by_server", "html"]


@dataclass
class BoxWatchSettings:
    """Settings of the server; a change takes effect with the next request.

    Attributes:
        plan: The account's plan. Hobby has no status pages and no uptime checks.
        hobby_lists: Whether a Hobby account still lists the status pages and uptime checks of an earlier plan; if not,
            their lists answer 403, as does creating one.
        booleans: How booleans are sent: 1 and 0 in lists and true and false on creation, as documented; or either of
            them everywhere.
        public_shape: The shape of a status page's public response. `nested`: updates inside incidents. `flat`:
            incidents and updates in two lists. `wrapped`: everything inside `data`, incidents by whether they are
            resolved. `by_server`: incidents inside the servers that they affect, so that some occur several times.
            `html`: an HTML page.
        public_incidents: Whether it contains only unresolved incidents, or all.
        public_disabled: Whether it exists for a status page that is not enabled; if not, it is 404.
        rate_limit: Requests of a key, or of an address without one, in a window; None for no limit.
        limit_seconds: The length of the window.
    """

    plan: Literal["hobby", "pro", "team", "scale"] = "pro"
    hobby_lists: bool = False
    booleans: Literal["documented", "numbers", "true_false"] = "documented"
    public_shape: PublicShape = "nested"
    public_incidents: Literal["active", "all"] = "active"
    public_disabled: bool = False
    rate_limit: int | None = None
    limit_seconds: float = 60.0
