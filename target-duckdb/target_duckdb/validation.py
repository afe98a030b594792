"""Validates records against their schema: a fast check for valid ones, a thorough one for the rest."""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import fastjsonschema
import msgspec
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from singer_sdk.sinks.core import BaseJSONSchemaValidator, JSONSchemaValidator

from target_duckdb.errors import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsonschema import ValidationError

_Kind = Literal["array", "boolean", "integer", "null", "number", "object", "string"]

_MESSAGE_LENGTH = 200
# Remainders, for multipleOf, are exact only if the whole quotient fits the precision.
_WIDE_CONTEXT = decimal.Context(prec=1000)

# Python's notation of the value that a message begins with.
_DECIMAL = re.compile(r"Decimal\('([^']+)'\)")
_NAME = re.compile(r"^(?:None|True|False)\b")
_AS_SENT = {"None": "null", "True": "true", "False": "false"}


class _Plain(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A schema with common keywords only. Such a schema needs no check against the metaschema.

    That check interprets its own rules for every keyword of a schema: a second for the hundred streams of a large tap.
    """

    type: _Kind | Annotated[list[_Kind], msgspec.Meta(min_length=1)] = "object"
    format: str = ""
    title: str = ""
    description: str = ""
    properties: dict[str, _Plain] = {}
    required: list[str] = []
    items: _Plain | bool = True
    additional_properties: _Plain | bool = True

    def __post_init__(self) -> None:
        for names in (self.type, self.required):
            if isinstance(names, list) and len(set(names)) < len(names):
                raise ValueError("a name stands there twice")


class RecordValidator(BaseJSONSchemaValidator):
    """Validates the records of one stream.

    Code compiled from the schema accepts a valid record in microseconds. A record that it does not accept is passed to
    a full JSON Schema validator, which decides, and has better messages. Formats are not checked here: the columns
    do that.

    Args:
        schema: The stream's schema.

    Raises:
        InvalidJSONSchema: The schema is not a JSON schema.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        super().__init__(schema)
        if not _is_plain(schema):
            _ = self._thorough

    @cached_property
    def _thorough(self) -> JSONSchemaValidator:
        try:
            return JSONSchemaValidator(self.schema)
        except InvalidJSONSchema as error:
            reason = getattr(error.__cause__, "message", str(error))
            raise InvalidJSONSchema(f"the schema is invalid: {shorten(reason, _MESSAGE_LENGTH)}") from error

    @cached_property
    def _accepts(self) -> Callable[[Any], Any] | None:
        # Compiled for the first record: many streams of a run have none.
        return _compile(self.schema)

    def validate(self, record: dict[str, Any]) -> None:
        """Validate one record.

        Args:
            record: The record.

        Raises:
            InvalidRecord: The record does not match the schema.
        """
        if self._accepts is not None:
            try:
                self._accepts(record)
            except (fastjsonschema.JsonSchemaException, ArithmeticError, TypeError, ValueError):
                pass
            else:
                return
        self._judge(record)

    def invalid_properties(self, record: dict[str, Any]) -> dict[str, str]:
        """Find the properties that make a record invalid.

        Args:
            record: The record.

        Returns:
            The reasons by property. Faults of the record as a whole, such as a missing property, are not included.
        """
        return {
            str(error.absolute_path[0]): _say(error) for error in reversed(self._errors(record)) if error.absolute_path
        }

    def _judge(self, record: dict[str, Any]) -> None:
        verdict = next(iter(self._errors(record)), None)
        if verdict is not None:
            raise InvalidRecord(_say(verdict), record)

    def _errors(self, record: dict[str, Any]) -> list[ValidationError]:
        with decimal.localcontext(_WIDE_CONTEXT):
            try:
                return [*self._thorough.validator.iter_errors(_with_plain_integers(record))]
            except ArithmeticError as error:
                raise InvalidRecord(f"it cannot be checked: {error!r}", record) from error


def _say(error: ValidationError) -> str:
    message = _DECIMAL.sub(r"\1", error.message)
    message = _NAME.sub(lambda found: _AS_SENT[found[0]], message)
    return f"{error.json_path}: {shorten(message, _MESSAGE_LENGTH)}"


def _is_plain(schema: Any) -> bool:
    try:
        msgspec.convert(schema, _Plain)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


def _with_plain_integers(value: Any) -> Any:
    """Turn integral Decimals into int: for JSON Schema 5.0 is an integer, for its validator no Decimal is."""
    if isinstance(value, Decimal):
        return int(value) if value.adjusted() < _WIDE_CONTEXT.prec and value == value.to_integral_value() else value
    if isinstance(value, dict):
        return {key: _with_plain_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_plain_integers(item) for item in value]
    return value


def _compile(schema: dict[str, Any]) -> Callable[[Any], Any] | None:
    # The compiled code divides by multipleOf with limited precision, so it might accept an invalid number.
    if _mentions(schema, "multipleOf"):
        return None
    try:
        accepts: Callable[[Any], Any] = fastjsonschema.compile(schema, use_default=False, use_formats=False)
    except Exception:  # noqa: BLE001 - a schema that it cannot compile is validated without it
        return None
    return accepts


def _mentions(node: Any, keyword: str) -> bool:
    if isinstance(node, dict):
        return keyword in node or any(_mentions(child, keyword) for child in node.values())
    return isinstance(node, list) and any(_mentions(child, keyword) for child in node)
