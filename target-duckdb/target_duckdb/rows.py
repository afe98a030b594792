"""The fast path: JSON text becomes a row without a dictionary in between.

Nearly all records take it: a decoder made for the stream's columns parses and checks them in one pass. It accepts only
what it understands for sure. A record that it refuses is not necessarily invalid; it takes the slow path through the
validator and the converters of the columns, which decides, and words the messages.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from target_duckdb.column_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    ConversionError,
    Inexact,
    scale_of,
)
from target_duckdb.json_types import (
    OPTIONAL_INTEGER,
    NotExpressible,
    assertions,
    decoder,
    json_type,
    struct,
    value_types,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from target_duckdb.column_types import ColumnType
    from target_duckdb.table import Column

    Reading = tuple[Any, Callable[[Any], Any] | None]
    """The type to decode a value to, and the function that makes the column's value of it; None if it is the same."""

REFUSALS = (msgspec.MsgspecError, Inexact, ValueError, RecursionError)
"""What `RowReader.read` raises for a record that has to take the slow path."""

_TOP_LEVEL = {"type", "properties", "required", "additionalProperties"}
_ALWAYS_EXACT = 15  # decimal digits that DOUBLE always preserves

_LENGTHS_FOR_ARROW = {20, 24, 27, 25, 29, 32}  # seconds, milliseconds, microseconds; with Z, with an offset
_NULL = b"null"
_BEGINNINGS = {"object": b"{", "array": b"[", "string": b'"', "boolean": b"tf", "null": b"n"}
_ANY_BEGINNING = b"".join(_BEGINNINGS.values()) + b"-0123456789"
_LENGTH_OF_NULL = len(_NULL)
_BACKSLASH, _SPACE, _TAB, _RETURN = b"\\ \t\r"
_encode = msgspec.json.Encoder().encode
"""Encodes numbers in the fewest digits, and raw values as their text; faster than ``repr`` and ``bytes``."""
_without_spaces = msgspec.json.format
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_values = msgspec.structs.astuple


class RowReader:
    """Reads the records of one stream as rows for one table.

    Args:
        schema: What the records have to match; None if only their columns matter.
        columns: The columns of the rows, in order.
        keys: Properties that must be present.
        rounded: Properties whose numbers may be rounded to the nearest DOUBLE.
        ignored: Properties that the schema does not describe and that are allowed all the same.

    Raises:
        NotExpressible: The schema asks for more than this reader can check.
    """

    def __init__(
        self,
        schema: Mapping[str, Any] | None,
        columns: Sequence[Column],
        *,
        keys: Collection[str],
        rounded: Collection[str] = (),
        ignored: Collection[str] = (),
    ) -> None:
        required = set(keys)
        definitions: Mapping[str, Any] = {}
        if schema is not None:
            _check_top_level(schema)
            required |= set(schema.get("required", ()))
            definitions = schema["properties"]
        fields: dict[str, Any] = {}
        self._conversions: list[tuple[int, Callable[[Any], Any]]] = []
        for position, column in enumerate(columns):
            definition = definitions.get(column.property)
            exact = column.property not in rounded
            is_key = column.property in keys
            fields[column.property], convert = _reading(column.type, definition, exact=exact, is_key=is_key)
            if convert is not None:
                self._conversions.append((position, convert))
        fields |= {name: Raw for name in ignored if name not in fields}
        self._surplus = slice(len(columns), None) if len(fields) > len(columns) else None
        self._decode = decoder(struct(fields, required, closed=True))

    def read(self, text: Raw) -> list[Any]:
        """Read one record.

        Args:
            text: The record as JSON.

        Returns:
            The values of the columns.

        Raises:
            REFUSALS: The record has to take the slow path.
        """
        row = [*_values(self._decode(text))]
        if self._surplus is not None:
            del row[self._surplus]
        for position, convert in self._conversions:
            value = row[position]
            if value is not None:
                row[position] = convert(value)
        return row


def _check_top_level(schema: Mapping[str, Any]) -> None:
    if assertions(schema) - _TOP_LEVEL or "object" not in value_types({**schema, "type": schema.get("type", "object")}):
        raise NotExpressible
    if schema.get("additionalProperties", True) not in (True, False, {}):
        raise NotExpressible


