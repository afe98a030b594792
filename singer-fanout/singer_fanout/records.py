"""Fits records to their schema, at the cost of a single check for a page of records that already fit.

The SDK walks every value of every record. Decoded JSON records mostly match their schema, so a page is first checked
as a whole, in C; only a page that does not fit is processed value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from singer_fanout.columns import Fields
from singer_fanout.row_types import page_check
from singer_fanout.shape import is_identity
from singer_fanout.undeclared import UNDECLARED

if TYPE_CHECKING:
    from singer_sdk.singerlib import SelectionMask

    from singer_fanout.columns import Findings

Row = dict[str, Any]
Unusable = Callable[[Row, list[str]], None]

FRACTIONS = frozenset({float, Decimal})


class RecordFitter:
    """Reduces records to the selected fields of the schema, each with its declared type.

    Args:
        schema: The stream's schema.
        mask: Which fields are selected.
        keys: The fields that a record must have.
        findings: Receives each field that the schema lacks and each value that is dropped.
        unusable: Called with each record that is left out, as sent, and the names of its unusable keys.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        mask: SelectionMask,
        keys: Sequence[str],
        findings: Findings,
        unusable: Unusable,
    ) -> None:
        properties = {name: column for name, column in schema.get("properties", {}).items() if name != UNDECLARED}
        kept = {name: column for name, column in properties.items() if mask["properties", name]}
        self._keys = tuple(keys)
        self._deselected = properties.keys() - kept.keys()
        self._deselected_inside = list(_deselected_inside(mask))
        self._check = page_check(kept, self._keys)
        self._fields = Fields({"properties": kept}, "", findings)
        self._findings = findings
        self._unusable = unusable

    def __call__(self, page: list[Row]) -> list[Row]:
        """Return the fitted records, without those that lack a usable key; the given ones may be modified.

        A target could neither update nor delete a record without a key.
        """
        for path in self._deselected_inside:
            for record in page:
                _remove(record, path)
        if self._deselected:
            page = [{name: value for name, value in record.items() if name not in self._deselected} for record in page]
        if self._check is not None:
            try:
                self._check(page)
            except (msgspec.ValidationError, ArithmeticError):
                pass
            else:
                return page
        return [fitted for record in page if (fitted := self._fitted(record)) is not None]

    def _fitted(self, record: Row) -> Row | None:
        fitted = self._fields(record)
        if undeclared := self._findings.kept():
            fitted[UNDECLARED] = undeclared
        unusable = [key for key in self._keys if not _identifies(record.get(key), fitted.get(key))]
        if unusable:
            self._unusable(record, unusable)
            return None
        return fitted


def _deselected_inside(mask: SelectionMask) -> Iterator[list[str]]:
    """Yield the path to each deselected field inside an object, as a list of names."""
    for breadcrumb, chosen in mask.items():
        if not chosen and len(breadcrumb) > 2 and set(breadcrumb[::2]) == {"properties"}:  # noqa: PLR2004
            yield list(breadcrumb[1::2])


def _remove(record: Row, path: Sequence[str]) -> None:
    *objects, field = path
    place: Any = record
    for name in objects:
        place = place.get(name)
        if not isinstance(place, dict):
            return
    place.pop(field, None)


def _identifies(sent: Any, fitted: Any) -> bool:
    """Whether a value can be a key; a number with a fraction can only be one in a `number` column."""
    if type(fitted) in FRACTIONS:
        return True
    return is_identity(fitted) and not (type(fitted) is str and type(sent) in FRACTIONS)
