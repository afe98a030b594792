"""Words for the data of an organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.texts import MESSAGES

if TYPE_CHECKING:
    import random

FIRST_NAMES = ("Ada", "Björn", "Chioma", "Dmitri", "Elif", "Fumiko", "Grace", "Hồng", "Íñigo", "Jamal", "Kaisa", "Léa")
LAST_NAMES = ("Okafor", "Svensson", "Nakamura", "O'Brien", "Kowalska", "Yilmaz", "García", "Müller", "Nguyễn", "Smith")
SYSTEMS = (
    "Checkout",
    "Search",
    "Ledger",
    "Login",
    "Mail",
    "Catalogue",
    "Payments",
    "Reports",
    "Media",
    "Billing",
    "Sync",
)
PARTS = ("API", "worker", "gateway", "database", "cache", "queue", "portal", "importer", "index", "scheduler")
COLOURS = ("#FCF2CF", "#D7F5E1", "#E9E2FF", "#FAE6E8", "#FAEEE6", "#047BF8")
ZONES = ("America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo", "UTC", "America/Sao_Paulo")
_WORDS = (
    *("the", "on-call", "engineer", "rolled", "the", "release", "back", "and", "traffic", "recovered", "after"),
    *("replicas", "caught", "up", "while", "customers", "saw", "timeouts", "from", "two", "regions", "until", "we"),
    *("drained", "the", "queue", "and", "raised", "the", "limit", "for", "writes"),
)

_ODD = 0.1
"""The share of odd sentences: enough to occur in small data."""


def system(rng: random.Random) -> str:
    """The name of a system: `Checkout gateway`."""
    return f"{rng.choice(SYSTEMS)} {rng.choice(PARTS)}"


def sentence(rng: random.Random) -> str:
    """A sentence, occasionally an odd one."""
    if rng.random() < _ODD:
        return rng.choice(MESSAGES)
    start = rng.randrange(len(_WORDS) - 6)
    return " ".join(_WORDS[start : start + rng.randint(4, 12)]).capitalize() + "."


def slug(name: str) -> str:
    """A name as used in a path."""
    return "-".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in name.lower()).split())
