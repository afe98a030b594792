"""Side effects of writes: affected components, chains of updates, ends and durations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from sandbox.instatus import problems
from sandbox.instatus.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sandbox.instatus.store import InstatusStore
    from sandbox.tables import Row

_SEVERITY = ("OPERATIONAL", "UNDERMAINTENANCE", "DEGRADEDPERFORMANCE", "PARTIALOUTAGE", "MAJOROUTAGE")


@dataclass(frozen=True)
class Kind:
    """The differences between incidents and maintenances.

    Attributes:
        name: `incident` or `maintenance`.
        last: The status that ends it.
    """

    name: str
    last: str

    @property
    def table(self) -> str:
        """The table of the incidents or maintenances."""
        return f"{self.name}s"

    @property
    def key(self) -> str:
        """The column with its id in other tables."""
        return f"{self.name}Id"


INCIDENT = Kind("incident", "RESOLVED")
MAINTENANCE = Kind("maintenance", "COMPLETED")


def minutes(begin: datetime, end: datetime) -> int:
    """Whole minutes from one time to another."""
    return (end - begin) // timedelta(minutes=1)


def check_span(start: datetime, end: datetime) -> None:
    """Check that the end is not before the start.

    Raises:
        Problem: 400, it is.
    """
    if end < start:
        raise problems.bad_request("end must not be before start")


def html_of(message: str) -> str:
    """A message as HTML."""
    return f"<p>{escape(message)}</p>"


def check_components(store: InstatusStore, page_id: str, component_ids: Iterable[str]) -> None:
    """Check that the components belong to this page.

    Raises:
        Problem: 400, one does not.
    """
    for component_id in component_ids:
        component = store.tables["components"].get(component_id)
        if component is None or component["siteId"] != page_id:
            raise problems.bad_request(f"Component {component_id} is not on this page")


def link(store: InstatusStore, kind: Kind, owner_id: str, component_ids: Iterable[str]) -> None:
    """Set the affected components to exactly these."""
    table = f"{kind.name}_components"
    wanted = dict.fromkeys(component_ids)
    for old in store.tables[table].find(kind.key, owner_id):
        if old["componentId"] in wanted:
            del wanted[old["componentId"]]
        else:
            store.delete(table, old["id"])
    for component_id in wanted:
        store.insert(table, componentId=component_id, **{kind.key: owner_id})


def set_statuses(store: InstatusStore, statuses: Mapping[str, str]) -> None:
    """Set the status of components; those that already have it are not touched."""
    for component_id, status in statuses.items():
        component = store.get("components", component_id)
        if component is not None and component["status"] != status:
            store.update("components", component_id, status=status, internalStatus=status)


def worst(statuses: Iterable[str]) -> str:
    """The impact that follows from these component statuses."""
    return max(statuses, key=_SEVERITY.index, default="OPERATIONAL")


def add_update(store: InstatusStore, kind: Kind, owner: Row, *, touch: bool, **values: Any) -> Row:
    """Add an update: it ends the previous one and sets the status of its owner.

    Args:
        store: The data.
        kind: The kind of its owner.
        owner: The incident or maintenance.
        touch: Whether to change the owner's `updatedAt`.
        values: Columns of the update; `status` and `message` at least.
    """
    started = values.get("started") or utc_now()
    earlier = store.tables[f"{kind.name}_updates"].find(kind.key, owner["id"])
    if earlier and earlier[-1]["ended"] is None:
        store.update(
            f"{kind.name}_updates",
            earlier[-1]["id"],
            ended=started,
            duration=minutes(earlier[-1]["started"], started),
        )
    ended = started if values["status"] == kind.last else None
    update = store.insert(
        f"{kind.name}_updates",
        **{
            **values,
            kind.key: owner["id"],
            "messageHtml": html_of(values["message"]),
            "started": started,
            "ended": ended,
            "duration": None if ended is None else 0,
        },
    )
    kept = {} if touch else {"updatedAt": owner["updatedAt"]}
    store.update(kind.table, owner["id"], **state(kind, owner, values["status"], started), **kept)
    return update


def state(kind: Kind, owner: Row, status: str, moment: datetime) -> dict[str, Any]:
    """The columns that depend on the status, which ends or reopens an incident or a maintenance.

    The duration of a maintenance is the planned one; that of an incident is known when it ends.
    """
    ended = moment if status == kind.last else None
    resolved: datetime | None = owner["resolved"] if ended and owner["resolved"] else ended
    columns: dict[str, Any] = {"status": status, "resolved": resolved}
    if kind is INCIDENT:
        columns["duration"] = None if resolved is None else minutes(owner["started"], resolved)
    return columns
