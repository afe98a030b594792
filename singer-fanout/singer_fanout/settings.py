"""Settings that all taps on this engine share, and their validation."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


FAIL, WARN = "fail", "warn"
"""How the exit code treats a run that could not read everything."""
BOOLEANS = frozenset({"true", "1", "yes", "on", "false", "0", "no", "off", ""})
"""Spellings of true and false in the environment."""


def engine_settings(
    *, requests_per_minute: int, per_key: bool = False, parts: str | None = None
) -> list[th.Property[Any]]:
    """Declare the engine's settings.

    Args:
        requests_per_minute: The API's documented limit, the default of the budget.
        per_key: Whether the tap may read with several keys, each with its own budget.
        parts: The parts that the tap's tables consist of and what identifies them, such as `pages by their ids`; None
            for taps without parts.
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
                f"Maximum number of requests per minute{' with one key' if per_key else ''}, across all streams; "
                "0 for no limit. A lower limit reported by the API is respected."
            ),
        ),
        th.Property(
            "max_retries",
            th.IntegerType(minimum=0, maximum=20),
            default=5,
            title="Retries",
            description="How many times a request is retried after a transient failure (no response, 429, 5xx).",
        ),
        th.Property(
            "request_timeout",
            th.IntegerType(minimum=1, maximum=3600),
            default=60,
            title="Request timeout",
            description="Seconds to wait for a connection, and for the next part of a response.",
        ),
        th.Property(
            "strict",
            th.BooleanType,
            default=False,
            title="Strict",
            description=(
                "Fail when the API refuses a stream or a part of it (403, 404), instead of leaving it out with a "
                "warning."
            ),
        ),
        th.Property(
            "partial_failure",
            th.StringType,
            default=FAIL,
            allowed_values=[FAIL, WARN],
            title="Partial failure",
            description=(
                "How a run ends when something could not be read: fail (exit code 1) or warn (exit code 0). Either "
                "way, everything else is read and written first, and every failure is logged as an error."
            ),
        ),
        th.Property(
            "summary_file",
            th.StringType,
            title="Summary file",
            description=(
                "Path of a JSON file that is written at the end of every run, including failed ones: rows, requests, "
                "failures and what was left out, for each stream."
            ),
        ),
        *_give_up(parts),
        th.Property(
            "allow_http",
            th.BooleanType,
            default=False,
            title="Allow http",
            description="Allow unencrypted connections to other machines. Credentials can be intercepted.",
        ),
        th.Property(
            "keep_undeclared",
            th.BooleanType,
            default=False,
            title="Keep undeclared fields",
            description=(
                "Keep fields that the API sends and that the stream's schema lacks, in a column `undeclared`. "
                "Anything that looks like a secret or a URL is left out, but nobody has reviewed these fields (see "
                "the README)."
            ),
        ),
        th.Property(
            "show_progress",
            th.BooleanType,
            title="Show progress",
            description=(
                "Log every ten seconds how far the run has got; false never does. "
                "Without a value: every ten seconds on a terminal, every minute elsewhere."
            ),
        ),
        th.Property(
            "emit_activate_version_messages",
            th.BooleanType,
            default=True,
            title="See deletes",
            description=(
                "After each complete read of a full-table stream, tell the target to remove the rows that were not in "
                "it (ACTIVATE_VERSION). Switch this off when several configurations load into one table."
            ),
        ),
    ]


def _give_up(parts: str | None) -> Iterator[th.Property[Any]]:
    if parts is not None:
        yield th.Property(
            "give_up_parts",
            th.ArrayType(th.StringType),
            title="Given up",
            description=(
                f"Gives up {parts} that were loaded before and can no longer be read: they stop holding back deletes, "
                "and their own rows are deleted."
            ),
        )


def environment_prefix(plugin: str) -> str:
    """The prefix of a plugin's environment variables."""
    return f"{plugin.upper().replace('-', '_')}_"


def url_errors(setting: str, url: str, *, allow_http: bool) -> list[str]:
    """The errors in the URL of an API, one line each."""
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
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        errors.append(
            f"{setting}: http sends credentials to {host} in clear text; use https, or set allow_http if you must"
        )
    return errors


def secret_errors(declared: Mapping[str, Any], value: Any, name: str = "") -> Iterator[str]:
    """The errors in secret settings that a request could not carry, and would reveal in its error message.

    Args:
        declared: The JSON schema of a setting, or of all settings.
        value: Its value.
        name: Its name; empty for all settings.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from secret_errors(declared.get("properties", {}).get(key, {}), inner, f"{name}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from secret_errors(declared.get("items", {}), item, f"{name}[{number}]")
    elif declared.get("secret") and isinstance(value, str):
        if value.strip() and value != value.strip():
            yield f"{name}: begins or ends with a blank or a line break; copy it once more"
        elif not (value.isascii() and value.isprintable()):
            yield f"{name}: holds characters that no request can carry; copy it once more"


def environment_errors(declared: Mapping[str, Any], plugin: str) -> Iterator[str]:
    """The errors in settings from the environment, one line for each variable.

    Args:
        declared: The JSON schema of all settings.
        plugin: The name of the tap.
    """
    for name, setting in declared["properties"].items():
        variable = environment_prefix(plugin) + name.upper()
        text = os.environ.get(variable)
        if text is not None and (wanted := _unlike(setting, text)):
            yield f"{variable} in the environment is not {wanted}"


def _unlike(setting: Mapping[str, Any], text: str) -> str:
    """What a setting's text should be but is not; empty if it is valid."""
    kinds = setting.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "boolean" in kinds:
        return "" if text.strip().lower() in BOOLEANS else "true or false"
    if "integer" in kinds:
        return "" if re.fullmatch(r"\s*[+-]?[0-9]+\s*", text) else "a whole number"
    if not kinds & {"object", "array"}:
        return ""
    # Strings may be listed with commas between them.
    listed = "string" in setting.get("items", {}).get("type", ()) and not text.lstrip().startswith("[")
    return "" if listed or _is_json(text) else "JSON"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (RecursionError, ValueError):
        return False
    return True


def secret_texts(declared: Mapping[str, Any], value: Any) -> list[str]:
    """The strings in settings that must not be shown, longest first.

    Secrets may be nested in objects and lists. The text of those as a whole is included too, as is any value of the
    wrong type in their place: an error about it shows all of it.

    Args:
        declared: The JSON schema of a setting, or of all settings.
        value: Its value, right or wrong.
    """
    return sorted(set(_secret_texts(declared, value)), key=len, reverse=True)


def _secret_texts(declared: Mapping[str, Any], value: Any) -> Iterator[str]:
    if not _holds_secrets(declared) or not str(value or "").strip():
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


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that encryption is not needed."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
