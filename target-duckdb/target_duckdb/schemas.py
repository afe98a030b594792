"""Translates a tap's JSON schema, of whatever draft, into the form that the rest of this target reads.

Local references are replaced by what they refer to, keywords of other drafts and of OpenAPI by those of draft 7, and
the parts of an ``allOf`` are merged. The same records are valid before and after.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from target_duckdb.json_types import ASSERTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_NODES = 20_000
"""Above this number of nodes references are left unresolved: replacing them multiplies the nodes."""
_WITH_SCHEMA = {
    *("not", "if", "then", "else", "contains", "propertyNames"),
    *("items", "additionalItems", "additionalProperties", "unevaluatedItems", "unevaluatedProperties"),
}
_WITH_SCHEMAS = {"allOf", "anyOf", "oneOf", "items"}
_WITH_NAMED_SCHEMAS = {"properties", "patternProperties", "dependencies", "dependentSchemas"}
_DEFINITIONS = ("definitions", "$defs")
_OF_THE_DOCUMENT = {"$schema", "$id", *_DEFINITIONS}
_LOWER_BOUNDS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_UPPER_BOUNDS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_WORK_TOGETHER = ({"items", "additionalItems"}, {"if", "then", "else"}, {"contains", "minContains", "maxContains"})


class Translation:
    """The translation of one schema.

    Args:
        schema: The schema as the tap sent it. It is not changed.

    Attributes:
        schema: The schema in terms of draft 7.
        unresolved: References to what the schema does not contain. They accept any value.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.unresolved: list[str] = []
        self._root = schema
        self._nodes = 0
        self._leaves_references = False
        self.schema: dict[str, Any] = self._translate({**schema}, ())
        for keyword in _OF_THE_DOCUMENT & self.schema.keys():
            del self.schema[keyword]
        if self._leaves_references:
            for keyword in _DEFINITIONS:
                if isinstance(schema.get(keyword), dict):
                    self.schema[keyword] = self._named(schema[keyword], ())

    def _translate(self, node: Any, within: tuple[str, ...]) -> Any:
        if not isinstance(node, dict):
            return node
        self._nodes += 1
        if "$ref" in node:
            return self._referred(node, within)
        translated: dict[str, Any] = {}
        for keyword, value in _in_words_of_draft_7(node).items():
            if keyword in _WITH_SCHEMAS and isinstance(value, list):
                translated[keyword] = [self._translate(each, within) for each in value]
            elif keyword in _WITH_SCHEMA:
                translated[keyword] = self._translate(value, within)
            elif keyword in _WITH_NAMED_SCHEMAS and isinstance(value, dict):
                translated[keyword] = self._named(value, within)
            else:
                translated[keyword] = value
        return _in_one(translated)

    def _named(self, schemas: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        return {name: self._translate(each, within) for name, each in schemas.items()}

    def _referred(self, node: Mapping[str, Any], within: tuple[str, ...]) -> Any:
        """What a reference stands for, with the description beside it. A recursive reference stays."""
        reference = str(node["$ref"])
        beside = {keyword: value for keyword, value in node.items() if keyword != "$ref" and keyword not in ASSERTIONS}
        if reference == "#" or reference in within or self._nodes > _MAX_NODES:
            self._leaves_references = True
            return {**beside, "$ref": reference}
        found, target = self._look_up(reference)
        if not found:
            self.unresolved.append(reference)
            return beside
        translated = self._translate(target, (*within, reference))
        return {**translated, **beside} if isinstance(translated, dict) else translated

    def _look_up(self, reference: str) -> tuple[bool, Any]:
        if not reference.startswith("#/"):
            return False, None
        node: Any = self._root
        for part in unquote(reference[2:]).split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, dict) and name in node:
                node = node[name]
            else:
                return False, None
        return True, node


