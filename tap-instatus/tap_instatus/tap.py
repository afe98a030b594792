"""The tap: its settings, its streams, and what it has learned about the key."""

from __future__ import annotations

import re
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import ApiTap, engine_settings, url_errors
from singer_sdk import typing as th

from tap_instatus.auth import UNAUTHORIZED_HINT, instatus_authenticator
from tap_instatus.records import SECRET_COLUMNS, Records
from tap_instatus.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream

API = "https://api.instatus.com"
PUBLIC = "https://{subdomain}.instatus.com"
REQUESTS_PER_MINUTE = 120
"""No limit is documented: this leaves room for others who use the same key."""
CAN_BE_CHOSEN = ("components", "incidents", "maintenances", "templates", "metrics", "audience_groups")
"""Lists whose records have their own route."""


class TapInstatus(ApiTap):
    """Singer tap for Instatus status pages: components, incidents, maintenance, metrics, monitors, on-call rules."""

    name = "tap-instatus"
    unauthorized_hint = UNAUTHORIZED_HINT
    side_effects = re.compile(r"^/monitors-groups/[^/]+/run|^/monitors/check_inserted_logs")

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "api_key",
            th.StringType(min_length=1),
            required=True,
            secret=True,
            title="API key",
            description="Key of a person who owns the pages, from https://dashboard.instatus.com/developer.",
        ),
        th.Property(
            "page_ids",
            th.ArrayType(th.StringType(min_length=1)),
            title="Pages",
            description=(
                "Read only these status pages; if empty, all that the key can see. A page that was loaded before and "
                "is left out now holds back deletes, unless give_up_parts names it."
            ),
        ),
        th.Property(
            "record_ids",
            th.ObjectType(
                *(th.Property(name, th.ArrayType(th.StringType(min_length=1))) for name in CAN_BE_CHOSEN),
                additional_properties=False,
            ),
            title="Single records",
            description=(
                'Read only these records of a stream, e.g. {"incidents": ["cl2xk0d9a0001"]}; such a run deletes '
                "nothing."
            ),
        ),
        th.Property(
            "incremental_emit",
            th.BooleanType,
            default=False,
            title="Emit changes only",
            description=(
                "Emit only rows that have changed since the last run, where they carry a time of change. It saves no "
                "requests, and deletes are not seen."
            ),
        ),
        th.Property(
            "components_api_version",
            th.IntegerType,
            default=1,
            allowed_values=[1, 2],
            title="Version of the list of components",
            description="1, as documented by the provider, or 2.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default=API,
            title="API address",
            description="Base URL of the API.",
        ),
        th.Property(
            "public_url",
            th.StringType,
            default=PUBLIC,
            title="Public address",
            description=(
                "URL of the public pages, with the placeholders {subdomain} and {custom_domain}. The public summary "
                "is read there, without the key."
            ),
        ),
        *engine_settings(requests_per_minute=REQUESTS_PER_MINUTE, parts="pages (by their ids)"),
    ).to_dict()

    def __init__(self, **options: Any) -> None:
        self._key_lock = Lock()
        self._not_owned: set[str] = set()
        super().__init__(**options)

    def discover_streams(self) -> Sequence[Stream]:
        """All streams."""
        return [stream(self) for stream in STREAMS]

    def is_secret_field(self, stream: str, name: str) -> bool:  # noqa: ARG002
        """Whether this is a secret, by Instatus's name or by a column's, or a nested page, which contains many."""
        return name in SECRET_COLUMNS

    def setting_errors(self) -> list[str]:
        """Errors in URLs."""
        public, allow_http = self.setting("public_url"), self.config.get("allow_http") is True
        errors = super().setting_errors()
        if isinstance(public, str):
            try:
                example = public.format(subdomain="page", custom_domain="status.example.com")
            except (LookupError, ValueError):
                return [*errors, "public_url: may hold {subdomain} and {custom_domain}, and no other braces"]
            errors += url_errors("public_url", example, allow_http=allow_http)
        return errors

    def authenticator(self) -> Any:
        """Adds the key."""
        return instatus_authenticator(self.setting("api_key"))

    def request_headers(self) -> dict[str, str]:
        """Instatus requires a JSON content type on every request, even without a body."""
        return {**super().request_headers(), "Content-Type": "application/json"}

    @cached_property
    def records(self) -> Records:
        """Turns responses into rows."""
        return Records(self.summary.warn_once)

    @property
    def page_ids(self) -> frozenset[str]:
        """The pages to read; empty for all."""
        return frozenset(self.setting("page_ids") or ())

    def record_ids(self, path: str) -> tuple[str, ...] | None:
        """The records to read of a list; None for all."""
        chosen = (self.setting("record_ids") or {}).get(path.rsplit("/", maxsplit=1)[-1].replace("-", "_"))
        return None if chosen is None else tuple(dict.fromkeys(chosen))

    def check_key(self, stream: str, page_id: str) -> None:
        """Distinguish the two meanings of 401 with a request for the list that every valid key may read.

        Args:
            stream: The stream on whose behalf.
            page_id: The page that was refused; checked once for each.

        Raises:
            UnauthorizedError: The key is wrong or was revoked.
        """
        with self._key_lock:
            if page_id not in self._not_owned:
                self.get(stream, self.client.url("/v2/pages", {"page": 1, "per_page": 1}))
                self._not_owned.add(page_id)
