"""The data of the marts, queried once: for each period, and for the present."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from status_report.periods import Period
from status_report.queries import Queries
from status_report.scopes import Scope, scopes_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from status_report.database import Database

PERIODS = (30, 90, 365)
DEFAULT_DAYS = 90
OF_A_PERIOD = (
    "incidents",
    "opened",
    "times",
    "distribution",
    "longest",
    "affected",
    "on_call",
    "alerts",
    "without_retrospective",
)
OF_NOW = ("open_incidents", "troubled_components", "maintenance", "uptime", "troubled_days", "action_items", "loads")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Facts:
    """All rows that the page is made from.

    Attributes:
        until: The time that the page treats as now.
        zone: The time zone of the page.
        now: The rows of each query about the present, by the query's name.
        periods: The rows of each query about a period, by the period's days.
        queries: The text of each query, by name; by days for a query about a period.
        scopes: The filters that the page offers.
    """

    until: datetime
    zone: ZoneInfo
    now: Mapping[str, Rows]
    periods: Mapping[int, Mapping[str, Rows]]
    queries: Mapping[int, Mapping[str, str]]
    scopes: list[Scope]
    _now_by_scope: dict[str, dict[Scope, Rows]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def now_in(self, scope: Scope, name: str) -> Rows:
        """The rows of a query about the present that belong to a scope.

        Args:
            scope: The scope.
            name: The query's name.
        """
        if name not in self._now_by_scope:
            self._now_by_scope[name] = _by_scope(self.now[name])
        return self._now_by_scope[name].get(scope, [])

    def period(self, days: int) -> Period:
        """A period that ends at the page's now."""
        return Period(days, self.until, self.zone)

    def any_of(self, *names: str) -> bool:
        """Whether any of some queries has rows; a row of sums over nothing does not count."""
        asked = (self.now, *self.periods.values())
        return any(row["source"] is not None for rows in asked for name in names for row in rows.get(name, ()))


def gather(database: Database, schema: str, until: datetime, zone: ZoneInfo) -> Facts:
    """Run all queries.

    Args:
        database: The database with the marts.
        schema: Their schema.
        until: The time to treat as now.
        zone: The zone of times, weeks and months.

    Raises:
        ReportError: The database rejects a query.
    """
    asked = {days: Queries(database, schema, Period(days, until, zone), PERIODS) for days in PERIODS}
    now = {name: asked[DEFAULT_DAYS].rows(name) for name in OF_NOW}
    periods = {days: {name: queries.rows(name) for name in OF_A_PERIOD} for days, queries in asked.items()}
    texts = {days: {name: queries.text(name) for name in (*OF_NOW, *OF_A_PERIOD)} for days, queries in asked.items()}
    named = [*now.values(), *(rows for of_period in periods.values() for rows in of_period.values())]
    accounts = {
        (row["source"], row["account"])
        for rows in named
        for row in rows
        if row["source"] is not None and row["account"] is not None
    }
    return Facts(until, zone, now, periods, texts, scopes_of(accounts))


def _by_scope(rows: Rows) -> dict[Scope, Rows]:
    """The rows of each scope that has some, in order: with many accounts, to look at all for each takes seconds."""
    found: dict[tuple[str | None, str | None], Rows] = {}
    for row in rows:
        source, account = row["source"], row["account"]
        for key in {(None, None), (source, None), (source, account)}:
            found.setdefault(key, []).append(row)
    return {Scope(*key): of_scope for key, of_scope in found.items()}
