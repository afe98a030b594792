"""A Cachet 3 server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_cachet.streams import STREAMS

from chaos.churn import Links, Rows, is_gone
from chaos.sources.source import Source
from sandbox import CachetSeed, Sandbox
from tests.support.cachet_rows import expected_tables

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from chaos.churn import Change, Row, Store
    from chaos.warehouse import Tables

MOST_COMPONENTS = 80
"""They have to fit on one page, because the expected rows are requested as one page."""


class CachetSource(Source):
    """Cachet 3: full tables, and append-only points of metrics."""

    tap = "tap-cachet"
    mount = "/cachet/api"
    stream_types = STREAMS

    def sandbox(self, seed: int) -> Sandbox:
        """Two pages of incidents, of points and of schedules."""
        size = CachetSeed(incidents=150, components=40, groups=6, metrics=4, points=420, templates=9, schedules=105)
        box = Sandbox(seed=seed, cachet=size)
        box.cachet.settings.rate_limit = None
        return box

    @property
    def settings(self) -> dict[str, Any]:
        """The address and a token that may see everything."""
        return {"api_url": self.box.cachet.api_url, "api_token": self.box.cachet.tokens["full"]}

    @property
    def store(self) -> Store:
        """The tables of Cachet."""
        return self.box.cachet.store

    @property
    def table_names(self) -> Sequence[str]:
        """All of them."""
        return tuple(self.box.cachet.store.tables)

    def changes(self) -> Sequence[Change]:
        """Incidents change more often than the rest; points are added as by the server."""
        incidents = Rows("incidents", "name")
        links = (
            Links("incident_components", ("incident_id", "incidents"), ("component_id", "components"), **_STATUS),
            Links("schedule_components", ("schedule_id", "schedules"), ("component_id", "components"), **_STATUS),
        )
        return (
            incidents,
            incidents,
            Rows("updates", "message", chosen=_owner_lives),
            Rows("components", "name", inserts=False, deletes=False),
            Rows("components", "description"),
            Rows("incident_templates", "name"),
            Rows("schedules", "name"),
            Rows("subscribers", None),
            Rows("component_groups", "name", deletes=False, inserts=False),
            *links,
            Rows("metric_points", None),
            Rows("metric_points", None, deletes=False),
            count_one_more,
        )

    def streams_of(self, route: str) -> frozenset[str]:
        """The streams made from the responses of a route: all, for the one that checks the token."""
        if route == self.mount + "/subscribers":
            return frozenset().union(*self.routes.values())
        return super().streams_of(route)

    def rows(self) -> Tables:
        """The rows visible to a token with all abilities."""
        return expected_tables(self.box)


_STATUS: Any = {"more": {"component_status": 3}}


def _owner_lives(store: Store, update: Row) -> bool:
    owners = {"incident": "incidents", "schedule": "schedules"}
    return any(
        row["id"] == update["updateable_id"] and not is_gone(row)
        for row in store.rows(owners[update["updateable_type"]])
    )


def count_one_more(store: Store, chance: random.Random) -> str | None:
    """Repeat a value: the server counts it in the point with the latest time, the oldest of several such."""
    points = store.rows("metric_points")
    if not points:
        return None
    metric = chance.choice(points)["metric_id"]
    newest = max((row for row in points if row["metric_id"] == metric), key=lambda row: row["created_at"])
    store.update("metric_points", newest["id"], counter=newest["counter"] + 1)
    return "update"
