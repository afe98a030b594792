"""Settings that every tap on this engine has, and what makes their values wrong."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def engine_settings(*, requests_per_minute: int, per_key: bool = False) -> list[th.Property[Any]]:
    """Declare the engine's settings.

    Args:
        requests_per_minute: The API's documented limit, the default of the budget.
        per_key: Whether the tap may read with several keys, each with a budget of its own.
    """
    return [
        th.Property(
            "max_concurrency",
            th.IntegerType(minimum=1, maximum=64),
            default=8,
            title="Requests at once",
            description="How many requests may be in flight at the same time; 1 reads one page after the other.",
        ),
        th.Property(
            "requests_per_minute",
            th.IntegerType(minimum=0),
            default=requests_per_minute,
            title="Requests per minute",
            description=(
                f"The most requests sent in any minute{' with one key' if per_key else ''}, for all streams together; "
                "0 for no limit. A lower limit that the API reports is followed."
            ),
        ),
        th.Property(
            "max_retries",
            th.IntegerType(minimum=0, maximum=20),
            default=5,
            title="Retries",
            description="How often a request is repeated after a failure that may pass (no answer, 429, 5xx).",
        ),
        th.Property(
            "request_timeout",
            th.IntegerType(minimum=1),
            default=60,
            title="Request timeout",
            description="Seconds to wait for a connection, and between two parts of an answer.",
        ),
        th.Property(
            "strict",
            th.BooleanType,
            default=False,
            title="Strict",
            description=(
                "End the run when the API refuses a stream or a part of it (403, 404), "
                "instead of leaving it out with a warning."
            ),
        ),
        th.Property(
            "allow_http",
            th.BooleanType,
            default=False,
            title="Allow http",
            description="Talk to another machine without encryption. Credentials can be read on the way.",
        ),
        th.Property(
            "show_progress",
            th.BooleanType,
            title="Show progress",
            description=(
                "Log every ten seconds how far the stream is that is being read. "
                "Without a value only where the log goes to a terminal."
            ),
        ),
        th.Property(
            "emit_activate_version_messages",
            th.BooleanType,
            default=True,
            title="See deletes",
            description=(
                "After each complete read of a full-table stream, tell the target to remove the rows "
                "that were not in it (ACTIVATE_VERSION). Switch off when several configurations load into one table."
            ),
        ),
    ]


def url_errors(setting: str, url: str, *, allow_http: bool) -> list[str]:
    """What is wrong with the address of an API, one line for each."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        if parts.scheme not in {"http", "https"} or not host:
            return [f"{setting}: not a full address such as https://status.example.com/api"]
        requests.Request("GET", url).prepare()
    except ValueError as error:
        return [f"{setting}: {error}"]
    errors = []
    if parts.username or parts.password:
        errors.append(f"{setting}: must not hold credentials; use the setting made for them")
    if parts.query or parts.fragment:
        errors.append(f"{setting}: must end before any '?' or '#'")
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
        errors.append(
            f"{setting}: http sends credentials to {host} in clear text; use https, or set allow_http if you must"
        )
    return errors


def secret_texts(declared: Mapping[str, Any], value: Any) -> list[str]:
    """The texts of settings that must not be shown, the longest first.

    Secrets may stand in objects and lists. Of those, the whole text is told too, as is whatever stands in their
    place: an error about a value of the wrong type shows all of it.

    Args:
        declared: The JSON schema of a setting, or of all settings.
        value: Its value, right or wrong.
    """
    return sorted(set(_secret_texts(declared, value)), key=len, reverse=True)


def _secret_texts(declared: Mapping[str, Any], value: Any) -> Iterator[str]:
    if not value or not _holds_secrets(declared):
        return
    yield repr(value)
    properties, items = declared.get("properties"), declared.get("items")
    if properties and isinstance(value, dict):
        for name, inner in value.items():
            yield from _secret_texts(properties.get(name, {}), inner)
    elif items and isinstance(value, list):
        for item in value:
            yield from _secret_texts(items, item)
    else:
        yield str(value)


def _holds_secrets(declared: Mapping[str, Any]) -> bool:
    inside = [*declared.get("properties", {}).values(), declared.get("items", {})]
    return bool(declared.get("secret")) or any(_holds_secrets(inner) for inner in inside if inner)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
