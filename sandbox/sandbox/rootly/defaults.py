"""Default values of a new row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.rootly import relations, texts
from sandbox.rootly.description import description
from sandbox.rootly.store import referred, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.rootly.fields import Field
    from sandbox.rootly.store import RootlyStore

_EMPTY: Mapping[str, Callable[[], Any]] = {
    "boolean": bool,
    "date-time": utc_now,
    "integer": int,
    "list": list,
    "number": int,
    "object": dict,
    "string": str,
    "uri": str,
}


def defaults(store: RootlyStore, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of columns that may not be null, and of columns derived from others.

    Args:
        store: The existing rows.
        table: The table of the new row.
        values: The values from the body.
    """
    shape = relations.home(table).shape
    fields = description().shapes[shape]
    found = {name: _empty(name, field) for name, field in fields.items() if not field.nullable and name != "id"}
    number = len(store.tables[table]) + 1
    if "slug" in found:
        found["slug"] = f"{texts.slug(str(values.get('name') or values.get('title') or table))}-{number}"
    return found | _own(store, table, number)


def _empty(name: str, field: Field) -> Any:
    if field.values:
        return field.values[0]
    if field.kind == "object" and referred(name, field) is not None:
        return None
    if field.kind == "string" and name.endswith("_at"):
        return utc_now()
    return _EMPTY[field.kind]() if field.kind in _EMPTY else None


def _own(store: RootlyStore, table: str, number: int) -> dict[str, Any]:
    """Special defaults of some tables."""
    now = utc_now()
    if table == "incidents":
        return {
            "sequential_id": max((row["sequential_id"] for row in store.tables[table]), default=0) + 1,
            "status": "started",
            "kind": "normal",
            "started_at": now,
            "user": next((row["id"] for row in store.tables["users"]), None),
            **{name: [] for name in ("services", "environments", "functionalities", "incident_types", "groups")},
        }
    if table == "alerts":
        return {"short_id": f"A{number:05d}", "url": f"https://rootly.com/account/alerts/A{number:05d}"}
    return {"occurred_at": now} if table == "incident_events" else {}
