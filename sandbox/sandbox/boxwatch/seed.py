"""Seeded data: plausible, and with everything that breaks careless readers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sandbox.boxwatch.times import UTC
from sandbox.boxwatch.writes import INCIDENT_STATUSES, SEVERITIES
from sandbox.texts import MESSAGES, PLACES, SERVICES, TROUBLES

if TYPE_CHECKING:
    from sandbox.boxwatch.store import BoxWatchStore

ANCHOR = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""All seeded times are in the two years before it."""
_SPAN = timedelta(days=730)
_DISABLED_PAGE = 3
_OPEN_OF_FIVE = (0, 3)
_SYSTEMS = ("Ubuntu 24.04", "Debian 12", "Rocky Linux 9", "Windows Server 2025")
_ALERTS = ("server_offline", "cron_fail", "uptime_down")


@dataclass(frozen=True)
class BoxWatchSeed:
    """How much data a BoxWatch account is seeded with; 0 is allowed everywhere.

    Attributes:
        status_pages: Status pages; the third is disabled.
        servers: Servers, some offline, inactive or without a group.
        cron_checks: Cron checks, some never pinged or without a server.
        uptime_checks: Uptime checks of all types.
        webhooks: Webhooks.
        incidents: Incidents of all status pages together; most are resolved.
        updates_per_incident: Updates per incident on average; every incident has at least one.
        endpoints: Custom endpoints, each with its own key; a server may be in several.
        accounts: Accounts, each with its own key and this much data; their numeric ids are the same.
    """

    status_pages: int = 4
    servers: int = 12
    cron_checks: int = 9
    uptime_checks: int = 8
    webhooks: int = 4
    incidents: int = 40
    updates_per_incident: float = 2.4
    endpoints: int = 2
    accounts: int = 1


def account_key(seed: int, number: int = 0) -> str:
    """An account's key in the real format: `bw_` and 64 hexadecimal digits."""
    of = f"boxwatch {seed}" if not number else f"boxwatch {seed} {number}"
    return f"bw_{sha256(of.encode()).hexdigest()}"


def sow(store: BoxWatchStore, size: BoxWatchSeed, seed: int, company: str = "acme") -> list[str]:
    """Fill an empty store; returns the secrets that were planted.

    Args:
        store: The store of an account.
        size: How much it holds.
        seed: The seed of the data.
        company: The prefix of its pages' slugs, which are unique across accounts.
    """
    sower = _Sower(store, size, seed, company)
    with store.lock:
        sower.sow()
    return sower.canaries


