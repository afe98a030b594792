"""Stream maps and flattening: any error in one is reported in one line.

A stream's map is created when the stream is selected or first used. Each computed field is a column of the type of
its expression; a value of another type ends the run instead of reaching a target whose table it does not fit.
"""

from __future__ import annotations

import datetime as dt
from copy import copy, deepcopy
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from singer_sdk.exceptions import StreamMapConfigError
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
    PluginMapper,
    RemoveRecordTransform,
)

from singer_fanout.errors import SettingsError
from singer_fanout.expressions import TEXT, Schema, is_called, kinds_of, names_in, parsed, schema_of_values, type_of

if TYPE_CHECKING:
    import ast
    import logging
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib import CatalogEntry, MetadataMapping

SHOWN_OF_A_VALUE = 40
PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list, tuple),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float, Decimal),
    "object": (dict,),
    "string": (str, dt.date, dt.time),
}
OPERATORS = frozenset({MAPPER_ELSE_OPTION, MAPPER_FILTER_OPTION, MAPPER_KEY_PROPERTIES_OPTION})
"""The keys of a map other than fields, once its stream is known."""


class FieldMap(CustomStreamMap):
    """The map of a stream's fields.

    Args:
        name: The map's name in the settings.
        map_transform: The operators and the fields.
        raw_schema: The schema of the records.
        key_properties: The key of the records.
        map_config: Values for expressions, from the setting `stream_map_config`.
        options: Further arguments of the SDK's class.
    """

    def __init__(
        self,
        *,
        name: str,
        map_transform: Mapping[str, Any],
        raw_schema: dict[str, Any],
        key_properties: Sequence[str] | None,
        map_config: dict[str, Any],
        **options: Any,
    ) -> None:
        self._name = name
        # The SDK changes its schema field by field, while expressions see the original records.
        fields: dict[str, Schema] = deepcopy(raw_schema["properties"])
        record = {"type": ["object", "null"], "properties": fields}
        self._scope: dict[str, Schema] = {
            "__stream_name__": TEXT,
            "__original_stream_name__": TEXT,
            **fields,
            "_": record,
            "record": record,
            "config": schema_of_values(map_config),
        }
        self._absent = dict.fromkeys(fields)
        self._trees: dict[str, ast.expr] = {}
        definition = self._checked(map_transform, key_properties)
        super().__init__(
            map_transform=definition,
            raw_schema=raw_schema,
            key_properties=key_properties,
            map_config=map_config,
            **options,
        )
        self._check_names()
        columns: dict[str, Schema] = self.transformed_schema["properties"]
        self._computed = {field: columns[field] for field in self._trees if field in columns}

    def _checked(self, definition: Mapping[str, Any], keys: Sequence[str] | None) -> dict[str, Any]:
        checked = dict(definition)
        for field, expression in definition.items():
            if field.startswith("__") and field.endswith("__") and field not in OPERATORS:
                raise SettingsError(f"{self._place(field)}: there is no such operator here")
            if (
                isinstance(expression, str)
                and expression != NULL_STRING
                and field not in OPERATORS - {MAPPER_FILTER_OPTION}
            ):
                try:
                    self._trees[field] = parsed(expression)
                except SyntaxError as error:
                    raise SettingsError(
                        f"{self._place(field)}: {expression!r} is not an expression ({error.msg})"
                    ) from None
        if MAPPER_ELSE_OPTION in definition:
            for key in definition.get(MAPPER_KEY_PROPERTIES_OPTION, keys) or ():
                checked.setdefault(key, key)
        return checked

    def _check_names(self) -> None:
        """Raise for an expression that would fail for every row."""
        known = self._scope.keys() | self.functions.keys() | ({"fake"} if self.fake else set())
        for field, tree in self._trees.items():
            for name in names_in(tree):
                if name in known or (name == "self" and field in self._absent):
                    continue
                if is_called(name, tree):
                    raise SettingsError(f"{self._place(field)}: there is no function '{name}' here")
                raise SettingsError(
                    f"{self._place(field)}: the stream '{self.stream_name}' has no selected field '{name}'"
                )

    def _place(self, field: str | None) -> str:
        return f"stream_maps: {self._name}.{field or MAPPER_FILTER_OPTION}"

    def _eval_type(self, expr: str, default: th.JSONTypeHelper[Any] | None = None) -> th.JSONTypeHelper[Any]:
        """The type of a computed column: inferred from the expression, else guessed by the SDK."""
        own = {} if default is None else default.type_dict
        told = type_of(parsed(expr), {**self._scope, "self": own})
        return super()._eval_type(expr, default) if told is None else th.CustomType(dict(told))

    def _eval(self, expr: str, expr_parsed: Any, record: dict[str, Any], property_name: str | None) -> Any:
        """Evaluate an expression on a record; fields that were not sent are null."""
        try:
            return super()._eval(expr, expr_parsed, {**self._absent, **record}, property_name)
        except Exception as error:
            reason = error.__cause__ or error
            raise SettingsError(
                f"{self._place(property_name)}: {expr!r} cannot be computed on a row of the stream "
                f"'{self.stream_name}' ({type(reason).__name__}: {' '.join(str(reason).split())})"
            ) from error

    def transform(self, record: dict[str, Any]) -> dict[str, Any] | None:
        """Return the record as it leaves the tap; None to filter it out.

        Raises:
            SettingsError: An expression fails on it, or its value is not of the column's type.
        """
        mapped = super().transform(record)
        if mapped:
            for field, column in self._computed.items():
                value = mapped.get(field)
                if value is not None:
                    mapped[field] = self._fitted(field, value, column)
        return mapped

    def _fitted(self, field: str, value: Any, column: Schema) -> Any:
        kind, kinds = type(value), kinds_of(column)
        if not kinds or (kind is bool and "boolean" in kinds):
            return value
        if kind is not bool and any(isinstance(value, PYTHON_TYPES.get(name, object)) for name in kinds):
            return value
        if "string" in kinds and "format" not in column and kind in {int, float, Decimal}:
            return str(value)
        raise SettingsError(
            f"{self._place(field)} gives {str(value)[:SHOWN_OF_A_VALUE]!r} of the type {kind.__name__}, and its "
            f"column is of the type {' or '.join(sorted(kinds))}: bring it to that type with str(), int(), float() or "
            "bool()"
        )


