"""What the documents of Instatus leave open, or what an account can be like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class InstatusSettings:
    """Settings of the server; a change holds from the next request on.

    Attributes:
        rate_limit: Requests a minute and key; None is no limit.
        retry_after: Whether a 429 of that limit tells when to come back.
        require_content_type: Whether every request needs `Content-Type: application/json`, as the documents demand.
        observed_fields: Whether rows have what real answers have, beyond the documented fields.
        trim_site: Whether the page inside of affected components has its documented fields only, instead of all its
            columns, secrets included.
        over_per_page: What becomes of a `per_page` above 100: it counts as 100, or it is refused.
        short_pages: A number of rows that no page of a bare list exceeds, whatever was asked for: a short page is
            then not the last. None: pages are as long as asked for.
        order: The order of lists, which no document tells.
        monitors_page: What `page` does on the list of monitors, where it is not documented.
        monitor_ids: Whether monitors tell their `id` and `status`.
        components_v2: Whether components are listed at v2 too.
        list_archived: Whether lists hold archived components and deleted templates.
        updates_touch_incidents: Whether a new update moves the `updatedAt` of its incident or maintenance.
        javascript_dates: Whether the public summary tells times as JavaScript prints a date.
    """

    rate_limit: int | None = None
    retry_after: bool = True
    require_content_type: bool = True
    observed_fields: bool = True
    trim_site: bool = False
    over_per_page: Literal["clamp", "refuse"] = "clamp"
    short_pages: int | None = None
    order: Literal["newest_first", "oldest_first", "updated_first"] = "newest_first"
    monitors_page: Literal["honoured", "ignored", "refused"] = "honoured"
    monitor_ids: bool = True
    components_v2: bool = True
    list_archived: bool = True
    updates_touch_incidents: bool = True
    javascript_dates: bool = False
