"""Values of attributes that refer to no other resource, by their names and types."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from sandbox.rootly import texts
from sandbox.rootly.description import singular
from sandbox.texts import MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.rootly.fields import Field
    from sandbox.rootly.soil import Sprout

    Maker: TypeAlias = "Callable[[Sprout], Any]"

_SECRET_NAMES = frozenset(
    {"csv_file_url", "ping_url", "secret", "session_id", "webhook_endpoint", "xlsx_file_url", "zoom_meeting_start_url"}
)
_SECRET_ENDINGS = ("_password", "_token", "_secret")
_SECRET_ADDRESSES = frozenset(
    {("alert_sources", "email"), ("heartbeats", "email_address"), ("webhooks_endpoints", "url")}
)
"""Tables and attributes whose value lets its holder send something on behalf of the organisation, or to it."""


def is_secret(table: str, name: str) -> bool:
    """Whether an attribute is one that must never leave a client."""
    return name in _SECRET_NAMES or name.endswith(_SECRET_ENDINGS) or (table, name) in _SECRET_ADDRESSES


def plain(name: str, field: Field) -> Maker:
    """A function that generates the values of an attribute that refers to no other resource."""
    if field.kind in _NAMED_KINDS and name in _BY_NAME:
        return _BY_NAME[name]
    if field.kind in _BY_KIND:
        return _BY_KIND[field.kind]
    for endings, make in _BY_ENDING:
        if name.endswith(endings):
            return make
    return lambda sprout: f"{name.replace('_', ' ')} {sprout.rng.randrange(1000)}"


def token(sprout: Sprout) -> str:
    """An id of some other service."""
    return f"{sprout.rng.getrandbits(40):010x}"


def _day(sprout: Sprout) -> str:
    return (sprout.created_at + timedelta(days=sprout.rng.randint(0, 30))).date().isoformat()


def _name(sprout: Sprout) -> str:
    return f"{texts.system(sprout.rng)} {singular(sprout.table).replace('_', ' ')} {sprout.number}"


def _email(sprout: Sprout) -> str:
    return f"person{sprout.rng.randrange(10_000)}@example.com"


def _phone(sprout: Sprout) -> str:
    return f"+1555{sprout.rng.randrange(10**7):07d}"


def _link(sprout: Sprout) -> str:
    return f"https://example.com/{sprout.table}/{token(sprout)}"


def _clock(sprout: Sprout) -> str:
    return f"{sprout.rng.randrange(24):02d}:00"


def _sentence(sprout: Sprout) -> str:
    return texts.sentence(sprout.rng)


def _payload(sprout: Sprout) -> Any:
    """Free-form JSON of any type."""
    rng = sprout.rng
    return {
        "host": f"node-{rng.randrange(100)}",
        "load": round(rng.random() * 10, 3),
        "tags": ["prod", rng.choice(("eu", "us"))],
        "nested": {"ok": sprout.chance(0.5), "none": None, "text": rng.choice(MESSAGES)},
        "big": 2**53 + rng.randrange(1000),
    }


_NAMED_KINDS = frozenset({"string", "uri", "integer", "any", "object"})
_BY_NAME: Mapping[str, Maker] = {
    "name": _name,
    "title": _name,
    "label": _name,
    "slug": lambda sprout: f"{singular(sprout.table).replace('_', '-')}-{sprout.number}",
    "color": lambda sprout: sprout.rng.choice(texts.COLOURS),
    "icon": lambda _sprout: "server-stack",
    "position": lambda sprout: sprout.number,
    "email": _email,
    "email_address": _email,
    "phone": _phone,
    "phone_2": _phone,
    "phone_number": _phone,
    "ip_address": lambda sprout: f"192.0.2.{sprout.rng.randrange(256)}",
    "user_agent": lambda _sprout: "Mozilla/5.0 (X11; Linux x86_64)",
    "time_zone": lambda sprout: sprout.rng.choice(texts.ZONES),
    "key": lambda sprout: sprout.rng.choice(("region", "tier", "customer")),
    "value": lambda sprout: sprout.rng.choice(("eu-1", "gold", "42", "漢字")),
    "due_date": _day,
    "source": lambda sprout: sprout.rng.choice(("web", "slack", "api", "datadog", "pagerduty")),
    "context": lambda sprout: {"attempt": sprout.rng.randint(1, 3)},
    "data": _payload,
    "object": lambda sprout: {"name": _name(sprout)},
    "object_changes": lambda sprout: {"name": [None, _name(sprout)]},
    "team_id": lambda _sprout: 1,
    "currency": lambda _sprout: "EUR",
    "command": lambda sprout: f"/rootly-{sprout.number}",
    "json_path": lambda _sprout: "$.payload.severity",
}
_BY_KIND: Mapping[str, Maker] = {
    "date-time": lambda sprout: sprout.later(),
    "date": _day,
    "time": _clock,
    "boolean": lambda sprout: sprout.chance(0.5),
    "integer": lambda sprout: sprout.rng.randint(0, 60),
    "number": lambda sprout: round(sprout.rng.random() * 100, 2),
    "uuid": lambda sprout: str(UUID(int=sprout.rng.getrandbits(128), version=4)),
    "uri": _link,
    "object": lambda _sprout: {},
    "any": lambda sprout: sprout.rng.choice((None, 1, "text", True)),
}
_BY_ENDING: tuple[tuple[tuple[str, ...], Maker], ...] = (
    (("_at", "_for", "_until"), lambda sprout: sprout.later()),
    (("_time", "_time_of_day"), _clock),
    (("url", "link"), _link),
    (("_id", "_key", "_ts", "_sha"), token),
    (("description", "summary", "message", "content", "body", "greeting", "task", "details", "feedback"), _sentence),
    (("event",), _sentence),
)
