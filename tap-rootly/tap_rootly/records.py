"""Turns Rootly's responses into rows, driven entirely by the stream's schema.

An attribute with a column of its name is converted to the declared form. One whose name plus `_id` or `_ids` is a
column is a copy of another resource: its id and name are kept, and the copy, which goes stale, is dropped. Any other is
passed on as is, and reported as missing from the schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from singer_fanout import as_list, as_object, identity, normal_time

from tap_rootly.left_out import LEFT_OUT, is_secret_name

Row = dict[str, Any]
Resource = Mapping[str, Any]
Convert = Callable[[Any], Any]
Step = Callable[[Row, Any], None]

LABELS = ("name", "full_name", "title", "slug")
"""A resource's display name: the first of these that it has."""
PAIR = {"key", "value"}
KEY = re.compile(r"[0-9]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""A string that can only be an id: any other may be a name."""


class Records:
    """Turns resources into rows of one stream.

    Args:
        stream: Its name.
        properties: The columns, as the schema declares them.
        relations: Relationships that become columns of another name: relationship -> column.
        warn: Called with a line about a value that does not fit its column.
    """

    def __init__(
        self,
        stream: str,
        properties: Mapping[str, Any],
        relations: Mapping[str, str],
        warn: Callable[[str], None],
    ) -> None:
        left_out = {*LEFT_OUT.get("*", ()), *LEFT_OUT.get(stream, ())}
        self._fields = Fields(stream, properties, left_out, warn)
        self._relations = relations
        self._properties = properties

    def row(self, resource: Resource) -> Row:
        """Turn a resource into a row.

        Args:
            resource: `{id, type, attributes, relationships}`.
        """
        row = self._fields.converted(as_object(resource.get("attributes")))
        if "id" in resource:
            row["id"] = resource["id"]
        for name, related in as_object(resource.get("relationships")).items():
            self._relate(row, name, related)
        return row

    def _relate(self, row: Row, name: str, related: Any) -> None:
        column = self._relations.get(name)
        if column is not None:
            data = as_object(related).get("data")
            row[column] = _ids(data) if isinstance(data, list) else identity(data)
        elif (step := self._fields.reference(name)) is not None:
            step(row, related)
            if row.get(f"{name}_type") is None and f"{name}_type" in self._properties:
                row[f"{name}_type"] = as_object(as_object(related).get("data")).get("type")


class Fields:
    """The fields of a row, or of an object inside one.

    Args:
        path: Their path in warnings.
        properties: The declared fields.
        left_out: Fields that are never emitted.
        warn: Called with a line about a value that does not fit its field.
    """

    def __init__(
        self, path: str, properties: Mapping[str, Any], left_out: set[str], warn: Callable[[str], None]
    ) -> None:
        self._path = path
        self._properties = properties
        self._left_out = left_out
        self._warn = warn
        self._steps: dict[str, Step] = {}

    def converted(self, attributes: Mapping[str, Any]) -> Row:
        """Convert the fields to their declared form."""
        row: Row = {}
        steps = self._steps
        for name, value in attributes.items():
            step = steps.get(name)
            if step is None:
                step = steps[name] = self._step(name)
            step(row, value)
        return row

    def reference(self, name: str) -> Step | None:
        """The step that fills the columns for a copy of other resources; None if there are no such columns."""
        if f"{name}_id" in self._properties:
            return partial(_refer_to_one, name, *self._columns(f"{name}_id", f"{name}_name"))
        one = singular(name)
        if f"{one}_ids" in self._properties:
            return partial(_refer_to_many, one, *self._columns(f"{one}_ids", f"{one}_names"))
        return None

    def _columns(self, ids: str, names: str) -> tuple[bool, bool]:
        """Whether the ids are numbers, and whether there is a column for names."""
        declared = self._properties[ids]
        return "integer" in declared.get("items", declared).get("type", ()), names in self._properties

    def _step(self, name: str) -> Step:
        if name in self._left_out or is_secret_name(name):
            return _leave_out
        if name not in self._properties:
            return self.reference(name) or partial(_keep, name, None)
        return partial(_keep, name, self._conversion(self._properties[name], f"{self._path}.{name}"))

    def _conversion(self, declared: Mapping[str, Any], path: str) -> Convert | None:
        """The conversion of a value to its declared form; None if none is needed."""
        kind = declared.get("type", ())
        kinds = {kind} if isinstance(kind, str) else set(kind) - {"null"}
        if declared.get("format") == "date-time":
            return _Times(path, self._warn)
        if kinds == {"array"}:
            return self._conversion_of_lists(declared.get("items", {}), path)
        if "properties" in declared:
            return _Objects(Fields(path, declared["properties"], set(), self._warn))
        if kinds == {"object"}:
            return _free_object
        return without_secrets if kinds & {"array", "object"} else None

    def _conversion_of_lists(self, items: Mapping[str, Any], path: str) -> Convert | None:
        inner = self._conversion(items, path)
        if set(items.get("properties", ())) == PAIR:
            return partial(_pairs, inner)
        return None if inner is None else partial(_each, inner)


class _Times:
    """Converts times; warns about the first invalid one."""

    def __init__(self, path: str, warn: Callable[[str], None]) -> None:
        self._path = path
        self._warn: Callable[[str], None] | None = warn

    def __call__(self, value: Any) -> str | None:
        try:
            return normal_time(value)
        except (AttributeError, TypeError, ValueError, OverflowError):
            if self._warn is not None:
                self._warn(f"{self._path}: the API sent {value!r} where a time should be; such are loaded as null")
                self._warn = None
            return None


class _Objects:
    """Converts declared objects; one that is sent as a JSON:API document is reduced to its id and attributes."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        document = value.get("data")
        if isinstance(document, Mapping) and "attributes" in document:
            value = {"id": document.get("id"), **as_object(document["attributes"])}
        return self._fields.converted(value)


def singular(name: str) -> str:
    """The singular of a list's name: `functionalities` gives `functionality`."""
    for ending, replacement in (("ies", "y"), ("tuses", "tus"), ("sses", "ss"), ("s", "")):
        if name.endswith(ending):
            return name[: -len(ending)] + replacement
    return name


def without_secrets(value: Any) -> Any:
    """A value without the fields, at any depth, whose names suggest secrets."""
    if isinstance(value, Mapping):
        return {name: without_secrets(inner) for name, inner in value.items() if not is_secret_name(name)}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


# Steps: how an attribute is processed


def _leave_out(row: Row, value: Any) -> None:
    """Do nothing."""


def _keep(name: str, convert: Convert | None, row: Row, value: Any) -> None:
    row[name] = value if convert is None or value is None else convert(value)


def _refer_to_one(name: str, numbers: bool, has_name: bool, row: Row, value: Any) -> None:  # noqa: FBT001 - bound
    resource = _document(value)
    if row.get(f"{name}_id") is None:
        row[f"{name}_id"] = _typed(identity(resource), numbers=numbers)
    if has_name:
        row.setdefault(f"{name}_name", _label(resource))


def _refer_to_many(one: str, numbers: bool, has_names: bool, row: Row, value: Any) -> None:  # noqa: FBT001 - bound
    items = value.get("data") if isinstance(value, Mapping) else value
    if items is None:
        row.setdefault(f"{one}_ids", None)
        return
    resources = [_document(item) for item in as_list(items)]
    row.setdefault(f"{one}_ids", [_typed(key, numbers=numbers) for key in _ids(resources)])
    if has_names:
        # Some copies have no id.
        row.setdefault(f"{one}_names", [label for resource in resources if (label := _label(resource))])


# Conversions: the declared form of a value that is not null


def _free_object(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_secrets(value)
    return {"value": without_secrets(value)} if value not in ([], "") else None


def _pairs(convert: Convert | None, value: Any) -> Any:
    if isinstance(value, Mapping):
        value = [{"key": key, "value": inner} for key, inner in value.items()]
    return value if convert is None else _each(convert, value)


def _each(convert: Convert, value: Any) -> Any:
    return [None if item is None else convert(item) for item in value] if isinstance(value, list) else value


# Copies of other resources


def _document(value: Any) -> Mapping[str, Any]:
    """Id and attributes of a document, a resource, a flat object or a bare id; empty for anything else."""
    if not isinstance(value, Mapping):
        return {"id": value} if type(value) is int or (isinstance(value, str) and KEY.fullmatch(value)) else {}
    if "data" in value:
        return _document(value["data"])
    return {**as_object(value.get("attributes")), "id": value.get("id")} if "attributes" in value else value


def _ids(resources: Iterable[Any]) -> list[str | int]:
    return [key for resource in resources if (key := identity(resource)) is not None]


def _label(resource: Mapping[str, Any]) -> Any:
    return next((resource[name] for name in LABELS if resource.get(name)), None)


def _typed(key: str | int | None, *, numbers: bool) -> Any:
    if key is None:
        return None
    return int(key) if numbers and str(key).isdigit() else key if numbers else str(key)
