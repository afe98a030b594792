"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from status_report.formats import counted, duration, moment, number, percent


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "\u2013"),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (12_000, "3 h 20 min"),
        (90_000, "25 h"),
        (172_800, "2 d"),
        (367_200, "4 d 6 h"),
    ],
)
def test_a_length_of_time_has_two_units_at_most(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "\u2013"), (1.0, "100\u202f%"), (0.99999, "99.99\u202f%"), (0.9999, "99.99\u202f%"), (0.0, "0.00\u202f%")],
)
def test_what_was_down_for_a_second_is_not_up_for_a_hundred_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_numbers_read_the_same_everywhere() -> None:
    assert number(1_234_567) == "1\u202f234\u202f567"
    assert number(2.25) == "2.2"
    assert counted(1, "incident") == "1 incident"
    assert counted(2, "person", "people") == "2 people"


def test_times_are_in_the_zone_that_was_asked_for() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    assert moment(noon, ZoneInfo("Europe/Berlin")) == "2026-07-01 14:00"
    assert moment(None, ZoneInfo("UTC")) == "\u2013"
