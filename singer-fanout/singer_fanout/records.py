"""Fits records to their schema, at the price of a set comparison for a record that fits already.

The SDK walks every value of every record. Records that come out of a JSON text can only differ from their schema
in few ways, all known when the schema is: fields it lacks, booleans sent as 0 and 1, declared objects inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.helpers._typing import is_object_type, is_uniform_list

if TYPE_CHECKING:
    from singer_sdk.singerlib import SelectionMask

Fix = Callable[[Any], Any]
Report = Callable[[str], None]


class RecordFitter:
    """Keeps the selected fields that the schema names, each with its declared type.

    Args:
        schema: The stream's schema.
        mask: Which fields are selected.
        unknown: Called with the path of each field that the schema lacks, for every record that has one.
    """

    def __init__(self, schema: Mapping[str, Any], mask: SelectionMask, unknown: Report) -> None:
        properties = schema.get("properties", {})
        self._mask = mask
        self._known = frozenset(properties)
        self._kept = frozenset(name for name in properties if mask["properties", name])
        self._unknown = unknown
        self._fixes = tuple(
            (name, fix)
            for name, declared in properties.items()
            if name in self._kept and (fix := _fix(declared, name, unknown)) is not None
        )
        self._selects_inside = any(len(path) > 2 and not chosen for path, chosen in mask.items())  # noqa: PLR2004

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record as it may leave the tap; the given one may be changed."""
        if self._selects_inside:
            pop_deselected_record_properties(record, {}, self._mask)
        if not record.keys() <= self._kept:
            for name in record.keys() - self._known:
                self._unknown(name)
            record = {name: value for name, value in record.items() if name in self._kept}
        for name, fix in self._fixes:
            value = record.get(name)
            if value is not None:
                record[name] = fix(value)
        return record


def _fix(declared: Mapping[str, Any], path: str, unknown: Report) -> Fix | None:
    """What must be done to each value of a field; None where nothing must."""
    item = _fix_item(declared, path, unknown)
    if "items" not in declared or not is_uniform_list(dict(declared)):
        return item
    if _kinds(declared["items"]) == {"number"}:
        return _as_numbers_of_one_kind
    inner = _fix_item(declared["items"], path, unknown)
    if inner is None:
        return item

    def fix(value: Any) -> Any:
        if isinstance(value, list):
            return [element if element is None else inner(element) for element in value]
        return value if item is None else item(value)

    return fix


def _fix_item(declared: Mapping[str, Any], path: str, unknown: Report) -> Fix | None:
    """What must be done to a value that is no list."""
    if _kinds(declared) == {"boolean"}:
        return _as_boolean
    if "properties" in declared and is_object_type(dict(declared)):
        return _fit_object(declared, path, unknown)
    return None


def _kinds(declared: Mapping[str, Any]) -> set[str]:
    """The types that a value may have, besides null."""
    kind = declared.get("type", ())
    return ({kind} if isinstance(kind, str) else set(kind)) - {"null"}


def _as_numbers_of_one_kind(value: Any) -> Any:
    # target-postgres refuses a list of which some numbers have a fraction and others have none.
    if not isinstance(value, list) or not any(isinstance(number, Decimal) for number in value):
        return value
    return [Decimal(f"{number}.0") if type(number) is int else number for number in value]


def _as_boolean(value: Any) -> Any:
    # As the SDK does: a number with a fraction is nobody's boolean.
    return value if isinstance(value, (float, Decimal)) else value != 0


def _fit_object(declared: Mapping[str, Any], path: str, unknown: Report) -> Fix:
    properties = declared["properties"]
    fixes = {name: _fix(inner, f"{path}.{name}", unknown) for name, inner in properties.items()}
    open_ended = bool(declared.get("additionalProperties"))

    def fit(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        fitted = {}
        for name, inner in value.items():
            if name not in fixes:
                if open_ended:
                    fitted[name] = inner
                else:
                    unknown(f"{path}.{name}")
                continue
            fix = fixes[name]
            fitted[name] = inner if fix is None or inner is None else fix(inner)
        return fitted

    return fit