def _reading(column: ColumnType, definition: Any, *, exact: bool, is_key: bool) -> Reading:
    """How to read the values of a column; ``definition`` is None if they are not validated."""
    if definition is None:
        return _unchecked_reading(column, exact=exact, is_key=is_key)
    definition = _without_what_the_column_checks(definition, column)
    checked = json_type(definition)
    types = value_types(definition) - {"null"}
    if types == {"string"} and column is TEXT:
        return checked, None
    if types == {"string"}:
        return checked, _checked_instant if column == TIMESTAMP and not is_key else column.convert
    if (types, column) in (({"integer"}, BIGINT), ({"boolean"}, BOOLEAN)):
        return checked, None
    if types == {"number"} and column == DOUBLE:
        return Raw, _double_reader(exact=exact, nullable="null" in value_types(definition))
    return Raw, _raw_reader(column, definition, checked, is_key=is_key)


def _unchecked_reading(column: ColumnType, *, exact: bool, is_key: bool) -> Reading:
    if column is TEXT:  # and none whose converter refuses some texts
        return str | None, None
    if column == BIGINT:
        return OPTIONAL_INTEGER, None
    if column == BOOLEAN:
        return bool | None, None
    if column in {TIMESTAMP, DATE, TIME}:
        return str | None, _checked_instant if column == TIMESTAMP and not is_key else column.convert
    if column == DOUBLE:
        return Raw, _double_reader(exact=exact, nullable=True)
    return Raw, _raw_reader(column, None, Raw, is_key=is_key)


def _checked_instant(text: str) -> Any:
    """The text of a time if Arrow certainly parses it as we do, only faster; otherwise the parsed time."""
    if len(text) not in _LENGTHS_FOR_ARROW:
        return TIMESTAMP.convert(text)
    try:
        is_usual = MINYEAR < datetime.fromisoformat(text).year < MAXYEAR
    except ValueError:
        is_usual = False
    if not is_usual:
        TIMESTAMP.convert(text)
    return text


def _without_what_the_column_checks(definition: Any, column: ColumnType) -> Any:
    """The definition without a ``multipleOf`` equal to the unit of its DECIMAL, which the column checks anyway."""
    if isinstance(definition, dict) and column.is_decimal and "multipleOf" in definition:
        unit = Decimal(str(definition["multipleOf"]))
        if unit == Decimal((0, (1,), -scale_of(column))):
            return {keyword: value for keyword, value in definition.items() if keyword != "multipleOf"}
    return definition


def _double_reader(*, exact: bool, nullable: bool) -> Callable[[Raw], float | None]:
    def read(text: Raw) -> float | None:
        length = len(text)
        if length == _LENGTH_OF_NULL and nullable and _encode(text) == _NULL:
            return None
        number = float(text)
        if number - number != 0:
            raise ConversionError("infinite")
        if exact and length > _ALWAYS_EXACT:
            digits = _encode(text)
            if _encode(number) != digits and Decimal(repr(number)) != Decimal(digits.decode()):
                raise Inexact(number)
        return number

    return read


def _raw_reader(column: ColumnType, definition: Any, checked: Any, *, is_key: bool) -> Callable[[Raw], Any]:
    if column == JSON and not is_key:
        return _json_reader(definition, checked)
    # Keys need converting: some are compared with stored ones, character by character.
    check = None if checked is Raw else decoder(checked)
    convert = column.convert

    def read(text: Raw) -> Any:
        if check is not None:
            check(text)
        value = _decode(text)
        return None if value is None else convert(value)

    return read


def _json_reader(definition: Any, checked: Any) -> Callable[[Raw], bytes | str | None]:
    """Keeps the text itself, without whitespace. A text with escapes is re-encoded without the optional ones."""
    beginnings = _beginnings(definition)

    def read(text: Raw) -> bytes | str | None:
        raw = _encode(text)
        if raw[0] not in beginnings:
            raise ConversionError("a value of another type")
        if _BACKSLASH in raw:
            return JSON.convert(_decode(raw))  # type: ignore[no-any-return]
        if _SPACE in raw or _TAB in raw or _RETURN in raw:
            raw = _without_spaces(raw, indent=-1)
        if raw == _NULL:
            return None
        # Undecoded text has not been checked to be UTF-8 yet.
        return raw if raw.isascii() else raw.decode()

    if checked is Raw or beginnings is not _ANY_BEGINNING:
        return read
    check = decoder(checked)

    def checked_read(text: Raw) -> bytes | str | None:
        check(text)
        return read(text)

    return checked_read


def _beginnings(definition: Any) -> bytes:
    """The first bytes that values of a definition can have, if that is all there is to check; else those of any."""
    if definition is None or assertions(definition) != {"type"}:
        return _ANY_BEGINNING
    names = value_types(definition)
    return b"".join(_BEGINNINGS[name] for name in names) if names <= _BEGINNINGS.keys() else _ANY_BEGINNING