class StreamMapper(PluginMapper):
    """The maps of all streams.

    Args:
        settings: Those of the tap.
        logger: Warned about maps that match no stream.
        streams: The names of the tap's streams.
        entry_of: The catalog's entry of a stream; called for streams whose maps are created.

    Raises:
        SettingsError: The maps are invalid whatever the streams.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        logger: logging.Logger,
        streams: Collection[str],
        entry_of: Callable[[str], CatalogEntry],
    ) -> None:
        # The SDK removes parts of the maps from the settings that it is given.
        given = {name: deepcopy(value) for name, value in settings.items() if value is not None}
        try:
            super().__init__(plugin_config=given, logger=logger)
        except StreamMapConfigError as error:
            raise SettingsError(f"stream_maps: {_in_one_line(error)}") from None
        self.stream_maps = _MadeWhenAskedFor(self._make)
        self._entry_of = entry_of
        for name, definition in self.stream_maps_dict.items():
            source = _source(name, definition)
            if not any(fnmatch(stream, source) for stream in streams):
                logger.warning("stream_maps names a stream '%s', which the tap does not have", source)

    def create(self, selected: Iterable[str]) -> None:
        """Create the maps of the selected streams; the others are created on demand.

        Raises:
            SettingsError: One of them is invalid, or two would write to the same stream.
        """
        written: dict[str, str] = {}
        for stream in selected:
            for stream_map in self.stream_maps[stream]:
                alias = stream_map.stream_alias
                if isinstance(stream_map, RemoveRecordTransform):
                    continue
                if alias in written:
                    raise SettingsError(
                        f"The streams '{written[alias]}' and '{stream}' would both be written as '{alias}'; give one "
                        "of them another name in stream_maps, or in the catalog."
                    )
                written[alias] = stream

    def _make(self, stream: str) -> list[StreamMap]:
        """Create the maps of a stream as if it were selected: the SDK selects streams to test them."""
        given = self._entry_of(stream)
        metadata = copy(given.metadata)
        metadata[()] = replace(metadata.root, selected=True)
        try:
            self.register_raw_stream_schema(stream, _selected(stream, given, metadata), given.key_properties)
        except SettingsError:
            raise
        except Exception as error:
            self.stream_maps.pop(stream, None)
            if _is_flattened_twice(error):
                column = str(error).rpartition(": ")[2]
                raise SettingsError(
                    f"flattening_enabled: the stream '{stream}' would have two columns of the name '{column}'; "
                    "choose another flattening_separator, flattening_max_depth or flattening_max_key_length, or "
                    "deselect one of them."
                ) from error
            raise SettingsError(
                f"The catalog's schema of the stream '{stream}' cannot be used: {_in_one_line(error)}"
            ) from error
        made = self.stream_maps[stream]
        if given.stream and made[0].stream_alias == stream:
            made[0].stream_alias = given.stream
        return made

    def register_raw_stream_schema(
        self, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        """Create the maps of a stream: its own first, then those that name it as their source."""
        own: StreamMap | None = None
        further: list[StreamMap] = []
        for name, definition in self.stream_maps_dict.items():
            if not fnmatch(stream_name, _source(name, definition)):
                continue
            made = self._map(name, definition, stream_name, schema, key_properties)
            if isinstance(definition, dict) and MAPPER_SOURCE_OPTION in definition:
                further.append(made)
            else:
                own = made
        self.stream_maps[stream_name] = [own or self._default(stream_name, schema, key_properties), *further]

    def _default(self, stream: str, schema: dict[str, Any], keys: Sequence[str] | None) -> StreamMap:
        if self.default_mapper_type is RemoveRecordTransform:
            return _removal(stream, schema)
        return self.default_mapper_type(stream, schema, keys, flattening_options=self.flattening_options)

    def _map(
        self, name: str, definition: object, stream: str, schema: dict[str, Any], keys: Sequence[str] | None
    ) -> StreamMap:
        """The map that one entry of the setting defines for a stream."""
        if definition is None or definition == NULL_STRING:
            return _removal(stream, schema)
        if not isinstance(definition, dict):
            raise SettingsError(f"stream_maps: {name}: {definition!r} is neither a map nor null")
        fields = dict(definition)
        alias = name if fields.pop(MAPPER_SOURCE_OPTION, None) else self._alias(name, fields, stream)
        try:
            return FieldMap(
                name=name,
                stream_alias=alias,
                map_transform=fields,
                map_config=self.map_config,
                faker_config=self.faker_config,
                raw_schema=schema,
                key_properties=keys,
                flattening_options=self.flattening_options,
                stream_name=stream,
            )
        except SettingsError:
            raise
        except Exception as error:
            if _is_flattened_twice(error):
                raise
            raise SettingsError(f"stream_maps: {name}: {_in_one_line(error)}") from error

    def _alias(self, name: str, fields: dict[str, Any], stream: str) -> str:
        """The stream's name in the output; its expression is removed from the fields."""
        expression = fields.pop(MAPPER_ALIAS_OPTION, None)
        if expression is None:
            return stream
        try:
            alias = self._eval_stream(expression, stream)
        except Exception as error:
            raise SettingsError(f"stream_maps: {name}.{MAPPER_ALIAS_OPTION}: {_in_one_line(error)}") from error
        if not isinstance(alias, str) or not alias:
            raise SettingsError(f"stream_maps: {name}.{MAPPER_ALIAS_OPTION} gives {alias!r}, which is not a name")
        return alias


