"""What the streams of a tap share: one client, one budget, one pool, one writer, one summary."""

from __future__ import annotations

import abc
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from copy import deepcopy
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Tap
from singer_sdk.cli import plugin_cli
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from singer_fanout.budget import RateBudget
from singer_fanout.catalogs import checked_catalog
from singer_fanout.client import Answer, ApiClient
from singer_fanout.command_line import (
    OneLineErrors,
    StateFile,
    checked_file,
    checked_state,
    is_state,
    read_settings,
)
from singer_fanout.errors import (
    ApiError,
    PartialFailureError,
    RefusedError,
    RejectedError,
    SettingsError,
    StoppedError,
    UnauthorizedError,
)
from singer_fanout.maps import StreamMapper, else_errors
from singer_fanout.outage import Outage
from singer_fanout.paged import PagedStream
from singer_fanout.pool import RequestPool
from singer_fanout.progress import Progress
from singer_fanout.report import COMPLETE, PARTIAL, RunOutcome, RunReport, reported_start
from singer_fanout.settings import (
    FAIL,
    environment_errors,
    environment_prefix,
    secret_errors,
    secret_texts,
    url_errors,
)
from singer_fanout.shared import SharedReading, SharedReadings
from singer_fanout.streams import ApiStream
from singer_fanout.summary import RunSummary
from singer_fanout.times import is_time
from singer_fanout.writer import BufferedWriter

if TYPE_CHECKING:
    import re
    from types import FrameType

    import click
    import requests
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from singer_fanout.readings import Reading

Authenticator = Callable[["requests.PreparedRequest"], "requests.PreparedRequest"]


