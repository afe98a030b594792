"""The column types, and the conversion of JSON values to each: exactly or not at all."""

from __future__ import annotations

import decimal
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from target_duckdb.errors import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

# Times are parsed as Python 3.11 does; the SDK brings that to 3.10.
_BIGINT_LIMIT = 2**63
_HUGEINT_LIMIT = 2**127
_MICROSECOND = timedelta(microseconds=1)
_DAY_MICROSECONDS = 86_400_000_000
_FIRST_YEAR, _LAST_YEAR = 1, 9999
_A_TIMESTAMP = "an RFC 3339 date and time between the years 1 and 9999 in UTC"
_LEAP_SECOND = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:)60(?:\.\d+)?")
_HOUR_24 = re.compile(r"(\d{4}-\d\d-\d\d[T ])24:00(?::00(?:\.0+)?)?")
MAX_PRECISION = 38

_encode_json = msgspec.json.Encoder(decimal_format="number").encode


class ConversionError(ValueError):
    """A value does not fit the type; the message says why, without naming the column."""


class TooWideError(ConversionError):
    """An integer needs a column wider than BIGINT."""


class Inexact(Exception):  # noqa: N818 - a number that is stored all the same, not an error
    """A number has more digits than DOUBLE can hold; ``nearest`` is the value to store."""

    def __init__(self, nearest: float) -> None:
        super().__init__("DOUBLE keeps 15 to 17 significant digits")
        self.nearest = nearest


@dataclass(frozen=True)
class ColumnType:
    """A DuckDB type and the conversion of JSON values to it.

    Attributes:
        sql: Name of the type, as DuckDB spells it.
        arrow: Type of the Arrow array that carries the values to DuckDB.
        convert: Converts a JSON value other than null for that array. Raises ``ConversionError`` for a value that the
            type cannot hold, and ``Inexact`` for one that it can only approximate.
        only_null: Whether all values seen so far are null, so that any type will do.
    """

    sql: str
    arrow: pa.DataType = field(compare=False)
    convert: Callable[[Any], Any] = field(compare=False)
    only_null: bool = False

    @property
    def is_decimal(self) -> bool:
        """Whether this is a DECIMAL of any precision and scale."""
        return self.sql.startswith("DECIMAL")


def _refuse(value: Any, wanted: str) -> ConversionError:
    return ConversionError(f"{shorten(_to_json(value))} is not {wanted}")


def _to_json(value: Any) -> str:
    return _encode_json(value).decode()


def _to_text(value: Any) -> str:
    if type(value) is str:
        return value
    return value.isoformat() if isinstance(value, datetime) else _to_json(value)


def _to_boolean(value: Any) -> bool:
    if value is True or value is False:
        return value
    raise _refuse(value, "a boolean")


