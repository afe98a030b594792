"""The charts: the title, query and table of each, and its Vega-Lite specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SEVERITIES = ("critical", "major", "minor", "none", "unknown")
WIDTH = 620
"""Width in pixels of the drawings that the page shows before its script runs, and in print."""
HEIGHT = 200
ROW_HEIGHT = 24

# The page's style sheet defines these for light mode, dark mode and print.
COLOURS = {
    name: f"var(--{name})" for name in ("critical", "major", "minor", "none", "unknown", "ink", "muted", "accent")
}
TIME_TICKS = (10, 60, 600, 3_600, 21_600, 86_400, 432_000, 2_592_000, 15_552_000)
TIME_LABEL = (
    "datum.value < 60 ? datum.value + ' s' : datum.value < 3600 ? datum.value / 60 + ' min'"
    " : datum.value < 86400 ? datum.value / 3600 + ' h' : datum.value / 86400 + ' d'"
)

_TEXT = {
    "labelColor": COLOURS["muted"],
    "titleColor": COLOURS["muted"],
    "labelFontSize": 12,
    "titleFontSize": 12,
}
LOOK: Mapping[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        "titleFontWeight": "normal",
        "grid": False,
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "gridColor": "var(--line)",
    },
    "legend": {**_TEXT, "orient": "top", "title": None, "symbolStrokeWidth": 2, "labelLimit": 200},
    "bar": {"color": COLOURS["accent"]},
}
"""The configuration that all charts share."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        name: Identifies it in the page.
        title: What it shows.
        query: The query for its data.
        columns: The columns of its table of numbers: column of the rows and heading.
        draw: Makes the specification.
        each: The column of which each value has a row of its own in the drawing, whose height grows with their number.
    """

    name: str
    title: str
    query: str
    columns: Mapping[str, str]
    draw: Callable[[], Any]
    each: str | None = None

    def specification(self) -> dict[str, Any]:
        """The specification without rows: they are the data set `rows`."""
        fit = alt.AutoSizeParams(type="fit-x", contains="padding")
        size = {"width": "container", "height": HEIGHT, "autosize": fit}
        chart = self.draw().properties(data=alt.NamedData(name="rows"), **size)
        return {**chart.to_dict(), "config": LOOK}

    def with_rows(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The specification with these rows.

        Args:
            rows: The rows.
        """
        size = {"width": WIDTH}
        if self.each is not None:
            size["height"] = ROW_HEIGHT * len({row[self.each] for row in rows})
        return {**self.specification(), **size, "data": {"name": "rows", "values": list(rows)}}


def _buckets() -> alt.X:
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8)
    return alt.X("label:O", title=None, sort=None, axis=axis)


def _count(channel: type[alt.X | alt.Y], column: str, title: str | None = None) -> alt.X | alt.Y:
    # Incidents are whole numbers.
    axis = alt.Axis(grid=True, tickCount=4, labelExpr="datum.value % 1 ? '' : format(datum.value, ',d')", domain=False)
    return channel(f"{column}:Q", title=title or column, axis=axis)


def _opened() -> Any:
    return (
        alt.Chart()
        .mark_bar()
        .encode(
            _buckets(),
            _count(alt.Y, "incidents"),
            alt.Color(
                "severity:N",
                scale=alt.Scale(domain=list(SEVERITIES), range=[COLOURS[name] for name in SEVERITIES]),
            ),
            alt.Order("rank:Q"),
            [alt.Tooltip("label:N", title="from"), "severity:N", "incidents:Q"],
        )
    )


