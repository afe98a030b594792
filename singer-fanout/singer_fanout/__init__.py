"""Concurrent, rate-budgeted REST streams for Singer taps."""

from __future__ import annotations

from singer_fanout.imports import import_sdk, without_collecting

with without_collecting():
    import_sdk()
    from singer_fanout.budget import RateBudget
    from singer_fanout.client import Answer, ApiClient, one_try_for_time_outs
    from singer_fanout.divided import DividedReading
    from singer_fanout.errors import (
        FATAL,
        ApiError,
        EndlessError,
        KeyRefusedError,
        MalformedError,
        RedirectedError,
        RefusedError,
        RejectedError,
        SettingsError,
        StoppedError,
        TransientError,
        UnauthorizedError,
    )
    from singer_fanout.fan_out import FanOutStream
    from singer_fanout.paged import PagedStream
    from singer_fanout.pagination import CursorPaginator, NumberedPaginator
    from singer_fanout.pool import RequestPool
    from singer_fanout.readings import CursorReading, ListReading, Reading
    from singer_fanout.settings import engine_settings, is_loopback, url_errors
    from singer_fanout.shape import as_list, as_object, identities, identity
    from singer_fanout.shared import KeptAnswers, Room
    from singer_fanout.streams import ApiStream
    from singer_fanout.tap import ApiTap
    from singer_fanout.times import earlier, is_time, normal_time, parse_utc, utc_text

__all__ = [
    "FATAL",
    "Answer",
    "ApiClient",
    "ApiError",
    "ApiStream",
    "ApiTap",
    "CursorPaginator",
    "CursorReading",
    "DividedReading",
    "EndlessError",
    "FanOutStream",
    "KeptAnswers",
    "KeyRefusedError",
    "ListReading",
    "MalformedError",
    "NumberedPaginator",
    "PagedStream",
    "RateBudget",
    "Reading",
    "RedirectedError",
    "RefusedError",
    "RejectedError",
    "RequestPool",
    "Room",
    "SettingsError",
    "StoppedError",
    "TransientError",
    "UnauthorizedError",
    "as_list",
    "as_object",
    "earlier",
    "engine_settings",
    "identities",
    "identity",
    "is_loopback",
    "is_time",
    "normal_time",
    "one_try_for_time_outs",
    "parse_utc",
    "url_errors",
    "utc_text",
]
