"""The rows that the tap has to bring from Sigryl, worked out from the server's data and not from its answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from singer_fanout.testing import differences
from tap_statuspages.tap import TapStatusPages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from singer_fanout.testing import Run

    from sandbox import Sandbox

Row: TypeAlias = "dict[str, Any]"

STREAMS = frozenset({"status_pages", "components", "incidents", "incident_updates"})
KEYS = {
    name: tuple(stream.primary_keys)
    for name, stream in TapStatusPages(config={}, validate_config=False).streams.items()
}
STATUS = "/sigryl/api/v1/status"
COMPONENTS = "/sigryl/api/v1/components"
INCIDENTS = "/sigryl/api/v1/incidents"
DETAIL = "/sigryl/api/v1/incidents/detail"


def settings(box: Sandbox, **more: Any) -> dict[str, Any]:
    """Settings that read all pages of a sandbox without a limit of their own."""
    pages = [{"api_key": page["api_key"]} for page in box.sigryl.pages]
    own = {"api_url": box.sigryl.api_url, "pages": pages}
    return {"provider": "sigryl", "requests_per_minute": 0, "max_retries": 1, **own, **more}


def single_page(box: Sandbox, number: int = 0, **more: Any) -> dict[str, Any]:
    """Settings that read one page."""
    return {**settings(box, **more, **box.sigryl.pages[number]), "pages": None}


def sigryl_rows(box: Sandbox) -> dict[str, list[Row]]:
    """The rows of every stream, of all pages."""
    store = box.sigryl.store
    slugs = {page["id"]: page["slug"] for page in store.rows("pages")}
    incidents = {incident["id"]: incident for incident in store.rows("incidents")}
    seen: Counter[tuple[str, datetime]] = Counter()
    updates = []
    for update in store.rows("updates"):
        moment = update["incidentId"], update["createdAt"]
        updates.append(
            {
                "page_slug": slugs[incidents[update["incidentId"]]["pageId"]],
                "incident_id": update["incidentId"],
                "position": seen[moment],
                "status": update["status"],
                "message": update["message"],
                "created_at": utc(update["createdAt"]),
            }
        )
        seen[moment] += 1
    return {
        "status_pages": [
            {name: page[name] for name in ("slug", "name", "description")} for page in store.rows("pages")
        ],
        "components": [
            {
                "page_slug": slugs[row["pageId"]],
                **{name: row[name] for name in ("id", "name", "description", "status")},
                "display_order": row["displayOrder"],
            }
            for row in store.rows("components")
        ],
        "incidents": [
            {
                "page_slug": slugs[row["pageId"]],
                **{name: row[name] for name in ("id", "title", "status", "severity")},
                "created_at": utc(row["createdAt"]),
            }
            for row in incidents.values()
        ],
        "incident_updates": updates,
    }


def utc(moment: datetime) -> str:
    """A time as rows have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def assert_holds(run: Run, expected: dict[str, list[Row]]) -> None:
    """The run went well, and its rows are these and no others."""
    assert run.exit_code == 0, run.log
    assert run.rows.keys() <= expected.keys()
    for stream, rows in expected.items():
        assert differences(stream, KEYS[stream], run.rows[stream], rows) == []


class Warehouse:
    """What a target holds that does as it is told: rows by key, deleted when a later version is activated.

    Args:
        keys: The key of each stream.
    """

    def __init__(self, keys: Mapping[str, Sequence[str]] | None = None) -> None:
        self._keys = KEYS if keys is None else keys
        self._tables: dict[str, dict[tuple[Any, ...], tuple[int | None, Row]]] = {}

    def load(self, run: Run) -> None:
        """Load the output of a run, also of one that has failed."""
        for message in run.messages:
            if message["type"] == "RECORD":
                key = tuple(message["record"][name] for name in self._keys[message["stream"]])
                self._table(message["stream"])[key] = message.get("version"), message["record"]
            elif message["type"] == "ACTIVATE_VERSION":
                table = self._table(message["stream"])
                for key in [key for key, (version, _) in table.items() if (version or 0) < message["version"]]:
                    del table[key]

    def rows(self, stream: str) -> list[Row]:
        """The rows of a stream."""
        return [row for _, row in self._table(stream).values()]

    def assert_holds(self, expected: dict[str, list[Row]]) -> None:
        """The tables are these."""
        for stream, rows in expected.items():
            assert differences(stream, self._keys[stream], self.rows(stream), rows) == []

    def _table(self, stream: str) -> dict[tuple[Any, ...], tuple[int | None, Row]]:
        return self._tables.setdefault(stream, {})
