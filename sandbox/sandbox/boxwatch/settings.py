"""What an account of BoxWatch can be like, and what its documents leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

PublicShape: TypeAlias = Literal["nested", "flat", "wrapped", "by_server", "html"]


@dataclass
class BoxWatchSettings:
    """Settings of the server; a change holds from the next request on.

    Attributes:
        plan: The account's plan. Hobby has no status pages and no uptime checks.
        hobby_lists: Whether a Hobby account still lists the status pages and uptime checks of better days; if not,
            their lists answer 403, as does making one.
        booleans: How booleans are told: 1 and 0 in lists and true and false on creation, as documented; or either of
            them everywhere.
        public_shape: What the public answer of a status page looks like. `nested`: updates inside of incidents.
            `flat`: incidents and updates in two lists. `wrapped`: all inside of `data`, incidents by whether they
            are resolved. `by_server`: incidents inside of the servers that they affect, so that some stand there
            several times. `html`: a page for people.
        public_incidents: Whether it tells the incidents that are not resolved, or all.
        public_disabled: Whether it is there for a status page that is not enabled; if not, it is not found.
        rate_limit: Requests of a key, or of an address without one, in a window; None is no limit.
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
