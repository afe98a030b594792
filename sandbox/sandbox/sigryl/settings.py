"""What Sigryl's documentation leaves open, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["newest_first", "oldest_first"]


@dataclass
class SigrylSettings:
    """Settings of the server; a change takes effect with the next request.

    Attributes:
        reads: GET requests of a key in a window; None for no limit.
        writes: POST and PATCH requests of a key in a window; None for no limit.
        limit_seconds: The length of the window.
        order: The order of incidents.
        update_order: The order of an incident's updates.
        list_cap: The most incidents in a list, the newest ones; None for all. Details of older ones are available.
        no_description: How a missing description is sent: as null, or not at all.
        detail_created_at: Whether the detail of an incident has its time of creation, as the list does.
        affected_components: Whether incidents have the components that they affect.
        update_is_a_status: Whether an update with the status `update` sets that of its incident; if not, the incident
            keeps its status.
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
