"""The values that the templates show for a scope and a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from status_report.queries import MOST
from status_report.scopes import Scope, product_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from status_report.facts import Facts, Rows

NO_INCIDENTS = {
    "opened": 0,
    "opened_before": 0,
    "resolved": 0,
    "open_now": 0,
    **{
        f"{measure}_{figure}": value
        for measure in ("acknowledge", "mitigate", "resolve")
        for figure, value in (("known", 0), ("median", None), ("p90", None), ("median_before", None))
    },
}


@dataclass(frozen=True)
class Availability:
    """The uptime of all components in a scope together.

    Attributes:
        days: Number of days, up to now.
        share: From 0 to 1; None if nothing is known.
    """

    days: int
    share: float | None


class View:
    """The page's content for a scope and a period.

    Args:
        facts: The data of the marts.
        scope: The scope.
        days: Length of the period in days.
    """

    def __init__(self, facts: Facts, scope: Scope, days: int) -> None:
        self._facts = facts
        self._rows = facts.periods[days]
        self.scope = scope
        self.days = days

    @property
    def key(self) -> str:
        """Identifies it in the page's script."""
        return f"{self.scope.source or ''}/{self.scope.account or ''}/{self.days}"

    @property
    def incidents(self) -> Mapping[str, Any]:
        """The incident figures."""
        return next((row for row in self._rows["incidents"] if self.scope.is_of(row)), NO_INCIDENTS)

    @property
    def by_account(self) -> Rows:
        """The figures of each account in the scope, if there are several."""
        rows = self._of_accounts("incidents")
        several = {
            source for source in {row["source"] for row in rows} if sum(row["source"] == source for row in rows) > 1
        }
        named = [
            {
                **row,
                "name": product_name(row["source"]) + (f": {row['account']}" if row["source"] in several else ""),
            }
            for row in rows
        ]
        return sorted(named, key=lambda row: (-row["opened"], row["name"])) if len(named) > 1 else []

    @property
    def longest(self) -> Rows:
        """The incidents that took longest."""
        return self._of("longest")[:MOST]

    @property
    def affected(self) -> Rows:
        """The components with the most downtime."""
        return self._of("affected")[:MOST]

    @property
    def open_incidents(self) -> Rows:
        """The open incidents."""
        return self._now("open_incidents")

    @property
    def current_incidents(self) -> Rows:
        """The open incidents, except those that have had no update for very long."""
        return [row for row in self.open_incidents if not row["is_forgotten"]]

    @property
    def severe_incidents(self) -> Rows:
        """Those of them that are critical or major."""
        return [row for row in self.current_incidents if row["severity"] in SEVERE]

    @property
    def troubled_components(self) -> Rows:
        """The components that are not operational, except those under maintenance."""
        return [row for row in self._now("troubled_components") if row["status"] != "maintenance"]

    @property
    def under_way(self) -> Rows:
        """The maintenance in progress."""
        return [row for row in self._now("maintenance") if row["status"] == "in_progress"]

    @property
    def availabilities(self) -> list[Availability]:
        """The uptime of all components together, for each length of time."""
        rows = self._now("uptime")
        found = []
        for days in self._facts.periods:
            counted = sum(row[f"counted_{days}"] or 0 for row in rows)
            lost = sum(row[f"lost_{days}"] or 0 for row in rows)
            found.append(Availability(days, 1 - lost / counted if counted else None))
        return found

    @property
    def busiest(self) -> Mapping[str, Any] | None:
        """The person who was on call longest, with their totals for the period."""
        return next(iter(self.people), None)

    @property
    def people(self) -> Rows:
        """The load of each person, the highest first."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in self._of("on_call"):
            person = found.setdefault(
                (row["source"], row["account"], row["person_id"]),
                {"person": row["person"], "hours": 0, "outside": 0, "pages": 0, "pages_outside": 0, "nights": 0},
            )
            person["hours"] += row["hours_on_call"]
            person["outside"] += row["hours_outside_business_hours"]
            person["pages"] += row["pages"]
            person["pages_outside"] += row["pages_outside_business_hours"]
            person["nights"] += row["interrupted_nights"]
        return sorted(found.values(), key=lambda person: (-person["hours"], -person["pages"], person["person"]))

    @property
    def alerts(self) -> Mapping[str, Any] | None:
        """The alert figures; None if there are no alerts."""
        return next((row for row in self._rows["alerts"] if self.scope.is_of(row) and row["alerts"]), None)

    @property
    def alerts_per_incident(self) -> float | None:
        """Alerts per incident, in the accounts that have alerts; None if they have no incidents."""
        alerts = {(row["source"], row["account"]): row["alerts"] for row in self._of_accounts("alerts")}
        opened = sum(
            row["opened"] for row in self._of_accounts("incidents") if (row["source"], row["account"]) in alerts
        )
        return sum(alerts.values()) / opened if opened else None

    @property
    def action_items(self) -> Rows:
        """The open action items, the oldest first."""
        return self._now("action_items")

    @property
    def without_retrospective(self) -> Rows:
        """The severe incidents without a published retrospective."""
        return self._of("without_retrospective")

    @property
    def newest_row_at(self) -> Any:
        """The latest time in any loaded row; None if there is none."""
        return max((row["newest_row_at"] for row in self._now("loads") if row["newest_row_at"]), default=None)

    @property
    def stale_accounts(self) -> list[tuple[str, Any]]:
        """The accounts whose newest row is older than two days, with its time, the oldest first."""
        newest: dict[str, Any] = {}
        for row in self._now("loads"):
            name = f"{product_name(row['source'])}: {row['account']}"
            moment = row["newest_row_at"]
            if moment and (newest.get(name) is None or moment > newest[name]):
                newest[name] = moment
        old = [(name, moment) for name, moment in newest.items() if (self._facts.until - moment).days >= STALE_DAYS]
        return sorted(old, key=lambda pair: pair[1])

    @property
    def cannot_be_measured(self) -> dict[str, int]:
        """Number of incidents excluded from some figures, by the reason."""
        rows = self._now("loads")
        return {name: total for name in DOUBTS if (total := sum(row[name] or 0 for row in rows))}

    def _of(self, name: str) -> Rows:
        return [row for row in self._rows[name] if self.scope.holds(row)]

    def _of_accounts(self, name: str) -> Rows:
        return [row for row in self._rows[name] if row["account"] is not None and self.scope.holds(row)]

    def _now(self, name: str) -> Rows:
        return self._facts.now_in(self.scope, name)


STALE_DAYS = 2
SEVERE = ("critical", "major")
DOUBTS = {
    "ends_before_start": "end before they begin: their times are not counted",
    "resolved_at_unknown_time": "are resolved at an unknown time: no time and no downtime is counted",
    "forgotten": "have been open for very long without an update: their downtime has stopped counting",
    "unknown_severity": "are of unknown severity",
    "without_component": "name no component: no downtime is counted",
}
