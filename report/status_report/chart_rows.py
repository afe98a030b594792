"""The rows of each chart, for a scope and a period; empty if there is nothing to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from status_report.charts import SEVERITIES
from status_report.formats import duration
from status_report.queries import BANDS, MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from status_report.facts import Facts, Rows
    from status_report.scopes import Scope

MOST_PEOPLE = 15
AGES = ((7, "under 7 days"), (30, "7 to 30 days"), (90, "30 to 90 days"), (None, "over 90 days"))


def chart_rows(facts: Facts, scope: Scope, days: int) -> dict[str, Rows]:
    """The rows of all charts, by the chart's name.

    Args:
        facts: The data of the marts.
        scope: The page's filter.
        days: Length of the period in days.
    """
    rows = facts.periods[days]
    found = {"opened": _opened(facts, scope, days)}
    for measure in MEASURES:
        found[f"times_{measure}"] = _times(facts, scope, days, measure)
        found[f"distribution_{measure}"] = _distribution(rows["distribution"], scope, measure)
    people = _people(row for row in rows["on_call"] if scope.holds(row))
    found["load"] = _load(people)
    found["pages"] = _pages(people)
    found["follow_up"] = _follow_up(facts.now_in(scope, "action_items"))
    return found


def _opened(facts: Facts, scope: Scope, days: int) -> Rows:
    period = facts.period(days)
    counts = {
        (row["begins"], row["severity"]): row["incidents"] for row in facts.periods[days]["opened"] if scope.is_of(row)
    }
    if not counts:
        return []
    # Weeks and months without incidents have a place on the axis, too.
    present = [severity for severity in SEVERITIES if any(known == severity for _, known in counts)]
    return [
        {
            "label": period.label(begins),
            "severity": severity,
            "rank": SEVERITIES.index(severity),
            "incidents": counts.get((begins, severity), 0),
        }
        for begins in period.buckets
        for severity in present
    ]


def _times(facts: Facts, scope: Scope, days: int, measure: str) -> Rows:
    period = facts.period(days)
    by_bucket = {row["begins"]: row for row in facts.periods[days]["times"] if scope.is_of(row)}
    found = [
        {
            "label": period.label(begins),
            "figure": figure,
            # A logarithmic axis has no zero; anything below a second is drawn as one second.
            "seconds": None if seconds is None else max(seconds, 1),
            "time": duration(seconds),
        }
        for begins in period.buckets
        for figure, column in (("median", "median"), ("90th percentile", "p90"))
        for seconds in [by_bucket.get(begins, {}).get(f"{measure}_{column}")]
    ]
    return found if any(row["seconds"] is not None for row in found) else []


def _distribution(rows: Rows, scope: Scope, measure: str) -> Rows:
    counts = {row["band"]: row["incidents"] for row in rows if row["measure"] == measure and scope.is_of(row)}
    if not counts:
        return []
    names = [f"< {duration(end)}" for end in BANDS] + [f"≥ {duration(BANDS[-1])}"]
    return [{"took": name, "incidents": counts.get(band, 0)} for band, name in enumerate(names)]


def _people(rows: Iterable[Mapping[str, Any]]) -> dict[str, Rows]:
    """The weeks of the people with the highest load, by name, the highest first."""
    weeks: dict[tuple[str, str, str], Rows] = {}
    for row in rows:
        weeks.setdefault((row["source"], row["account"], row["person_id"]), []).append(dict(row))
    ranked = sorted(
        weeks.values(), key=lambda of_one: (-_sum(of_one, "hours_on_call"), -_sum(of_one, "pages"), of_one[0]["person"])
    )
    named: dict[str, Rows] = {}
    for of_one in ranked[:MOST_PEOPLE]:
        name = of_one[0]["person"]
        # Two people with the same name are kept apart.
        named[name if name not in named else f"{name} ({of_one[0]['person_id']})"] = of_one
    return named


def _load(people: Mapping[str, Rows]) -> Rows:
    found = []
    for person, weeks in people.items():
        outside = _sum(weeks, "hours_outside_business_hours")
        hours = (("in business hours", _sum(weeks, "hours_on_call") - outside), ("outside business hours", outside))
        found += [
            {"person": person, "when": when, "rank": rank, "hours": round(value, 1)}
            for rank, (when, value) in enumerate(hours)
        ]
    return found if any(row["hours"] for row in found) else []


def _pages(people: Mapping[str, Rows]) -> Rows:
    weeks = sorted({row["week"] for of_one in people.values() for row in of_one})
    found = [
        {
            "person": person,
            "week": week.isoformat(),
            "pages": sum(row["pages"] for row in of_one if row["week"] == week),
        }
        for person, of_one in people.items()
        for week in weeks
    ]
    return found if any(row["pages"] for row in found) else []


def _follow_up(items: Rows) -> Rows:
    if not items:
        return []
    counts: dict[tuple[str, str], int] = {}
    for item in items:
        age = item["age_days"] or 0
        name = next(name for below, name in AGES if below is None or age < below)
        state = "overdue" if item["is_overdue"] else "not overdue"
        counts[name, state] = counts.get((name, state), 0) + 1
    return [
        {"age": name, "state": state, "items": counts.get((name, state), 0)}
        for _, name in AGES
        for state in ("overdue", "not overdue")
    ]


def _sum(rows: Rows, column: str) -> float:
    return sum(row[column] or 0 for row in rows)
