"""Texts as people and machines write them on status pages: quotes, line breaks, scripts, emoji."""

from __future__ import annotations

from typing import Any, Final

SERVICES: Final = (
    "REST API",
    "GraphQL gateway",
    "Webhooks",
    "Login",
    "Búsqueda",
    "Zahlungen & Rechnungen",
    "データ取込",
    "Поиск",
    'Uploads ("large" files)',
    "Mail, inbound",
    "CDN / edge",
    "🚀 Deploys",
)
PLACES: Final = ("Frankfurt", "São Paulo", "東京", "Kraków", "us-east-1", "Zürich")
TROUBLES: Final = (
    "is slow",
    "answers with errors",
    "is down",
    "loses events",
    "shows stale data",
    "rejects valid logins",
)
MESSAGES: Final = (
    "We are looking into it.",
    "A fix is rolling out.\nWe keep watching.",
    'The vendor says: "all good". It is not.',
    "It's back; sorry for the noise 🙏",
    "Line one\r\nLine two\r\n\tindented; a back\\slash and a 'quote'",
    "| a | b |\n|---|---|\n| 1 | **2** |",
    '<script>alert("x")</script> & <b>bold</b>',
    "ünïcödé — \u2018quotes\u2019 … ½ € 漢字 العربية \u200bzero-width \U0001f469\u200d\U0001f4bb",
    "  leading and trailing blanks  ",
    "{{ name }} {% if x %}y{% endif %} $HOME `id` %s {0}",
    "NULL",
    "0",
)
METADATA: Final[tuple[dict[str, Any], ...]] = (
    {"jira": "OPS-17", "sev": 0},
    {"sev": 1, "paged": True, "cost": 12.5},
    {"owner": None, "note": ""},
    {"nested": {"a": [1, 2, {"b": None}], "ü": "ß"}},
    {"list": [], "empty": {}},
    {"big": 9007199254740993, "negative": -1, "text": "0"},
    {"with space": "yes", "dot.ted": False, 'quote"d': "'"},
)
TAGS: Final = {"eu": "EU", "beta": "Beta", "grosse-xl": "Größe XL", "2024": "2024"}
