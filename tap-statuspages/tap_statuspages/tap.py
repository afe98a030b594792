"""The tap: its settings, its streams, and its clients, one per key."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import ApiClient, ApiTap, SettingsError, engine_settings
from singer_sdk import typing as th

from tap_statuspages.auth import UNAUTHORIZED_HINT, statuspages_authenticator
from tap_statuspages.parts import Part
from tap_statuspages.records import Times
from tap_statuspages.settings import (
    ACTIVE,
    BOXWATCH,
    BOXWATCH_URL,
    SIGRYL,
    account_settings,
    page_settings,
    provider_errors,
)
from tap_statuspages.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_fanout import RateBudget
    from singer_sdk import Stream

REQUESTS_PER_MINUTE = 120
PARTS = "pages of Sigryl (by their slugs) and accounts of BoxWatch (by their names)"
ENDPOINT_KEY = th.CustomType({"type": ["string"], "secret": True, "writeOnly": True})


class TapStatusPages(ApiTap):
    """Singer tap for Sigryl and BoxWatch status pages: components, servers, checks, incidents and their updates."""

    name = "tap-statuspages"
    unauthorized_hint = UNAUTHORIZED_HINT
    # BoxWatch takes a GET of /ping/SLUG as a job's heartbeat.
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
                "Sigryl: base URL of your deployment, such as https://HOST, without /api/v1. "
                f"BoxWatch: {BOXWATCH_URL} by default."
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
                        description="Base URL of the page's deployment; that of the tap by default.",
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
            "accounts",
            th.ArrayType(
                th.ObjectType(
                    th.Property(
                        "name",
                        th.StringType(min_length=1),
                        required=True,
                        title="Name",
                        description="Value of the column account in the rows of the account.",
                    ),
                    th.Property(
                        "api_key",
                        th.StringType,
                        required=True,
                        secret=True,
                        title="API key",
                        description="Key of the account.",
                    ),
                    th.Property(
                        "endpoint_keys",
                        th.ArrayType(ENDPOINT_KEY),
                        title="Endpoint keys",
                        description="Keys of the account's custom endpoints.",
                    ),
                    additional_properties=False,
                )
            ),
            title="Accounts",
            description=(
                'Several accounts of BoxWatch, read at the same time: [{"name": "eu", "api_key": "bw_...", '
                '"endpoint_keys": ["bw_api_..."]}, ...]. A single account is given as api_key and endpoint_keys.'
            ),
        ),
        th.Property(
            "endpoint_keys",
            th.ArrayType(ENDPOINT_KEY),
            title="Endpoint keys",
            description=(
                "BoxWatch: keys of custom endpoints, whose metrics become the stream endpoint_metrics: "
                '["bw_api_...", ...].'
            ),
        ),
        th.Property(
            "keep_ended_incidents",
            th.BooleanType,
            default=True,
            title="Keep ended incidents",
            description=(
                "BoxWatch: keep incidents and updates that the public pages no longer show. Those pages may show only "
                "open incidents, so without this a warehouse loses each incident when it ends."
            ),
        ),
        th.Property(
            "status",
            th.StringType,
            default="all",
            allowed_values=["all", ACTIVE],
            title="Incidents",
            description=(
                "Sigryl: active reads only unresolved incidents. Such runs are short, delete nothing and do not see "
                "an incident end."
            ),
        ),
        th.Property(
            "reread_resolved",
            th.BooleanType,
            default=False,
            title="Read resolved incidents again",
            description=(
                "Sigryl: read the updates of all incidents in every run. Without it, those of incidents that were "
                "already resolved when read are not read again."
            ),
        ),
        *engine_settings(requests_per_minute=REQUESTS_PER_MINUTE, per_key=True, parts=PARTS),
    ).to_dict()

    def discover_streams(self) -> Sequence[Stream]:
        """All streams of the provider.

        Raises:
            SettingsError: There is no such provider.
        """
        if self.provider not in STREAMS:
            raise SettingsError(f"The setting provider says whose status pages are read: {SIGRYL} or {BOXWATCH}")
        return [stream(self) for stream in STREAMS[self.provider]]

    def is_secret_field(self, stream: str, name: str) -> bool:
        """Whether this field must not be emitted."""
        hidden: frozenset[str] = getattr(self.streams[stream], "hidden", frozenset())
        return name in hidden

    def setting_errors(self) -> list[str]:
        """Errors in URLs and keys, and settings that do not go together."""
        return [*super().setting_errors(), *provider_errors(self.provider, self.config)]

    @property
    def provider(self) -> str:
        """The provider of the status pages."""
        return str(self.setting("provider"))

    @cached_property
    def times(self) -> Times:
        """Converts the providers' times."""
        return Times(self.summary.warn_once)

    @property
    def only_active(self) -> bool:
        """Whether resolved incidents are left out."""
        return bool(self.setting("status") == ACTIVE)

    @property
    def keeps_ended_incidents(self) -> bool:
        """Whether to keep incidents that BoxWatch's public pages no longer show."""
        return bool(self.setting("keep_ended_incidents"))

    @property
    def has_accounts(self) -> bool:
        """Whether the rows of BoxWatch name their account."""
        return bool(self.config.get("accounts"))

    @property
    def has_endpoints(self) -> bool:
        """Whether there are custom endpoints of BoxWatch to read."""
        return any(account.endpoint_keys for account in account_settings(self.config))

    # Connections

    def authenticator(self) -> Any:
        """Adds the key of BoxWatch's account, or of a single page of Sigryl."""
        return statuspages_authenticator(self.config["api_key"])

    @cached_property
    def client(self) -> ApiClient:
        """The client of the first account of BoxWatch, or of the first page of Sigryl."""
        return (self.status_pages if self.provider == SIGRYL else self.accounts)[0].client

    @cached_property
    def status_pages(self) -> tuple[Part, ...]:
        """The pages of Sigryl, each with its own client, because the rate limit is per key."""
        return tuple(
            Part(page.name, page.whole_name("api_key"), self._client_of(page.api_url, page.api_key))
            for page in page_settings(self.config)
        )

    @cached_property
    def accounts(self) -> tuple[Part, ...]:
        """The accounts of BoxWatch, each with its own client.

        A single one shares its budget with the public routes, which need no key.
        """
        url = self.setting("api_url") or BOXWATCH_URL
        budget = None if self.has_accounts else self.budget
        return tuple(
            Part(
                account.name,
                account.whole_name("api_key"),
                self._client_of(url, account.api_key, budget),
                account.account,
            )
            for account in account_settings(self.config)
        )

    @cached_property
    def endpoints(self) -> tuple[Part, ...]:
        """The custom endpoints of BoxWatch, each with its own client."""
        url = self.setting("api_url") or BOXWATCH_URL
        return tuple(
            Part(name, name, self._client_of(url, key), account.account)
            for account in account_settings(self.config)
            for number, key in enumerate(account.endpoint_keys)
            for name in (account.whole_name(f"endpoint_keys[{number}]"),)
        )

    def _client_of(self, url: str, key: str, budget: RateBudget | None = None) -> ApiClient:
        """Create a client for a key, with its own budget unless another is given."""
        authenticator = statuspages_authenticator(key)
        return self.new_client(url, authenticator=authenticator, budget=budget or self.new_budget())

    @cached_property
    def public_client(self) -> ApiClient:
        """The client for BoxWatch's public pages, without a key."""
        return self.new_client(self.client.base_url)
