"""The page in a browser whose network is cut: it asks for nothing, draws everything, and its figures are the marts'."""

from __future__ import annotations

import statistics
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from status_report.charts import CHARTS
from status_report.facts import DEFAULT_DAYS, PERIODS
from status_report.formats import duration, number, percent

from .conftest import page_of
from .marts import HOUR, NOW, a_year

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .browser import Browser, Opened
    from .marts import Marts

SCOPES = ("All sources", "Cachet", "Rootly")
NASTY = '<script>window.planted = 1</script><img src=x onerror="window.planted = 2">{}'
MARKS = "svg .mark-rect path, svg .mark-symbol path, svg .mark-line path"


def began(marts: Marts, scope: str, days: int) -> list[dict[str, Any]]:
    """The incidents of a scope that began in the last days."""
    since = NOW - timedelta(days=days)
    return [
        row
        for row in marts.rows["fct_incident"]
        if scope in ("All sources", row["source"].capitalize()) and row["started_at"] > since
    ]


def median(rows: list[dict[str, Any]]) -> float | None:
    known = [row["seconds_to_resolve"] for row in rows if row["seconds_to_resolve"] is not None]
    return statistics.median(known) if known else None


@pytest.fixture(scope="module")
def year_opened(browser: Browser, year_page: Path) -> Iterator[Opened]:
    """The page of a year, opened once for the tests that look at it or set its filters."""
    with browser.open_apart(year_page) as opened:
        yield opened


@pytest.fixture
def opened(year_opened: Opened) -> Opened:
    """The page of a year, as it is when it is opened."""
    year_opened.choose(scope="All sources", days=DEFAULT_DAYS)
    return year_opened


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [375, 768, 1440])
def test_it_asks_for_nothing_complains_of_nothing_and_fits_the_window(
    browser: Browser, year_page: Path, width: int, *, dark: bool
) -> None:
    with browser.open(year_page, width=width, dark=dark) as opened:
        assert opened.requests == []
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def test_every_chart_is_drawn_with_marks_and_has_its_numbers_and_its_query_beside_it(opened: Opened) -> None:
    # Nothing of these marts was mitigated.
    drawn = [chart.name for chart in CHARTS if "mitigate" not in chart.name]
    for name in drawn:
        figure = opened.page.locator(f'[data-chart="{name}"]')
        assert figure.is_visible(), name
        assert figure.locator(MARKS).count() > 0, name
        assert figure.locator(".scroll tbody tr").count() > 0, name
        assert "from" in (figure.locator("pre").text_content() or ""), name
    assert opened.page.locator('[data-chart="times_mitigate"]').is_hidden()


def test_without_a_script_the_same_figures_and_drawings_are_there(
    browser: Browser, year_page: Path, opened: Opened
) -> None:
    figures = opened.figures("incidents")
    with browser.open(year_page, script=False) as plain:
        assert plain.page.locator('[data-chart="opened"] .mark-rect path').count() > 0
        assert plain.page.locator(".filters").is_hidden()
        shown = plain.page.locator("#incidents .figure dt").all_text_contents()
        assert shown == list(figures)


def test_figures_and_lists_are_those_of_the_marts_in_each_scope_and_period(opened: Opened, year: Marts) -> None:
    for scope in SCOPES:
        for days in PERIODS:
            opened.choose(scope=scope, days=days)
            rows = began(year, scope, days)
            figures = opened.figures("incidents")
            assert figures["Began"] == number(len(rows)), (scope, days)
            assert figures["Resolved"] == number(
                sum(
                    bool(row["resolved_at"] and row["resolved_at"] > NOW - timedelta(days=days))
                    for row in began(year, scope, 400)
                )
            )
            assert opened.table(f"Of the incidents that began in these {days} days")[2][1] == duration(median(rows))
            longest = opened.table("The longest incidents")
            took = sorted(
                (row["seconds_to_resolve"] or (NOW - row["started_at"]).total_seconds() for row in rows),
                reverse=True,
            )
            assert [line[3].removesuffix(" so far") for line in longest] == [duration(each) for each in took[:10]]
            chart = opened.page.locator('[data-chart="opened"] .scroll tbody tr').all()
            drawn = sum(int(row.locator("td").nth(2).text_content() or 0) for row in chart)
            # A chart begins with a whole week or month.
            assert drawn >= len(rows)


def test_a_chart_by_month_adds_up_to_the_months_of_the_incidents(opened: Opened, year: Marts) -> None:
    opened.choose(days=365)
    rows = opened.page.evaluate(
        """[...document.querySelectorAll('[data-chart="opened"] .scroll tbody tr')]
          .map((row) => [...row.cells].map((cell) => cell.textContent))"""
    )
    by_month: dict[str, int] = {}
    for month, _, count in rows:
        by_month[month] = by_month.get(month, 0) + int(count)
    expected: dict[str, int] = {f"{2025 + (4 + at) // 12}-{(4 + at) % 12 + 1:02}": 0 for at in range(13)}
    for row in year.rows["fct_incident"]:
        if (month := f"{row['started_at']:%Y-%m}") in expected:
            expected[month] += 1
    assert by_month == expected


