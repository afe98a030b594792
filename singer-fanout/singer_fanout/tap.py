"""What the streams of a tap share: one client, one budget, one pool, one writer, one summary."""

from __future__ import annotations

import abc
import gc
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

import msgspec
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import SingerCommand

from singer_fanout.budget import RateBudget
from singer_fanout.client import Answer, ApiClient
from singer_fanout.errors import ApiError, RefusedError, SettingsError, StoppedError, UnauthorizedError
from singer_fanout.pool import RequestPool
from singer_fanout.settings import url_errors
from singer_fanout.shared import SharedReading, SharedReadings
from singer_fanout.streams import ApiStream, PagedStream
from singer_fanout.summary import RunSummary
from singer_fanout.writer import BufferedWriter

if TYPE_CHECKING:
    from types import FrameType

    import click
    import requests
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from singer_fanout.pagination import ListReading

Authenticator = Callable[["requests.PreparedRequest"], "requests.PreparedRequest"]


class ApiTap(Tap, abc.ABC):
    """A tap whose streams are read by the engine."""

    message_writer_class = BufferedWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.TEST,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    unauthorized_hint: ClassVar[str]
    """What to do about a 401: the setting, and where credentials are made."""
    extracted_at: str | None = None
    """When the answer arrived whose rows are being emitted."""

    def __init__(self, **options: Any) -> None:
        self.stop = threading.Event()
        self._stop_signal = 0
        super().__init__(**options)

    @abc.abstractmethod
    def authenticator(self) -> Authenticator | None:
        """What adds the credentials to a request; None without credentials."""

    def request_headers(self) -> dict[str, str]:
        """Headers of every request."""
        return {"Accept": "application/json", "User-Agent": f"{self.name}/{self.plugin_version}"}

    def setting_errors(self) -> list[str]:
        """What a JSON schema cannot see of wrong settings, one line for each; asked before the first request."""
        url = self.config.get("api_url")
        if not isinstance(url, str):
            return []
        return url_errors("api_url", url, allow_http=self.config.get("allow_http") is True)

    def setting(self, name: str) -> Any:
        """The value of a setting; its default where it is null or missing."""
        value = self.config.get(name)
        return self.config_jsonschema["properties"][name].get("default") if value is None else value

    @property
    def strict(self) -> bool:
        """Whether a refused stream ends the run."""
        return bool(self.setting("strict"))

    # What the streams share

    @cached_property
    def summary(self) -> RunSummary:
        """What happened in this run."""
        return RunSummary(self.logger)

    @cached_property
    def budget(self) -> RateBudget:
        """The requests that may be sent."""
        return RateBudget(self.setting("requests_per_minute"), stop=self.stop)

    @cached_property
    def client(self) -> ApiClient:
        """The connection to the API."""
        workers = self.setting("max_concurrency")
        return ApiClient(
            self.setting("api_url"),
            budget=self.budget,
            authenticator=self.authenticator(),
            headers=self.request_headers(),
            timeout=self.setting("request_timeout"),
            max_retries=self.setting("max_retries"),
            # The main thread asks too: for a second look at a page, and for what comes before the first list.
            connections=workers + 1,
            stop=self.stop,
            secrets=self._secrets(),
        )

    @cached_property
    def pool(self) -> RequestPool:
        """The threads that fetch."""
        # The threads share one client and one summary, which must exist before there are threads.
        _ = self.client, self.summary
        return RequestPool(self.setting("max_concurrency"), self.stop)

    @property
    def writer(self) -> BufferedWriter:
        """Where messages go."""
        return cast("BufferedWriter", self.message_writer)

    def get(self, stream: str, url: str, *, max_retries: int | None = None) -> Answer:
        """Get a URL on behalf of a stream, from any thread."""
        try:
            return self.client.get(
                url, max_retries=max_retries, on_attempt=lambda number: self.summary.attempt(stream, number)
            )
        except UnauthorizedError as error:
            raise UnauthorizedError(
                f"{str(error).rstrip('.')}. {self.unauthorized_hint}", status=error.status
            ) from None

    def paged_stream(self, name: str) -> PagedStream:
        """A stream that others build on."""
        stream = self.streams[name]
        if not isinstance(stream, PagedStream):
            raise TypeError(f"{name} is not a list that other streams can build on")
        return stream

    def shared_reading(self, key: Hashable, read: Callable[[], ListReading]) -> SharedReading:
        """The reading of a list, kept for this run if several selected streams want it."""
        return self._readings.open(key, read, keep=self._readers[key] > 1)

    @cached_property
    def _readings(self) -> SharedReadings:
        return SharedReadings()

    @cached_property
    def _readers(self) -> Counter[Hashable]:
        """How many selected streams want each list."""
        return Counter(
            key
            for stream in self.streams.values()
            if stream.selected and isinstance(stream, ApiStream)
            for key in set(stream.reading_keys())
        )

    def finish(self) -> None:
        """The end of a run that read everything it could.

        Raises:
            RefusedError: That was nothing at all.
        """
        self.summary.log(self.budget.seconds_waited)
        self.pool.close()
        self.client.close()
        self._readings.close()
        selected = {stream.name for stream in self.streams.values() if stream.selected}
        if selected and selected <= self.summary.skipped.keys():
            raise RefusedError("Nothing was read: the API refused every selected stream (the reasons stand above)")

    def run_connection_test(self) -> bool:
        """Read a first record of every stream.

        Raises:
            RefusedError: The API refused them all.
        """
        answered = super().run_connection_test()
        self.finish()
        return answered

    # Settings, signals and errors

    def _secrets(self) -> list[str]:
        declared = self.config_jsonschema["properties"]
        return [str(value) for name, value in self.config.items() if value and declared.get(name, {}).get("secret")]

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        try:
            errors = super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            raise ConfigValidationError(
                str(error), errors=self._without_secrets(error.errors), schema=error.schema
            ) from None
        errors = self._without_secrets([*errors, *self.setting_errors()])
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors, schema={})
        return errors

    def _without_secrets(self, errors: list[str]) -> list[str]:
        for secret in self._secrets():
            errors = [error.replace(secret, "***") for error in errors]
        return errors

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the bookmarks of an earlier run.

        Raises:
            SettingsError: The state is not one that a tap has written.
        """
        bookmarks = state.get("bookmarks", {}) if isinstance(state, Mapping) else None
        if not isinstance(bookmarks, Mapping) or not all(isinstance(kept, Mapping) for kept in bookmarks.values()):
            raise SettingsError('The state is not a Singer state ({"bookmarks": {STREAM: {...}}}); nothing was read.')
        super().load_state(state)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End at the next row, where everything written so far is whole; at once when asked again."""
        if self.stop.is_set():
            os._exit(128 + signum)
        self._stop_signal = signum
        self.stop.set()

    def check_running(self) -> None:
        """Raise if the run was told to end.

        Raises:
            StoppedError: It was.
        """
        if self.stop.is_set():
            raise StoppedError(self._stop_signal)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command line, with one line for each error that a user can mend."""
        command = super().get_singer_command()
        return _OneLineErrors(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            params=command.params,
            help=command.help,
            logger=cls.logger,
        )


class _OneLineErrors(SingerCommand):
    def main(self, *args: Any, **kwargs: Any) -> Any:
        # What was imported stays: without this, every full collection would walk it all again.
        gc.freeze()
        try:
            return super().main(*args, **kwargs)
        except ApiError as error:
            self.logger.error("%s", error)  # noqa: TRY400 - a traceback helps nobody here
            self._exit(error.exit_code)
        except (json.JSONDecodeError, msgspec.DecodeError, UnicodeDecodeError) as error:
            self.logger.error("A file given with --config, --catalog or --state is not JSON: %s", error)  # noqa: TRY400
            self._exit(1)
        except BrokenPipeError:
            self.logger.error("The target has closed the pipe; see its log for the reason")  # noqa: TRY400
            # Python would try to flush standard output once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._exit(1)

    @staticmethod
    def _exit(code: int) -> None:
        sys.exit(code)
