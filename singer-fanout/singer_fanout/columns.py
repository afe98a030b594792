"""What becomes of a value that is not of its column's declared type: it is converted where that is exact, or no value.

Exact is what loses nothing and guesses nothing:

| column | takes besides its own type |
|---|---|
| integer | a number without a fraction (5.0), its text ("12", not "012"); of no more than 38 digits |
| number | its text ("28.50", digit by digit) |
| boolean | 0 and 1, "0" and "1", "true" and "false" |
| string | a number, as it was written |
| date-time | a time of ISO 8601 that is not of RFC 3339, as UTC; so is one without an offset |

A boolean is no number and no text: some servers write false where there is nothing. Lists and objects are fitted
element by element; of a list whose elements may not be null, the elements that have no value are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

import msgspec

from singer_fanout.row_types import INSTANT, kinds
from singer_fanout.times import normal_time

Convert = Callable[[Any], Any]

WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
MOST_DIGITS = 38
"""Of an integer: no column of a database holds more; a number with a huge exponent is none that anybody meant."""
TOO_LARGE = 10**MOST_DIGITS
BOOLEANS = {"0": False, "1": True, "false": False, "true": True}


class Misfit(Exception):  # noqa: N818 - nothing failed: the value is not what it should be
    """A value has another type than its column, and there is no exact conversion."""


class Findings(Protocol):
    """Who is told what does not fit."""

    def undeclared(self, path: str, value: Any, *, listed: bool) -> None:
        """A field that the schema lacks; `listed` where it stands in objects of a list."""

    def kept(self) -> dict[str, Any]:
        """Such fields of the record at hand that are to be kept."""

    def mistyped(self, path: str, value: Any) -> None:
        """A value that is lost, because its field is of another type."""


class Fields:
    """The fields of a row, or of an object in one.

    Args:
        declared: The schema of the object.
        path: What the object is called; empty for a row.
        findings: Told what does not fit.
        listed: Whether there may be several of these objects in a row.
    """

    def __init__(self, declared: Mapping[str, Any], path: str, findings: Findings, *, listed: bool = False) -> None:
        prefix = f"{path}." if path else ""
        self._listed = listed
        self._prefix = prefix
        self._findings = findings
        self._columns = {
            name: Column(column, f"{prefix}{name}", findings, listed=listed)
            for name, column in declared.get("properties", {}).items()
        }
        others = declared.get("additionalProperties")
        self._open = bool(others)
        self._others = (
            Column(others, f"{prefix}*", findings, listed=listed) if isinstance(others, dict) and others else None
        )

    def __call__(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """The declared fields in their declared form, in the order in which they were sent."""
        fitted: dict[str, Any] = {}
        columns = self._columns
        for name, value in sent.items():
            column = columns.get(name, self._others)
            if column is not None:
                column.put(fitted, name, value)
            elif self._open:
                fitted[name] = value
            else:
                self._findings.undeclared(f"{self._prefix}{name}", value, listed=self._listed)
        return fitted


class Column:
    """A field, or the elements of a list.

    Args:
        declared: Its schema.
        path: What it is called.
        findings: Told what does not fit.
        listed: Whether there may be several of it in a row.
    """

    def __init__(self, declared: Mapping[str, Any], path: str, findings: Findings, *, listed: bool) -> None:
        self._path = path
        self._listed = listed
        self._findings = findings
        names = kinds(declared)
        self._anything = not names
        self._nullable = not names or "null" in names
        self._steps = self._plan(names, declared)

    def put(self, fitted: dict[str, Any], name: str, value: Any) -> None:
        """Set the field to a value in its declared form; to null, or not at all, where it has none."""
        try:
            fitted[name] = self(value)
        except Misfit:
            self._findings.mistyped(self._path, value)
            if self._nullable:
                fitted[name] = None

    def __call__(self, value: Any) -> Any:
        """The value in its declared form.

        Raises:
            Misfit: It has none.
        """
        if value is None:
            if not self._nullable:
                raise Misfit
            return None
        try:
            step = self._steps[type(value)]
        except KeyError:
            if self._anything:
                return value
            raise Misfit from None
        return value if step is None else step(value)

    def _plan(self, names: frozenset[str], declared: Mapping[str, Any]) -> dict[type, Convert | None]:
        """What is to be done with a value of each type."""
        steps: dict[type, Convert | None] = {}
        for name in names:
            steps |= self._own(name, declared)
        for name in ("string", "integer", "number", "boolean"):
            if name in names and not (name == "string" and declared.get("format") == "date-time"):
                steps = {**_CONVERSIONS[name], **steps}
        return steps

    def _own(self, name: str, declared: Mapping[str, Any]) -> dict[type, Convert | None]:
        if name == "string":
            return {str: _instant if declared.get("format") == "date-time" else None}
        if name == "object":
            plain = not declared.get("properties") and not isinstance(declared.get("additionalProperties"), dict)
            return {dict: None if plain else Fields(declared, self._path, self._findings, listed=self._listed)}
        if name == "array":
            items = declared.get("items", {})
            return {list: _Elements(items, self._path, self._findings) if items else None}
        if name == "integer":
            return {int: _integer}
        return dict.fromkeys(_NATIVE.get(name, ()))


class _Elements(Column):
    """The elements of a list."""

    def __init__(self, declared: Mapping[str, Any], path: str, findings: Findings) -> None:
        super().__init__(declared, path, findings, listed=True)
        self._are_numbers = kinds(declared) - {"null"} == {"number"}

    def __call__(self, values: Any) -> Any:
        """The elements in their declared form."""
        fitted = [element for value in values for element in self._element(value)]
        if self._are_numbers and any(isinstance(number, Decimal) for number in fitted):
            # target-postgres refuses a list of which some numbers have a fraction and others have none.
            return [Decimal(f"{number}.0") if type(number) is int else number for number in fitted]
        return fitted

    def _element(self, value: Any) -> tuple[Any, ...]:
        try:
            return (super().__call__(value),)
        except Misfit:
            self._findings.mistyped(self._path, value)
            return (None,) if self._nullable else ()


def _instant(text: str) -> str:
    try:
        msgspec.convert(text, INSTANT)
    except msgspec.ValidationError:
        try:
            return normal_time(text)
        except (ValueError, OverflowError):
            raise Misfit from None
    return text


def _integer(number: int) -> int:
    if -TOO_LARGE < number < TOO_LARGE:
        return number
    raise Misfit


def _whole_number_of_text(text: str) -> int:
    if len(text) > MOST_DIGITS or not WHOLE_NUMBER.fullmatch(text):
        raise Misfit
    return int(text)


def _whole_number(number: Decimal | float) -> int:
    try:
        exact = Decimal(number)
        if exact.adjusted() < MOST_DIGITS and exact == exact.to_integral_value():
            return int(exact)
    except (ArithmeticError, ValueError):
        pass
    raise Misfit


def _number_of_text(text: str) -> Decimal | int:
    if WHOLE_NUMBER.fullmatch(text) and len(text) <= MOST_DIGITS:
        return int(text)
    try:
        if NUMBER.fullmatch(text):
            return Decimal(text)
    except InvalidOperation:
        pass
    raise Misfit


def _boolean_of_number(number: int) -> bool:
    if number not in (0, 1):
        raise Misfit
    return number == 1


def _boolean_of_text(text: str) -> bool:
    try:
        return BOOLEANS[text]
    except KeyError:
        raise Misfit from None


_NATIVE: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "number": (int, float, Decimal),
}
_CONVERSIONS: dict[str, dict[type, Convert | None]] = {
    "string": {int: str, Decimal: str, float: repr},
    "integer": {str: _whole_number_of_text, Decimal: _whole_number, float: _whole_number},
    "number": {str: _number_of_text},
    "boolean": {int: _boolean_of_number, str: _boolean_of_text},
}
