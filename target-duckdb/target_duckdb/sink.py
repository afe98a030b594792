"""Loads one stream into its table."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.exceptions import InvalidRecord, MissingKeyPropertiesError
from singer_sdk.sinks import BatchSink

from target_duckdb.batch import Batch
from target_duckdb.column_types import BIGINT, HUGEINT, JSON, TIMESTAMP, ConversionError, Inexact, TooWideError
from target_duckdb.errors import DatabaseError, InputError, InvalidValueError, shorten
from target_duckdb.json_types import NotExpressible
from target_duckdb.names import column_names, counted, fold, quote
from target_duckdb.replacement import Replacement
from target_duckdb.rows import REFUSALS, RowReader
from target_duckdb.schema_types import column_type, description
from target_duckdb.table import Column, Table
from target_duckdb.validation import RecordValidator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from target_duckdb.batch import Row
    from target_duckdb.column_types import ColumnType
    from target_duckdb.progress import TableProgress
    from target_duckdb.reader import RecordLine
    from target_duckdb.table import ExistingColumn
    from target_duckdb.target import TargetDuckDB

VERSION = "_sdc_table_version"
DELETED_AT = "_sdc_deleted_at"
UNKNOWN = "_sdc_unknown"
_METADATA: dict[str, ColumnType] = {
    "_sdc_extracted_at": TIMESTAMP,
    "_sdc_received_at": TIMESTAMP,
    "_sdc_batched_at": TIMESTAMP,
    DELETED_AT: TIMESTAMP,
    "_sdc_sequence": BIGINT,
    VERSION: BIGINT,
    "_sdc_sync_started_at": BIGINT,
}
_METADATA_DESCRIPTIONS = {
    "_sdc_extracted_at": "When the record was extracted from the source",
    "_sdc_received_at": "When the record was received by the loader",
    "_sdc_batched_at": "When the batch of the record was started",
    DELETED_AT: "When the record was deleted at the source, or found missing there; null if it was not",
    "_sdc_sequence": "Order in which records were received, in milliseconds since 1970",
    VERSION: "Version of the table that the record belongs to",
    "_sdc_sync_started_at": "When the load was started, in milliseconds since 1970",
    UNKNOWN: "Properties of the record that its schema does not describe",
}
_OWN_COLUMNS = (VERSION, DELETED_AT)


class DuckDBSink(BatchSink):
    """Collects the records of a stream and applies them to its table, one batch per transaction.

    Args:
        target: The target, which owns the database connection.
        stream_name: Name of the stream.
        schema: The JSON schema of its records.
        key_properties: The properties that identify a record; None or empty if there is no key.
    """

    def __init__(
        self,
        target: TargetDuckDB,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._database = target.database
        self._writer = target.writer
        self._table = Table(target.database, target.table_of(stream_name))
        self._progress: TableProgress = target.progress_of(stream_name)
        self._adds_metadata = self.include_sdc_metadata_properties
        self._most_rows = self.max_size
        self._keeps_unknown: bool = self.config["keep_unknown"]
        self._nulls_invalid: bool = self.config["on_invalid"] == "null"
        self._replacement: Replacement | None = None
        if self.config["load_method"] == "overwrite" and not self._progress.replaced:
            self._replacement = Replacement(target.database, self._table)
            self._table = self._replacement.table
        self._wanted = self._wanted_types()
        self._columns: list[Column] = []
        self._converters: list[tuple[str, Callable[[Any], Any]]] = []
        self._untouched: list[str] = []
        self._collates = False
        self._batch = Batch((), ())
        self._rows_before_state = 0
        self._rounded: set[str] = set()
        self._unknown: set[str] = set()
        self._row_reader: RowReader | None = None
        self._positions: dict[str, int] = {}
        self._batch_began = datetime.now(tz=timezone.utc)
        self._sequence = 0

    # Called by the SDK

    def get_validator(self) -> RecordValidator | None:
        """The validator for this stream's records; None if validation is off."""
        return RecordValidator(self.schema) if self.validate_schema else None

    def prepare(self) -> None:
        """Create the table or adapt it to the schema, unless that has been done.

        This is not done in the SDK's ``setup``, because the SDK would log an extra line if it failed.
        """
        if self._columns:
            return
        self._writer.wait()
        self._refuse_to_replace_anothers()
        purpose = f"cannot prepare the table {self._table.name} of stream {self.stream_name!r}"
        self._table.atomically(purpose, self._plan_first)

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002 - the SDK's signature
        """Convert a record and keep it for the batch.

        Args:
            record: The record.
            context: The SDK's batch context, which is not used.

        Raises:
            InputError: A value does not fit its column.
        """
        try:
            row = self._convert(record)
        except (ConversionError, Inexact):
            row = self._convert_with_care(record)
        self._batch.append(row)

    def process_batch(self, context: dict[str, Any]) -> None:  # noqa: ARG002 - the SDK's signature
        """Apply the collected records.

        Args:
            context: The SDK's batch context, which is not used.
        """
        self.flush()

    def activate_version(self, new_version: int, *, follows_rows: bool = False) -> None:
        """Delete rows of older versions, or mark them as deleted.

        A version that is announced ahead of its rows is activated at the end of the run, if the run succeeds. The
        rows that it replaces stay until then.

        Args:
            new_version: The version to activate.
            follows_rows: Whether the message came directly after the stream's last row.

        Raises:
            InputError: The version is not an integer.
        """
        _check_version(new_version)
        progress = self._progress
        if not progress.has_begun(new_version):
            self._target.write_state_ahead_of(progress)
        self.flush()
        is_complete = progress.completes(new_version, follows_rows=follows_rows)
        if is_complete and not (self._replacement and progress.unversioned):
            progress.completed.add(new_version)
            self._replace()
            self._retire_versions_before(new_version)
        else:
            progress.announced.add(new_version)
            progress.awaited_version = new_version

    # Called by the target

    def take(self, record: dict[str, Any], message: Mapping[str, Any]) -> None:
        """Take one record.

        Args:
            record: The record, after stream maps; it is changed.
            message: The message that carried it, for its version and time of extraction.

        Raises:
            InvalidRecord: The record does not match the schema.
            MissingKeyPropertiesError: A key property is missing.
            InputError: A value does not fit its column.
        """
        self._validate(record)
        for key in self.key_properties:
            if key not in record:
                raise MissingKeyPropertiesError(f"a record of stream {self.stream_name!r} lacks the key {key!r}")
        self._take_unknown(record)
        version = message.get("version")
        if version is not None:
            _check_version(version)
        if not self._progress.has_begun(version):
            self._target.write_state_ahead_of(self._progress)
        if version is None:
            self._progress.unversioned = True
        else:
            self._note_version(version)
            record[VERSION] = version
        if self._adds_metadata:
            self._add_metadata(record, message)
        self.process_record(record, {})

    def _validate(self, record: dict[str, Any]) -> None:
        """Reject a record that does not match the schema, or replace its invalid values by null."""
        if self._validator is None:
            return
        try:
            self._validator.validate(record)
        except InvalidRecord as error:
            validator = cast("RecordValidator", self._validator)
            invalid = validator.invalid_properties(record) if self._nulls_invalid else None
            if invalid is None or any(key in invalid for key in self.key_properties):
                reason = f"the record does not match its schema: {error.error_message}"
                raise InvalidRecord(f"stream {self.stream_name!r}: {reason}", record) from None
            for name, reason in invalid.items():
                self._note_null(name, reason)
                record[name] = None

    def _note_null(self, name: str, reason: str) -> None:
        """Log the first value of a property that is replaced by null, and count all of them."""
        if name not in self._progress.nulled:
            self.logger.warning(
                "stream %r, property %r: %s; null is loaded in its place", self.stream_name, name, reason
            )
        self._progress.nulled[name] += 1

    def take_line(self, line: RecordLine) -> bool:
        """Take one record, if its text can be read as a row.

        Args:
            line: The message that carries it, before any stream map.

        Returns:
            Whether it was taken. If not, nothing has changed, and it has to be decoded for `take`.
        """
        version = line.version
        if self._row_reader is None or not (version is None or self._knows_version(version)):
            return False
        if not self._progress.has_begun(version):
            self._target.write_state_ahead_of(self._progress)
        try:
            row = self._row_reader.read(line.record)
            if self._adds_metadata:
                self._fill_in_metadata(row, line)
        except REFUSALS:
            return False
        if version is None:
            self._progress.unversioned = True
        else:
            self._progress.versions.add(version)
            row[self._positions[VERSION]] = self._convert_own(VERSION, version)
        self._batch.append(row)
        return True

    @property
    def is_full(self) -> bool:
        """Whether the batch has as many records as it may have."""
        return len(self._batch) >= self._most_rows

    def mark_state(self) -> None:
        """Note that a STATE came: it covers what has been collected so far."""
        self._rows_before_state = len(self._batch)

    def hand_over(self, *, to_state: bool = False) -> Callable[[], None] | None:
        """Hand over the collected records.

        Args:
            to_state: Whether to keep those that came after the last STATE.

        Returns:
            A function that applies them to the table, which the writer has to call before it changes the table in any
            other way; None if there are no records.
        """
        count = self._rows_before_state if to_state else len(self._batch)
        self._rows_before_state = 0
        if not count:
            return None
        batch, self._batch = self._batch, self._new_batch()
        if count < len(batch):
            self._batch.take_rows_of(batch, count)
        self.tally_record_read(len(batch))
        self.mark_drained()
        return functools.partial(self._apply, batch)

    def flush(self) -> None:
        """Apply the collected records, and return when that is done."""
        if apply := self.hand_over():
            self._writer.submit(apply)
        self._writer.wait()

    def finish(self, doubt: str | None) -> None:
        """Do what has to wait for the last record: activate versions, and replace the table.

        Args:
            doubt: Why the stream may be incomplete; None if it is complete. In case of doubt nothing is deleted.
        """
        self.flush()
        version, self._progress.awaited_version = self._progress.awaited_version, None
        if self._replacement is not None and doubt is not None and (rows := self._replacement.rows_at_stake()):
            self._tell_doubt(f"{self._table.name} is not replaced and keeps its {counted(rows, 'row')}", doubt)
            return
        self._replace()
        if version is None:
            return
        if doubt is None:
            self._retire_versions_before(version)
        elif rows := self._table.count(*self._older_than(version)):
            self._tell_doubt(
                f"{counted(rows, 'row')} that version {version} did not bring stay in {self._table.name}", doubt
            )

    # Columns

    @property
    def _merges(self) -> bool:
        return bool(self.key_properties) and self.config["load_method"] != "append-only"

    def _wanted_types(self) -> dict[str, ColumnType]:
        wanted = {name: column_type(definition, self.schema) for name, definition in self.schema["properties"].items()}
        for key in self.key_properties:
            if key not in wanted and not self._keeps_unknown:
                raise InputError(f"stream {self.stream_name!r} has the key {key!r}, which its schema does not describe")
            wanted.setdefault(key, JSON)
        if self._keeps_unknown:
            wanted[UNKNOWN] = JSON
        if not wanted:
            raise InputError(
                f"the schema of stream {self.stream_name!r} describes no property, so it has no columns; with"
                " keep_unknown its records go into one JSON column"
            )
        if self._adds_metadata:
            wanted |= _METADATA
        return wanted

    def _plan_first(self) -> None:
        existing = self._table.columns()
        for name in _OWN_COLUMNS:
            if name in existing:
                self._wanted.setdefault(name, _METADATA[name])
        self._plan(existing)

    def _plan(self, existing: Mapping[str, ExistingColumn]) -> None:
        """Assign a column to each property, and add or widen it in the table."""
        names = column_names(self._wanted, {name: column.owner for name, column in existing.items()})
        kept = self._database.storage.kept
        columns = [Column(name, names[name], kept(type_), self._describe(name)) for name, type_ in self._wanted.items()]
        columns = self._put_into_table(columns, existing)
        if self._replacement is None:
            self._claim(self._table)
        if self._merges:
            columns = [self._compared(column) for column in columns]
        self._columns = columns
        self._converters = [(column.property, column.type.convert) for column in columns]
        self._check_what_others_have_made(self._not_written(existing))
        self._note_untouched(existing)
        self._collates = self._merges and self._table.collates()
        self._batch = self._new_batch()
        self._positions = {column.property: position for position, column in enumerate(columns)}
        self._row_reader = self._new_row_reader()

    def _put_into_table(self, columns: Sequence[Column], existing: Mapping[str, ExistingColumn]) -> list[Column]:
        """Add or widen columns in the table, or make it of them; returns them with the types in which to write."""
        if existing:
            return [self._table.fit(column, existing.get(column.name)) for column in columns]
        self._table.create(columns)
        return list(columns)

    def _not_written(self, existing: Mapping[str, ExistingColumn]) -> dict[str, ExistingColumn]:
        written = {column.name for column in self._columns}
        return {name: column for name, column in existing.items() if name not in written}

    def _note_untouched(self, existing: Mapping[str, ExistingColumn]) -> None:
        self._untouched = [name for name, column in self._not_written(existing).items() if not column.is_generated]

    def _compared(self, column: Column) -> Column:
        if column.property not in self.key_properties:
            return column
        return replace(column, type=self._database.storage.compared(column.type))

    def _check_what_others_have_made(self, others: Mapping[str, ExistingColumn]) -> None:
        """Refuse a table with columns that would make writing the stream's rows fail, before there are any."""
        for name, column in others.items():
            if column.needs_value:
                raise DatabaseError(
                    f"column {quote(name)} of {self._table.name} is NOT NULL, has no default, and stream"
                    f" {self.stream_name!r} does not bring it: give it a default, or let it be null"
                )
        if self._merges and (referring := self._table.references()):
            raise DatabaseError(
                f"{self._table.name} is referred to by a foreign key of {', '.join(referring)}, so DuckDB replaces none"
                f" of its rows; drop that constraint, or load stream {self.stream_name!r} into another table"
            )

    def _claim(self, table: Table) -> None:
        """Record this source as the one that loads the table, if it is known and the table has none yet."""
        source = self._target.source_name
        if source is not None and table.source() is None:
            table.note_source(source)

    def _other_source(self) -> str | None:
        """Another source that loads the table; None if none is known."""
        table = self._table if self._replacement is None else self._replacement.replaced
        source, other = self._target.source_name, table.source()
        return other if source is not None and other != source else None

    def _describe(self, name: str) -> str | None:
        if name in self.schema["properties"]:
            return description(self.schema["properties"][name], self.schema)
        return _METADATA_DESCRIPTIONS.get(name)

    def _new_row_reader(self) -> RowReader | None:
        try:
            return RowReader(
                self.schema if self.validate_schema else None,
                self._columns,
                keys=self.key_properties,
                rounded=self._rounded,
                ignored=self._unknown,
            )
        except NotExpressible:
            return None

    def _new_batch(self) -> Batch:
        names = {column.property: column.name for column in self._columns}
        tombstone = names.get(DELETED_AT) if self.config["hard_delete"] else None
        return Batch(
            self._columns,
            [names[key] for key in self.key_properties],
            tombstone,
            compares_bytes=self._collates,
        )

    def _widen(self, wanted: dict[str, ColumnType]) -> None:
        """Add columns to the table or widen their types, between two batches."""
        self.flush()
        self._wanted |= wanted
        self._table.atomically(f"cannot widen the table {self._table.name}", lambda: self._plan(self._table.columns()))

    # Records

    def _convert(self, record: Mapping[str, Any]) -> Row:
        get = record.get
        return tuple([None if (value := get(name)) is None else convert(value) for name, convert in self._converters])

    def _convert_with_care(self, record: Mapping[str, Any]) -> Row:
        """Convert a record with a value that needs a wider column, has to be rounded, or does not fit at all."""
        wider = {column.property: HUGEINT for column in self._columns if self._needs_hugeint(column, record)}
        if wider:
            self._widen(wider)
        return tuple([self._convert_value(column, record.get(column.property)) for column in self._columns])

    @staticmethod
    def _needs_hugeint(column: Column, record: Mapping[str, Any]) -> bool:
        if column.type != BIGINT or record.get(column.property) is None:
            return False
        try:
            column.type.convert(record[column.property])
        except TooWideError:
            return True
        except ConversionError:
            return False
        return False

    def _convert_value(self, column: Column, value: Any) -> Any:
        if value is None:
            return None
        try:
            return column.type.convert(value)
        except Inexact as rounded:
            if column.property not in self._rounded:
                self._rounded.add(column.property)
                self._row_reader = self._new_row_reader()
                self.logger.warning(
                    "%r has numbers with more digits than DOUBLE keeps; they are rounded to the nearest DOUBLE. A"
                    " schema with multipleOf makes the column a DECIMAL",
                    column.property,
                )
            return rounded.nearest
        except ConversionError as error:
            if self._nulls_invalid and column.property not in self.key_properties:
                self._note_null(column.property, str(error))
                return None
            raise InvalidValueError(f"stream {self.stream_name!r}, property {column.property!r}: {error}") from error

    def _take_unknown(self, record: dict[str, Any]) -> None:
        """Collect properties that the schema lacks in one column, or report each of them once."""
        unknown = record.keys() - self._wanted.keys() - self._unknown
        if not unknown:
            return
        if self._keeps_unknown:
            record[UNKNOWN] = {name: record.pop(name) for name in [*record] if name in unknown}
            return
        for name in sorted(unknown):
            self.logger.warning(
                "stream %r sends %r, which its schema does not describe: its values are not loaded",
                *(self.stream_name, name),
            )
        self._unknown |= unknown
        self._row_reader = self._new_row_reader()

    def _add_metadata(self, record: dict[str, Any], message: Mapping[str, Any]) -> None:
        record |= self._metadata(message.get("time_extracted"))
        record.setdefault(DELETED_AT, None)
        record.setdefault(VERSION, None)

    def _fill_in_metadata(self, row: list[Any], line: RecordLine) -> None:
        for name, value in self._metadata(line.time_extracted).items():
            row[self._positions[name]] = None if value is None else self._convert_own(name, value)

    def _convert_own(self, name: str, value: Any) -> Any:
        """Convert a value of a metadata column to the type that the column has in the table."""
        column = self._columns[self._positions[name]].type
        if column in {BIGINT, TIMESTAMP}:
            return _METADATA[name].convert(value)
        return column.convert(_METADATA[name].convert(value))

    def _metadata(self, time_extracted: Any) -> dict[str, Any]:
        now = datetime.now(tz=timezone.utc)
        if not len(self._batch):
            self._batch_began = now
        # The clock may be set back, but the sequence must not decrease.
        self._sequence = max(self._sequence, round(now.timestamp() * 1000))
        return {
            "_sdc_extracted_at": time_extracted,
            "_sdc_received_at": now,
            "_sdc_batched_at": self._batch_began,
            "_sdc_sequence": self._sequence,
            "_sdc_sync_started_at": self.sync_started_at,
        }

    def _add_sdc_metadata_to_schema(self) -> None:
        """Do nothing: metadata are columns of the table, not properties of the tap's schema."""

    def _remove_sdc_metadata_from_schema(self) -> None:
        """Do nothing: what the tap's schema describes is loaded, whatever it is called."""

    # Batches and versions

    def _apply(self, batch: Batch) -> None:
        purpose = f"cannot load {len(batch)} rows of stream {self.stream_name!r} into {self._table.name}"
        with self.batch_processing_timer:
            self._table.atomically(purpose, lambda: self._write(batch))
        self.record_counter_metric.increment(len(batch))
        self._progress.loaded += len(batch)

    def _write(self, batch: Batch) -> None:
        if self._database.has_other_writers:
            # Since the columns were planned, another loader may have widened, narrowed (while empty) or replaced them.
            self._put_into_table(batch.columns, self._table.columns())
            existing = self._table.columns()
            self._note_untouched(existing)
            batch.fit(existing)
        if len(batch) and self._merges:
            batch.merge_into(self._database, self._table, self._untouched)
        elif len(batch):
            batch.append_to(self._database, self._table)

    def _knows_version(self, version: Any) -> bool:
        return type(version) is int and VERSION in self._positions

    def _note_version(self, version: int) -> None:
        if VERSION not in self._wanted:
            # Add the columns needed to activate the version now, all at once: each look at the catalog takes time.
            self._widen({name: _METADATA[name] for name in self._columns_to_retire if name not in self._wanted})
        self._progress.versions.add(version)

    def _retire_versions_before(self, version: int) -> None:
        if self._progress.unversioned:
            self.logger.warning(
                "version %d is activated, but records came without a version: no row is deleted in this run", version
            )
            return
        if self._progress.rejected:
            self.logger.warning(
                "version %d is activated, but records were rejected that may be newer: no row is deleted in this run",
                version,
            )
            return
        if other := self._other_source():
            self._target.keep_rows_of(self._table.name, other)
            return
        columns = {fold(name): name for name in self._table.columns()}
        missing = {name: _METADATA[name] for name in self._columns_to_retire if name not in columns}
        condition, parameters = self._older_than(version)
        if version not in self._progress.versions and (rows := self._table.count(condition, parameters)):
            outcome = "deleted" if self.config["hard_delete"] else "marked as deleted"
            self.logger.warning(
                "stream %r: version %d came without any records, so %s of %s are %s",
                self.stream_name,
                version,
                counted(rows, "row"),
                self._table.name,
                outcome,
            )
        if missing:
            self._widen(missing)
            condition, parameters = self._older_than(version)
        if self.config["hard_delete"]:
            statement = f"DELETE FROM {self._table.sql} WHERE {condition}"  # noqa: S608
        else:
            statement = f"UPDATE {self._table.sql} SET {quote(DELETED_AT)} = now() WHERE {condition}"  # noqa: S608
        retired: list[int] = []
        self._table.atomically(
            f"cannot activate version {version} of {self._table.name}",
            lambda: retired.append(self._database.change(statement, parameters)),
        )
        self._progress.deleted += retired[-1]

    def _older_than(self, version: int) -> tuple[str, tuple[int, ...]]:
        """SQL condition, with its parameters, on the rows to delete or mark when a version is activated."""
        columns = {fold(name) for name in self._table.columns()}
        condition = "true"
        parameters: tuple[int, ...] = ()
        if VERSION in columns:
            # Another loader may have created the column with any type.
            number = f"TRY_CAST({quote(VERSION)} AS HUGEINT)"
            condition, parameters = f"({number} IS NULL OR {number} < ?)", (version,)
        if DELETED_AT in columns and not self.config["hard_delete"]:
            condition = f"{condition} AND {quote(DELETED_AT)} IS NULL"
        return condition, parameters

    def _replace(self) -> None:
        """Replace the stream's table by the one that `overwrite` has loaded, if there is one."""
        if (replacement := self._replacement) is not None:
            table = replacement.replaced
            table.atomically(f"cannot replace the table {table.name}", functools.partial(self._take_place, replacement))
            self._table, self._replacement = table, None
            self._progress.replaced = True

    def _take_place(self, replacement: Replacement) -> None:
        self._refuse_to_replace_anothers()
        replacement.take_place()
        self._claim(replacement.replaced)

    def _refuse_to_replace_anothers(self) -> None:
        if self._replacement is not None and (other := self._other_source()):
            raise InputError(
                f"stream {self.stream_name!r} would replace {self._table.name}, which {other!r} fills, by what"
                f" {self._target.source_name!r} brings; set default_target_schema, or the same source_name"
            )

    def _tell_doubt(self, outcome: str, doubt: str) -> None:
        self.logger.warning(
            "stream %r: %s, because the tap may have ended early: %s. If this tap's end can be trusted, set"
            " trust_end_of_input",
            self.stream_name,
            outcome,
            doubt,
        )

    @property
    def _columns_to_retire(self) -> tuple[str, ...]:
        return (VERSION,) if self.config["hard_delete"] else (VERSION, DELETED_AT)


def _check_version(version: Any) -> None:
    if not isinstance(version, int) or isinstance(version, bool):
        raise InputError(f"a version is an integer, not {shorten(repr(version))}")
