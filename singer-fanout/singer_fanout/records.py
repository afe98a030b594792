"""Fits records to their schema, at the price of a set comparison for a record that fits already.

The SDK walks every value of every record. Records that come out of a JSON text can only differ from their schema
in few ways, all known when the schema is: fields it lacks, booleans sent as 0 and 1, declared objects inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._catalog import pop_deselected_record_properties

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


def _types(declared: Mapping[str, Any]) -> set[str]:
    kind = declared.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _fix(declared: Mapping[str, Any], path: str, unknown: Report) -> Fix | None:
    """What must be done to each value of a field; None where nothing must."""
    types = _types(declared) - {"null"}
    if types == {"boolean"}:
        return bool
    if types == {"object"} and "properties" in declared:
        return _fit_object(declared, path, unknown)
    if types == {"array"} and (fix := _fix(declared.get("items", {}), path, unknown)) is not None:
        return lambda items: [item if item is None else fix(item) for item in items]
    return None


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
