"""The status pages of an Instatus account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tap_instatus.streams import STREAMS

from chaos.churn import Links, Rows
from chaos.sources.source import Source, plain
from sandbox import InstatusSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chaos.churn import Change, Store
    from chaos.warehouse import Row, Tables

ORDERS: tuple[Literal["newest_first", "oldest_first", "updated_first"], ...] = (
    "newest_first",
    "oldest_first",
    "updated_first",
)
PUBLIC = "/instatus-public/{host}/summary.json"
PAGED = ("/instatus/{", "/instatus/v1/{", "/instatus/v2/{", "/instatus/v3/{")
"""Routes of a page start with its id, after the version."""
LISTS = (
    "components",
    "incidents",
    "maintenances",
    "templates",
    "team",
    "subscribers",
    "metrics",
    "audience_groups",
    "monitors",
    "cron_monitors",
    "monitor_alerts",
    "routing_rules",
    "escalation_policies",
)


class InstatusSource(Source):
    """Instatus: full tables of several pages."""

    tap = "tap-instatus"
    mount = "/instatus"
    stream_types = STREAMS

    def sandbox(self, seed: int) -> Sandbox:
        """Two pages of incidents, maintenance and subscribers, in an order that is not documented."""
        size = InstatusSeed(
            unowned_pages=0, forbidden_pages=0, incidents=150, maintenances=104, components=30, subscribers=110
        )
        box = Sandbox(seed=seed, instatus=size)
        box.instatus.settings.order = ORDERS[seed % len(ORDERS)]
        return box

    @property
    def settings(self) -> dict[str, Any]:
        """The addresses and the owner's key."""
        server = self.box.instatus
        return {"api_key": server.api_key, "api_url": server.api_url, "public_url": server.public_url_pattern}

    @property
    def store(self) -> Store:
        """The tables of Instatus."""
        return self.box.instatus.store

    @property
    def table_names(self) -> Sequence[str]:
        """All of them."""
        return tuple(self.box.instatus.store.tables)

    def changes(self) -> Sequence[Change]:
        """Incidents more often than the rest."""
        incidents = Rows("incidents", "name")
        links = (
            Links(f"{kind}_components", (f"{kind}Id", f"{kind}s"), ("componentId", "components"), fits=_of_one_page)
            for kind in ("incident", "maintenance")
        )
        return (
            incidents,
            incidents,
            Rows("incident_updates", "message"),
            Rows("maintenances", "name"),
            Rows("maintenance_updates", "message"),
            *links,
            Rows("components", "description"),
            Rows("templates", "name"),
            Rows("subscribers", "name"),
            Rows("metrics", "name"),
            Rows("datapoints", None),
            Rows("audience_groups", "name"),
            Rows("monitors", "name"),
            Rows("cron_monitors", None),
            Rows("monitor_alerts", "recipient"),
            Rows("routing_rules", None),
            Rows("escalation_policies", "name"),
            Rows("pages", "name", inserts=False, deletes=False),
        )

    def rows(self) -> Tables:
        """The rows visible to the owner's key."""
        view = self.box.instatus.view()
        tables = {name: list(self._of_pages(name)) for name in LISTS}
        for kind in ("incident", "maintenance"):
            tables[f"{kind}_updates"] = list(self._inside(f"{kind}s", "updates", f"{kind}_id"))
            tables[f"{kind}_components"] = [
                {**_only(row, "page_id", f"{kind}_id", "name", "status"), "component_id": row["id"]}
                for row in self._inside(f"{kind}s", "components", f"{kind}_id")
            ]
        points = self._inside("metrics", "data", "metric_id")
        tables["metric_datapoints"] = [_only(row, "page_id", "id", "metric_id", "value") for row in points]
        tables["pages"] = [plain(page) for page in view.pages()]
        tables["workspaces"] = [plain(row) for row in view.rows("workspaces")]
        tables["user"] = [plain(view.user())]
        tables["public_summary"] = [
            {"page_id": page["id"], **plain(summary["page"])}
            for page in view.pages()
            if (summary := view.public_summary(page["id"])) is not None
        ]
        return tables

    @property
    def parts(self) -> Sequence[str]:
        """The pages."""
        return tuple(page["id"] for page in self.store.rows("pages"))

    def asks_for_parts(self, route: str) -> bool:
        """Whether the route contains a status page."""
        return route.startswith(PAGED)

    @property
    def promised_by_nobody(self) -> frozenset[str]:
        """The streams of the public pages."""
        return frozenset({"public_summary"})

    def streams_of(self, route: str) -> frozenset[str]:
        """The streams made from the responses of a route; public pages are on another host."""
        return self.promised_by_nobody if route == PUBLIC else super().streams_of(route)

    def _of_pages(self, collection: str) -> Iterator[Row]:
        for page_id, row in self.box.instatus.view().all_rows(collection):
            yield {**plain(row), "page_id": page_id}

    def _inside(self, collection: str, part: str, owner: str) -> Iterator[Row]:
        for page_id, row in self.box.instatus.view().all_rows(collection):
            for inner in row[part]:
                yield {**plain(inner), "page_id": page_id, owner: row["id"]}


def _of_one_page(owner: Row, component: Row) -> bool:
    return bool(owner["siteId"] == component["siteId"])


def _only(row: Row, *columns: str) -> Row:
    return {column: row[column] for column in columns}
