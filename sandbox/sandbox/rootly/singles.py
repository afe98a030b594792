"""Routes whose responses are not resources."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sandbox.rootly.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.rootly.description import Read
    from sandbox.rootly.query import Query
    from sandbox.rootly.store import RootlyStore
    from sandbox.tables import Row

_AFFECTED = {"services": "services", "functionalities": "functionalities", "groups": "groups"}


def answer(store: RootlyStore, read: Read, params: Mapping[str, str], query: Query) -> dict[str, Any]:
    """The body of a route without resources.

    Raises:
        Problem: There is no such thing.
    """
    if read.path.endswith("/incidents_chart"):
        return {"data": _incidents_by_day(store, read, params["id"])}
    if read.path.endswith("/uptime_chart"):
        return {"data": _uptime_by_day(store, read, params["id"])}
    if read.path == "/v1/live_call_routers/generate_phone_number":
        return {"phone_number": f"+1555010{len(query.others['phone_type']):04d}"}
    if read.path.startswith("/v1/alerts/receipts/"):
        return {"state": "done", "resource_type": "Alert", "resource_id": params["id"]}
    return {"messages": [], "meta": {}}


def _affecting(store: RootlyStore, read: Read, row_id: str) -> list[Row]:
    """The incidents that affect the resource of a chart."""
    table = read.parent_table
    if store.tables[table].get(row_id) is None:
        raise Problem(404, "Not found or unauthorized")
    return [row for row in store.tables["incidents"] if row_id in (row[_AFFECTED[table]] or ())]


def _incidents_by_day(store: RootlyStore, read: Read, row_id: str) -> dict[str, int]:
    days = Counter(row["started_at"].date().isoformat() for row in _affecting(store, read, row_id) if row["started_at"])
    return dict(sorted(days.items()))


def _uptime_by_day(store: RootlyStore, read: Read, row_id: str) -> dict[str, float]:
    lost: Counter[str] = Counter()
    for row in _affecting(store, read, row_id):
        if row["started_at"] and row["mitigated_at"]:
            seconds = (row["mitigated_at"] - row["started_at"]).total_seconds()
            lost[row["started_at"].date().isoformat()] += round(seconds)
    return {day: round(max(0.0, 100 - seconds / 864), 3) for day, seconds in sorted(lost.items())}
