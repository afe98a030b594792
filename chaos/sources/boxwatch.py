"""An account of BoxWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_statuspages.streams import STREAMS

from chaos.churn import Rows
from chaos.sources.source import Source, plain
from sandbox import BoxWatchSeed, Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chaos.churn import Change, Store
    from chaos.warehouse import Tables

LISTS = ("status_pages", "servers", "cron_checks", "uptime_checks", "webhooks")


class BoxWatchSource(Source):
    """BoxWatch: full tables, incidents from public pages."""

    tap = "tap-statuspages"
    mount = "/boxwatch"
    stream_types = STREAMS["boxwatch"]

    def sandbox(self, seed: int) -> Sandbox:
        """An account with some data."""
        return Sandbox(seed=seed, boxwatch=BoxWatchSeed(servers=25))

    @property
    def settings(self) -> dict[str, Any]:
        """The account's key; settings with which the tables equal what the pages show, so that they can be compared."""
        return {
            "provider": "boxwatch",
            "api_url": self.box.boxwatch.api_url,
            "api_key": self.box.boxwatch.api_key,
            "keep_ended_incidents": False,
        }

    @property
    def store(self) -> Store:
        """The tables of the account."""
        return self.box.boxwatch.store

    @property
    def table_names(self) -> Sequence[str]:
        """All of them."""
        return tuple(self.box.boxwatch.store.tables)

    def changes(self) -> Sequence[Change]:
        """Changes to everything in the account."""
        incidents = Rows("incidents", "title")
        return (
            incidents,
            incidents,
            Rows("incident_updates", "message"),
            Rows("servers", "name"),
            Rows("cron_checks", "name", unique=("slug",)),
            Rows("uptime_checks", "name"),
            Rows("webhooks", "name"),
            Rows("status_pages", "description", inserts=False, deletes=False),
        )

    @property
    def promised_by_nobody(self) -> frozenset[str]:
        """The streams of the public pages."""
        return self.streams_of("/boxwatch/status/{slug}")

    def rows(self) -> Tables:
        """The rows visible to the key and to the public."""
        view = self.box.boxwatch.view()
        return {
            **{name: [plain(row) for row in view.rows(name)] for name in LISTS},
            "incidents": [plain(row) for row in view.incidents()],
            "incident_updates": [plain(row) for row in view.incident_updates()],
            "public_status": [{"page_slug": slug} for slug in view.public_slugs()],
        }
