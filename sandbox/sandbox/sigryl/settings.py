"""What the documents of Sigryl leave open, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["newest_first", "oldest_first"]


@dataclass
class SigrylSettings:
    """Settings of the server; a change holds from the next request on.

    Attributes:
        reads: GET requests of a key in a window; None is no limit.
        writes: POST and PATCH requests of a key in a window; None is no limit.
        limit_seconds: The length of the window.
        order: The order of incidents.
        update_order: The order of an incident's updates.
        list_cap: How many incidents a list tells at most, the newest; None is all. The detail of an older one is told.
        no_description: How a description that there is none of is told: as null, or not at all.
        detail_created_at: Whether the detail of an incident tells when it was made, as the list does.
        affected_components: Whether incidents tell the components that they affect.
        update_is_a_status: Whether an update with the status `update` gives it to its incident; if not, the incident
            keeps the one that it has.
    """

    reads: int | None = 120
    writes: int | None = 60
    limit_seconds: float = 60.0
    order: Order = "newest_first"
    update_order: Order = "oldest_first"
    list_cap: int | None = None
    no_description: Literal["null", "absent"] = "null"
    detail_created_at: bool = False
    affected_components: bool = False
    update_is_a_status: bool = False
