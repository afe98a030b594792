"""The target: reads messages, changes tables, writes states."""

from __future__ import annotations

import copy
import functools
import os
import sys
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

import click
import msgspec
from singer_sdk import Target
from singer_sdk.exceptions import ConfigValidationError, InvalidRecord, MissingKeyPropertiesError, SingerSDKError
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib.exceptions import SingerError

from target_duckdb.batch_files import records_in_files
from target_duckdb.database import Database
from target_duckdb.endings import Endings
from target_duckdb.errors import (
    DatabaseError,
    InputError,
    InvalidValueError,
    OutputError,
    TargetError,
    Terminated,
    shorten,
)
from target_duckdb.location import locate
from target_duckdb.log import quieten_sdk
from target_duckdb.names import counted, table_name
from target_duckdb.progress import TableProgress
from target_duckdb.reader import MessageReader, RecordLine
from target_duckdb.rejects import Rejects
from target_duckdb.schemas import Translation
from target_duckdb.settings import SETTINGS, contradictions, translate_known_names
from target_duckdb.sink import DuckDBSink
from target_duckdb.stop import Stop
from target_duckdb.unknown_settings import unknown_names, unknown_variables
from target_duckdb.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.mapper import StreamMap
    from singer_sdk.plugin_base import _ConfigInput

    from target_duckdb.lake import Lake
    from target_duckdb.location import Location
    from target_duckdb.names import TableName
    from target_duckdb.reader import State

_MESSAGE_LENGTH = 500
_MAX_PENDING_BYTES = 64 * 1024 * 1024
"""Bytes of input that may wait in memory, over all streams, whatever the size of a batch."""


