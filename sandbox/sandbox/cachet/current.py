"""The current core of Cachet v3: reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from sandbox.cachet import problems
from sandbox.cachet.collections import ChildCollection
from sandbox.cachet.core import Core, child_row, document_response, require
from sandbox.cachet.documents import DocumentBuilder
from sandbox.cachet.validation import read_body, validated
from sandbox.cachet.writes import WRITABLES
from sandbox.routing import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cachet.view import View
    from sandbox.cachet.writes import Writable
    from sandbox.routing import Call, Handler
    from sandbox.tables import Row

_JUST_CREATED = frozenset({"just created"})


class CurrentCore(Core):
    """The API below `/cachet/api`."""

    def endpoints(self) -> list[Endpoint]:
        """The read endpoints and the write endpoints."""
        endpoints = super().endpoints()
        for writable in WRITABLES:
            collection = writable.collection
            base = f"/{collection.route}"
            row = f"{base}/{{child_id}}" if isinstance(collection, ChildCollection) else f"{base}/{{id}}"
            endpoints.append(Endpoint("POST", base, self._create_route(writable)))
            if writable.change is not None:
                endpoints.append(Endpoint("PUT", row, self._change_route(writable)))
            endpoints.append(Endpoint("DELETE", row, self._remove_route(writable)))
        return endpoints

    def _create_route(self, writable: Writable) -> Handler:
        def handle(call: Call) -> Response:
            view = self._writer(call, f"{writable.abilities}.manage")
            parent = _parent(view, writable, call.params)
            values = validated(read_body(call), writable.fields, view.clock.zone, creating=True)
            row = writable.create(self.server.store, values, parent["id"] if parent else 0)
            return self._written(view, writable, row, 201)

        return handle

    def _change_route(self, writable: Writable) -> Handler:
        change = writable.change

        def handle(call: Call) -> Response:
            view = self._writer(call, f"{writable.abilities}.manage")
            row = _target(view, writable, call.params)
            values = validated(read_body(call), writable.fields, view.clock.zone, creating=False)
            assert change is not None  # noqa: S101 - the route exists only then
            return self._written(view, writable, change(self.server.store, row, values), 200)

        return handle

    def _remove_route(self, writable: Writable) -> Handler:
        def handle(call: Call) -> Response:
            view = self._writer(call, f"{writable.abilities}.delete")
            writable.remove(self.server.store, _target(view, writable, call.params))
            return Response(status_code=204)

        return handle

    def _writer(self, call: Call, ability: str) -> View:
        viewer = self.viewer(call)
        require(viewer, ability)
        return self.view(viewer)

    def _written(self, view: View, writable: Writable, row: Row, status: int) -> Response:
        extras = _JUST_CREATED if status == 201 else frozenset()  # noqa: PLR2004
        builder = DocumentBuilder(view, self.resources, extras=extras)
        return document_response(builder.single(writable.collection.resource, row), status)


def _parent(view: View, writable: Writable, params: Mapping[str, str]) -> Row | None:
    collection = writable.collection
    if not isinstance(collection, ChildCollection):
        return None
    return _existing(view, collection.parent.table, collection.parent.model, params["id"])


def _target(view: View, writable: Writable, params: Mapping[str, str]) -> Row:
    collection = writable.collection
    parent = _parent(view, writable, params)
    if parent is not None and isinstance(collection, ChildCollection):
        return child_row(view, collection, parent, params["child_id"])
    return _existing(view, collection.table, collection.model, params["id"])


def _existing(view: View, table: str, model: str, raw_id: str) -> Row:
    """A row that is not deleted, visible or not: a writer needs only the ability to write."""
    row = view.table(table).get(int(raw_id)) if raw_id.isdecimal() else None
    if row is None or row.get("deleted_at") is not None:
        raise problems.no_record(model, raw_id)
    return row
