"""Static analysis of a stream map's expressions: the names they use and the type of their values.

A schema is written before the first record, so a column's type has to be known from the expression. Only what
is certain is returned; nothing is evaluated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]
TEXT: Schema = {"type": ["string", "null"]}
INTEGER: Schema = {"type": ["integer", "null"]}
NUMBER: Schema = {"type": ["number", "null"]}
BOOLEAN: Schema = {"type": ["boolean", "null"]}
ARRAY: Schema = {"type": ["array", "null"]}
OBJECT: Schema = {"type": ["object", "null"]}
PARTS_OF_A_TIME = frozenset({"day", "hour", "microsecond", "minute", "month", "second", "year"})
OF_FUNCTIONS: Mapping[str, Schema] = {
    "bool": BOOLEAN,
    "check_uuid": BOOLEAN,
    "float": NUMBER,
    "int": INTEGER,
    "md5": TEXT,
    "rand": NUMBER,
    "randint": INTEGER,
    "sha256": TEXT,
    "str": TEXT,
    "uuid4": TEXT,
}
OF_LITERALS: Mapping[type[ast.expr], Schema] = {
    ast.Dict: OBJECT,
    ast.DictComp: OBJECT,
    ast.JoinedStr: TEXT,
    ast.List: ARRAY,
    ast.ListComp: ARRAY,
}
OF_METHODS_OF_TEXTS: Mapping[str, Schema] = {
    **dict.fromkeys(("capitalize", "casefold", "center", "format", "join", "ljust", "lower", "lstrip"), TEXT),
    **dict.fromkeys(("removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip", "swapcase"), TEXT),
    **dict.fromkeys(("title", "upper", "zfill"), TEXT),
    **dict.fromkeys(("count", "find", "index", "rfind", "rindex"), INTEGER),
    **dict.fromkeys(("endswith", "isalnum", "isalpha", "isdigit", "islower", "isspace", "isupper"), BOOLEAN),
    "split": ARRAY,
    "startswith": BOOLEAN,
}
OF_OTHER_METHODS: Mapping[str, Schema] = {"dumps": TEXT, "isoformat": TEXT, "strftime": TEXT}
"""Methods of anything else in an expression: times, and the module `json`."""


def parsed(expression: str) -> ast.expr:
    """Parse the expression.

    Raises:
        SyntaxError: It is not an expression.
    """
    return ast.parse(expression, mode="eval").body


def names_in(tree: ast.expr) -> Iterable[str]:
    """The names that an expression expects to exist."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {node.id for node in found if isinstance(node.ctx, ast.Store)}
    return dict.fromkeys(node.id for node in found if node.id not in made)


def is_called(name: str, tree: ast.expr) -> bool:
    """Whether an expression calls this name as a function."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        for node in ast.walk(tree)
    )


def kinds_of(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema allows, without null; empty if it does not say."""
    kind = schema.get("type", ())
    return frozenset({kind} if isinstance(kind, str) else kind) - {"null"}


def type_of(tree: ast.expr, scope: Mapping[str, Schema]) -> Schema | None:  # noqa: PLR0911
    """The schema of an expression's value; None if it cannot be inferred.

    Args:
        tree: The expression.
        scope: The schema of each name.
    """
    match tree:
        case ast.Constant():
            return _of_value(tree.value)
        case ast.Name():
            return scope.get(tree.id)
        case ast.Subscript():
            return _of_property(tree.value, tree.slice, scope)
        case ast.Attribute():
            return INTEGER if tree.attr in PARTS_OF_A_TIME else None
        case ast.Call():
            return _of_call(tree, scope)
        case ast.BinOp():
            return _of_arithmetic(tree, scope)
    return _of_choice(tree, scope)


def schema_of_values(values: Mapping[str, Any]) -> Schema:
    """The schema of an object with these values, and possibly others."""
    known = {name: schema for name, value in values.items() if (schema := _of_value(value))}
    return {"type": ["object", "null"], "properties": known}


def _of_choice(tree: ast.expr, scope: Mapping[str, Schema]) -> Schema | None:
    match tree:
        case ast.BoolOp():
            return _common(tree.values, scope)
        case ast.IfExp():
            return _common((tree.body, tree.orelse), scope)
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return BOOLEAN
        case ast.UnaryOp():
            return _if_a_number(type_of(tree.operand, scope))
    return next((schema for kind, schema in OF_LITERALS.items() if isinstance(tree, kind)), None)


def _of_value(value: object) -> Schema | None:
    by_type: Mapping[type, Schema] = {str: TEXT, bool: BOOLEAN, int: INTEGER, float: NUMBER}
    return by_type.get(type(value))


def _of_property(of: ast.expr, name: ast.expr, scope: Mapping[str, Schema]) -> Schema | None:
    schema = type_of(of, scope)
    if schema is None or not isinstance(name, ast.Constant):
        return None
    found: Schema | None = schema.get("properties", {}).get(name.value)
    return found


def _of_call(call: ast.Call, scope: Mapping[str, Schema]) -> Schema | None:
    if isinstance(call.func, ast.Name):
        return OF_FUNCTIONS.get(call.func.id)
    if not isinstance(call.func, ast.Attribute):
        return None
    of, method = call.func.value, call.func.attr
    if method == "get" and len(call.args) == 1:
        return _of_property(of, call.args[0], scope)
    if method in OF_METHODS_OF_TEXTS and _are_texts([type_of(of, scope)]):
        return OF_METHODS_OF_TEXTS[method]
    return OF_OTHER_METHODS.get(method)


def _of_arithmetic(tree: ast.BinOp, scope: Mapping[str, Schema]) -> Schema | None:
    left, right = type_of(tree.left, scope), type_of(tree.right, scope)
    if isinstance(tree.op, ast.Add) and _are_texts([left, right]):
        return TEXT
    if isinstance(tree.op, ast.Mod) and _are_texts([left]):
        return TEXT
    numbers = {_if_a_number(left) is INTEGER, _if_a_number(right) is INTEGER}
    if _if_a_number(left) is None or _if_a_number(right) is None:
        return None
    return INTEGER if numbers == {True} and not isinstance(tree.op, (ast.Div, ast.Pow)) else NUMBER


def _are_texts(schemas: Iterable[Schema | None]) -> bool:
    return all(schema is not None and kinds_of(schema) == {"string"} for schema in schemas)


def _if_a_number(schema: Schema | None) -> Schema | None:
    kinds = kinds_of(schema) if schema else frozenset()
    return {frozenset({"integer"}): INTEGER, frozenset({"number"}): NUMBER}.get(kinds)


def _common(trees: Iterable[ast.expr], scope: Mapping[str, Schema]) -> Schema | None:
    """The schema that fits the values of all these expressions."""
    schemas = [type_of(tree, scope) for tree in trees if not (isinstance(tree, ast.Constant) and tree.value is None)]
    told = [schema for schema in schemas if schema is not None]
    if not told or len(told) < len(schemas):
        return None
    if all(schema == told[0] for schema in told):
        return told[0]
    if len({kinds_of(schema) for schema in told}) == 1:
        return {"type": [*kinds_of(told[0]), "null"]}
    return NUMBER if all(_if_a_number(schema) for schema in told) else None
