"""The lists of the API: routes, contents, pagination and filters."""

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
    """A parameter that filters a list.

    Attributes:
        keeps: Whether a row matches the value that was sent.
        choices: The valid values; empty for any.
        several: Whether the value may be a comma-separated list of choices.
    """

    keeps: Callable[[Row, str], bool]
    choices: tuple[str, ...] = ()
    several: bool = False

    def allows(self, value: str) -> bool:
        """Whether a value is valid."""
        parts = value.split(",") if self.several else [value]
        return not self.choices or all(part in self.choices for part in parts)


@dataclass(frozen=True)
class Collection:
    """A list of rows.

    Attributes:
        name: Its name, which refusals use too.
        route: The template of its path.
        table: The table of its rows.
        shape: Renders a row.
        parent: The column with the page; empty if the list belongs to the key's user.
        wrapper: The field of the response that holds the rows; empty for a bare array.
        paged: Whether the list is paginated.
        by_id: Whether rows can be requested by id.
        filters: Parameters that filter the list.
        hidden: The column whose value hides a row from the list, depending on the settings.
        nested: The column with the row that a row is nested in; empty for a flat list.
        shown_alone: Renders a row requested by id, if different from the list.
        frame: Renders the page's metadata in a wrapped list.
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
        """The name of a row in error messages."""
        return self.table.removesuffix("s").replace("_", " ").capitalize()

    def rows(self, teller: Teller, page_id: str) -> list[Row]:
        """All rows of the list, in the order of its pages."""
        table = teller.table(self.table)
        rows = table.find(self.parent, page_id) if self.parent else list(table)
        shown = teller.in_order(self.table, rows, self.hidden)
        if not self.nested:
            return shown
        # Rows that are not nested in another are at the top level.
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
    """The updates of incidents or maintenances, which have no list, only routes by id.

    Attributes:
        owner: The list of their owners.
        kind: `incident` or `maintenance`.
        shape: Renders an update.
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
    """The body of a list: a bare array, or an object with the rows and the page's metadata."""
    return {collection.wrapper: rows, **frame} if collection.wrapper else rows