class TargetDuckDB(Target):
    """Singer target for DuckDB."""

    message_reader: MessageReader

    name = "target-duckdb"
    package_name = "singer-target-duckdb"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS
    default_sink_class = DuckDBSink
    message_reader_class = MessageReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        *Target.capabilities,
        PluginCapabilities.ACTIVATE_VERSION,
        TargetCapabilities.TARGET_SCHEMA,
        TargetCapabilities.HARD_DELETE,
    ]

    def __init__(self, *, config: dict[str, Any] | None = None, **options: Any) -> None:
        """Read the configuration. The database is opened when the first stream arrives.

        Args:
            config: The settings.
            options: Further options of the SDK's targets.
        """
        self._stop = Stop()
        self._reads_environment = bool(options.get("parse_env_config"))
        super().__init__(config=translate_known_names(config or {}), **options)
        self.max_parallelism = 1  # the streams share one connection
        self._longest_wait = float(self.config["batch_wait_limit_seconds"])
        self._schemas: dict[str, tuple[dict[str, Any], Any]] = {}
        self._progress: dict[tuple[str, str], TableProgress] = {}
        self._rejects = (
            Rejects(self.config.get("default_target_schema")) if self.config["on_invalid"] == "reject" else None
        )
        self._kept_for_others: dict[TableName, str] = {}
        self._direct_sinks: dict[str, DuckDBSink] = {}
        self._endings = Endings()
        self._streams_of_sinks: dict[str, str] = {}
        self._announced: dict[str, int] = {}
        self._states_received = 0
        self._state_waits = False
        self._state_came_at = 0.0
        self._written_state: str | None = None
        self._pending_bytes = 0
        self._pending_bytes_at_state = 0
        self._pending_since = 0.0
        self.message_reader.stop = self._stop
        self.message_reader.take_record = self._take_record_message
        self.message_reader.while_waiting = self._do_what_is_due

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        known = copy.deepcopy(self.config_jsonschema)
        self.append_builtin_config(known)
        settings = known["properties"]
        for warning in unknown_names(self.config, settings):
            self.logger.warning("%s", warning)
        for warning in unknown_variables(self.config, settings) if self._reads_environment else ():
            self.logger.warning("%s", warning)
        errors = super()._validate_config(raise_errors=raise_errors)
        is_lake = str(self.config.get("filepath")).lower().startswith("ducklake:")
        if found := list(contradictions(self.config, is_lake=is_lake)):
            raise ConfigValidationError("Config validation failed", errors=found)
        return errors

    @functools.cached_property
    def database(self) -> Database:
        """The database that all streams write to."""
        return Database(
            self._location,
            self.config.get("settings"),
            float(self.config["lock_timeout"]),
            self._stop.check,
            self._lake,
        )

    @functools.cached_property
    def _lake(self) -> Lake | None:
        if not self._location.is_lake:
            return None
        from target_duckdb.lake import Lake  # noqa: PLC0415 - only those who have a lake wait for it

        return Lake(self._location, self.config)

    @functools.cached_property
    def _location(self) -> Location:
        return locate(self.config["filepath"], self.config.get("motherduck_token"))

    @functools.cached_property
    def writer(self) -> Writer:
        """The thread that writes to the database. Wait for it before using the database elsewhere."""
        return Writer()

    def table_of(self, stream: str) -> TableName:
        """The table that a stream is loaded into.

        Args:
            stream: Name of the stream.

        Returns:
            The table's name.
        """
        return table_name(stream, self.config.get("default_target_schema"), self.config["stream_naming"])

    @property
    def source_name(self) -> str | None:
        """The source of this run's records, as far as is known."""
        return self.config.get("source_name") or os.environ.get("MELTANO_EXTRACTOR_NAME") or None

    def keep_rows_of(self, table: TableName, source: str) -> None:
        """Make the run fail at its end, because it must not delete what another source has loaded.

        Args:
            table: The table with the rows that would have been deleted.
            source: The source that loads it.
        """
        self._kept_for_others[table] = source

    def progress_of(self, stream: str) -> TableProgress:
        """The run's progress in a stream's table.

        Args:
            stream: Name of the stream.

        Returns:
            The progress, the same object for every call.

        Raises:
            InputError: Another stream is loaded into the same table.
        """
        table = self.table_of(stream)
        progress = self._progress.setdefault(table.folded, TableProgress(stream, self._states_received))
        if progress.stream != stream:
            raise InputError(
                f"the streams {progress.stream!r} and {stream!r} would share the table {table}; rename one of them with"
                " stream_maps (`__alias__`), or set stream_naming"
            )
        return progress

    # Messages

    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> DuckDBSink:
        """The sink of a stream. Before a new schema the old sink is drained, so that records keep their order.

        Args:
            stream_name: Name of the stream.
            record: A record that is about to be loaded.
            schema: The stream's schema, if it is new or has changed.
            key_properties: The stream's key, with ``schema``.

        Returns:
            The sink.
        """
        if schema is not None and self.sink_exists(stream_name):
            cast("DuckDBSink", self._sinks_active[stream_name]).flush()
        elif schema is None:
            self._assert_sink_exists(stream_name)
        sink = cast(
            "DuckDBSink",
            super().get_sink(stream_name, record=record, schema=schema, key_properties=key_properties),
        )
        sink.prepare()
        return sink

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "schema"})
        stream, schema, keys = message_dict["stream"], message_dict["schema"], message_dict.get("key_properties")
        if not isinstance(schema, dict):
            raise InputError("the schema is not a JSON object")
        if not isinstance(schema.get("properties", {}), dict):
            raise InputError("the schema's properties are not a JSON object")
        self._endings.schema(stream)
        if self._schemas.get(stream) == (schema, keys):
            return
        self.mapper.register_raw_stream_schema(stream, self._translate(stream, schema), keys)
        self._schemas[stream] = (schema, keys)
        sinks = [
            self.get_sink(
                stream_map.stream_alias,
                schema=stream_map.transformed_schema,
                key_properties=stream_map.transformed_key_properties,
            )
            for stream_map in self._stream_maps_that_load(stream)
        ]
        self._streams_of_sinks |= {sink.stream_name: stream for sink in sinks}
        self._direct_sinks.pop(stream, None)
        if self._reaches_its_table_unchanged(stream):
            self._direct_sinks[stream] = sinks[0]

    def _translate(self, stream: str, schema: dict[str, Any]) -> dict[str, Any]:
        translation = Translation(schema)
        for reference in sorted(set(translation.unresolved)):
            self.logger.warning(
                "the schema of stream %r refers to %s, which it does not hold: any value is taken there",
                stream,
                shorten(repr(reference)),
            )
        return {"properties": {}, **translation.schema}

    def _stream_maps_that_load(self, stream: str) -> list[StreamMap]:
        """A stream's maps except those that remove it: a removed stream gets no table."""
        return [each for each in self.mapper.stream_maps[stream] if not isinstance(each, RemoveRecordTransform)]

    def _reaches_its_table_unchanged(self, stream: str) -> bool:
        only, *others = self.mapper.stream_maps[stream]
        return not others and type(only) is SameRecordTransform and not only.flattening_enabled

    def _take_record_message(self, line: RecordLine, size: int) -> bool:
        if not self._take_record_line(line, size):
            return False
        self._endings.record(line.stream)
        return True

    def _take_record_line(self, line: RecordLine, size: int) -> bool:
        sink = self._direct_sinks.get(line.stream)
        if sink is None or not sink.take_line(line):
            return False
        self._after_record(size, full=sink.is_full)
        return True

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        self._process_record(message_dict, self.message_reader.line_size)
        self._endings.record(message_dict["stream"])

    def _process_record(self, message_dict: dict[str, Any], size: int) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "record"})
        stream, original = message_dict["stream"], message_dict["record"]
        if not isinstance(original, dict):
            raise InputError("the record is not a JSON object")
        if stream not in self.mapper.stream_maps:
            self._assert_sink_exists(stream)
        full = False
        for stream_map in self.mapper.stream_maps[stream]:
            record = stream_map.transform(copy.copy(original))
            if record is None:
                continue
            sink = self.get_sink(stream_map.stream_alias, record=record)
            if self._rejects is None:
                sink.take(record, message_dict)
            else:
                self._take_or_reject(sink, record, message_dict)
            full = full or sink.is_full
        self._after_record(size, full=full)

    def _take_or_reject(self, sink: DuckDBSink, record: dict[str, Any], message_dict: dict[str, Any]) -> None:
        rejects = cast("Rejects", self._rejects)
        as_sent = dict(record)
        try:
            sink.take(record, message_dict)
        except (InvalidRecord, MissingKeyPropertiesError, InvalidValueError) as error:
            rejects.add(sink.stream_name, self.message_reader.line_number, _explain(error), as_sent)
            self.progress_of(sink.stream_name).rejected = True
            if rejects.waiting >= sink.max_size:
                self._drain()

    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "encoding", "manifest"})
        stream = message_dict["stream"]
        # A BATCH has no version of its own: its records belong to the version announced last.
        version = self._announced.get(stream)
        for text in records_in_files(message_dict["encoding"], message_dict["manifest"]):
            if not self._take_record_line(RecordLine("RECORD", stream, msgspec.Raw(text), version), len(text)):
                record = self.message_reader.deserialize_json(text)
                message = {"type": "RECORD", "stream": stream, "record": record, "version": version}
                self._process_record(message, len(text))
        self._endings.batch(stream)

    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"value"})
        if message_dict["value"] is None:
            return  # older taps send the state that they were given, which may be null
        self._latest_state = self.message_reader.state_of(message_dict["value"])
        self._endings.state(message_dict["value"])
        self._note_pending(self.message_reader.line_size)
        self._states_received += 1
        self._state_waits, self._state_came_at = True, time.monotonic()
        self._pending_bytes_at_state = self._pending_bytes
        for sink in self._active_sinks:
            sink.mark_state()

    @property
    def _active_sinks(self) -> Iterable[DuckDBSink]:
        return cast("dict[str, DuckDBSink]", self._sinks_active).values()

    def write_state_ahead_of(self, progress: TableProgress) -> None:
        """Pass on a STATE that came between a stream's schema and its first row or version, before either takes effect.

        A STATE covers what was sent before it. One in that place may also record which version the stream's next rows
        belong to. If rows were stored without it, no later run would know about them.

        Args:
            progress: The run's progress in the stream's table.
        """
        if self._state_waits and self._states_received > progress.states_before:
            self._drain()

    def _note_pending(self, size: int) -> None:
        if not self._pending_bytes:
            self._pending_since = time.monotonic()
        self._pending_bytes += size

    def _after_record(self, size: int, *, full: bool) -> None:
        now = time.monotonic()
        if not self._pending_bytes:
            self._pending_since = now
        self._pending_bytes += size
        if full or self._pending_bytes >= _MAX_PENDING_BYTES or now >= self._pending_since + self._longest_wait:
            self._drain()
            if self._pending_bytes and self._is_due():
                self._drain()

    def _is_due(self) -> bool:
        return (
            self._pending_bytes >= _MAX_PENDING_BYTES
            or self._seconds_left() <= 0
            or any(sink.is_full for sink in self._active_sinks)
        )

    def _seconds_left(self) -> float:
        """Seconds until the waiting records have to be written."""
        return self._pending_since + self._longest_wait - time.monotonic()

    def _do_what_is_due(self) -> float | None:
        while self._pending_bytes:
            left = self._seconds_left()
            if left > 0:
                return left
            self._drain()
        return None

    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "version"})
        stream = message_dict["stream"]
        if stream not in self.mapper.stream_maps:
            self._assert_sink_exists(stream)
        follows_rows = self._endings.version(stream)
        if not self.config["process_activate_version_messages"]:
            return
        for stream_map in self._stream_maps_that_load(stream):
            self.get_sink(stream_map.stream_alias).activate_version(message_dict["version"], follows_rows=follows_rows)
        self._announced[stream] = message_dict["version"]

    def _drain(self) -> None:
        """Submit everything that waits to be written, then the state that covers it.

        What came after that state keeps waiting: once in the table, it would not be covered by any state, and appended
        rows would be appended again by the next run. If there is no state to pass on, everything is written.
        """
        steps = [apply for sink in self._active_sinks if (apply := sink.hand_over(to_state=self._state_waits))]
        if self._rejects is not None and (apply := self._rejects.hand_over(self.database)):
            steps.append(apply)
        if self._latest_state:
            steps.append(functools.partial(self._write_state_message, self._latest_state))
        if steps:
            self.writer.submit(functools.partial(_run_all, steps))
        self._pending_bytes -= self._pending_bytes_at_state if self._state_waits else self._pending_bytes
        self._pending_since = self._state_came_at
        self._state_waits = False

    def _write_all(self) -> None:
        """Submit everything that was received."""
        if self._state_waits:
            self._drain()
        self._drain()

    def process_endofpipe(self) -> None:
        """Write what is left, finish every stream, pass on the last state and close the database."""
        for name, sink in cast("dict[str, DuckDBSink]", self._sinks_active).items():
            self._stop.check()
            sink.finish(self._doubt_about(name))
        if self._rejects is not None and (apply := self._rejects.hand_over(self.database)):
            self.writer.submit(apply)
        self.writer.wait()
        self._tell_what_was_invalid()
        if self._latest_state and not self._covers_what_was_received():
            self.logger.warning("the state is not passed on, because it stands for rows that are not in their table")
        super().process_endofpipe()
        self._log_what_was_loaded()
        self._tidy_lake()
        self._close()
        if self._kept_for_others:
            tables = ", ".join(f"{table} ({source!r})" for table, source in self._kept_for_others.items())
            raise DatabaseError(
                f"nothing was deleted from what sources other than {self.source_name!r} fill: {tables}; set"
                " default_target_schema, so that each has tables of its own, or the same source_name, if they are one"
            )

    def _tidy_lake(self) -> None:
        if self._lake is not None:
            tables = [self.table_of(progress.stream) for progress in self._changed_tables()]
            if self._rejects is not None and self._rejects.counts:
                tables.append(self._rejects.table)
            self._lake.files.tidy(self.database, tables, self._stop.check)

    def _changed_tables(self) -> list[TableProgress]:
        return [table for table in self._progress.values() if table.loaded or table.deleted]

    def _log_what_was_loaded(self) -> None:
        changed = self._changed_tables()
        records = counted(sum(table.loaded for table in changed), "record")
        deleted = sum(table.deleted for table in changed)
        outcome = "deleted" if self.config["hard_delete"] else "marked as deleted"
        self.logger.info(
            "loaded %s into %s of %s%s",
            records,
            counted(len(changed), "table"),
            self._location.shown,
            f"; {counted(deleted, 'row')} {outcome}" if deleted else "",
        )

    def _tell_what_was_invalid(self) -> None:
        for progress in self._progress.values():
            for name, count in progress.nulled.items():
                self.logger.warning(
                    "stream %r, property %r: null was loaded in the place of %s",
                    progress.stream,
                    name,
                    counted(count, "invalid value"),
                )
        if self._rejects is not None:
            for stream, count in self._rejects.counts.items():
                were = "was" if count == 1 else "were"
                self.logger.warning(
                    "stream %r: %s %s rejected, see %s", stream, counted(count, "record"), were, self._rejects.table
                )

    def _doubt_about(self, name: str) -> str | None:
        """Why the tap may not have sent all of a sink's records; None if it has, or is trusted."""
        if self.config["trust_end_of_input"]:
            return None
        if self.progress_of(name).awaits_nothing and self._sends_versions_after_rows():
            return None
        return self._endings.doubt(self._streams_of_sinks.get(name, name))

    def _sends_versions_after_rows(self) -> bool:
        """Whether this tap has shown that it activates a version after all rows are sent, even if there are none."""
        tables = self._progress.values()
        has_announced_rows = any(table.announced & table.versions for table in tables)
        return any(table.completed for table in tables) and not has_announced_rows

    def _covers_what_was_received(self) -> bool:
        """Whether every row is in its final table. What `overwrite` loads beside a table may still be dropped."""
        if self.config["load_method"] != "overwrite":
            return True
        # A copy: this runs in the writer while the next stream may begin.
        return all(progress.replaced or not progress.has_rows for progress in [*self._progress.values()])

    def _write_state_message(self, state: dict[str, Any]) -> None:
        if not self._covers_what_was_received():
            return
        text = cast("State", state).text
        if text != self._written_state:
            self._written_state = text
            try:
                sys.stdout.write(f"{text}\n")
                sys.stdout.flush()
            except BrokenPipeError as error:
                _discard_output()
                raise OutputError("nobody reads the states any more, so the next run loads this again") from error

    def _close(self) -> None:
        if "writer" in self.__dict__:
            self.writer.close()
        if "database" in self.__dict__:
            self.database.close()

    # Command line

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the SDK's signature
        if self._stop.hear(signum):
            # The open transaction is rolled back when the file is next opened.
            self.logger.warning("stopped at once; what was not committed yet is lost, and no state covers it")
            os._exit(128 + signum)

    @classmethod
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        """Read the files given with ``--config``.

        Args:
            ctx: Click's context.
            param: The option.
            value: Paths, or ``ENV``.

        Returns:
            The merged configuration.

        Raises:
            click.BadParameter: A file cannot be read.
        """
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError, TypeError) as error:
            raise click.BadParameter(_explain(error)) from error

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run from the command line. A failure prints one line and exits with 1, a signal exits with 128 + its number.

        Args:
            about: Print what this target is and its settings, and exit.
            about_format: Format of that output.
            config: The configuration.
            file_input: Where to read messages from; standard input when None.
        """
        super(Target, cls).invoke(about=about, about_format=about_format)
        quieten_sdk()
        cls.print_version(print_fn=cls.logger.info)
        try:
            target = cls(config=config.config if config else {}, parse_env_config=bool(config and config.parse_env))
            target._load(file_input)
        except Terminated as stop:
            cls.logger.warning("%s; %s", stop, stop.outcome)
            sys.exit(stop.exit_code)
        except ConfigValidationError as error:
            for line in error.errors:
                cls.logger.error("%s", line)  # noqa: TRY400 - the line says it all
            sys.exit(1)
        except (TargetError, SingerSDKError, SingerError) as error:
            cls.logger.error("%s", _explain(error))  # noqa: TRY400 - the line says it all
            sys.exit(1)
        except Exception as error:
            cls.logger.error("unexpected %s: %s", type(error).__name__, _explain(error))  # noqa: TRY400
            cls.logger.debug("where it came from", exc_info=True)
            sys.exit(1)

    def _load(self, file_input: IO[str] | None) -> None:
        file = self._location.file
        if file is None or file.exists():
            # Wait for the database file before any input is read. A new file is only created for a table.
            self.database  # noqa: B018 - the property opens it
        try:
            self.listen(file_input)
        except Terminated:
            with suppress(OutputError):
                self._write_all()
                self.writer.wait()
            raise
        except (DatabaseError, OutputError):
            raise
        except (InputError, SingerSDKError, SingerError) as error:
            self._write_all()
            self.writer.wait()
            raise InputError(f"line {self.message_reader.line_number}: {_explain(error)}") from error
        except Exception as error:
            error.args = (f"line {self.message_reader.line_number}: {_explain(error)}",)
            raise
        finally:
            self._close()


def _explain(error: Exception) -> str:
    if isinstance(error, InvalidRecord):
        return str(error.error_message)
    return shorten(str(error), _MESSAGE_LENGTH)


def _discard_output() -> None:
    """Discard what is left in the buffer of standard output, so that flushing it at exit does not fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run_all(steps: Iterable[Callable[[], None]]) -> None:
    for step in steps:
        step()
