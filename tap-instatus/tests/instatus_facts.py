"""The rows that the tap has to bring: each column of a schema, looked up in what the server holds."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from singer_fanout import testing
from tap_instatus.tap import TapInstatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox import Sandbox

Row: TypeAlias = "dict[str, Any]"

STREAMS = sorted(TapInstatus(config={"api_key": "none"}).streams)
PERSONAL = {"team", "subscribers"}
"""Streams that are off unless they are selected."""
OF_INCIDENTS = {"incidents", "incident_updates", "incident_components"}
OF_MAINTENANCES = {"maintenances", "maintenance_updates", "maintenance_components"}
INSIDE_OTHERS = {"metric_datapoints", *OF_INCIDENTS, *OF_MAINTENANCES} - {"incidents", "maintenances"}
"""Streams that are made of another one's list."""
OF_THE_KEY = {"pages", "workspaces", "user"}
"""Streams that do not hang from a page."""
OF_PAGES = set(STREAMS) - OF_THE_KEY - {"public_summary"}
"""Streams that every page has, behind the key."""
LISTS = OF_PAGES - INSIDE_OTHERS
"""Streams that are one list of a page each."""

KEYS = {
    **dict.fromkeys(OF_PAGES, ("page_id", "id")),
    **dict.fromkeys(OF_THE_KEY, ("id",)),
    "incident_components": ("page_id", "incident_id", "component_id"),
    "maintenance_components": ("page_id", "maintenance_id", "component_id"),
    "public_summary": ("page_id",),
}
FIELDS = {"is_group": "isParent", "use_sso_login": "useSSOLogin", "component_id": "componentId"}
"""Columns that are not simply the field in snake case."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def settings(box: Sandbox, key: str = "owner", **more: Any) -> dict[str, Any]:
    """Settings that read a sandbox without a limit of their own.

    Args:
        box: The sandbox.
        key: The name of the key.
        more: Further settings.
    """
    own = {
        "api_key": box.instatus.api_keys[key],
        "api_url": box.instatus.api_url,
        "public_url": box.instatus.public_url_pattern,
    }
    return {**own, "requests_per_minute": 0, "max_retries": 1, **more}


def fullest_page(box: Sandbox, collection: str = "incidents") -> str:
    """The page with the longest list."""
    view = box.instatus.view()
    return max(view.page_ids(collection), key=lambda page_id: len(view.rows(collection, page_id)))


@cache
def schema(stream: str) -> Any:
    """The schema of a stream."""
    return json.loads((files("tap_instatus.schemas") / f"{stream}.json").read_text(encoding="utf-8"))


class InstatusFacts:
    """The rows of all streams.

    Args:
        box: The sandbox.
        key: The name of the key that reads.
    """

    def __init__(self, box: Sandbox, key: str = "owner") -> None:
        self._view = box.instatus.view(key)

    def streams(self, only: Iterable[str] = STREAMS) -> dict[str, list[Row]]:
        """The rows by stream, of all streams or of some."""
        told: dict[str, Iterable[Row]] = {
            "pages": self._view.pages(),
            "workspaces": self._view.rows("workspaces"),
            "user": [self._view.user()],
            "public_summary": self._public(),
            "incident_updates": self._inside("incidents", "updates", "incident_id"),
            "incident_components": self._components("incidents", "incident_id"),
            "maintenance_updates": self._inside("maintenances", "updates", "maintenance_id"),
            "maintenance_components": self._components("maintenances", "maintenance_id"),
            "metric_datapoints": self._points(),
            "team": self._team(),
            "subscribers": self._with_ids("subscribers", component_ids=("components", "id")),
            "audience_groups": self._with_ids(
                "audience_groups", teammate_ids=("teammates", "teammateId"), component_ids=("components", "componentId")
            ),
        }
        for stream in OF_PAGES - told.keys():
            told[stream] = self._of_pages(stream)
        return {stream: [converted(schema(stream), row) for row in told[stream]] for stream in only}

    def _of_pages(self, collection: str) -> Iterator[Row]:
        for page_id, row in self._view.all_rows(collection):
            yield {**row, "page_id": page_id}

    def _inside(self, collection: str, field: str, owner_key: str) -> Iterator[Row]:
        for owner in self._of_pages(collection):
            for row in owner[field]:
                yield {**row, "page_id": owner["page_id"], owner_key: owner["id"]}

    def _components(self, collection: str, owner_key: str) -> Iterator[Row]:
        for row in self._inside(collection, "components", owner_key):
            yield {**row, "component_id": row["id"]}

    def _points(self) -> Iterator[Row]:
        for row in self._inside("metrics", "data", "metric_id"):
            moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=row["timestamp"])
            yield {**row, "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"}

    def _team(self) -> Iterator[Row]:
        for row in self._of_pages("team"):
            yield {**row["user"], **row, "user_id": row["user"]["id"]}

    def _with_ids(self, collection: str, **lists: tuple[str, str]) -> Iterator[Row]:
        for row in self._of_pages(collection):
            ids = {column: [_id(item, key) for item in row[name]] for column, (name, key) in lists.items()}
            yield {**row, **ids}

    def _public(self) -> Iterator[Row]:
        for page in self._view.pages():
            summary = self._view.public_summary(page["id"])
            if summary is not None:
                lists = {name: summary.get(name, []) for name in ("activeIncidents", "activeMaintenances")}
                yield {**summary["page"], **lists, "page_id": page["id"]}


def _id(item: Any, key: str) -> str:
    """The id of an object, or the item itself where servers send no objects."""
    return str(item[key] if isinstance(item, dict) else item)


@cache
def field(column: str) -> str:
    """The field of a column."""
    return FIELDS.get(column) or re.sub("_([a-z])", lambda match: match[1].upper(), column)


def converted(declared: Any, value: Any) -> Any:
    """A value as its schema declares it, without what is empty."""
    if value is None:
        return None
    if "properties" in declared:
        columns = {
            column: converted(inner, value[column] if column in value else value.get(field(column)))
            for column, inner in declared["properties"].items()
        }
        return {column: inner for column, inner in columns.items() if inner is not None}
    if "items" in declared:
        return [converted(declared["items"], item) for item in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        return value[:-1] + "000Z"
    return value


def without_nulls(value: Any) -> Any:
    """A value without the empty fields of its objects, but for free-form ones."""
    if isinstance(value, dict):
        return {
            name: inner if name == "translations" else without_nulls(inner)
            for name, inner in value.items()
            if inner is not None
        }
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def differences(stream: str, emitted: Iterable[Row], expected: Iterable[Row]) -> list[str]:
    """What is wrong with the rows of a stream, one line for each row or column."""
    found = [without_nulls(row) for row in emitted]
    return testing.differences(stream, KEYS[stream], found, expected)


def latest(stream: str, rows: Iterable[Row]) -> list[Row]:
    """The last version of each row: a list that moved is read again."""
    return list({tuple(row[name] for name in KEYS[stream]): row for row in rows}.values())


def all_differences(emitted: Mapping[str, list[Row]], expected: Mapping[str, list[Row]]) -> list[str]:
    """What is wrong with the rows of several streams."""
    return [line for stream, rows in expected.items() for line in differences(stream, emitted[stream], rows)]
