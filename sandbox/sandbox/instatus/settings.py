"""What Instatus's documentation leaves open, and properties of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class InstatusSettings:
    """Settings of the server; a change takes effect with the next request.

    Attributes:
        rate_limit: Requests per minute and key; None for no limit.
        retry_after: Whether a 429 of that limit has a `Retry-After`.
        require_content_type: Whether every request needs `Content-Type: application/json`, as documented.
        observed_fields: Whether rows have the additional fields of real responses.
        trim_site: Whether the page inside affected components has only its documented fields, instead of all its
            columns, secrets included.
        over_per_page: How a `per_page` above 100 is handled: it counts as 100, or it is refused.
        short_pages: The largest page of a bare list, whatever was requested: a short page is then not the last. None:
            pages are as long as requested.
        order: The order of lists, which is not documented.
        monitors_page: What `page` does on the list of monitors, where it is not documented.
        monitor_ids: Whether monitors have an `id` and `status`.
        components_v2: Whether components are also listed at v2.
        list_archived: Whether lists contain archived components and deleted templates.
        updates_touch_incidents: Whether a new update changes the `updatedAt` of its incident or maintenance.
        javascript_dates: Whether the public summary formats times as JavaScript prints a date.
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
