"""The tap: its settings, its streams, and its connections: one for each key."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import ApiClient, ApiTap, SettingsError, engine_settings
from singer_sdk import typing as th

from tap_statuspages.auth import UNAUTHORIZED_HINT, statuspages_authenticator
from tap_statuspages.client import StatusPage
from tap_statuspages.records import Times
from tap_statuspages.settings import ACTIVE, BOXWATCH, BOXWATCH_URL, SIGRYL, page_settings, provider_errors
from tap_statuspages.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream

REQUESTS_PER_MINUTE = 120


class TapStatusPages(ApiTap):
    """Singer tap for Sigryl and BoxWatch status pages: components, servers, checks, incidents and their updates."""

    name = "tap-statuspages"
    unauthorized_hint = UNAUTHORIZED_HINT
    # BoxWatch takes a GET of /ping/SLUG for the sign of life of a job.
    side_effects = re.compile("/ping/")

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "provider",
            th.StringType,
            default=SIGRYL,
            allowed_values=[SIGRYL, BOXWATCH],
            title="Provider",
            description="Who hosts the status pages: sigryl or boxwatch. Each has its own streams.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            title="API address",
            description=(
                f"Sigryl: base address of your deployment, such as https://HOST, without /api/v1. "
                f"BoxWatch: {BOXWATCH_URL} without it."
            ),
        ),
        th.Property(
            "api_key",
            th.StringType,
            secret=True,
            title="API key",
            description="Sigryl: the key of the page (sk_live_...). BoxWatch: the key of the account (bw_...).",
        ),
        th.Property(
            "pages",
            th.ArrayType(
                th.ObjectType(
                    th.Property(
                        "api_url",
                        th.StringType,
                        title="API address",
                        description="Base address of the page's deployment; that of the tap without it.",
                    ),
                    th.Property(
                        "api_key",
                        th.StringType,
                        required=True,
                        secret=True,
                        title="API key",
                        description="Key of the page.",
                    ),
                    additional_properties=False,
                )
            ),
            title="Pages",
            description=(
                'Several pages of Sigryl, read at the same time: [{"api_url": "https://HOST", "api_key": '
                '"sk_live_..."}, ...]. A single page is given as api_url and api_key.'
            ),
        ),
        th.Property(
            "status",
            th.StringType,
            default="all",
            allowed_values=["all", ACTIVE],
            title="Incidents",
            description=(
                "Sigryl: active reads only incidents that are not resolved; nothing is deleted then. "
                "Runs are short, and do not bring the end of an incident."
            ),
        ),
        th.Property(
            "reread_resolved",
            th.BooleanType,
            default=False,
            title="Read resolved incidents again",
            description=(
                "Sigryl: read the updates of all incidents in every run. Without it those of an incident that was "
                "resolved when it was read are not read again."
            ),
        ),
        *engine_settings(requests_per_minute=REQUESTS_PER_MINUTE, per_key=True),
    ).to_dict()

    def discover_streams(self) -> Sequence[Stream]:
        """All streams of the provider.

        Raises:
            SettingsError: There is no such provider.
        """
        if self.provider not in STREAMS:
            raise SettingsError(f"The setting provider says whose status pages are read: {SIGRYL} or {BOXWATCH}")
        return [stream(self) for stream in STREAMS[self.provider]]

    def setting_errors(self) -> list[str]:
        """Addresses and keys that cannot be, settings that do not go together."""
        return [*super().setting_errors(), *provider_errors(self.provider, self.config)]

    @property
    def provider(self) -> str:
        """Whose status pages are read."""
        return str(self.setting("provider"))

    @cached_property
    def times(self) -> Times:
        """The providers' times."""
        return Times(self.summary.warn_once)

    @property
    def only_active(self) -> bool:
        """Whether resolved incidents are left out."""
        return bool(self.setting("status") == ACTIVE)

    # Connections

    def authenticator(self) -> Any:
        """The key of BoxWatch's account, or of a single page of Sigryl."""
        return statuspages_authenticator(self.config["api_key"])

    @cached_property
    def client(self) -> ApiClient:
        """The connection to BoxWatch; to Sigryl, that of the first page."""
        if self.provider == SIGRYL:
            return self.status_pages[0].client
        url = self.setting("api_url") or BOXWATCH_URL
        return self.new_client(url, authenticator=self.authenticator())

    @cached_property
    def status_pages(self) -> tuple[StatusPage, ...]:
        """The pages of Sigryl, each with the connection of its own key: the limit counts for each."""
        return tuple(
            StatusPage(
                page,
                self.new_client(
                    page.api_url, authenticator=statuspages_authenticator(page.api_key), budget=self.new_budget()
                ),
            )
            for page in page_settings(self.config)
        )

    @cached_property
    def public_client(self) -> ApiClient:
        """The connection to BoxWatch's public pages, which get no key."""
        return self.new_client(self.client.base_url)