def test_the_worst_component_is_the_one_with_most_downtime(opened: Opened) -> None:
    strips = opened.table("Components, the worst of 90 days first")
    affected = opened.table("The most affected components")
    answers = opened.page.locator("#answers").inner_text()
    # Component 4 is down for 8 hours on each day whose number ends in 4: on 9 of 90 days.
    assert [line[0].split("\n")[0] for line in affected] == ["Component 4", "Component 3", "Component 2", "Component 1"]
    assert affected[0][1] == duration(9 * 8 * HOUR)
    # A day of maintenance has an hour less to be up in.
    assert strips[0][0].startswith("Component 4")
    assert strips[0][3] == percent(1 - 9 * 8 / (90 * 24 - 1))
    assert "Component 4" in answers


def test_lists_of_the_present_follow_the_source(opened: Opened) -> None:
    assert [line[0] for line in opened.table("Open incidents")] == ["Incident 0\nComponent 0"]
    opened.choose(scope="Rootly")
    assert opened.page.locator("#now table", has_text="Open incidents").is_hidden()
    assert {line[-1] for line in opened.table("Tables")} == {"Rootly"}


def test_what_was_chosen_stands_in_the_address(browser: Browser, year_page: Path) -> None:
    with browser.open(year_page) as opened:
        opened.choose(scope="Cachet", days=30)
        opened.page.reload()
        opened.page.wait_for_function("document.documentElement.dataset.shown")
        assert opened.page.locator("#scope option:checked").text_content() == "Cachet"
        assert opened.figures("incidents")["Began"] == "3"


def test_keyboard_and_screen_reader_find_their_way(browser: Browser, year_page: Path) -> None:
    with browser.open(year_page) as opened:
        page = opened.page
        headings = page.locator("h1, h2").all_text_contents()
        assert len(page.locator("h1").all()) == 1
        assert headings[1:] == [
            "Now",
            "Incidents",
            "Time to acknowledge, mitigate, resolve",
            "Uptime",
            "On call",
            "Follow-up",
            "Data",
        ]
        for landmark in ("header", "nav", "main", "footer"):
            assert page.locator(landmark).count() == 1, landmark
        assert page.locator("section:not([aria-labelledby]):not([aria-label])").count() == 0
        assert page.locator("table:not(:has(caption))").count() == page.locator(".scroll table").count()
        assert page.locator(".strip svg:not([aria-label])").count() == 0
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


def test_printed_it_has_no_filters_and_keeps_its_charts(browser: Browser, year_page: Path) -> None:
    with browser.open(year_page, dark=True) as opened:
        opened.page.emulate_media(media="print")
        assert opened.page.locator(".filters").is_hidden()
        assert opened.page.locator('[data-chart="opened"] svg').is_visible()
        paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    "name",
    [NASTY, "\u202bמערכת {} תשלומים", "Overlong" * 40 + " {}"],
    ids=["markup", "right to left", "very long"],
)
def test_odd_names_are_shown_as_they_are_and_break_nothing(browser: Browser, tmp_path: Path, name: str) -> None:
    marts = a_year(name)
    for rows in marts.rows.values():
        for row in rows:
            for column in ("url", "message", "summary", "description"):
                if row.get(column):
                    row[column] = name.format(row[column])
    file = page_of(marts, tmp_path, title=name.format("Report"))
    for width in (375, 1440):
        with browser.open(file, width=width) as opened:
            opened.choose(scope="Rootly", days=365)
            assert opened.requests == []
            assert opened.complaints == []
            assert opened.page.evaluate("window.planted") is None
            assert opened.page.evaluate("document.documentElement.scrollWidth") == width
            assert opened.page.locator("h1").text_content() == name.format("Report")
            assert opened.page.locator("main script, main img").count() == 0


def test_figures_of_on_call_follow_up_and_data_are_those_of_the_marts(opened: Opened, year: Marts) -> None:
    opened_at_rootly = len(began(year, "Rootly", 90))
    assert opened.figures("on-call") == {
        "Alerts": "8",
        "Pages": "24",
        "Noise": percent(2 / 8),
        "Part of an incident": "8",
        "Alerts per incident": number(8 / opened_at_rootly),
        "Acknowledged within": "1 min",
    }
    # Ten weeks of 42, 41 and 40 hours, 10 of each outside business hours, with 2, 1 and 0 pages.
    assert opened.table("Load by person") == [
        ["Person 2", "420", "100", "20", "0", "0"],
        ["Person 1", "410", "100", "10", "0", "0"],
        ["Person 0", "400", "100", "0", "0", "0"],
    ]
    # Of the major incidents 1, 5, 9 and 13, the first has a retrospective.
    assert opened.figures("follow-up") == {
        "Open action items": "8",
        "Overdue": "3",
        "Without retrospective": "3",
    }
    assert [line[0] for line in opened.table("The oldest action items")] == [f"To do {at}" for at in range(7, -1, -1)]
    assert opened.page.locator(".doubts li").all_text_contents() == [
        "2 incidents have been open for very long without an update: their downtime has stopped counting."
    ]
    assert [line[:2] for line in opened.table("Tables")] == [["cachet.incidents", "30"], ["rootly.incidents", "30"]]
    assert "Up to date" in opened.page.locator("#answers").inner_text()
    assert "Person 2" in opened.page.locator("#answers").inner_text()