def _in_words_of_draft_7(node: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(node)
    _translate_type(said)
    _translate_bounds(said)
    _translate_required(said)
    _translate_tuples(said)
    if "divisibleBy" in said:
        said.setdefault("multipleOf", said.pop("divisibleBy"))
    if "extends" in said:
        extended = said.pop("extends")
        said["allOf"] = [*said.get("allOf", ()), *(extended if isinstance(extended, list) else [extended])]
    if "disallow" in said:
        said["allOf"] = [*said.get("allOf", ()), {"not": {"type": said.pop("disallow")}}]
    if isinstance(said.get("dependencies"), dict):
        said["dependencies"] = {
            name: [needed] if isinstance(needed, str) else needed for name, needed in said["dependencies"].items()
        }
    _translate_values(said)
    return said


def _translate_type(said: dict[str, Any]) -> None:
    """Translate types of draft 3, which allows ``any`` and schemas among the names, and OpenAPI's ``nullable``."""
    if "type" not in said:
        return
    names = said["type"] if isinstance(said["type"], list) else [said["type"]]
    schemas = [name for name in names if isinstance(name, dict)]
    if not names or "any" in names or None in names:
        del said["type"]
    elif schemas:
        del said["type"]
        plain = [name for name in names if not isinstance(name, dict)]
        either = {"anyOf": [*schemas, *([{"type": plain}] if plain else [])]}
        said["allOf"] = [*said.get("allOf", ()), either]
    elif said.get("nullable") is True and "null" not in names:
        said["type"] = [*names, "null"]
        if isinstance(said.get("enum"), list) and None not in said["enum"]:
            said["enum"] = [*said["enum"], None]


def _translate_bounds(said: dict[str, Any]) -> None:
    """Translate bounds of draft 4, where a boolean says whether a bound is exclusive."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(said.get(exclusive), bool):
            excluded = said.pop(exclusive)
            if excluded and bound in said:
                said[exclusive] = said.pop(bound)


def _translate_required(said: dict[str, Any]) -> None:
    """Translate draft 3, where each property says whether it is required."""
    if not isinstance(said.get("required", []), list):
        del said["required"]
    properties = said.get("properties")
    if isinstance(properties, dict):
        needed = [name for name, each in properties.items() if isinstance(each, dict) and each.get("required") is True]
        if needed:
            said["required"] = [*dict.fromkeys([*said.get("required", ()), *needed])]


def _translate_tuples(said: dict[str, Any]) -> None:
    """Translate draft 2020-12, where ``items`` describes the elements after ``prefixItems``."""
    if isinstance(said.get("prefixItems"), list):
        if "items" in said:
            said["additionalItems"] = said["items"]
        said["items"] = said.pop("prefixItems")


def _translate_values(said: dict[str, Any]) -> None:
    """Turn a constant into an enumeration of one value, and add the types of an enumeration's values."""
    if "const" in said and "enum" not in said:
        said["enum"] = [said.pop("const")]
    values = said.get("enum")
    if isinstance(values, list) and values and "type" not in said:
        names = sorted({_type_of(value) for value in values})
        said["type"] = names[0] if len(names) == 1 else names


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float | Decimal):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _in_one(node: dict[str, Any]) -> dict[str, Any]:
    """Rewrite a schema without ``allOf`` and ``oneOf`` where possible."""
    if isinstance(node.get("oneOf"), list) and "anyOf" not in node and _exclude_each_other(node["oneOf"]):
        node["anyOf"] = node.pop("oneOf")
    left = []
    pieces = node.pop("allOf", [])
    if not isinstance(pieces, list):
        return {**node, "allOf": pieces}
    for piece in pieces:
        both = _both(node, piece)
        if both is None:
            left.append(piece)
        else:
            node = both
    return {**node, "allOf": left} if left else node


def _exclude_each_other(branches: list[Any]) -> bool:
    seen: set[str] = set()
    for branch in branches:
        names = branch.get("type") if isinstance(branch, dict) else None
        kinds = {
            "number" if name == "integer" else name for name in ([names] if isinstance(names, str) else names or ())
        }
        if not kinds or kinds & seen:
            return False
        seen |= kinds
    return True


def _both(one: Mapping[str, Any], other: Any) -> dict[str, Any] | None:
    """A schema that allows what both allow; None if that takes ``allOf``."""
    if other is True:
        return dict(one)
    if not isinstance(other, dict) or _speak_of_the_rest(one, other) or _speak_of_the_rest(other, one):
        return None
    if any(group & one.keys() and group & other.keys() for group in _WORK_TOGETHER):
        return None
    result = dict(one)
    for keyword, value in other.items():
        if keyword not in result or result[keyword] == value:
            result[keyword] = value
            continue
        joined = _join(keyword, result[keyword], value)
        if joined is None:
            return None
        result[keyword] = joined
    return result


def _speak_of_the_rest(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the first schema constrains the properties it does not name, and the second names some."""
    judges = {"additionalProperties", "unevaluatedProperties", "unevaluatedItems"}
    return bool(judges & one.keys()) and bool({"properties", "patternProperties", *judges} & other.keys())


def _join(keyword: str, one: Any, other: Any) -> Any:
    if keyword not in ASSERTIONS:
        return one  # a description: the outer one is more specific
    join = _JOINS.get(keyword)
    if join is None or (type(one) is not type(other) and keyword not in _OF_SEVERAL_KINDS):
        return None
    return join(one, other)


def _common_types(one: Any, other: Any) -> Any:
    ours, theirs = ({name} if isinstance(name, str) else set(name) for name in (one, other))
    common = ours & theirs
    if "integer" in ours ^ theirs and "number" in ours ^ theirs:
        common |= {"integer"}
    return sorted(common) or None


def _common_properties(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any] | None:
    result = dict(one)
    for name, definition in other.items():
        both = _both(result[name], definition) if isinstance(result.get(name, {}), dict) and name in result else None
        if name in result and both is None:
            return None
        result[name] = definition if both is None else both
    return result


_OF_SEVERAL_KINDS = {"type", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"}
_JOINS: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(_LOWER_BOUNDS, max),
    **dict.fromkeys(_UPPER_BOUNDS, min),
    "type": _common_types,
    "required": lambda one, other: [*dict.fromkeys([*one, *other])],
    "enum": lambda one, other: [value for value in one if value in other] or None,
    "properties": _common_properties,
    "patternProperties": _common_properties,
}
