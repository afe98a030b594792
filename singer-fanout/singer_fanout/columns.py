"""Values that are not of their column's declared type are converted where that is exact, and dropped otherwise.

A conversion is exact if it loses nothing and guesses nothing:

| column | accepts besides its own type |
|---|---|
| integer | a number without a fraction (5.0), or its text ("12", not "012"); 38 digits at most |
| number | its text ("28.50", digit by digit) |
| boolean | 0 and 1, "0" and "1", "true" and "false" |
| string | a number, as it was written |
| date-time | an ISO 8601 time that is not RFC 3339, as UTC; a time without an offset is taken as UTC |

A boolean is never taken as a number or a string: some servers write false where there is no value. Lists and objects
are fitted element by element; a list whose elements may not be null loses the elements that have no value.
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
"""Of an integer: no database column holds more, and a number with a huge exponent is a mistake."""
TOO_LARGE = 10**MOST_DIGITS
BOOLEANS = {"0": False, "1": True, "false": False, "true": True}


class Misfit(Exception):  # noqa: N818 - not a failure: the value has the wrong type
    """A value is not of its column's type, and there is no exact conversion."""


class Findings(Protocol):
    """Receives what does not fit the schema."""

    def undeclared(self, path: str, value: Any, *, listed: bool) -> None:
        """Report a field that the schema lacks; `listed` if it is inside the objects of a list."""

    def kept(self) -> dict[str, Any]:
        """The undeclared fields of the current record that are to be kept."""

    def mistyped(self, path: str, value: Any) -> None:
        """Report a value that is dropped because it is not of its field's type."""


class Fields:
    """The fields of a row, or of an object in one.

    Args:
        declared: The schema of the object.
        path: The object's path; empty for a row.
        findings: Receives what does not fit.
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
        """Return the declared fields in their declared form, in the order in which they were sent."""
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
        path: Its path.
        findings: Receives what does not fit.
        listed: Whether a row may have several of it.
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
        """Set the field to the value in its declared form; to null, or not at all, if it has none."""
        try:
            fitted[name] = self(value)
        except Misfit:
            self._findings.mistyped(self._path, value)
            if self._nullable:
                fitted[name] = None

    def __call__(self, value: Any) -> Any:
        """Return the value in its declared form.

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
        """The conversion for a value of each Python type."""
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
        """Return the elements in their declared form."""
        fitted = [element for value in values for element in self._element(value)]
        if self._are_numbers and any(isinstance(number, Decimal) for number in fitted):
            # target-postgres refuses a list that mixes numbers with and without a fraction.
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
