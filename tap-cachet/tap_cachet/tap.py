"""The tap: its settings, its streams and the check of its token."""

from __future__ import annotations

from functools import cached_property
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from singer_fanout import ApiTap, RefusedError, RejectedError, SettingsError, TransientError, engine_settings
from singer_sdk import typing as th

from tap_cachet.address import address_hint
from tap_cachet.auth import UNAUTHORIZED_HINT, cachet_authenticator
from tap_cachet.client import ServerAbilities
from tap_cachet.records import SECRET, LocalTimes, V2Records, V3Records
from tap_cachet.server_host import ServerHost
from tap_cachet.streams import STREAMS, ScheduleUpdates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_fanout import ApiError
    from singer_sdk import Stream

DEMO = "https://v3.cachethq.io/api"
REQUESTS_PER_MINUTE = 300
CAN_BE_CHOSEN = {
    "/components": "components",
    "/component-groups": "component_groups",
    "/components/groups": "component_groups",
    "/incidents": "incidents",
    "/incident-templates": "incident_templates",
    "/incidents/templates": "incident_templates",
    "/metrics": "metrics",
    "/schedules": "schedules",
    "/subscribers": "subscribers",
}
"""Lists whose records have their own route: path -> name in the setting `record_ids`."""


class TapCachet(ApiTap):
    """Singer tap for Cachet status pages: components, incidents, maintenance, metrics."""

    name = "tap-cachet"
    unauthorized_hint = UNAUTHORIZED_HINT

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "api_url",
            th.StringType,
            default=DEMO,
            title="API address",
            description=(
                "Base URL of the API, including any path prefix: https://HOST/api on 3.x, https://HOST/api/v1 on 2.x. "
                "The default is Cachet's public demo."
            ),
        ),
        th.Property(
            "api_token",
            th.StringType,
            secret=True,
            title="API token",
            description="Token of a user. Without one the tap sees what every visitor sees.",
        ),
        th.Property(
            "api_version",
            th.IntegerType,
            default=3,
            allowed_values=[2, 3],
            title="API version",
            description="Major version of the server: 3, or 2 for 2.x.",
        ),
        th.Property(
            "server_timezone",
            th.StringType,
            default="UTC",
            title="Server time zone",
            description=(
                "IANA name of the server's time zone (APP_TIMEZONE), because its times carry none. Not needed for "
                "2.x, which is asked for UTC."
            ),
        ),
        th.Property(
            "accept_new_address",
            th.BooleanType,
            default=False,
            title="Accept a new address",
            description=(
                "Set this after the server has moved to a new host: the state is carried over to it. Not for a "
                "different server, whose ids identify other rows."
            ),
        ),
        th.Property(
            "record_ids",
            th.ObjectType(
                *(
                    th.Property(name, th.ArrayType(th.IntegerType(minimum=1)))
                    for name in dict.fromkeys(CAN_BE_CHOSEN.values())
                ),
                additional_properties=False,
            ),
            title="Single records",
            description=(
                'Read only these records of a stream, e.g. {"incidents": [12, 40]}; such a run deletes nothing.'
            ),
        ),
        *engine_settings(requests_per_minute=REQUESTS_PER_MINUTE),
    ).to_dict()

    def __init__(self, **options: Any) -> None:
        self._token_lock = Lock()
        self._token_checked = False
        self.token_doubt: ApiError | None = None
        self.has_answered = False
        # Used by threads, so it is created before there are any.
        self.server = ServerAbilities(self.summary.warn_once)
        super().__init__(**options)

    def discover_streams(self) -> Sequence[Stream]:
        """All streams that this generation of servers has."""
        return [stream(self) for stream in STREAMS if not self.v2 or stream is not ScheduleUpdates]

    def setting_errors(self) -> list[str]:
        """Errors in the URL and the time zone."""
        errors = super().setting_errors()
        try:
            ZoneInfo(str(self.setting("server_timezone")))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            errors.append("server_timezone: not an IANA time zone such as Europe/Berlin")
        return errors

    def is_secret_field(self, stream: str, name: str) -> bool:  # noqa: ARG002
        """Whether this is one of the secrets of subscribers that 2.x sends."""
        return name in SECRET

    @cached_property
    def host(self) -> ServerHost:
        """The host of the server."""
        return ServerHost(self.setting("api_url"))

    def load_state(self, state: dict[str, Any]) -> None:
        """Load the bookmarks of an earlier run against this server."""
        super().load_state(state)
        if self.setting("accept_new_address"):
            for host in self.host.take_over(self.state):
                self.logger.warning(
                    "The state belonged to %s; it is carried over, because accept_new_address is set", host
                )
        self.host.check(self.state)

    @property
    def api_version(self) -> int:
        """The generation of the server: 2 or 3."""
        return int(self.setting("api_version"))

    @property
    def v2(self) -> bool:
        """Whether the server is 2.x."""
        return self.api_version == 2  # noqa: PLR2004

    def authenticator(self) -> Any:
        """Adds the token in the form of this generation."""
        token = self.config.get("api_token")
        return cachet_authenticator(token, v2=self.v2) if token else None

    def request_headers(self) -> dict[str, str]:
        """On 2.x, request times in UTC."""
        return {**super().request_headers(), **({"Time-Zone": "UTC"} if self.v2 else {})}

    @cached_property
    def times(self) -> LocalTimes:
        """Converts the server's times."""
        zone = "UTC" if self.v2 else self.setting("server_timezone")
        return LocalTimes(ZoneInfo(zone), self.summary.warn_once)

    @cached_property
    def records(self) -> V3Records | V2Records:
        """Turns this generation's responses into rows."""
        return V2Records(self.times) if self.v2 else V3Records(self.times)

    def record_ids(self, path: str) -> tuple[int, ...] | None:
        """The records to read of a list; None for all."""
        chosen = (self.config.get("record_ids") or {}).get(CAN_BE_CHOSEN.get(path))
        return None if chosen is None else tuple(chosen)

    def check_address(self, error: ApiError) -> None:
        """Raise if an error shows that the API is not at the configured URL.

        Raises:
            SettingsError: It is elsewhere; the message says where.
        """
        hint = address_hint(self.setting("api_url"), error, is_first=not self.has_answered)
        if hint is not None:
            raise SettingsError(f"{str(error).rstrip('.')}. {hint}")

    def check_token(self) -> None:
        """Request, once, the only list that validates the token: all others treat a bad one as a guest.

        If that is impossible, `token_doubt` says why: rows hidden from guests may only seem to be gone.

        Raises:
            UnauthorizedError: The token is wrong or has expired.
        """
        with self._token_lock:
            if self._token_checked or not self.config.get("api_token"):
                return
            try:
                self.get("subscribers", self.client.url("/subscribers", {"per_page": 1}))
            except (RefusedError, RejectedError, TransientError) as error:
                self.check_address(error)
                if isinstance(error, TransientError) and error.unreachable:
                    raise
                if not isinstance(error, RefusedError):
                    self.token_doubt = error
                    self.outage.failed(error)
                elif error.status == HTTPStatus.NOT_FOUND:
                    self.logger.warning(
                        "This server (core before 2026-07-08) does not check tokens, so api_token cannot be checked"
                    )
            self._token_checked = True
