"""Requests taken apart, answers looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.instatus import query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.routing import Call

_ENCODER = msgspec.json.Encoder()


def asked(call: Call, known: Iterable[str] = ()) -> dict[str, str]:
    """The query of a request; what is not known is a problem."""
    return query.parse(call.request.query_params.multi_items(), known)


def plain(shown: Any) -> Any:
    """What a client makes of a part of an answer."""
    return msgspec.json.decode(_ENCODER.encode(shown))


def resource_of(template: str) -> str:
    """What of a page a route is about: `audience_groups` for `/instatus/v1/{page_id}/audience-groups/{id}`."""
    tail = template.partition("{page_id}/")[2]
    return "cron_monitors" if tail == "monitors/cron" else tail.partition("/")[0].replace("-", "_")
