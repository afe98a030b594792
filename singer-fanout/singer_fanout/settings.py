"""Settings that every tap on this engine has, and what makes their values wrong."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import requests
from singer_sdk import typing as th


def engine_settings(*, requests_per_minute: int) -> list[th.Property[Any]]:
    """Declare the engine's settings, with the API's documented limit as the default of the budget."""
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
                "The most requests sent in any minute, for all streams together; 0 for no limit. "
                "A lower limit that the API reports is followed."
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


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