class _MadeWhenAskedFor(dict[str, "list[StreamMap]"]):
    def __init__(self, make: Callable[[str], list[StreamMap]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, stream: str) -> list[StreamMap]:
        return self._make(stream)


def else_errors(maps: object) -> list[str]:
    """Errors in the `__else__` operators, which the SDK's validation of the settings cannot check."""
    if not isinstance(maps, dict):
        return []
    places = {"stream_maps": maps, **{f"stream_maps: {name}": inner for name, inner in maps.items()}}
    return [
        f"{place}.{MAPPER_ELSE_OPTION}: {inner[MAPPER_ELSE_OPTION]!r} is not null, and nothing else is supported"
        for place, inner in places.items()
        if isinstance(inner, dict) and inner.get(MAPPER_ELSE_OPTION) not in (None, NULL_STRING)
    ]


def _selected(stream: str, entry: CatalogEntry, metadata: MetadataMapping) -> dict[str, Any]:
    """The schema of the selected fields: as a rule of all, which takes no second copy of it."""
    schema: dict[str, Any] = entry.schema.to_dict()
    mask = metadata.resolve_selection()
    return schema if all(mask.values()) else get_selected_schema(stream, schema, mask)


def _source(name: str, definition: object) -> str:
    """The stream that a map reads, or a pattern for several."""
    source = definition.get(MAPPER_SOURCE_OPTION, name) if isinstance(definition, dict) else name
    return str(source)


def _removal(stream: str, schema: dict[str, Any]) -> RemoveRecordTransform:
    return RemoveRecordTransform(stream, schema, None, flattening_options=None)


def _is_flattened_twice(error: Exception) -> bool:
    return isinstance(error, ValueError) and str(error).startswith("Duplicate column name")


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error.__cause__ or error).split()) or type(error).__name__
