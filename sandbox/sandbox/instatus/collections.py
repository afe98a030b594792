"""The lists of the API: where they are, what they hold, how they are paged and filtered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.instatus import shapes
from sandbox.instatus.bodies import INCIDENT_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.instatus.shapes import Shape, Teller
    from sandbox.tables import Row


@dataclass(frozen=True)
class Filter:
    """A parameter that narrows a list.

    Attributes:
        keeps: Whether a row stays, for the value that was sent.
        choices: The values that are possible; empty is any.
        several: Whether the value may be a list of choices, with commas between them.
    """

    keeps: Callable[[Row, str], bool]
    choices: tuple[str, ...] = ()
    several: bool = False

    def allows(self, value: str) -> bool:
        """Whether a value is possible."""
        parts = value.split(",") if self.several else [value]
        return not self.choices or all(part in self.choices for part in parts)


@dataclass(frozen=True)
class Collection:
    """A list of rows.

    Attributes:
        name: What it is called; also what refusals name.
        route: The template of its path.
        table: The table of its rows.
        shape: Makes a row of an answer.
        parent: The column that names the page; empty: the list belongs to the key's user.
        wrapper: The key of the rows in the answer; empty: the answer is the bare array.
        paged: Whether the list is told in pages.
        by_id: Whether a row can be asked for by its id.
        filters: Parameters that narrow the list.
        hidden: The column whose value takes a row out of the list where the settings say so.
        nested: The column that names the row which a row is told inside of; empty: all rows are told side by side.
        shown_alone: Makes the answer of a row that is asked for by its id, where it differs from that of the list.
        frame: What an object that holds the rows of a page tells of it.
    """

    name: str
    route: str
    table: str
    shape: Shape
    parent: str = "siteId"
    wrapper: str = ""
    paged: bool = True
    by_id: bool = False
    filters: Mapping[str, Filter] | None = None
    hidden: str = ""
    nested: str = ""
    shown_alone: Shape | None = None
    frame: tuple[str, ...] = ("total", "page", "totalPages", "limit")

    @property
    def noun(self) -> str:
        """What one row is called in an error."""
        return self.table.removesuffix("s").replace("_", " ").capitalize()

    def rows(self, teller: Teller, page_id: str) -> list[Row]:
        """All rows of the list, in the order of its pages."""
        table = teller.table(self.table)
        rows = table.find(self.parent, page_id) if self.parent else list(table)
        shown = teller.in_order(self.table, rows, self.hidden)
        if not self.nested:
            return shown
        # What is not told inside of another row is told beside it.
        roots = {row["id"] for row in shown}
        return [row for row in shown if row[self.nested] not in roots]


def _has_status(row: Row, statuses: str) -> bool:
    return row["status"] in statuses.split(",")


def _mentions(*columns: str) -> Callable[[Row, str], bool]:
    def keeps(row: Row, text: str) -> bool:
        return any(text.casefold() in (row[column] or "").casefold() for column in columns)

    return keeps


_SUBSCRIBER_FILTERS: Final = {"search": Filter(_mentions("name", "email", "phone"))}

PAGES: Final = Collection("pages", "/v2/pages", "pages", shapes.page, parent="")
PAGES_V1: Final = Collection("pages", "/v1/pages", "pages", shapes.page, parent="", paged=False)
WORKSPACES: Final = Collection("workspaces", "/v1/workspaces", "workspaces", shapes.workspace, parent="")
COMPONENTS: Final = Collection(
    "components", "/v1/{page_id}/components", "components", shapes.component, by_id=True, hidden="archivedAt"
)
COMPONENTS_V2: Final = Collection(
    "components",
    "/v2/{page_id}/components",
    "components",
    shapes.component_v2_tree,
    by_id=True,
    hidden="archivedAt",
    nested="groupId",
    shown_alone=shapes.component_v2,
)
INCIDENTS: Final = Collection(
    "incidents",
    "/v1/{page_id}/incidents",
    "incidents",
    shapes.incident,
    by_id=True,
    filters={
        "status": Filter(_has_status, INCIDENT_STATUSES, several=True),
        "!status": Filter(lambda row, text: not _has_status(row, text), INCIDENT_STATUSES, several=True),
    },
)
MAINTENANCES: Final = Collection(
    "maintenances", "/v1/{page_id}/maintenances", "maintenances", shapes.maintenance, by_id=True
)
MONITORS: Final = Collection(
    "monitors",
    "/{page_id}/monitors",
    "monitors",
    shapes.monitor,
    parent="pageId",
    wrapper="monitors",
    filters={
        "search": Filter(_mentions("name", "url")),
        "status": Filter(_has_status, choices=("UP", "DOWN", "UNKNOWN", "DEGRADED")),
    },
)

COLLECTIONS: Final[tuple[Collection, ...]] = (
    PAGES,
    PAGES_V1,
    WORKSPACES,
    COMPONENTS,
    COMPONENTS_V2,
    INCIDENTS,
    MAINTENANCES,
    Collection("templates", "/v1/{page_id}/templates", "templates", shapes.template, by_id=True, hidden="deletedAt"),
    Collection("team", "/v1/{page_id}/team", "teammates", shapes.teammate),
    Collection(
        "subscribers", "/v2/{page_id}/subscribers", "subscribers", shapes.subscriber, filters=_SUBSCRIBER_FILTERS
    ),
    Collection(
        "subscribers", "/v1/{page_id}/subscribers", "subscribers", shapes.subscriber, filters=_SUBSCRIBER_FILTERS
    ),
    Collection("metrics", "/v1/{page_id}/metrics", "metrics", shapes.metric, by_id=True),
    Collection(
        "audience_groups", "/v1/{page_id}/audience-groups", "audience_groups", shapes.audience_group, by_id=True
    ),
    MONITORS,
    Collection(
        "cron_monitors",
        "/{page_id}/monitors/cron",
        "cron_monitors",
        shapes.cron_monitor,
        parent="pageId",
        wrapper="cronMonitors",
        frame=("totalPages",),
    ),
    Collection("monitor_alerts", "/{page_id}/monitor-alerts", "monitor_alerts", shapes.whole, wrapper="monitorAlerts"),
    Collection(
        "routing_rules", "/{page_id}/routing-rules", "routing_rules", shapes.whole, wrapper="routingRules", paged=False
    ),
    Collection(
        "escalation_policies",
        "/{page_id}/escalation-policies",
        "escalation_policies",
        shapes.whole,
        wrapper="escalationPolicies",
        paged=False,
    ),
)


@dataclass(frozen=True)
class Updates:
    """The updates of incidents or of maintenances: they have no list, only routes by id.

    Attributes:
        owner: The list of what they belong to.
        kind: `incident` or `maintenance`.
        shape: Makes the answer.
    """

    owner: Collection
    kind: str
    shape: Shape

    @property
    def table(self) -> str:
        """The table of the updates."""
        return f"{self.kind}_updates"

    @property
    def route(self) -> str:
        """The template of the path below which they are."""
        return f"{self.owner.route}/{{id}}/{self.kind}-updates"


UPDATES: Final = (
    Updates(INCIDENTS, "incident", shapes.incident_update),
    Updates(MAINTENANCES, "maintenance", shapes.maintenance_update),
)


def answer_of(collection: Collection, rows: list[dict[str, Any]], frame: Mapping[str, Any]) -> Any:
    """The body of a list: the bare array, or an object with the rows under a key and what is told of the page."""
    return {collection.wrapper: rows, **frame} if collection.wrapper else rows
