"""Turns Instatus's responses into rows: names in snake case, times in one form, no secrets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any

from singer_fanout import normal_time, utc_text

Row = dict[str, Any]
Resource = Mapping[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
USUAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

NAMES = {"isParent": "is_group"}
"""Columns with another name than Instatus's field."""
TIMES = frozenset(
    {
        "archivedAt",
        "createdAt",
        "deletedAt",
        "end",
        "ended",
        "resolved",
        "start",
        "startDate",
        "started",
        "timestamp",
        "updatedAt",
    }
)
BY_LANGUAGE = frozenset({"description", "descriptionHtml", "message", "messageHtml", "name", "nameHtml"})
"""Texts that may be sent as an object by language instead of a string."""
LANGUAGES = ("default", "en")
"""The preferred languages, in order; any other if none of them is present."""
SHOWN_OF_A_VALUE = 40

FREE_FORM = frozenset({"translations"})
"""Objects whose keys are data."""

SECRET = frozenset(
    {
        # pages: a URL that gives access to whoever knows it
        "secureLink",
        # components: an email sent there changes the status
        "uniqueEmail",
        # subscribers: addresses and tokens that let others act in their name
        "discord",
        "googleChatWebhook",
        "microsoftTeamsWebhook",
        "slack",
        "unsubscribeToken",
        "webhook",
        "webhookComponentBody",
        "webhookHeaders",
        "webhookIncidentBody",
        "webhookMaintenanceBody",
        "webhookQueryParams",
        # monitors: the credentials of its requests
        "basicAuth",
        "body",
        "headers",
        "queryParams",
        # alert channels: the address or token that messages are sent to
        "metadata",
        "recipient",
    }
)
"""Secrets, which are in no row."""

ELSEWHERE = frozenset(
    {
        # the page, whose id is in every row anyway
        "pageId",
        "site",
        "siteId",
        # components and groups, which are separate rows
        "group",
    }
)
"""Fields whose content is in other columns or streams."""


class Records:
    """Turns resources into rows.

    Args:
        warn: Called with a line about an invalid time, once for each field.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._warned: set[str] = set()

    def row(self, resource: Resource, *, without: frozenset[str] = frozenset()) -> Row:
        """Turn a resource into a row.

        Args:
            resource: The resource as sent.
            without: Fields that are rows of other streams.
        """
        return self._object(resource, without)

    def time(self, name: str, value: Any) -> str | None:
        """A time in the form that all rows share; None and a warning for an invalid one.

        Args:
            name: The field.
            value: A string, or milliseconds since 1970.
        """
        if value in (None, ""):
            return None
        try:
            return utc_from(value) if isinstance(value, str) else utc_from_number(value)
        except (TypeError, ValueError, OverflowError):
            if name not in self._warned:
                self._warned.add(name)
                shown = repr(value)[:SHOWN_OF_A_VALUE] if isinstance(value, (str, int, Decimal)) else "as something"
                self._warn(f"Instatus sent {name} {shown}, which is not a time: it is loaded as null, as are others")
            return None

    def _object(self, told: Resource, without: frozenset[str] = frozenset()) -> Row:
        return {
            column(name): self._value(name, value)
            for name, value in told.items()
            if name not in SECRET and name not in ELSEWHERE and name not in without
        }

    def _value(self, name: str, value: Any) -> Any:
        if name in TIMES:
            return self.time(name, value)
        if name in FREE_FORM:
            return value
        if isinstance(value, dict):
            return in_one_language(value) if name in BY_LANGUAGE else self._object(value)
        if isinstance(value, list):
            return [self._value(name, item) for item in value]
        return value


def utc_from(text: str) -> str:
    """Convert an RFC 3339 time to UTC.

    Raises:
        ValueError: The text is not an RFC 3339 time.
    """
    if USUAL_TIME.fullmatch(text):
        # Most of a row's cost is its times: those in the usual form only have to be validated.
        datetime.fromisoformat(text[:-1])
        return f"{text[:-1]}000Z"
    return normal_time(text)


def utc_from_number(milliseconds: Any) -> str:
    """Convert milliseconds since 1970 to a UTC time.

    Raises:
        TypeError: It is not a number.
        OverflowError: It is beyond the year 9999.
    """
    if isinstance(milliseconds, bool):
        raise TypeError
    return utc_text(EPOCH + timedelta(microseconds=int(milliseconds * 1000)))


def in_one_language(told: Any) -> Any:
    """A text that may be sent as an object by language; anything else is returned as is."""
    if not isinstance(told, dict):
        return told
    texts = (told.get(language) for language in (*LANGUAGES, *told))
    return next((text for text in texts if isinstance(text, str) and text), None)


@cache
def column(name: str) -> str:
    """The name of a field's column."""
    return NAMES.get(name) or WORD.sub("_", name).lower()


def fingerprint(*parts: object) -> str:
    """An id for something without one: the same for the same parts in every run."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


SECRET_COLUMNS = frozenset({*SECRET, *ELSEWHERE, *map(column, SECRET | ELSEWHERE)})
"""The fields that are in no row, by both of their names."""
