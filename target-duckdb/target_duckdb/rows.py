"""JSON text becomes a row, without a dictionary in between.

This is the way that nearly all records take: a decoder made for the stream's columns reads them, checking as it goes.
It takes only what it understands for sure. A record that it refuses is not wrong yet; it goes the long way, by the
validator and the converters of the columns, which has the last word and the messages.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from target_duckdb.column_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
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
    """The type that a value is decoded to, and what makes the column's value of that; None where it is the same."""

REFUSALS = (msgspec.MsgspecError, Inexact, ValueError, RecursionError)
"""What `RowReader.read` raises for a record that has to go the long way."""

_TOP_LEVEL = {"type", "properties", "required", "additionalProperties"}
_ALWAYS_EXACT = 15  # as many digits DOUBLE keeps, whatever they are

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_values = msgspec.structs.astuple


class RowReader:
    """Reads the records of one stream as rows for one table.

    Args:
        schema: What the records have to match; None if nothing but their columns.
        columns: The columns of the rows, in their order.
        keys: Properties that must be there.
        rounded: Properties whose numbers may be rounded to the nearest DOUBLE.
        ignored: Properties that the schema does not describe and that may be there all the same.

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
            fields[column.property], convert = _reading(column.type, definition, exact=exact)
            if convert is not None:
                self._conversions.append((position, convert))
        fields |= {name: Raw for name in ignored if name not in fields}
        self._width = len(columns)
        self._decode = decoder(struct(fields, required, closed=True))

    def read(self, text: Raw) -> list[Any]:
        """Read one record.

        Args:
            text: The record as JSON.

        Returns:
            The values of the columns.

        Raises:
            REFUSALS: The record has to go the long way.
        """
        row = list(_values(self._decode(text))[: self._width])
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


def _reading(column: ColumnType, definition: Any, *, exact: bool) -> Reading:
    """How the values of a column are read; ``definition`` is None where they are not validated."""
    if definition is None:
        return _unchecked_reading(column, exact=exact)
    definition = _without_what_the_column_checks(definition, column)
    checked = json_type(definition)
    types = value_types(definition) - {"null"}
    if types == {"string"} and column == TEXT:
        return checked, None
    if types == {"string"}:
        return checked, column.convert
    if (types, column) in (({"integer"}, BIGINT), ({"boolean"}, BOOLEAN)):
        return checked, None
    if types == {"number"} and column == DOUBLE:
        return Raw, _double_reader(exact=exact, nullable="null" in value_types(definition))
    return Raw, _json_reader(column, None if checked is Raw else checked)


def _unchecked_reading(column: ColumnType, *, exact: bool) -> Reading:
    if column == TEXT:
        return str | None, None
    if column == BIGINT:
        return OPTIONAL_INTEGER, None
    if column == BOOLEAN:
        return bool | None, None
    if column in {TIMESTAMP, DATE, TIME}:
        return str | None, column.convert
    if column == DOUBLE:
        return Raw, _double_reader(exact=exact, nullable=True)
    return Raw, _json_reader(column, None)


def _without_what_the_column_checks(definition: Any, column: ColumnType) -> Any:
    """A DECIMAL refuses to round, so it checks a ``multipleOf`` that is its own unit."""
    if isinstance(definition, dict) and column.is_decimal and "multipleOf" in definition:
        unit = Decimal(str(definition["multipleOf"]))
        if unit == Decimal((0, (1,), -scale_of(column))):
            return {keyword: value for keyword, value in definition.items() if keyword != "multipleOf"}
    return definition


def _double_reader(*, exact: bool, nullable: bool) -> Callable[[Raw], float | None]:
    def read(text: Raw) -> float | None:
        digits = bytes(text)
        if digits == b"null" and nullable:
            return None
        number = float(digits)
        if number - number != 0:
            raise ConversionError("infinite")
        if (
            exact
            and len(digits) > _ALWAYS_EXACT
            and repr(number).encode() != digits
            and Decimal(repr(number)) != Decimal(digits.decode())
        ):
            raise Inexact(number)
        return number

    return read


def _json_reader(column: ColumnType, checked: Any) -> Callable[[Raw], Any]:
    check = None if checked is None else decoder(checked)
    convert = column.convert

    def read(text: Raw) -> Any:
        if check is not None:
            check(text)
        value = _decode(text)
        return None if value is None else convert(value)

    return read
