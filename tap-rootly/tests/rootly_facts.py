"""The rows that the tap has to bring, worked out from what the server holds and from the streams' schemas."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from rootly_runs import NAMES, STREAM_CLASSES, STREAM_OBJECTS
from singer_fanout import testing
from tap_rootly.left_out import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox import Sandbox

Row = dict[str, Any]

COMPUTED = {"current_user", "ip_ranges", *(name for name in NAMES if name.endswith("_charts"))}
"""Streams that are no lists."""


def expected_rows(box: Sandbox, streams: Iterable[str] = NAMES) -> dict[str, list[Row]]:
    """The rows of streams, as the server's data and the schemas make them."""
    view = box.rootly.view()
    found: dict[str, list[Row]] = {}
    for stream in streams:
        if stream in COMPUTED:
            continue
        cls = STREAM_CLASSES[stream]
        if not getattr(cls, "has_own_list", True) and stream != "incident_post_mortems":
            found[stream] = [_side_loaded(stream, box, resource) for resource in _told_along(stream, view)]
        elif stream == "incident_post_mortems":
            found[stream] = _links(stream, box, box.rootly.store.rows("incident_post_mortems"))
        else:
            found[stream] = [
                _row(stream, box, resource) for resource in view[str(vars(STREAM_CLASSES[stream])["path"])]
            ]
    now = datetime.now(timezone.utc)
    horizon = now + timedelta(days=90)
    for stream, begin, end in (("shifts", "", utc(now)), ("upcoming_shifts", utc(now), utc(horizon))):
        if stream in found:
            found[stream] = [row for row in found[stream] if begin < row["starts_at"] <= end]
    return found


def differences(stream: str, emitted: Iterable[Row], expected: Iterable[Row]) -> list[str]:
    """What is wrong with the rows of a stream, one line for each row or column; empty fields may be missing.

    Raises:
        AssertionError: Two rows have the same key.
    """
    found, wanted = (map(_without_empty_fields, rows) for rows in (emitted, expected))
    return testing.differences(stream, STREAM_CLASSES[stream].primary_keys, found, wanted)


def _without_empty_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_empty_fields(inner) if isinstance(inner, (dict, list)) else inner
            for name, inner in value.items()
            if inner is not None
        }
    return [_without_empty_fields(item) for item in value] if isinstance(value, list) else value


def latest(stream: str, rows: Iterable[Row]) -> list[Row]:
    """The last version of each row, as a target keeps it."""
    key = STREAM_CLASSES[stream].primary_keys
    return list({tuple(row[name] for name in key): row for row in rows}.values())


