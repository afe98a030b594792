"""JSON schemas as msgspec types, which validate a value while they decode it.

A schema with constraints that such a type cannot check has no type: its records need the full validator. A type may
reject a value that the schema allows, such as 5.0 for an integer, but never accepts one that the schema forbids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta, Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ASSERTIONS = frozenset(
    {
        *("type", "enum", "const", "not", "if", "then", "else", "allOf", "anyOf", "oneOf"),
        *("$ref", "$dynamicRef", "$recursiveRef", "extends", "disallow", "divisibleBy"),
        *("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
        *("maxLength", "minLength", "pattern"),
        *("items", "additionalItems", "prefixItems", "unevaluatedItems", "uniqueItems"),
        *("contains", "maxContains", "minContains", "maxItems", "minItems"),
        *("properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"),
        *("required", "maxProperties", "minProperties", "dependencies", "dependentRequired", "dependentSchemas"),
    }
)
"""The keywords of all drafts that can make a value invalid. All others are annotations."""

_LENGTHS = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
_BOUNDS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
_COUNTS = {"minItems": "min_length", "maxItems": "max_length"}
_KEYWORDS = {
    "string": _LENGTHS.keys(),
    "integer": _BOUNDS.keys(),
    "number": frozenset[str](),
    "boolean": frozenset[str](),
    "null": frozenset[str](),
    "array": {"items", *_COUNTS},
    "object": {"properties", "required", "additionalProperties"},
}
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
INTEGER = Annotated[int, Meta(ge=_SMALLEST, le=_LARGEST)]
"""A 64-bit integer."""
OPTIONAL_INTEGER = Union[INTEGER, None]  # noqa: UP007 - Python 3.10 cannot join an annotated type with |
"""The same, or null."""


class NotExpressible(Exception):  # noqa: N818 - a signal to the caller to fall back, never shown as an error
    """No msgspec type can check all of the schema."""


def assertions(definition: Any) -> set[str]:
    """The keywords of a schema that can make a value invalid.

    Args:
        definition: A JSON schema.

    Returns:
        The set of those keywords.

    Raises:
        NotExpressible: It is not an object; ``false`` is a schema too.
    """
    if not isinstance(definition, dict):
        raise NotExpressible
    return definition.keys() & ASSERTIONS


def value_types(definition: Mapping[str, Any]) -> set[str]:
    """The JSON types that a schema names, at its top level or in the branches of its ``anyOf``.

    Args:
        definition: A JSON schema.

    Returns:
        Their names; empty if any type is allowed.
    """
    names = definition.get("type", [])
    branches = definition.get("anyOf", []) if not names else []
    return set(names if isinstance(names, list) else [names]).union(*(value_types(branch) for branch in branches))


def json_type(definition: Any) -> Any:
    """Translate a JSON schema to a msgspec type.

    Args:
        definition: A JSON schema.

    Returns:
        A type for msgspec: ``Raw``, the undecoded text, if any value is allowed.

    Raises:
        NotExpressible: There is no such type.
    """
    asserted = assertions(definition)
    if not asserted:
        return Raw
    if asserted == {"anyOf"}:
        return _union([json_type(branch) for branch in definition["anyOf"]])
    names = value_types(definition)
    if "type" not in asserted or not names <= _TRANSLATIONS.keys():
        raise NotExpressible
    if "enum" in asserted:
        return _enumeration(definition["enum"], names, asserted - {"type", "enum"})
    if asserted - {"type"} - {keyword for name in names for keyword in _KEYWORDS[name]}:
        raise NotExpressible
    if "number" in names and asserted & _BOUNDS.keys():
        raise NotExpressible  # bounds need every digit, and a float has lost some
    return _union([_TRANSLATIONS[name](definition) for name in sorted(names)])


def _union(types: list[Any]) -> Any:
    if not types:
        raise NotExpressible
    if Raw in types:
        return Raw
    if float in types:
        types = [each for each in types if each is not INTEGER]
    return Union[tuple(types)]  # noqa: UP007 - the types are only known at run time


def _enumeration(values: Any, names: Iterable[str], further: set[str]) -> Any:
    kinds = {"string": str, "integer": int, "null": type(None)}
    allowed = tuple(kinds[name] for name in names if name in kinds)
    if further or not isinstance(values, list) or not values or any(type(value) not in allowed for value in values):
        raise NotExpressible
    return Literal[tuple(values)]


def _string(definition: Mapping[str, Any]) -> Any:
    return _annotated(str, definition, _LENGTHS)


def _integer(definition: Mapping[str, Any]) -> Any:
    limits = {argument: definition[keyword] for keyword, argument in _BOUNDS.items() if keyword in definition}
    if any(type(limit) is not int or not _SMALLEST <= limit <= _LARGEST for limit in limits.values()):
        raise NotExpressible
    if not limits:
        return INTEGER
    if "gt" not in limits:
        limits.setdefault("ge", _SMALLEST)
    if "lt" not in limits:
        limits.setdefault("le", _LARGEST)
    return Annotated[int, _meta(limits)]


def _array(definition: Mapping[str, Any]) -> Any:
    items = json_type(definition["items"]) if "items" in definition else Raw
    return _annotated(list[items], definition, _COUNTS)  # type: ignore[valid-type]


def _object(definition: Mapping[str, Any]) -> Any:
    properties = definition.get("properties", {})
    others = definition.get("additionalProperties", True)
    if not properties and not definition.get("required"):
        if others is False:
            raise NotExpressible
        return dict[str, Raw if others is True else json_type(others)]  # type: ignore[misc]
    if others not in (True, False, {}):
        raise NotExpressible
    fields = {name: json_type(each) for name, each in properties.items()}
    return struct(fields, definition.get("required", ()), closed=others is False)


def _annotated(base: Any, definition: Mapping[str, Any], keywords: Mapping[str, str]) -> Any:
    limits = {argument: definition[keyword] for keyword, argument in keywords.items() if keyword in definition}
    return Annotated[base, _meta(limits)] if limits else base


def _meta(limits: Mapping[str, Any]) -> Meta:
    try:
        return Meta(**limits)
    except (TypeError, ValueError, re.error) as error:
        raise NotExpressible from error


_TRANSLATIONS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "string": _string,
    "integer": _integer,
    "number": lambda _: float,
    "boolean": lambda _: bool,
    "null": lambda _: None,
    "array": _array,
    "object": _object,
}


def struct(fields: Mapping[str, Any], required: Iterable[str], *, closed: bool) -> type[msgspec.Struct]:
    """Make a type for JSON objects.

    Args:
        fields: Names and types of the properties, in the order of the struct's values.
        required: Names of the properties that must be present.
        closed: Whether to reject additional properties.

    Returns:
        The type. A property that is absent has the value None.

    Raises:
        NotExpressible: msgspec does not support the name of a property, or the union.
    """
    needed = set(required)
    everything = {**fields, **dict.fromkeys(needed - fields.keys(), Raw)}
    attributes = {f"f{position}": name for position, name in enumerate(everything)}
    try:
        return msgspec.defstruct(
            "JSONObject",
            [
                (attribute, everything[name]) if name in needed else (attribute, everything[name], None)
                for attribute, name in attributes.items()
            ],
            rename=attributes,
            forbid_unknown_fields=closed,
            kw_only=True,
            gc=False,
        )
    except (TypeError, ValueError) as error:
        raise NotExpressible from error


def decoder(checked: Any) -> Callable[[Any], Any]:
    """Make a decoder for a type.

    Args:
        checked: The type.

    Returns:
        A function of JSON text that raises ``msgspec.ValidationError`` for a value of another type.

    Raises:
        NotExpressible: msgspec cannot tell the members of a union apart.
    """
    try:
        decode: Callable[[Any], Any] = msgspec.json.Decoder(checked).decode
    except TypeError as error:
        raise NotExpressible from error
    return decode
