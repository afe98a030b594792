"""Settings of the Rootly server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RootlySettings:
    """Settings of the server; a change takes effect with the next request.

    Attributes:
        timezone: The account's IANA zone: times are sent with its offset.
        rate_limit: Reads per API key in any 60 seconds; None disables the limit, headers included.
        limit_window_text: True sends the limit as `3000, 3000;window=60` instead of a number.
        retry_after: True sends `Retry-After` with a 429, which is not documented.
        default_page_size: The page size if none is requested.
        max_page_size: The largest page; larger requested sizes are reduced to it.
        deepest_page: The last page that can be requested by number; None for any.
        deep_status: The status for deeper pages.
        shift_months: How many months of shifts can be requested at once, by route; no limit for absent routes.
        shift_paging: False returns the whole list of shifts for every page, as some versions do, with page metadata.
        shift_clipping: True returns a shift in progress at `from` as if it started then.
        default_sort: The default order of lists: `created_at` or `-created_at`.
        strict_parameters: True answers 400 to a parameter or value that is not documented for the route.
        include_cap: The most resources of a kind that are side-loaded for one row; None for all of them.
        refused_includes: Kinds that cannot be side-loaded: a request for one, alone or among others, is refused.
        most_includes: How many kinds may be included in one request; None for all of them.
        include_refusal: The status of such refusals: 400 or 422.
        sparse_fields: Whether `fields[...]` works for the types where it is known to.
        refused: Statuses by route template without the API's prefix, such as `{"/v1/secrets": 403}`: what the plan
            or the key's scope keeps from the caller. A template stands for all that lies below it, too.
        plain_errors: True sends errors as `{"error": ...}` instead of as JSON:API errors.
        children_touch_incidents: Whether writes to a child change the `updated_at` of its incident.
    """

    timezone: str = "America/Los_Angeles"
    rate_limit: int | None = 3000
    limit_window_text: bool = False
    retry_after: bool = False
    default_page_size: int = 25
    max_page_size: int = 100
    deepest_page: int | None = 100
    deep_status: int = 400
    shift_months: dict[str, int] = field(default_factory=lambda: {"/v1/shifts": 2, "/v1/schedules/{id}/shifts": 1})
    shift_paging: bool = True
    shift_clipping: bool = False
    default_sort: str = "-created_at"
    strict_parameters: bool = True
    include_cap: int | None = None
    refused_includes: list[str] = field(default_factory=list)
    most_includes: int | None = None
    include_refusal: int = 400
    sparse_fields: bool = True
    refused: dict[str, int] = field(default_factory=dict)
    plain_errors: bool = False
    children_touch_incidents: bool = False