class ApiTap(Tap, abc.ABC):
    """A tap whose streams are read by the engine."""

    message_writer_class = BufferedWriter
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
    unauthorized_hint: ClassVar[str]
    """What to do about a 401: the setting, and where credentials are made."""
    side_effects: ClassVar[re.Pattern[str] | None] = None
    """Paths that change something when they are asked for; no request is ever sent there."""
    extracted_at: str | None = None
    """When the answer arrived whose rows are being emitted."""
    known_streams: frozenset[str] = frozenset()
    """The streams that the state of an earlier run tells about."""

    def __init__(self, **options: Any) -> None:
        self.stop = threading.Event()
        self._stop_signal = 0
        self._clients: list[ApiClient] = []
        self._budgets: list[RateBudget] = []
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

    @abc.abstractmethod
    def authenticator(self) -> Authenticator | None:
        """What adds the credentials to a request; None without credentials."""

    def request_headers(self) -> dict[str, str]:
        """Headers of every request."""
        return {"Accept": "application/json", "User-Agent": f"{self.name}/{self.plugin_version}"}

    def setting_errors(self) -> list[str]:
        """What a JSON schema cannot see of wrong settings, one line for each; asked before the first request."""
        url, start_date = self.config.get("api_url"), self.config.get("start_date")
        allow_http = self.config.get("allow_http") is True
        errors = url_errors("api_url", url, allow_http=allow_http) if isinstance(url, str) else []
        if start_date and not is_time(start_date):
            errors.append(f"start_date: {start_date!r} is not a time such as 2026-05-24T00:00:00Z")
        return [*errors, *secret_errors(self.config_jsonschema, dict(self.config))]

    def setting(self, name: str) -> Any:
        """The value of a setting; its default where it is null or missing."""
        value = self.config.get(name)
        return self.config_jsonschema["properties"][name].get("default") if value is None else value

    def is_secret_field(self, stream: str, name: str) -> bool:  # noqa: ARG002
        """Whether no field of this name may ever be emitted, at any depth of what a stream's schema does not know.

        Args:
            stream: The stream.
            name: The field, as the API or a row calls it.
        """
        return False

    @property
    def strict(self) -> bool:
        """Whether a refused stream ends the run."""
        return bool(self.setting("strict"))

    @property
    def where_more_is_told(self) -> str:
        """What helps whoever has to find out more about an error."""
        return f"With {environment_prefix(self.name)}LOGLEVEL=DEBUG in the environment the log tells where"

    # What the streams share

    @cached_property
    def summary(self) -> RunSummary:
        """What happened in this run."""
        return RunSummary(self.logger)

    @cached_property
    def outage(self) -> Outage:
        """Whether it is the server that fails."""
        return Outage()

    @cached_property
    def progress(self) -> Progress:
        """What this run is doing."""
        shown = self.setting("show_progress")
        return Progress(
            self.summary, self.seconds_waited, self.logger, shown=sys.stderr.isatty() if shown is None else shown
        )

    def seconds_waited(self) -> float:
        """How long requests were held back for rate limits."""
        return sum(budget.seconds_waited for budget in self._budgets)

    @cached_property
    def budget(self) -> RateBudget:
        """The requests that may be sent."""
        return self.new_budget()

    def new_budget(self) -> RateBudget:
        """A further budget, for an API that counts the requests of each key."""
        budget = RateBudget(self.setting("requests_per_minute"), stop=self.stop)
        self._budgets.append(budget)
        return budget

    @cached_property
    def client(self) -> ApiClient:
        """The connection to the API."""
        return self.new_client(self.setting("api_url"), authenticator=self.authenticator())

    def new_client(
        self, base_url: str, *, authenticator: Authenticator | None = None, budget: RateBudget | None = None
    ) -> ApiClient:
        """A further connection: to another host, or with another key. It is closed at the end of the run.

        Args:
            base_url: Its credentials go to this origin and to no other.
            authenticator: Adds the credentials; None sends none.
            budget: Its own, from `new_budget`; None for that of the tap.
        """
        workers = self.setting("max_concurrency")
        client = ApiClient(
            base_url,
            budget=budget or self.budget,
            authenticator=authenticator,
            headers=self.request_headers(),
            timeout=self.setting("request_timeout"),
            max_retries=self.setting("max_retries"),
            # The main thread asks too: for a second look at a page, and for what comes before the first list.
            connections=workers + 1,
            stop=self.stop,
            secrets=self._secrets(),
            side_effects=self.side_effects,
        )
        self._clients.append(client)
        return client

    @cached_property
    def pool(self) -> RequestPool:
        """The threads that fetch."""
        # The threads share one client and one summary, which must exist before there are threads.
        _ = self.client, self.summary, self.outage
        return RequestPool(self.setting("max_concurrency"), self.stop)

    @property
    def writer(self) -> BufferedWriter:
        """Where messages go."""
        return cast("BufferedWriter", self.message_writer)

    def get(self, stream: str, url: str, *, max_retries: int | None = None, client: ApiClient | None = None) -> Answer:
        """Get a URL on behalf of a stream, from any thread; by the tap's own client if no other is named."""
        usual = self.setting("max_retries") if max_retries is None else max_retries
        try:
            answer = (client or self.client).get(
                url,
                max_retries=self.outage.retries(usual),
                on_attempt=lambda number: self.summary.attempt(stream, number),
            )
        except UnauthorizedError as error:
            raise UnauthorizedError(
                f"{str(error).rstrip('.')}. {self.unauthorized_hint}", status=error.status
            ) from None
        except (RefusedError, RejectedError):
            self.outage.answered()
            raise
        self.outage.answered()
        if answer.was_cut:
            self.summary.cut(stream)
        return answer

    def paged_stream(self, name: str) -> PagedStream:
        """A stream that others build on."""
        stream = self.streams[name]
        if not isinstance(stream, PagedStream):
            raise TypeError(f"{name} is not a list that other streams can build on")
        return stream

    def shared_reading(
        self, key: Hashable, read: Callable[[], Reading], *, wanted_as: Hashable = None
    ) -> SharedReading:
        """The reading of a list, kept for this run if several selected streams want it.

        Args:
            key: What identifies the list.
            read: Begins to read it.
            wanted_as: What streams call it in their `reading_keys`, where that is not the key itself.
        """
        return self._readings.open(key, read, keep=self._readers[wanted_as or key] > 1)

    def read_ahead(self, key: Hashable, read: Callable[[], Reading]) -> None:
        """Begin to read a list that selected streams want later, while those before them have their turn.

        For lists that are read page after page: several of them together keep the pool busy. Nothing is asked for
        ahead where only one request may be under way.
        """
        if self._readers[key] and self.pool.workers > 1:
            self._readings.read_ahead(key, read, keep=self._readers[key] > 1)

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
            ApiError: That was nothing at all.
            PartialFailureError: It was not everything, and the setting `partial_failure` makes that a failure.
            SettingsError: Nothing was asked for.
        """
        if not any(stream.selected for stream in self.streams.values()):
            raise SettingsError("No stream is selected, so nothing was read. Select some in the catalog")
        try:
            self._finish()
        except ApiError as error:
            self.report(error)
            raise
        self.report(None)

    def _finish(self) -> None:
        failures, failed = self.summary.failures, self.summary.failed
        outcome = "Finished, but not everything was read" if failures else "Finished"
        is_the_only = len(self._selected) == 1 and bool(failed)
        self.summary.log(outcome, self.seconds_waited(), failures=not is_the_only)
        # For what was read ahead and then not wanted: its stream was skipped.
        self.stop.set()
        self.pool.close()
        for client in self._clients:
            client.close()
        self._readings.close()
        self.check_that_something_was_read()
        if failures and self.setting("partial_failure") == FAIL:
            named = ", ".join(map(repr, failures))
            raise PartialFailureError(
                f"{len(failures)} of {len(self._selected)} streams could not be read, or not all of them ({named}); "
                "everything else was read and written. The reasons stand above"
            )

    @cached_property
    def _run_report(self) -> RunReport:
        return RunReport(self.config.get("summary_file"), (self.name, self.plugin_version))

    def report(self, error: BaseException | None) -> None:
        """Write the file that `summary_file` names, once a run.

        Args:
            error: What has ended the run.
        """
        if error is None:
            outcome = RunOutcome(PARTIAL if self.summary.failures else COMPLETE, retryable=self.summary.may_pass)
        else:
            (text,) = self.without_secrets([str(error) or type(error).__name__])
            outcome = RunOutcome.of(error, text, may_pass=self.summary.may_pass)
        waited = {"seconds_waited": round(self.seconds_waited(), 3)}
        self._run_report.write(outcome, {**waited, **self.summary.for_programs()})

    @property
    def _selected(self) -> set[str]:
        return {stream.name for stream in self.streams.values() if stream.selected}

    def check_that_something_was_read(self) -> None:
        """Raise if there is no stream that could be read.

        Raises:
            ApiError: All selected streams failed or were skipped.
        """
        failed, skipped, selected = self.summary.failed, self.summary.skipped, self._selected
        if not selected or not selected <= failed.keys() | skipped.keys():
            return
        if not failed:
            raise RefusedError("Nothing was read: the API refused every selected stream (the reasons stand above)")
        first = next(iter(failed.values())).error
        if len(selected) == 1:
            raise first
        raise ApiError(f"Nothing was read, as no selected stream could be. The first failure: {first}")

    # Settings, signals and errors

    def _secrets(self) -> list[str]:
        return secret_texts(self.config_jsonschema, dict(self.config))

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        errors = else_errors(self.config.get("stream_maps"))
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors, schema={})
        if errors:
            return errors
        try:
            errors = super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            raise ConfigValidationError(
                str(error), errors=self.without_secrets(error.errors), schema=error.schema
            ) from None
        errors = self.without_secrets([*self._environment_errors(), *errors, *self.setting_errors()])
        known = deepcopy(self.config_jsonschema)
        self.append_builtin_config(known)
        for name in self.config.keys() - known["properties"].keys():
            self.logger.warning("The setting %s is not known to %s, and has no effect", name, self.name)
        if errors and raise_errors:
            raise ConfigValidationError("Config validation failed", errors=errors, schema={})
        return errors

    def _environment_errors(self) -> list[str]:
        return list(environment_errors(self.config_jsonschema, self.name)) if self._reads_environment else []

    def without_secrets(self, errors: list[str]) -> list[str]:
        """The same texts with stars in place of the secrets among the settings."""
        for secret in self._secrets():
            errors = [error.replace(secret, "***") for error in errors]
        return errors

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the bookmarks of an earlier run.

        Raises:
            SettingsError: The state is not one that a tap has written.
        """
        if not is_state(state):
            raise SettingsError('The state is not a Singer state ({"bookmarks": {STREAM: {...}}}); nothing was read.')
        self.known_streams = frozenset(state.get("bookmarks", {}))
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
            raise self.stopped()

    def stopped(self) -> StoppedError:
        """The error that ends a run which was told to end, with the exit code of the signal that told it."""
        return StoppedError(self._stop_signal)

    @plugin_cli
    def cli(cls) -> click.Command:  # noqa: N805 - the SDK's decorator makes it a property of the class
        """The command line."""
        try:
            command: click.Command = super().cli
        except ValueError as error:
            # There is no log yet to write it to.
            print(f"{environment_prefix(cls.name)}LOGLEVEL or LOGLEVEL: {error}. Use DEBUG or INFO", file=sys.stderr)  # noqa: T201
            sys.exit(SettingsError.exit_code)
        return command

    def setup_mapper(self) -> None:
        """Make the maps of the selected streams."""
        self.mapper = StreamMapper(self.config, self.logger, self.streams.keys())
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read the settings."""
        return read_settings("--config", lambda: super(ApiTap, cls).cb_config(ctx, param, value))

    @classmethod
    def invoke(cls, *, state: IO[str] | None = None, catalog: IO[str] | None = None, **options: Any) -> None:
        """Run as the command line says.

        Raises:
            SettingsError: A setting, the catalog or the state cannot be right.
        """
        with reported_start(cls._summary_file(options.get("config")), (cls.name, cls.get_plugin_version())):
            try:
                state, catalog = checked_state(state, cls.logger), checked_file("--catalog", catalog)
                super().invoke(state=state, catalog=catalog, **options)
            except ConfigValidationError as error:
                # The SDK would add a line that says no more than that there are such lines.
                raise SettingsError("\n".join(error.errors)) from None

    @classmethod
    def _summary_file(cls, config: Any) -> str | None:
        """The setting, as it is known before the others were looked at."""
        if config is None:
            return None
        in_environment = os.environ.get(f"{environment_prefix(cls.name)}SUMMARY_FILE") if config.parse_env else None
        path = config.config.get("summary_file", in_environment)
        return path if isinstance(path, str) and path else None

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command line, with one line for each error that a user can mend."""
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
