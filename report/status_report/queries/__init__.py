"""The queries for the page: one SQL template each, and the values of its placeholders."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from status_report.database import Database
    from status_report.periods import Period

MEASURES = ("acknowledge", "mitigate", "resolve")
"""The measured times: the columns `seconds_to_...` of `fct_incident`."""
BANDS = (300, 900, 3_600, 14_400, 43_200, 86_400, 259_200)
"""Upper bounds of the histogram's bins, in seconds; the last bin has none."""
STRIP_DAYS = 90
"""Number of days of a component to draw."""
MOST = 10
"""Number of rows in a list of the longest or the worst."""

# The values are our own dates, numbers and names, and the name of a schema, which is quoted.
_TEMPLATES = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701


class Queries:
    """Queries a database for one period.

    Args:
        database: The database with the marts.
        schema: Their schema.
        period: The period.
        periods: All periods that a reader can choose, in days.
    """

    def __init__(self, database: Database, schema: str, period: Period, periods: Sequence[int]) -> None:
        self._database = database
        self._values = _values(schema, period, periods)

    def text(self, name: str) -> str:
        """A query as it is sent to the database.

        Args:
            name: Its file name, without the extension.
        """
        return _template(name).render(self._values)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a query.

        Args:
            name: Its file name, without the extension.

        Raises:
            ReportError: The database rejects the query.
        """
        return self._database.rows(self.text(name))


@cache
def _template(name: str) -> Template:
    return _TEMPLATES.from_string(files("status_report.queries").joinpath(f"{name}.sql").read_text())


def _values(schema: str, period: Period, periods: Sequence[int]) -> dict[str, Any]:
    today = period.until.astimezone(timezone.utc).date()  # as component_day counts days
    return {
        "marts": '"' + schema.replace('"', '""') + '"',
        "days": period.days,
        "since": _moment(period.since),
        "until": _moment(period.until),
        "before": _moment(period.before),
        "until_day": _day(today),
        "since_day": _day(today - timedelta(days=period.days)),
        "days_ago": lambda days: _day(today - timedelta(days=days)),
        "zone": f"'{period.zone.key}'",
        "bucket": period.bucket,
        "first_bucket": _day(period.buckets[0]),
        "measures": MEASURES,
        "bands": BANDS,
        "periods": periods,
        "strip_days": STRIP_DAYS,
        "most": MOST,
    }


def _moment(value: datetime) -> str:
    return f"timestamp with time zone '{value.isoformat(sep=' ', timespec='seconds')}'"


def _day(value: date) -> str:
    return f"date '{value.isoformat()}'"
