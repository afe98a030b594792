"""Looks up the rows for the ids in a path, or raises a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.instatus import problems

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.instatus.collections import Collection, Updates
    from sandbox.instatus.store import InstatusStore
    from sandbox.tables import Row


def owned_row(store: InstatusStore, collection: Collection, params: Mapping[str, str]) -> Row:
    """The row with the path's `id`, if it belongs to the path's page.

    Raises:
        Problem: 404, there is none.
    """
    row = store.tables[collection.table].get(params["id"])
    if row is None or row[collection.parent] != params["page_id"]:
        raise problems.not_found(collection.noun)
    return row


def owned_update(store: InstatusStore, updates: Updates, params: Mapping[str, str]) -> Row:
    """The update with the path's `update_id`, if it belongs to the path's incident or maintenance.

    Raises:
        Problem: 404, there is none.
    """
    owner = owned_row(store, updates.owner, params)
    row = store.tables[updates.table].get(params["update_id"])
    if row is None or row[f"{updates.kind}Id"] != owner["id"]:
        raise problems.not_found(f"{updates.kind.capitalize()} update")
    return row
