"""BoxWatch's shapes of rows, and the envelopes of its lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sandbox.boxwatch.times import told, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.boxwatch.settings import BoxWatchSettings
    from sandbox.boxwatch.store import BoxWatchStore
    from sandbox.tables import Row

_PLAN_LIMITS: Final[Mapping[str, int]] = {"hobby": 5, "pro": 25, "team": 100, "scale": 500}
_BONUS_SERVERS = 2


@dataclass(frozen=True)
class Teller:
    """Renders rows from the data and the settings of an account."""

    store: BoxWatchStore
    settings: BoxWatchSettings

    def row(self, row: Row, *, created: bool = False) -> dict[str, Any]:
        """A row with its times as strings and, if so configured, its booleans as numbers.

        Args:
            row: The stored row.
            created: Whether it was just created: such a response has real booleans.
        """
        numbers = self.settings.booleans == "numbers" or (self.settings.booleans == "documented" and not created)
        return {name: _told(value, numbers=numbers) for name, value in row.items()}

    def listed(self, collection: Collection) -> list[dict[str, Any]]:
        """The rows of a list, in the order of its response."""
        return [collection.shape(self, row) for row in self.store.tables[collection.table]]

    def answer(self, collection: Collection) -> dict[str, Any]:
        """The response of a list."""
        rows = self.listed(collection)
        return {collection.key: rows, **collection.frame(self, rows)}


@dataclass(frozen=True)
class Collection:
    """A list of the account.

    Attributes:
        table: The table of its rows, which is also the name of the list.
        path: Its path.
        key: The field of the response that holds the rows.
        shape: Renders a row.
        frame: The other fields of the response.
        needs_pro: The name of what the Hobby plan lacks; empty if it has it.
    """

    table: str
    path: str
    key: str
    shape: Callable[[Teller, Row], dict[str, Any]]
    frame: Callable[[Teller, list[dict[str, Any]]], dict[str, Any]] = field(
        default=lambda _teller, _rows: {"timestamp": told(utc_now())}
    )
    needs_pro: str = ""


def _told(value: Any, *, numbers: bool) -> Any:
    if isinstance(value, bool):
        return int(value) if numbers else value
    return told(value) if isinstance(value, datetime) else value


def plain(teller: Teller, row: Row) -> dict[str, Any]:
    """A row as stored."""
    return teller.row(row)


def _server(teller: Teller, row: Row) -> dict[str, Any]:
    # The only boolean that lists send as such.
    return {**teller.row(row), "active": row["active"]}


def _uptime_check(teller: Teller, row: Row) -> dict[str, Any]:
    return {**teller.row(row), "probe_count": len(row["probe_servers"])}


def _webhook(teller: Teller, row: Row) -> dict[str, Any]:
    """A webhook without its custom headers, which are never returned."""
    return {name: value for name, value in teller.row(row).items() if name != "headers"}


def endpoint_data(teller: Teller, endpoint: Row) -> dict[str, Any]:
    """The response of a custom endpoint: its configured metrics of its configured servers."""
    servers = (teller.store.tables["servers"].get(server_id) for server_id in endpoint["servers"])
    return {
        "endpoint": endpoint["name"],
        "data": [_readings(server, endpoint["metrics"]) for server in servers if server is not None],
        "timestamp": told(utc_now()),
    }


def _readings(server: Row, metrics: list[str]) -> dict[str, Any]:
    latest = {name: server["metrics"].get(f"{name}_usage") for name in metrics}
    return {"server_id": server["id"], "hostname": server["hostname"], **latest}


def _server_frame(teller: Teller, rows: list[dict[str, Any]]) -> dict[str, Any]:
    plan = teller.settings.plan
    return {
        "plan": plan,
        "serverLimit": _PLAN_LIMITS[plan] + _BONUS_SERVERS,
        "basePlanLimit": _PLAN_LIMITS[plan],
        "bonusServers": _BONUS_SERVERS,
        "activeCount": sum(row["active"] for row in rows),
        "timestamp": told(utc_now()),
    }


def _check_frame(teller: Teller, rows: list[dict[str, Any]]) -> dict[str, Any]:
    plan = teller.settings.plan
    return {"plan_limit": _PLAN_LIMITS[plan], "current_count": len(rows), "plan": plan}


STATUS_PAGES: Final = Collection(
    "status_pages", "/status-pages", "status_pages", plain, needs_pro="Public status pages"
)
CRON_CHECKS: Final = Collection("cron_checks", "/cron-checks", "checks", plain, _check_frame)
COLLECTIONS: Final = (
    STATUS_PAGES,
    Collection("servers", "/servers", "servers", _server, _server_frame),
    CRON_CHECKS,
    Collection("uptime_checks", "/uptime-checks", "checks", _uptime_check, _check_frame, needs_pro="Uptime checks"),
    Collection("webhooks", "/webhooks", "webhooks", _webhook),
)
