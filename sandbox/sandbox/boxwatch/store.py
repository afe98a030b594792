"""The data of a BoxWatch account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.boxwatch.times import utc_now
from sandbox.ids import uuids
from sandbox.memory import MemoryStore
from sandbox.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "status_pages": {
        "slug": "",
        "name": "",
        "description": None,
        "logo_url": None,
        "servers": list,
        "theme": "dark",
        "custom_domain": None,
        "enabled": True,
        "created_at": None,
    },
    "servers": {
        "name": "",
        "hostname": "",
        "ip": "",
        "os": "",
        "status": "online",
        "active": True,
        "last_seen": None,
        "enabled_metrics": dict,
        "created_at": None,
        "group_id": None,
        "group_name": None,
        "uptime_30d": 100,
        "metrics": dict,
    },
    "cron_checks": {
        "user_id": 1,
        "server_id": None,
        "server_hostname": None,
        "name": "",
        "slug": "",
        "interval_seconds": 86400,
        "grace_seconds": 300,
        "max_duration_seconds": None,
        "enabled": True,
        "status": "up",
        "alert_on_missed": True,
        "alert_on_fail": True,
        "alert_on_stuck": False,
        "alert_on_long": False,
        "last_ping_at": None,
        "last_start_at": None,
        "last_success_at": None,
        "last_fail_at": None,
        "last_exit_code": None,
        "last_duration_seconds": None,
        "created_at": None,
    },
    "uptime_checks": {
        "user_id": 1,
        "name": "",
        "check_type": "http",
        "target": "",
        "enabled": True,
        "expected_status_codes": "200-299",
        "max_latency_ms": 5000,
        "body_contains": None,
        "follow_redirects": True,
        "tls_warn_days_before_expiry": 14,
        "timeout_seconds": 10,
        "alert_on_down": True,
        "alert_on_recovery": True,
        "alert_on_cert_expiry": True,
        "last_status": None,
        "last_checked_at": None,
        "probe_servers": list,
        "created_at": None,
    },
    "webhooks": {
        "name": "",
        "url": "",
        "headers": dict,
        "alert_types": None,
        "enabled": True,
        "last_triggered": None,
        "created_at": None,
    },
    "incidents": {
        "status_page_id": None,
        "title": "",
        "status": "investigating",
        "severity": "minor",
        "message": "",
        "affected_servers": list,
        "created_at": None,
        "resolved_at": None,
    },
    "incident_updates": {"incident_id": None, "status": "investigating", "message": "", "created_at": None},
    "endpoints": {"name": "", "servers": list, "metrics": list, "api_key": "", "created_at": None},
    "pings": {"check_id": None, "kind": "success", "exit_code": None, "created_at": None},
}
_FOUND_BY: Mapping[str, str] = {
    "status_pages": "slug",
    "cron_checks": "slug",
    "incidents": "status_page_id",
    "incident_updates": "incident_id",
    "endpoints": "api_key",
    "pings": "check_id",
}
_WITH_UUIDS = frozenset({"status_pages", "incidents", "incident_updates"})
_BELONGINGS = {
    "status_pages": (("incidents", "status_page_id"),),
    "incidents": (("incident_updates", "incident_id"),),
    "cron_checks": (("pings", "check_id"),),
}


class BoxWatchStore(MemoryStore):
    """The tables of an account: times in whole seconds, real booleans.

    Status pages, incidents and their updates have UUIDs, all others numeric ids. `pings` holds what the ping routes
    recorded.

    Args:
        seed: The seed of the ids.
    """

    def __init__(self, seed: int) -> None:
        tables = [_table(name, columns, seed) for name, columns in _COLUMNS.items()]
        super().__init__(tables, created="created_at", now=utc_now, belongings=_BELONGINGS)


def _table(name: str, columns: Mapping[str, Any], seed: int) -> Table:
    column = _FOUND_BY.get(name)
    indexes = {} if column is None else {column: lambda row: row[column]}
    return Table(name, columns, indexes, uuids(seed, f"boxwatch {name}") if name in _WITH_UUIDS else int)
