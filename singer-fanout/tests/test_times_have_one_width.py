"""Times as they are written: one width and one offset, so that the order of the texts is that of the instants."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_fanout import earlier, normal_time, parse_utc, utc_text

MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.timezones(),
)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 5, 24, 18, 42, 11, tzinfo=timezone.utc), "2026-05-24T18:42:11.000000Z"),
        (datetime(2026, 5, 24, 18, 42, 11, 500, tzinfo=timezone.utc), "2026-05-24T18:42:11.000500Z"),
        (datetime(2026, 5, 24, 20, 42, 11, tzinfo=ZoneInfo("Europe/Berlin")), "2026-05-24T18:42:11.000000Z"),
        (
            datetime(2026, 5, 24, 13, 12, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
            "2026-05-24T18:42:00.000000Z",
        ),
        (datetime(1, 1, 2, tzinfo=timezone.utc), "0001-01-02T00:00:00.000000Z"),
    ],
)
def test_a_time_is_written_in_utc_to_the_microsecond(moment: datetime, text: str) -> None:
    assert utc_text(moment) == text


@settings(deadline=None)
@given(MOMENTS, MOMENTS)
def test_texts_sort_as_their_instants_do(one: datetime, other: datetime) -> None:
    assert (utc_text(one) < utc_text(other)) == (one.astimezone(timezone.utc) < other.astimezone(timezone.utc))


@settings(deadline=None)
@given(MOMENTS)
def test_what_is_written_is_read_back(moment: datetime) -> None:
    assert parse_utc(utc_text(moment)) == moment.astimezone(timezone.utc)


def test_an_earlier_time_has_the_same_form() -> None:
    assert earlier("2026-05-24T18:42:11Z", 12.5) == "2026-05-24T18:41:58.500000Z"


def test_a_time_is_written_in_one_form_however_it_was_sent() -> None:
    for sent in ("2026-05-24T18:42:11Z", "2026-05-24T20:42:11+02:00", "2026-05-24T18:42:11", "2026-05-24 18:42:11.000"):
        assert normal_time(sent) == "2026-05-24T18:42:11.000000Z"
    with pytest.raises(ValueError, match=r"\S"):
        normal_time("tomorrow")
