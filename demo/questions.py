"""Three questions about operations, and the queries on the models that answer them."""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """A question, and the SQL that answers it."""

    text: str
    query: str


QUESTIONS = (
    Question(
        "How many incidents does each product tell of, how bad were they, and how long did half of them take at most?",
        """\
SELECT source, severity, count(*) AS incidents, count(*) FILTER (is_open) AS still_open,
  round(median(seconds_to_resolve) / 60) AS median_minutes_to_resolve
FROM status.fct_incident WHERE is_counted
GROUP BY ALL ORDER BY source, incidents DESC, severity""",
    ),
    Question(
        "Which components were down most in the first half of 2026?",
        """\
SELECT source, name, round(100 * sum(uptime * (seconds - seconds_maintenance)) / sum(seconds - seconds_maintenance), 2)
    AS uptime_percent,
  round(sum(seconds_major_outage) / 3600) AS hours_of_major_outage,
  round(sum(seconds_partial_outage) / 3600) AS hours_of_partial_outage
FROM status.component_day JOIN status.dim_component USING (source, account, component_id)
WHERE day BETWEEN '2026-01-01' AND '2026-06-30' AND uptime IS NOT NULL AND is_in_use
GROUP BY source, account, component_id, name ORDER BY uptime_percent, source, component_id LIMIT 5""",
    ),
    Question(
        "Who carries the load on call?",
        """\
SELECT person_name AS person, count(*) AS weeks, round(sum(hours_on_call)) AS hours,
  round(sum(hours_outside_business_hours)) AS outside_business_hours,
  sum(pages) AS pages, sum(interrupted_nights) AS interrupted_nights
FROM status.oncall_week
GROUP BY account, person_id, person_name ORDER BY hours DESC, pages DESC, person_id LIMIT 5""",
    ),
)
