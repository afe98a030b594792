"""Helpers for requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.instatus import query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.routing import Call

_ENCODER = msgspec.json.Encoder()


def asked(call: Call, known: Iterable[str] = ()) -> dict[str, str]:
    """The query of a request; raises a problem for unknown parameters."""
    return query.parse(call.request.query_params.multi_items(), known)


def plain(shown: Any) -> Any:
    """A part of a response as a client decodes it."""
    return msgspec.json.decode(_ENCODER.encode(shown))


def resource_of(template: str) -> str:
    """The resource of a route below a page: `audience_groups` for `/instatus/v1/{page_id}/audience-groups/{id}`."""
    tail = template.partition("{page_id}/")[2]
    return "cron_monitors" if tail == "monitors/cron" else tail.partition("/")[0].replace("-", "_")
