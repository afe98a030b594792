"""What can be set about the Rootly server."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class RootlySettings:
    """Settings of the server; a change holds from the next request on.

    Attributes:
        timezone: The account's IANA zone: times are told with its offset.
        rate_limit: Reads that an API key has in any 60 seconds; None switches the limit off, headers included.
        limit_window_text: True tells the limit as `3000, 3000;window=60` instead of as a number.
        retry_after: True sends `Retry-After` with a 429, which is not documented.
        default_page_size: The page size where none is asked for.
        max_page_size: The largest page; a larger one that is asked for is cut down to it.
        deepest_page: The last page that can be asked for by its number; None is any.
        deep_status: What is answered behind it.
        shift_months: How many months of shifts can be asked for at once, by route; one that is absent gives any.
        shift_paging: False gives the whole list of shifts for every page, as some versions do, and tells of pages.
        shift_clipping: True tells a shift that is under way at `from` as one that begins then.
        default_sort: The order of lists that are not asked to be sorted: `created_at` or `-created_at`.
        strict_parameters: True answers 400 to a parameter or value that is not documented for the route.
        include_cap: How many resources of a kind are side-loaded at most for one row; None is all of them.
        refused_includes: Kinds that are not side-loaded: asking for one, alone or among others, is refused.
        most_includes: How many kinds may be asked for in one request; None is all of them.
        include_refusal: The status of such refusals: 400 or 422.
        sparse_fields: Whether `fields[...]` is taken where it is known to be.
        refused: Statuses by route template without the API's prefix, such as `{"/v1/secrets": 403}`: what the plan
            or the key's scope keeps from the caller. A template stands for all that lies below it, too.
        plain_errors: True words errors as `{"error": ...}` instead of as JSON:API errors.
        children_touch_incidents: Whether what is written to a child bumps the `updated_at` of its incident.
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