def _to_integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() <= MAX_PRECISION and value == int(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _refuse(value, "an integer")


def _to_bigint(value: Any) -> int:
    number = value if type(value) is int else _to_integer(value)
    if -_BIGINT_LIMIT <= number < _BIGINT_LIMIT:
        return number
    raise TooWideError(f"{shorten(str(number))} is outside of BIGINT")


def _to_hugeint(value: Any) -> str:
    number = _to_integer(value)
    if -_HUGEINT_LIMIT <= number < _HUGEINT_LIMIT:
        return str(number)
    raise ConversionError(f"{shorten(str(number))} needs more than the 127 bits of HUGEINT; send it as a string")


def _to_double(value: Any) -> float:
    if type(value) is not Decimal and type(value) is not int and type(value) is not float:
        raise _refuse(value, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if number - number != 0:  # infinite or NaN
        raise ConversionError(f"{shorten(str(value))} is outside of DOUBLE")
    if type(value) is Decimal:
        if repr(number) != str(value) and Decimal(repr(number)) != value:
            raise Inexact(number)
    elif number != value:
        raise Inexact(number)
    return number


def _to_timestamp(value: Any) -> datetime:
    """Parse a date-time. Without an offset it is taken as UTC."""
    if type(value) is not str:
        if not isinstance(value, datetime):
            raise _refuse(value, "an RFC 3339 date and time")
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = _unusual_timestamp(value)
    if not _FIRST_YEAR < moment.year < _LAST_YEAR:
        return _within_the_years(moment, value)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _within_the_years(moment: datetime, value: Any) -> datetime:
    """Convert an instant at either end of the calendar to UTC, where its offset may take it out of range."""
    try:
        return moment.astimezone(timezone.utc) if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
    except OverflowError:
        raise _refuse(value, _A_TIMESTAMP) from None


def as_instant(text: str, column: ColumnType) -> str | None:
    """Write a value the way it is written when its column changes from date-time to text.

    Args:
        text: A value of the column.
        column: The column's current type, VARCHAR or JSON.

    Returns:
        Text of the same type; None if the value is not a date-time.
    """
    try:
        moment = _to_timestamp(msgspec.json.decode(text) if column == JSON else text)
    except (ConversionError, msgspec.MsgspecError, TypeError):
        return None
    written = f"{moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    return _to_json(written) if column == JSON else written


def _unusual_timestamp(value: str) -> datetime:
    """Parse a time in lower case, in a leap second or at hour 24, which the standards allow and Python does not.

    A leap second, the instant after 23:59:59, is stored as the second that follows it.
    """
    text = value.upper()
    try:
        for late, earlier, missing in (
            (_LEAP_SECOND, r"\g<1>59", timedelta(seconds=1)),
            (_HOUR_24, r"\g<1>23:59:59", timedelta(seconds=1)),
        ):
            if late.match(text):
                return datetime.fromisoformat(late.sub(earlier, text, count=1)) + missing
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise _refuse(value, _A_TIMESTAMP) from None


def _to_date(value: Any) -> date:
    if type(value) is str:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            raise _refuse(value, "a date between the years 1 and 9999") from None
        if moment.time() == time():
            return moment.date()
        raise _refuse(value, "a date (it has a time of day)")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise _refuse(value, "a date")


def _to_time(value: Any) -> int:
    """Convert to microseconds since midnight; a time with an offset is converted to UTC."""
    if type(value) is not str:
        if not isinstance(value, time):
            raise _refuse(value, "a time of day")
        moment = value
    else:
        try:
            moment = time.fromisoformat(value.upper())
        except ValueError:
            raise _refuse(value, "a time of day") from None
    micros = ((moment.hour * 60 + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond
    offset = moment.utcoffset()
    return micros if offset is None else (micros - offset // _MICROSECOND) % _DAY_MICROSECONDS


TEXT = ColumnType("VARCHAR", pa.string(), _to_text)
JSON = ColumnType("JSON", pa.string(), _to_json)
NOTHING = ColumnType("JSON", pa.string(), _to_json, only_null=True)
BOOLEAN = ColumnType("BOOLEAN", pa.bool_(), _to_boolean)
BIGINT = ColumnType("BIGINT", pa.int64(), _to_bigint)
HUGEINT = ColumnType("HUGEINT", pa.string(), _to_hugeint)  # Arrow has no 128-bit integer
DOUBLE = ColumnType("DOUBLE", pa.float64(), _to_double)
TIMESTAMP = ColumnType("TIMESTAMP WITH TIME ZONE", pa.timestamp("us", tz="UTC"), _to_timestamp)
DATE = ColumnType("DATE", pa.date32(), _to_date)
TIME = ColumnType("TIME", pa.time64("us"), _to_time)


def decimal_type(precision: int, scale: int) -> ColumnType:
    """Make a DECIMAL type.

    Args:
        precision: Total number of digits, 1 to 38.
        scale: Number of digits after the point, 0 to ``precision``.

    Returns:
        The column type. Its values must fit without rounding.
    """
    unit = Decimal((0, (1,), -scale))
    context = decimal.Context(
        prec=precision,
        traps=[decimal.Inexact, decimal.InvalidOperation],
        Emax=decimal.MAX_EMAX,
        Emin=decimal.MIN_EMIN,
    )

    def convert(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
            raise _refuse(value, "a number")
        try:
            number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        except decimal.InvalidOperation:
            raise _refuse(value, "a number") from None
        if not number.is_finite():
            raise _refuse(value, "a finite number")
        try:
            return number.quantize(unit, context=context)
        except (decimal.Inexact, decimal.InvalidOperation):
            raise _refuse(value, f"a number that fits DECIMAL({precision},{scale}) without rounding") from None

    return ColumnType(f"DECIMAL({precision},{scale})", pa.decimal128(precision, scale), convert)


_NARROWER_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER")
_TIMES_WITHOUT_ZONE = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS")
TIMES = frozenset({TIMESTAMP.sql, *_TIMES_WITHOUT_ZONE})
"""Types of columns that hold instants."""
# Columns that other programs created with these types are widened when this target first writes to them.
_WIDENED = {
    **dict.fromkeys(_NARROWER_INTEGERS, BIGINT),
    "UBIGINT": HUGEINT,
    "FLOAT": DOUBLE,
    **dict.fromkeys(_TIMES_WITHOUT_ZONE, TIMESTAMP),
}
_BY_SQL = {
    column_type.sql: column_type
    for column_type in (TEXT, JSON, BOOLEAN, BIGINT, HUGEINT, DOUBLE, DATE, TIME, TIMESTAMP)
} | _WIDENED
EXACT_OR_REFUSED = frozenset({*_NARROWER_INTEGERS, "UBIGINT", "TIMESTAMP"})
"""Foreign types whose columns can stay: DuckDB casts a value of the wider type to them exactly, or not at all."""
_DECIMAL_SQL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def from_sql(sql: str) -> ColumnType | None:
    """The column type with which this target writes to an existing column.

    Args:
        sql: The column's type as DuckDB names it.

    Returns:
        The same type or the next wider one that this target supports; None if there is none.
    """
    if match := _DECIMAL_SQL.fullmatch(sql):
        return decimal_type(int(match[1]), int(match[2]))
    return _BY_SQL.get(sql)


def scale_of(column_type: ColumnType) -> int:
    """Number of digits after the point of a DECIMAL type, 0 for any other type."""
    match = _DECIMAL_SQL.fullmatch(column_type.sql)
    return int(match[2]) if match else 0


_NUMBERS = (BIGINT, HUGEINT, DOUBLE)


def is_number(column_type: ColumnType) -> bool:
    """Whether the type is numeric."""
    return column_type in _NUMBERS or column_type.is_decimal


def join(one: ColumnType, other: ColumnType) -> ColumnType:
    """The narrowest type that holds the values of both types.

    Args:
        one: A type.
        other: Another, or the same.

    Returns:
        Their common type: the wider of two numbers, TIMESTAMP for dates and date-times, JSON if one is JSON, and
        VARCHAR for any other mix.
    """
    types = {one, other}
    if len(types) == 1:
        return one
    if NOTHING in types:
        return other if one == NOTHING else one
    if JSON in types:
        return JSON
    if is_number(one) and is_number(other):
        return _join_numbers(one, other)
    return TIMESTAMP if types == {DATE, TIMESTAMP} else TEXT


def _join_numbers(one: ColumnType, other: ColumnType) -> ColumnType:
    if DOUBLE in {one, other}:
        return DOUBLE
    if one.is_decimal or other.is_decimal:
        return decimal_type(MAX_PRECISION, max(scale_of(one), scale_of(other)))
    return HUGEINT
