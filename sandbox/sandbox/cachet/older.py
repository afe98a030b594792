"""A v3 core of 2025-12, reads only: no scoping, no clamp, errors as HTML, fewer attributes, broken includes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.responses import Response

from sandbox.cachet import filters as by
from sandbox.cachet import problems
from sandbox.cachet.collections import CHILDREN, COLLECTIONS, INCIDENTS, SUBSCRIBERS
from sandbox.cachet.core import Core
from sandbox.cachet.query import DEFAULT_PER_PAGE
from sandbox.cachet.resources import RESOURCES
from sandbox.cachet.viewers import Viewer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sandbox.cachet.collections import ChildCollection, Collection
    from sandbox.cachet.query import Query
    from sandbox.cachet.resources import Attributes, Resource
    from sandbox.cachet.view import View
    from sandbox.routing import Call, Match
    from sandbox.tables import Row

_YOUNGER_INCLUDES = {"meta", "components.group"}
_YOUNGER_ATTRIBUTES: Mapping[str, AbstractSet[str]] = {
    "components": {"latest_status"},
    "component_groups": {"collapsed", "order_column", "order_direction"},
    "incidents": {"published"},
    "schedules": {"published"},
}
_BROKEN_INCLUDES = {"metrics": ("points",), "updates": ("incident",)}


def _older_collection(collection: Collection) -> Collection:
    includes = collection.includes
    if includes is not None:
        includes = tuple(name for name in includes if name not in _YOUNGER_INCLUDES)
    filters = collection.filters
    if filters is not None:
        filters = {name: kind for name, kind in filters.items() if name != "meta"}
    changed = replace(
        collection,
        includes=includes,
        filters=filters,
        broken_includes=(*collection.broken_includes, *_BROKEN_INCLUDES.get(collection.resource, ())),
    )
    if collection is INCIDENTS:
        return replace(
            changed,
            sorts=("name", "status", "id"),
            filters={
                "name": by.Partial("name"),
                "status": by.Exact("status"),
                "occurred_at": by.OccursOn(),
            },
        )
    return changed


def _older_child(child: ChildCollection) -> ChildCollection:
    older = _older_collection(child)
    sorts = child.sorts
    # It allows sorts by columns that points do not have.
    if child.resource == "metric_points":
        sorts = ("name", "order", "id")
    return replace(child, includes=older.includes, broken_includes=older.broken_includes, sorts=sorts)


def _older_resource(name: str, resource: Resource) -> Resource:
    younger = _YOUNGER_ATTRIBUTES.get(name, frozenset())

    def attributes(view: View, row: Row, extras: AbstractSet[str]) -> Attributes:
        shown = resource.attributes(view, row, extras - {"meta"})
        older = {key: value for key, value in shown.items() if key not in younger}
        if name == "components":
            older["meta"] = row["meta_column"]
        if name == "incidents":
            older["component_id"] = row["component_id"]
        return older

    return replace(resource, attributes=attributes)


class OlderCore(Core):
    """The API below `/cachet-older/api`."""

    mount: ClassVar[str] = "/cachet-older"
    collections: ClassVar[Sequence[Collection]] = tuple(
        _older_collection(collection) for collection in COLLECTIONS if collection is not SUBSCRIBERS
    )
    children: ClassVar[Sequence[ChildCollection]] = tuple(_older_child(child) for child in CHILDREN)
    resources: ClassVar[Mapping[str, Any]] = {
        name: _older_resource(name, resource) for name, resource in RESOURCES.items()
    }
    scoped: ClassVar[bool] = False

    def answer(self, call: Call, match: Match) -> Response:
        """Answer a request; an error is an HTML page unless the request asks for JSON."""
        response = super().answer(call, match)
        is_error = response.status_code >= 400  # noqa: PLR2004
        if is_error and "json" not in call.request.headers.get("accept", ""):
            kept = {
                name: value
                for name, value in response.headers.items()
                if name not in {"content-length", "content-type"}
            }
            page = f"<!DOCTYPE html><html><title>Error {response.status_code}</title></html>"
            return Response(page, response.status_code, kept, "text/html")
        return response

    def viewer(self, call: Call) -> Viewer:
        """Always a guest: reads ignore the token."""
        del call
        return Viewer()

    def limit(self) -> int | None:
        """Requests a minute, unless all limits are off."""
        settings = self.server.settings
        return None if settings.rate_limit is None else settings.older_rate_limit

    def per_page(self, text: str) -> tuple[int, Any]:
        """Rows per page as requested, without a maximum; the page reports the original string."""
        if not text or text == "0":
            return DEFAULT_PER_PAGE, DEFAULT_PER_PAGE
        if not text.isdecimal():
            raise problems.server_error()
        return int(text), text

    def check_rows(self, collection: Collection, query: Query, rows: Sequence[Row]) -> None:
        """Fail for a schedule with a component to include, and for a sort by a column that points lack."""
        if collection.resource == "schedules" and "components" in query.includes:
            links = self.server.store.tables["schedule_components"]
            if any(links.find("schedule", row["id"]) for row in rows):
                raise problems.server_error()

    def check_enabled(self) -> None:
        """Do nothing: it cannot be switched off."""

    def is_protected(self) -> bool:
        """Always false: it cannot be protected."""
        return False

    def check_sorts(self, collection: Collection, query: Query) -> None:
        """Fail for a sort that is allowed but has no column in the table."""
        columns = self.server.store.tables[collection.table].columns
        if any(name.lstrip("-") not in columns for name in query.sorts):
            raise problems.server_error()

    def frame_of(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Links and meta of a page, without later additions."""
        del frame["meta"]["current_page_url"]
        return frame