class _Sower:
    def __init__(self, store: BoxWatchStore, size: BoxWatchSeed, seed: int, company: str) -> None:
        self._store = store
        self._size = size
        self._company = company
        self._chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.canaries: list[str] = []

    def sow(self) -> None:
        for number in range(1, self._size.servers + 1):
            self._server(number)
        pages = [self._status_page(number) for number in range(1, self._size.status_pages + 1)]
        for number in range(1, self._size.cron_checks + 1):
            self._cron_check(number)
        for number in range(1, self._size.uptime_checks + 1):
            self._uptime_check(number)
        for number in range(1, self._size.webhooks + 1):
            self._webhook(number)
        for number in range(1, self._size.incidents + 1 if pages else 1):
            self._incident(number, pages[number % len(pages)])
        for number in range(1, self._size.endpoints + 1):
            self._endpoint(number)

    def _server(self, number: int) -> None:
        offline = number % 5 == 0
        metrics = {name: round(self._chance.uniform(1, 99), 2) for name in ("cpu_usage", "memory_usage", "disk_usage")}
        if number % 2:
            metrics["disk_mnt_usage"] = number
        grouped = number % 3 != 0
        self._store.insert(
            "servers",
            name=f"{SERVICES[number % len(SERVICES)]} {number}",
            hostname=f"host-{number}.example.com",
            ip=f"203.0.113.{number % 254 + 1}" if number % 4 else f"2001:db8::{number:x}",
            os=_SYSTEMS[number % len(_SYSTEMS)],
            status="offline" if offline else "online",
            active=number % 7 != 0,
            last_seen=None if number == self._size.servers else self._moment(),
            enabled_metrics={"cpu_usage": True, "memory_usage": number % 2 == 0, "disk_usage": True},
            created_at=self._moment(),
            group_id=number % 2 + 1 if grouped else None,
            group_name=PLACES[number % 2] if grouped else None,
            # A whole number is sent as an integer.
            uptime_30d=100 if number % 2 else round(self._chance.uniform(90, 100), 3),
            metrics={} if offline else metrics,
        )

    def _status_page(self, number: int) -> str:
        servers = self._sample("servers", 4)
        row = self._store.insert(
            "status_pages",
            slug=f"{self._company}-{number}",
            name=f"{SERVICES[number % len(SERVICES)]} status",
            description=None if number % 2 == 0 else self._chance.choice(MESSAGES),
            logo_url=None if number % 3 else f"https://cdn.example.com/logo-{number}.svg",
            # One of them refers to a deleted server.
            servers=[] if number == self._size.status_pages else [*servers, *([9_999] if number == 1 else [])],
            theme="light" if number % 2 == 0 else "dark",
            custom_domain="status.example.com" if number == 2 else None,  # noqa: PLR2004
            enabled=number != _DISABLED_PAGE,
            created_at=self._moment(),
        )
        return str(row["id"])

    def _cron_check(self, number: int) -> None:
        server = self._store.get("servers", number % (self._size.servers + 1)) if number % 3 else None
        pinged = self._moment() if number % 4 else None
        failed = pinged if number % 5 == 0 else None
        self._store.insert(
            "cron_checks",
            server_id=None if server is None else server["id"],
            server_hostname=None if server is None else server["hostname"],
            name=f"{SERVICES[number % len(SERVICES)]} backup",
            slug=self._secret(f"9b1a3c8e-2f4d-4a7e-{self._company}-CANARY{number:06d}"),
            interval_seconds=60 * 10 ** (number % 4),
            max_duration_seconds=3600 if number % 2 else None,
            enabled=number % 6 != 0,
            status="new" if pinged is None else "down" if failed else "up",
            alert_on_stuck=number % 2 == 0,
            alert_on_long=number % 3 == 0,
            last_ping_at=pinged,
            last_start_at=pinged,
            last_success_at=None if failed else pinged,
            last_fail_at=failed,
            last_exit_code=None if pinged is None else int(failed is not None),
            last_duration_seconds=None if pinged is None else number * 7,
            created_at=self._moment(),
        )

    def _uptime_check(self, number: int) -> None:
        kind = ("http", "tcp", "tls_expiry")[number % 3]
        target = f"https://service-{number}.example.com/health?deep=1" if kind == "http" else "db.example.com:5432"
        checked = self._moment() if number % 4 else None
        self._store.insert(
            "uptime_checks",
            name=f"{SERVICES[number % len(SERVICES)]} ({kind})",
            check_type=kind,
            target=target,
            enabled=number % 5 != 0,
            body_contains=self._chance.choice(MESSAGES) if number % 2 else None,
            follow_redirects=number % 2 == 0,
            alert_on_cert_expiry=kind == "tls_expiry",
            last_status=None if checked is None else ("up", "down")[number % 2],
            last_checked_at=checked,
            probe_servers=[
                {"id": server_id, "hostname": f"host-{server_id}.example.com"}
                for server_id in self._sample("servers", number % 3)
            ],
            created_at=self._moment(),
        )

    def _webhook(self, number: int) -> None:
        self._store.insert(
            "webhooks",
            name=f"{PLACES[number % len(PLACES)]} team",
            url=self._secret(f"https://hooks.example.com/services/T{number}/CANARY{number:06d}webhook"),
            headers={"X-Token": self._secret(f"CANARY{number:06d}header")},
            alert_types=None if number % 2 else list(_ALERTS[: number % 3 + 1]),
            enabled=number % 3 != 0,
            last_triggered=self._moment() if number % 2 else None,
            created_at=self._moment(),
        )

    def _incident(self, number: int, page_id: str) -> None:
        created = self._moment()
        statuses = self._statuses(number)
        messages = [self._chance.choice(MESSAGES) for _ in statuses]
        # Pairs of updates share their second.
        times = [created + timedelta(minutes=place // 2 * 17) for place in range(len(statuses))]
        incident = self._store.insert(
            "incidents",
            status_page_id=page_id,
            title=f"{SERVICES[number % len(SERVICES)]} {TROUBLES[number % len(TROUBLES)]}",
            status=statuses[-1],
            severity=SEVERITIES[number % len(SEVERITIES)],
            message=messages[0],
            affected_servers=self._sample("servers", number % 4),
            created_at=created,
            resolved_at=times[-1] if statuses[-1] == "resolved" else None,
        )
        for status, message, moment in zip(statuses, messages, times, strict=True):
            self._store.insert(
                "incident_updates", incident_id=incident["id"], status=status, message=message, created_at=moment
            )

    def _endpoint(self, number: int) -> None:
        servers = self._sample("servers", 3)
        self._store.insert(
            "endpoints",
            name=f"{PLACES[number % len(PLACES)]} dashboard {number}",
            # One of them is deleted.
            servers=[*servers, *([9_999] if number == 1 else [])],
            metrics=["cpu", "memory", "disk"][: 1 + number % 3],
            api_key=self._secret(f"bw_api_CANARY{self._company}{number:06d}"),
            created_at=self._moment(),
        )

    def _statuses(self, number: int) -> list[str]:
        mean = self._size.updates_per_incident
        count = max(int(mean) + (self._chance.random() < mean - int(mean)) + self._chance.choice((-1, 0, 0, 1)), 1)
        way = [INCIDENT_STATUSES[min(place, 2)] for place in range(count)]
        return way if number % 5 in _OPEN_OF_FIVE else [*way[:-1], "resolved"]

    def _sample(self, table: str, count: int) -> list[Any]:
        ids = [row["id"] for row in self._store.tables[table]]
        return sorted(self._chance.sample(ids, min(count, len(ids))))

    def _moment(self) -> datetime:
        return ANCHOR - timedelta(seconds=self._chance.randrange(int(_SPAN.total_seconds())))

    def _secret(self, text: str) -> str:
        self.canaries.append(text)
        return text
