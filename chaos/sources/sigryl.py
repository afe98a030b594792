"""Pages of a Sigryl deployment."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_statuspages.client import STATUS
from tap_statuspages.streams import STREAMS

from chaos.churn import Rows
from chaos.sources.source import Source, plain
from chaos.warehouse import moment
from sandbox import Sandbox, SigrylSeed

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from sandbox.sigryl.view import SigrylView

    from chaos.churn import Change, Store
    from chaos.warehouse import Row, Tables

RESOLVED = "resolved"


class SigrylSource(Source):
    """Sigryl: full tables, except that the updates of resolved incidents are not read again."""

    tap = "tap-statuspages"
    mount = "/sigryl"
    stream_types = STREAMS["sigryl"]
    parts_are_keys = True

    def sandbox(self, seed: int) -> Sandbox:
        """Three pages."""
        box = Sandbox(seed=seed, sigryl=SigrylSeed(pages=3, components=12, incidents=30))
        box.sigryl.settings.reads = None
        return box

    @property
    def settings(self) -> dict[str, Any]:
        """The key of each page."""
        pages = [{"api_key": page["api_key"]} for page in self.box.sigryl.pages]
        return {"provider": "sigryl", "api_url": self.box.sigryl.api_url, "pages": pages}

    @property
    def store(self) -> Store:
        """The tables of Sigryl."""
        return self.box.sigryl.store

    @property
    def table_names(self) -> Sequence[str]:
        """All of them."""
        return tuple(self.box.sigryl.store.tables)

    def changes(self) -> Sequence[Change]:
        """What the provider's dashboard can do; a resolved incident stays as it is, or is deleted as a whole."""
        return (
            open_incident,
            open_incident,
            tell_more,
            tell_more,
            tell_more,
            Rows("updates", "message", inserts=False, chosen=_is_of_an_open_incident),
            Rows("incidents", "title", inserts=False),
            Rows("components", "name"),
            Rows("pages", "name", inserts=False, deletes=False),
        )

    def rows(self) -> Tables:
        """The rows visible to the keys of all pages."""
        tables: Tables = {"status_pages": [], "components": [], "incidents": [], "incident_updates": []}
        for view in self.box.sigryl.views():
            page = {"page_slug": view.slug}
            tables["status_pages"].append(plain(view.status_page()))
            tables["components"] += [{**page, **plain(row)} for row in view.components()]
            tables["incidents"] += [{**page, **plain(row), **_created(row)} for row in view.incidents()]
            tables["incident_updates"] += [{**page, **row} for row in _updates(view)]
        return tables

    @property
    def parts(self) -> Sequence[str]:
        """The keys: each gives access to one page."""
        return tuple(page["api_key"] for page in self.box.sigryl.pages)

    def streams_of(self, route: str) -> frozenset[str]:
        """The streams made from the responses of a route: all, for the one that says which page a key belongs to."""
        if route == self.mount + STATUS:
            return frozenset().union(*self.routes.values())
        return super().streams_of(route)


def _updates(view: SigrylView) -> list[Row]:
    seen: Counter[tuple[Any, ...]] = Counter()
    rows = []
    for incident_id, update in view.all_updates():
        row = {"incident_id": incident_id, **plain(update), **_created(update)}
        place = incident_id, row["created_at"]
        rows.append({**row, "position": seen[place]})
        seen[place] += 1
    return rows


def _created(told: Any) -> Row:
    sent = told.get("createdAt")
    if isinstance(sent, str):
        return {"created_at": moment(sent)}
    return {"created_at": _from_milliseconds(sent)} if sent is not None else {}


def _from_milliseconds(sent: int) -> Any:
    return moment("1970-01-01T00:00:00Z") + _millisecond() * sent


def _millisecond() -> Any:
    return moment("1970-01-01T00:00:00.001Z") - moment("1970-01-01T00:00:00Z")


def _is_of_an_open_incident(store: Store, update: Row) -> bool:
    return any(row["id"] == update["incidentId"] and row["status"] != RESOLVED for row in store.rows("incidents"))


def open_incident(store: Store, chance: random.Random) -> str:
    """Open an incident on one of the pages; its message becomes its first update."""
    page = chance.choice(store.rows("pages"))
    incident = store.insert("incidents", pageId=page["id"], title=f"Outage {chance.getrandbits(32)}")
    store.insert("updates", incidentId=incident["id"], message="We look into it.", createdAt=incident["createdAt"])
    return "insert"


def tell_more(store: Store, chance: random.Random) -> str | None:
    """Add an update to an open incident, now and then the last one; two updates may share a millisecond."""
    incidents = [row for row in store.rows("incidents") if row["status"] != RESOLVED]
    if not incidents:
        return None
    incident = chance.choice(incidents)
    status = chance.choice(("identified", "monitoring", RESOLVED))
    store.update("incidents", incident["id"], status=status)
    store.insert("updates", incidentId=incident["id"], status=status, message=f"Now {status}.")
    return "insert"
