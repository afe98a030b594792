"""A tap as a program: command line, settings, catalog, state and termination signals.

Anything that the user has to fix there is reported in one line, before the first request.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import cache
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.cli import plugin_cli
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from singer_fanout.catalogs import checked_catalog
from singer_fanout.command_line import (
    OneLineErrors,
    StateFile,
    checked_file,
    checked_state,
    is_state,
    read_settings,
)
from singer_fanout.errors import SettingsError, StoppedError
from singer_fanout.maps import StreamMapper, else_errors
from singer_fanout.report import reported_start
from singer_fanout.sdk_log import quieten_sdk
from singer_fanout.settings import environment_errors, environment_prefix, secret_errors, secret_texts, url_errors
from singer_fanout.times import is_time
from singer_fanout.unknown_settings import UnknownSettings

if TYPE_CHECKING:
    from types import FrameType

    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.singerlib import CatalogEntry


class TapProgram(Tap):
    """The inputs of a tap, and how it is started and stopped."""

    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.TEST,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    known_streams: frozenset[str] = frozenset()
    """The streams that have an entry in the state of an earlier run."""

    def __init__(self, **options: Any) -> None:
        self.stop = threading.Event()
        self._stop_signal = 0
        self._reads_environment = bool(options.get("parse_env_config"))
        catalog = checked_catalog(options.get("catalog"), self.logger.warning)
        try:
            super().__init__(**{**options, "catalog": catalog})
        except (RecursionError, ValueError):
            if not self._reads_environment:
                raise
            unread = f"A setting in the environment ({environment_prefix(self.name)}...) cannot be read"
            raise SettingsError("\n".join(self._environment_errors()) or unread) from None
        for entry in catalog.streams if catalog else ():
            if entry.tap_stream_id not in self.streams:
                self.logger.warning(
                    "The catalog names a stream '%s', which %s does not have", entry.tap_stream_id, self.name
                )

    # The versions are looked up once: each time costs a thousandth of a second, and every client tells the tap's.

    @classmethod
    @cache
    def get_plugin_version(cls) -> str:
        """The version of the tap's package."""
        return super().get_plugin_version()

    @classmethod
    @cache
    def get_sdk_version(cls) -> str:
        """The version of the SDK."""
        return super().get_sdk_version()

    # The command line

    @plugin_cli
    def cli(cls) -> click.Command:  # noqa: N805 - the SDK's decorator makes it a property of the class
        """The command line."""
        try:
            command: click.Command = super().cli
        except ValueError as error:
            # There is no logger yet.
            print(f"{environment_prefix(cls.name)}LOGLEVEL or LOGLEVEL: {error}. Use DEBUG or INFO", file=sys.stderr)  # noqa: T201
            sys.exit(SettingsError.exit_code)
        quieten_sdk()
        return command

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read the settings."""
        return read_settings("--config", lambda: super(TapProgram, cls).cb_config(ctx, param, value))

    @classmethod
    def invoke(cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **options: Any) -> None:
        """Run the tap with the options of the command line.

        Raises:
            SettingsError: A setting, the catalog or the state is invalid.
        """
        with reported_start(cls._summary_file(options.get("config")), (cls.name, cls.get_plugin_version())):
            try:
                state, catalog = checked_state(state, cls.logger), checked_file("--catalog", catalog)
                super().invoke(state=state, catalog=catalog, **options)
            except ConfigValidationError as error:
                # The SDK would add a line that only says that there are errors.
                raise SettingsError("\n".join(error.errors)) from None

    @classmethod
    def _summary_file(cls, config: Any) -> str | None:
        """The setting `summary_file`, read before the settings are validated."""
        if config is None:
            return None
        in_environment = os.environ.get(f"{environment_prefix(cls.name)}SUMMARY_FILE") if config.parse_env else None
        path = config.config.get("summary_file", in_environment)
        return path if isinstance(path, str) and path else None

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command line, with one line for each error that a user can fix."""
        command = super().get_singer_command()
        for option in command.params:
            if option.name == "state":
                option.type = StateFile(cls.logger)
        return OneLineErrors(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            params=command.params,
            help=command.help,
            logger=cls.logger,
        )

    # Settings

    def setting_errors(self) -> list[str]:
        """Errors in the settings that a JSON schema cannot express, one line each; called before the first request."""
        url, start_date = self.config.get("api_url"), self.config.get("start_date")
        allow_http = self.config.get("allow_http") is True
        errors = url_errors("api_url", url, allow_http=allow_http) if isinstance(url, str) else []
        if start_date and not is_time(start_date):
            errors.append(f"start_date: {start_date!r} is not a time such as 2026-05-24T00:00:00Z")
        return [*errors, *secret_errors(self.config_jsonschema, dict(self.config))]

    def setting(self, name: str) -> Any:
        """The value of a setting; its default if it is null or missing."""
        value = self.config.get(name)
        return self.config_jsonschema["properties"][name].get("default") if value is None else value

    def _secrets(self) -> list[str]:
        return secret_texts(self.config_jsonschema, dict(self.config))

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's settings are added to a copy.
        known = {"properties": dict(self.config_jsonschema["properties"])}
        self.append_builtin_config(known)
        unknown = UnknownSettings(self.config, known["properties"], self.name)
        errors = [*unknown.errors(), *else_errors(self.config.get("stream_maps"))]
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors, schema={})
        if errors:
            return errors
        for warning in unknown.warnings(environment=self._reads_environment):
            self.logger.warning("%s", warning)
        try:
            errors = super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            raise ConfigValidationError(
                str(error), errors=self.without_secrets(error.errors), schema=error.schema
            ) from None
        errors = self.without_secrets([*self._environment_errors(), *errors, *self.setting_errors()])
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors, schema={})
        return errors

    def _environment_errors(self) -> list[str]:
        return list(environment_errors(self.config_jsonschema, self.name)) if self._reads_environment else []

    def without_secrets(self, errors: list[str]) -> list[str]:
        """The same lines, with asterisks in place of secret settings."""
        for secret in self._secrets() if errors else ():
            errors = [error.replace(secret, "***") for error in errors]
        return errors

    @property
    def where_more_is_told(self) -> str:
        """A hint on how to find out more about an error."""
        return f"With {environment_prefix(self.name)}LOGLEVEL=DEBUG in the environment the log says where"

    # Catalog and state

    def load_state(self, state: dict[str, Any]) -> None:
        """Load the bookmarks of an earlier run.

        Raises:
            SettingsError: The state was not written by a tap.
        """
        if not is_state(state):
            raise SettingsError('The state is not a Singer state ({"bookmarks": {STREAM: {...}}}); nothing was read.')
        self.known_streams = frozenset(state.get("bookmarks", {}))
        super().load_state(state)

    def setup_mapper(self) -> None:
        """Create the maps of the selected streams."""
        self.mapper = mapper = StreamMapper(self.config, self.logger, self.streams.keys(), self._catalog_entry)
        mapper.create(name for name, stream in self.streams.items() if stream.selected)

    def _catalog_entry(self, stream: str) -> CatalogEntry:
        """A stream's entry in the catalog; as discovery prints it if there is none."""
        given = self.input_catalog.get_stream(stream) if self.input_catalog else None
        return given or self.streams[stream]._singer_catalog_entry  # noqa: SLF001 - the SDK has only that for all streams

    # Signals

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop at the next row, with only complete messages written; a second signal stops at once."""
        if self.stop.is_set():
            os._exit(128 + signum)
        self._stop_signal = signum
        self.stop.set()

    def check_running(self) -> None:
        """Raise if the run was asked to stop.

        Raises:
            StoppedError: It was.
        """
        if self.stop.is_set():
            raise self.stopped()

    @property
    def is_stopped(self) -> bool:
        """Whether a signal asked the run to stop."""
        return bool(self._stop_signal)

    def stopped(self) -> StoppedError:
        """The error that ends a stopped run, with the exit code of the signal."""
        return StoppedError(self._stop_signal)