def utc(moment: datetime) -> str:
    """A time as the tap tells it."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _row(stream: str, box: Sandbox, resource: Mapping[str, Any]) -> Row:
    declared = STREAM_OBJECTS[stream].schema["properties"]
    own = resource["attributes"] | {
        name: related for name, related in resource.get("relationships", {}).items() if f"{name}_id" in declared
    }
    row = _fields(own, declared)
    for name, related in resource.get("relationships", {}).items():
        if f"{name}_type" in declared and f"{name}_type" not in own:
            row[f"{name}_type"] = (related["data"] or {}).get("type")
    if stream == "incidents":
        row["cause_ids"] = _stored(box, "incidents", resource["id"])["cause_ids"] or []
    row["id"] = resource["id"]
    row |= _of_parent(stream, box, resource)
    links = [name for name in STREAM_CLASSES[stream].primary_keys if name not in row]
    for name in links:
        row[name] = resource["id"]
    return {name: value for name, value in row.items() if name in declared}


def _of_parent(stream: str, box: Sandbox, resource: Mapping[str, Any]) -> Row:
    fields = getattr(STREAM_CLASSES[stream], "parent_fields", {})
    row = {name: resource[name] for name, source in fields.items() if source == "id"}
    incident_id = row.get("incident_id")
    if "incident_id" in fields and incident_id is None:
        event = _stored(box, "incident_events", row["incident_event_id"])
        incident_id = row["incident_id"] = event["incident_id"]
    if "incident_updated_at" in fields:
        row["incident_updated_at"] = utc(_stored(box, "incidents", incident_id)["updated_at"])
    return row


def _stored(box: Sandbox, table: str, identity: Any) -> Row:
    row: Row | None = box.rootly.store.tables[table].get(identity)
    assert row is not None
    return row


def _told_along(stream: str, view: Any) -> list[dict[str, Any]]:
    cls: Any = STREAM_CLASSES[stream]
    told: list[dict[str, Any]] = view.side_loaded(cls.include, cls.parent_stream)
    return told


def _side_loaded(stream: str, box: Sandbox, resource: Mapping[str, Any]) -> Row:
    """A row of a stream without a route: its columns are known, or it is told as it comes."""
    cls: Any = STREAM_CLASSES[stream]
    declared = STREAM_OBJECTS[stream].schema["properties"]
    if "attributes" in declared:
        row = {"type": resource["type"], "attributes": _open(resource["attributes"])}
    else:
        row = _fields(resource["attributes"], declared)
    parent = next(name for name, source in cls.parent_fields.items() if source == "id")
    row |= {"id": resource["id"], parent: resource[parent]}
    for name, source in cls.parent_fields.items():
        if source == "updated_at":
            row[name] = utc(_stored(box, cls.parent_stream, resource[parent])["updated_at"])
    return row


def _links(stream: str, box: Sandbox, rows: Iterable[Row]) -> list[Row]:
    first, second = STREAM_CLASSES[stream].primary_keys
    return [
        {
            first: row[first],
            second: row["id"],
            "incident_updated_at": utc(_stored(box, "incidents", row[first])["updated_at"]),
        }
        for row in rows
        if row[first]
    ]


def _fields(attributes: Mapping[str, Any], declared: Mapping[str, Any]) -> Row:
    """The declared fields of an object, from those that were sent and from the copies that they hold."""
    row: Row = {}
    for column, schema in declared.items():
        if column in attributes:
            row[column] = _value(attributes[column], schema)
            continue
        for ending, pick in (("_ids", _id), ("_names", _label)):
            if column.endswith(ending):
                copies = _copies(attributes, column.removesuffix(ending))
                if copies is not None:
                    row[column] = [value for copy in copies if (value := pick(copy)) is not None]
        for ending, pick in (("_id", _id), ("_name", _label)):
            name = column.removesuffix(ending)
            if column.endswith(ending) and isinstance(attributes.get(name), dict) and f"{name}_id" in declared:
                row[column] = pick(attributes[name])
        if column.endswith("_id") and "integer" in schema["type"] and isinstance(row.get(column), str):
            row[column] = int(row[column])
    return row


def _copies(attributes: Mapping[str, Any], one: str) -> list[Any] | None:
    for many in (f"{one}s", f"{one}es", f"{one[:-1]}ies"):
        if isinstance(attributes.get(many), list):
            return list(attributes[many])
    return None


def _document(copy: Any) -> Mapping[str, Any]:
    copy = copy.get("data", copy) or {}
    return {**copy.get("attributes", copy), "id": copy.get("id")}


def _id(copy: Any) -> Any:
    return _document(copy)["id"]


def _label(copy: Any) -> Any:
    document = _document(copy)
    return next((document[name] for name in ("name", "full_name", "title", "slug") if document.get(name)), None)


def _value(value: Any, schema: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    if schema.get("format") == "date-time":
        return utc(datetime.fromisoformat(value))
    kinds = set(schema["type"]) - {"null"} if isinstance(schema["type"], list) else {schema["type"]}
    if kinds == {"array"}:
        items = schema["items"]
        if set(items.get("properties", ())) == {"key", "value"} and isinstance(value, dict):
            value = [{"key": key, "value": inner} for key, inner in value.items()]
        return [_value(item, items) for item in value]
    if "properties" in schema:
        return _fields(_document(value) if isinstance(value.get("data"), dict) else value, schema["properties"])
    return _open(value)


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _open(inner) for name, inner in value.items() if not is_secret_name(name)}
    return [_open(item) for item in value] if isinstance(value, list) else value