def _times() -> Any:
    return (
        alt.Chart()
        .mark_line(point=alt.OverlayMarkDef(size=36), strokeWidth=2)
        .encode(
            _buckets(),
            alt.Y(
                "seconds:Q",
                title=None,
                scale=alt.Scale(type="log", nice=False, padding=8),
                axis=alt.Axis(
                    grid=True, values=list(TIME_TICKS), labelExpr=TIME_LABEL, labelOverlap="greedy", domain=False
                ),
            ),
            alt.Color(
                "figure:N",
                scale=alt.Scale(domain=["median", "90th percentile"], range=[COLOURS["accent"], COLOURS["muted"]]),
            ),
            alt.StrokeDash("figure:N", scale=alt.Scale(domain=["median", "90th percentile"], range=[[1, 0], [5, 4]])),
            tooltip=[alt.Tooltip("label:N", title="from"), "figure:N", alt.Tooltip("time:N", title="time")],
        )
    )


def _distribution() -> Any:
    return (
        alt.Chart()
        .mark_bar()
        .encode(
            _count(alt.X, "incidents"),
            alt.Y("took:O", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False)),
            tooltip=[alt.Tooltip("took:N", title="took"), "incidents:Q"],
        )
    )


def _load() -> Any:
    hours = ["in business hours", "outside business hours"]
    return (
        alt.Chart()
        .mark_bar()
        .encode(
            alt.X("hours:Q", title="hours on call", axis=alt.Axis(grid=True, tickCount=5, domain=False)),
            alt.Y("person:N", title=None, sort=None, axis=alt.Axis(labelLimit=160, domain=False, ticks=False)),
            alt.Color("when:N", scale=alt.Scale(domain=hours, range=["var(--calm)", COLOURS["accent"]])),
            alt.Order("rank:Q"),
            tooltip=["person:N", "when:N", alt.Tooltip("hours:Q", format=".1f")],
        )
    )


def _pages() -> Any:
    return (
        alt.Chart()
        .mark_rect(color=COLOURS["accent"], stroke="var(--paper)", strokeWidth=2)
        .encode(
            alt.X("week:O", title="week from", axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8)),
            alt.Y("person:N", title=None, sort=None, axis=alt.Axis(labelLimit=160, domain=False, ticks=False)),
            alt.Opacity("pages:Q", title="pages", scale=alt.Scale(type="sqrt", range=[0.06, 1], domainMin=0)),
            tooltip=["person:N", alt.Tooltip("week:N", title="week from"), "pages:Q"],
        )
    )


def _follow_up() -> Any:
    states = ["overdue", "not overdue"]
    return (
        alt.Chart()
        .mark_bar()
        .encode(
            alt.X("age:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=False)),
            _count(alt.Y, "items", "open action items"),
            alt.Color("state:N", scale=alt.Scale(domain=states, range=[COLOURS["major"], "var(--calm)"])),
            tooltip=[alt.Tooltip("age:N", title="age"), "state:N", "items:Q"],
        )
    )


CHARTS = (
    Chart(
        "opened",
        "Incidents that began, by {bucket} and severity",
        "opened",
        {"label": "from", "severity": "severity", "incidents": "incidents"},
        _opened,
    ),
    *(
        chart
        for measure, verb in (("acknowledge", "acknowledged"), ("mitigate", "mitigated"), ("resolve", "resolved"))
        for chart in (
            Chart(
                f"times_{measure}",
                f"How long until incidents were {verb}, by {{bucket}} of their start",
                "times",
                {"label": "from", "figure": "figure", "time": "time"},
                _times,
            ),
            Chart(
                f"distribution_{measure}",
                f"How many incidents were {verb} within which time",
                "distribution",
                {"took": "took", "incidents": "incidents"},
                _distribution,
            ),
        )
    ),
    Chart(
        "load",
        "Hours on call, by person",
        "on_call",
        {"person": "person", "when": "when", "hours": "hours"},
        _load,
        "person",
    ),
    Chart(
        "pages",
        "Pages, by person and week",
        "on_call",
        {"person": "person", "week": "week from", "pages": "pages"},
        _pages,
        "person",
    ),
    Chart(
        "follow_up",
        "Open action items, by age",
        "action_items",
        {"age": "age", "state": "state", "items": "items"},
        _follow_up,
    ),
)
"""All charts, in the order of the page."""
