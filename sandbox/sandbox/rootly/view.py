"""The rows of every collection as in responses, without any request, to compare a warehouse with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.rootly import relations
from sandbox.rootly.description import description, singular
from sandbox.rootly.query import Query

if TYPE_CHECKING:
    from sandbox.rootly.core import RootlyApi
    from sandbox.rootly.description import Read
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Row


class RootlyView(Mapping[str, "list[dict[str, Any]]"]):
    """The rows of all collections by route template, such as `/v1/incidents` or `/v1/incidents/{incident_id}/events`.

    A row is a resource object as the API tells it now. Rows of nested collections are those of all parents, and have
    the parent's id beside `id`, such as `incident_id`.
    """

    def __init__(self, store: RootlyStore, api: RootlyApi) -> None:
        self._store = store
        self._api = api
        self._paths = [path for path, read in description().reads.items() if read.answers == "list"]

    def __getitem__(self, path: str) -> list[dict[str, Any]]:
        """The rows of a collection, in the order of its list without parameters."""
        if path not in self._paths:
            raise KeyError(path)
        read = description().reads[path]
        with self._store.lock:
            if not read.parent_table:
                return [self._resource(read, row) for row in self._api.listing.rows(read, Query())]
            return [
                {**self._resource(read, row), read.parent_column: str(parent["id"])}
                for parent in self._store.tables[read.parent_table]
                for row in self._api.listing.rows(read, Query(), parent["id"])
            ]

    def side_loaded(self, name: str, parents: str = "incidents") -> list[dict[str, Any]]:
        """The side-loaded resources of a kind for all rows of a table, with their parent's id."""
        column = f"{singular(parents)}_id"
        with self._store.lock:
            found = [
                (parent, linked.table, row)
                for parent in self._store.tables[parents]
                for linked in (relations.linked(self._store, parents, name, parent),)
                for row in (linked.rows if linked.many else linked.rows[:1])
            ]
            return [
                {**msgspec.json.decode(self._api.renderer.side_loaded(table, row)), column: str(parent["id"])}
                for parent, table, row in found
            ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def _resource(self, read: Read, row: Row) -> dict[str, Any]:
        resource: dict[str, Any] = msgspec.json.decode(self._api.renderer.resource(read, row))
        return resource
