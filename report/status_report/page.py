"""The page: a single HTML file without external resources."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import partial
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from status_report import formats, marts
from status_report.chart_rows import chart_rows
from status_report.charts import CHARTS, ROW_HEIGHT
from status_report.drawings import drawing, libraries
from status_report.facts import DEFAULT_DAYS, gather
from status_report.queries import STRIP_DAYS
from status_report.scopes import Scope, product_name
from status_report.strips import STATES, described, state_of, strip
from status_report.views import DOUBTS, View

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from status_report.database import Database
    from status_report.facts import Facts

MOST_OPEN = 200
"""Maximum number of rows in a list of open items."""
FRAGMENTS = (
    "summary",
    "incidents",
    "by_account",
    "longest",
    "affected",
    "times",
    "availability",
    "on_call",
    "follow_up",
    "doubts",
)
SECTIONS = {
    "now": ("Now", ("open_incidents", "troubled_components", "maintenance")),
    "incidents": ("Incidents", ("incidents",)),
    "times": ("Times", ("incidents",)),
    "uptime": ("Uptime", ("uptime",)),
    "on-call": ("On call", ("on_call", "alerts")),
    "follow-up": ("Follow-up", ("action_items", "without_retrospective")),
    "data": ("Data", ("loads",)),
}
"""Each section: its heading in the list of sections, and the queries of which at least one must have rows."""


def make_page(database: Database, *, schema: str, until: datetime, zone: ZoneInfo, title: str) -> str:
    """Make the page.

    Args:
        database: The database with the marts.
        schema: Their schema.
        until: The time to treat as now.
        zone: The zone of times, weeks and months.
        title: Title of the page.

    Raises:
        ReportError: The marts are missing or of another version.
    """
    marts.check(database, schema)
    facts = gather(database, schema, until, zone)
    environment = _environment(facts)
    view = View(facts, Scope(), DEFAULT_DAYS)
    return environment.get_template("page.html.j2").render(
        facts=facts,
        view=view,
        title=title,
        schema=schema,
        version=version("status-report"),
        style=_file("page.css"),
        script=_file("page.js"),
        vega=Markup(libraries()),  # noqa: S704 - code of our own dependency
        views=_data(environment, facts),
        sections={name: heading for name, (heading, needed) in SECTIONS.items() if facts.any_of(*needed)},
        charts=_charts(facts, view),
        components=_components(facts),
        loads=facts.now["loads"],
        most_open=MOST_OPEN,
        states=STATES,
        strip_days=STRIP_DAYS,
    )


def _environment(facts: Facts) -> Environment:
    environment = Environment(
        loader=PackageLoader("status_report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": formats.number,
        "counted": formats.counted,
        "duration": formats.duration,
        "percent": formats.percent,
        "plain": formats.plain,
        "day": formats.day,
        "moment": partial(formats.moment, zone=facts.zone),
        "age": lambda moment: _age(moment, facts.until),
        "product": product_name,
    }
    environment.globals["doubts_told"] = DOUBTS
    return environment


def _age(moment: datetime | None, until: datetime) -> str:
    if moment is None:
        return ""
    return f"for {formats.duration((until - moment).total_seconds())}" if moment < until else "to come"


def _file(name: str) -> Markup:
    return Markup(files("status_report.templates").joinpath(name).read_text())  # noqa: S704 - our own file


def _data(environment: Environment, facts: Facts) -> Markup:
    """What the page's script shows for each scope and period, as JSON that can be embedded in HTML."""
    fragments = environment.get_template("fragments.html.j2").module
    views = {}
    for scope in facts.scopes:
        for days in facts.periods:
            view = View(facts, scope, days)
            views[view.key] = {
                "fragments": {name: str(getattr(fragments, name)(view, facts)).strip() for name in FRAGMENTS},
                "charts": {
                    name: [list(row.values()) for row in rows]
                    for name, rows in chart_rows(facts, scope, days).items()
                    if rows
                },
            }
    fields = {
        name: list(rows[0])
        for scope in facts.scopes
        for days in facts.periods
        for name, rows in chart_rows(facts, scope, days).items()
        if rows
    }
    charts = {
        chart.name: {
            "specification": chart.specification(),
            "titles": {days: chart.title.format(bucket=facts.period(days).bucket) for days in facts.periods},
            "fields": fields.get(chart.name, []),
            "shown": list(chart.columns),
            "each": chart.each,
        }
        for chart in CHARTS
    }
    told = {"days": DEFAULT_DAYS, "rowHeight": ROW_HEIGHT, "views": views, "charts": charts, "queries": facts.queries}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no HTML markup is left in it


def _charts(facts: Facts, view: View) -> dict[str, dict[str, Any]]:
    """The charts as shown before the page's script runs."""
    rows = chart_rows(facts, view.scope, view.days)
    return {
        chart.name: {
            "title": chart.title.format(bucket=facts.period(view.days).bucket),
            "query": chart.query,
            "columns": chart.columns,
            "rows": rows[chart.name],
            "drawing": Markup(drawing(chart.with_rows(rows[chart.name])) if rows[chart.name] else ""),  # noqa: S704 - Vega escapes texts
        }
        for chart in CHARTS
    }


def _components(facts: Facts) -> list[dict[str, Any]]:
    """The components with their strips and shares of uptime, the worst first."""
    last = facts.until.astimezone(timezone.utc).date()
    troubled: dict[tuple[str, str, str], dict[Any, str]] = {}
    for day in facts.now["troubled_days"]:
        key = (day["source"], day["account"], day["component_id"])
        troubled.setdefault(key, {})[day["day"]] = state_of(day)
    found = []
    for row in facts.now["uptime"]:
        key = (row["source"], row["account"], row["component_id"])
        first = max(row["first_day"], last - timedelta(days=STRIP_DAYS))
        bars = strip(troubled.get(key, {}), first, last, STRIP_DAYS)
        shares = {days: _share(row[f"lost_{days}"], row[f"counted_{days}"]) for days in facts.periods}
        found.append({**row, "bars": bars, "described": described(bars), "shares": shares})
    return sorted(found, key=lambda row: (_worst_first(row["shares"][STRIP_DAYS]), row["name"], row["component_id"]))


def _share(lost: float | None, counted: float | None) -> float | None:
    return 1 - (lost or 0) / counted if counted else None


def _worst_first(share: float | None) -> float:
    return 2 if share is None else share
