"""Fields that Rootly sends and the tap never emits, with the reason: secrets, anything that gives access, and copies.

A field listed here is not schema drift: it is left out silently. Any other field that a schema lacks is reported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY_STREAM = "*"

_SECRET = "a secret"  # noqa: S105
_OPENS_A_DOOR = "whoever knows it can send in Rootly's name or to it"

LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    EVERY_STREAM: {
        "password": _SECRET,
        "secret": _SECRET,
        "token": _SECRET,
    },
    "incidents": {
        "zoom_meeting_h323_password": _SECRET,
        "zoom_meeting_password": _SECRET,
        "zoom_meeting_pstn_password": _SECRET,
        "zoom_meeting_start_url": "whoever opens it is the meeting's host",
    },
    "alert_sources": {
        "email": _OPENS_A_DOOR,
        "webhook_endpoint": _OPENS_A_DOOR,
    },
    "audits": {
        "session_id": "whoever knows it may be taken for the person",
    },
    "heartbeats": {
        "email_address": _OPENS_A_DOOR,
        "ping_url": _OPENS_A_DOOR,
    },
    "on_call_pay_reports": {
        "csv_file_url": "opens the file for everybody who has it",
        "xlsx_file_url": "opens the file for everybody who has it",
    },
    "status_pages": {
        "authentication_password": _SECRET,
    },
    "webhook_endpoints": {
        "custom_headers": "they authenticate Rootly to the receiver",
        "url": _OPENS_A_DOOR,
    },
}
"""Stream -> field -> reason for leaving it out."""

ROUTES_LEFT_OUT: Mapping[str, str] = {
    "/v1/ai/chat/sessions/{session_id}/messages": "a conversation with an assistant; no list tells the sessions",
    "/v1/alerts/receipts/{id}": "what became of one request that sent an alert; no list tells them",
    "/v1/alerts/{alert_id}/events": "alert_events has the same rows, with their alert_id",
    "/v1/incident_retrospective_steps/{id}": "single records only; no list tells them",
    "/v1/live_call_routers/generate_phone_number": "no data: asking for it reserves a phone number",
    "/v1/schedules/{id}/shifts": "shifts has the same rows, with their schedule_id",
}
"""Routes that no stream reads, and why; routes of single records that are also in a list are not mentioned."""

_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+")
_SECRET_NAME = re.compile(
    r"(?:.*_)?(?:"
    r"passwords?|passwd|passphrase|passcode|secrets?|tokens?|credentials?|authorization|headers"
    r"|(?:api|access|private|secret|signing|encryption|shared)_?keys?"
    r"|(?:webhook|ping)_(?:url|endpoint)|cookies?"
    r")",
)
_COUNTS = re.compile(r"(?:max|min|total|prompt|completion|input|output)_tokens")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds credentials, in whatever style the name is written.

    Free-form JSON is emitted as is, so a workflow's HTTP headers or the password of a page that it reads could be
    anywhere inside it.
    """
    plain = _BORDER.sub("_", name).lower()
    return _SECRET_NAME.fullmatch(plain) is not None and _COUNTS.fullmatch(plain) is None


def why_left_out(stream: str, field: str) -> str | None:
    """The reason for leaving out a field of a stream; None for one that is emitted."""
    reason = LEFT_OUT.get(stream, {}).get(field) or LEFT_OUT[EVERY_STREAM].get(field)
    return reason or (_SECRET if is_secret_name(field) else None)
