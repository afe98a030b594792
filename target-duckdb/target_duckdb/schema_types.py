"""The column type for a property of a JSON schema."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_duckdb.column_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    HUGEINT,
    JSON,
    MAX_PRECISION,
    NOTHING,
    TEXT,
    TIME,
    TIMESTAMP,
    ColumnType,
    decimal_type,
    is_number,
    join,
)
from target_duckdb.errors import InputError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_DEPTH = 20
_MAX_DECIMAL_SCALE = 18  # a larger scale would leave a DECIMAL too few digits before the point
_STRING_FORMATS = {"date-time": TIMESTAMP, "date": DATE, "time": TIME}
_DECIMAL_FORMATS = {"singer.decimal", "x-singer.decimal"}
_BIGINT_MAXIMUM = 2**63 - 1


def column_type(definition: Any, root: Mapping[str, Any]) -> ColumnType:
    """Choose the type of a property's column.

    Args:
        definition: The property's JSON schema.
        root: The whole schema, in which local references are resolved.

    Returns:
        The type that holds every value the definition allows: JSON if it allows several kinds of values, or any
        value at all, and NOTHING if it allows only null.

    Raises:
        InputError: The definition names a type that JSON does not have.
    """
    found = list(_leaf_types(definition, root, 0))
    if not found:
        return NOTHING
    if len(set(found)) == 1 or all(is_number(each) for each in found):
        return functools.reduce(join, found)
    if all(each in {TEXT, TIMESTAMP, DATE, TIME} for each in found):
        return TEXT
    return JSON


def description(definition: Any, root: Mapping[str, Any]) -> str | None:
    """The description in a property's schema, or in the definition that it refers to.

    Args:
        definition: The property's JSON schema.
        root: The whole schema, in which local references are resolved.

    Returns:
        The description; None if there is none.
    """
    for _ in range(_MAX_DEPTH):
        if not isinstance(definition, dict):
            break
        text = definition.get("description")
        if isinstance(text, str) and text.strip():
            return text.strip().replace("\0", "")
        if "$ref" not in definition:
            break
        definition = _resolve(str(definition["$ref"]), root)
    return None


def _leaf_types(definition: Any, root: Mapping[str, Any], depth: int) -> Iterator[ColumnType]:
    if not isinstance(definition, dict) or depth > _MAX_DEPTH:
        yield JSON
        return
    if "type" in definition:
        names = definition["type"]
        for name in [names] if isinstance(names, str) else names:
            if name != "null":
                yield _named_type(name, definition)
        return
    if "$ref" in definition:
        yield from _leaf_types(_resolve(str(definition["$ref"]), root), root, depth + 1)
        return
    branches = [branch for word in ("anyOf", "oneOf") for branch in definition.get(word, ())]
    if not branches:
        # All pieces apply at once, so the first that names a type decides.
        pieces = ([*_leaf_types(piece, root, depth + 1)] for piece in definition.get("allOf", ()))
        yield from next((types for types in pieces if types != [JSON]), [JSON])
    for branch in branches:
        yield from _leaf_types(branch, root, depth + 1)


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    if not reference.startswith("#/"):
        return None
    node: Any = root
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    return node


def _named_type(name: Any, definition: Mapping[str, Any]) -> ColumnType:
    if name == "string":
        return _string_type(definition)
    if name == "integer":
        bounds = (definition.get("minimum"), definition.get("maximum"))
        wide = any(isinstance(bound, int) and not -_BIGINT_MAXIMUM - 1 <= bound <= _BIGINT_MAXIMUM for bound in bounds)
        return HUGEINT if wide else BIGINT
    if name == "number":
        return _number_type(definition.get("multipleOf"))
    if name == "boolean":
        return BOOLEAN
    if name in {"object", "array"}:
        return JSON
    raise InputError(f"a schema names the type {shorten(repr(name))}, which JSON does not have")


def _string_type(definition: Mapping[str, Any]) -> ColumnType:
    string_format = definition.get("format")
    if string_format in _DECIMAL_FORMATS:
        precision, scale = definition.get("precision", MAX_PRECISION), definition.get("scale")
        if (
            isinstance(scale, int)
            and isinstance(precision, int)
            and 0 <= scale <= precision <= MAX_PRECISION
            and precision
        ):
            return decimal_type(precision, scale)
        return TEXT  # without a known scale only text keeps every digit
    return _STRING_FORMATS.get(string_format, TEXT) if isinstance(string_format, str) else TEXT


def _number_type(multiple_of: Any) -> ColumnType:
    if isinstance(multiple_of, bool) or not isinstance(multiple_of, int | float | Decimal):
        return DOUBLE
    exponent = (
        Decimal(repr(multiple_of) if isinstance(multiple_of, float) else multiple_of).normalize().as_tuple().exponent
    )
    if not isinstance(exponent, int) or -exponent > _MAX_DECIMAL_SCALE:
        return DOUBLE
    return decimal_type(MAX_PRECISION, max(0, -exponent))
