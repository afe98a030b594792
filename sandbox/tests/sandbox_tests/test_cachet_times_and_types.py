from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sandbox.cachet.times import relative_words

if TYPE_CHECKING:
    from .client import CachetClient

UTC = timezone.utc


def attributes(client: CachetClient, path: str) -> Any:
    return client.json(path, "full")["data"]["attributes"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds ago"),
        (1, "1 second ago"),
        (-44 * 60, "44 minutes from now"),
        (3 * 86400, "3 days ago"),
        (-15 * 86400, "2 weeks from now"),
        (310 * 86400, "10 months ago"),
        (800 * 86400, "2 years ago"),
    ],
)
def test_words_age(seconds: int, words: str) -> None:
    assert relative_words(seconds) == words


def test_times_are_local_without_an_offset_and_one_hour_comes_twice(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    for hour in (0, 1):
        store.insert("incidents", name="x", occurred_at=datetime(2025, 10, 26, hour, 30, tzinfo=UTC))
    assert attributes(empty, "/incidents/1")["occurred"]["string"] == "2025-10-26 00:30:00"
    empty.box.cachet.settings.timezone = "Europe/Berlin"
    told = [attributes(empty, f"/incidents/{number}")["occurred"]["string"] for number in (1, 2)]
    assert told == ["2025-10-26 02:30:00", "2025-10-26 02:30:00"]


def test_no_time_is_an_object_of_nulls(empty: CachetClient) -> None:
    empty.box.cachet.store.insert("incidents", name="x")
    assert attributes(empty, "/incidents/1")["occurred"] == {"human": None, "string": None}


def test_a_local_time_that_is_written_is_read_in_the_same_zone(fresh: CachetClient) -> None:
    fresh.box.cachet.settings.timezone = "America/New_York"
    answer = fresh.write("POST", "/schedules", name="S", scheduled_at="2099-06-01 08:00:00").json()
    assert answer["data"]["attributes"]["scheduled"]["string"] == "2099-06-01 08:00:00"
    row = fresh.box.cachet.store.rows("schedules")[-1]
    assert row["scheduled_at"] == datetime(2099, 6, 1, 12, tzinfo=UTC)


def test_the_status_of_a_schedule_is_that_of_the_moment(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    now = datetime.now(UTC).replace(microsecond=0)
    store.insert("schedules", name="x", scheduled_at=now + timedelta(hours=1))
    assert attributes(empty, "/schedules/1")["status"] == {"human": "Upcoming", "value": 0}
    store.update("schedules", 1, scheduled_at=now - timedelta(hours=1))
    assert attributes(empty, "/schedules/1")["status"] == {"human": "In progress", "value": 1}
    store.update("schedules", 1, completed_at=now)
    assert attributes(empty, "/schedules/1")["status"] == {"human": "Complete", "value": 2}


def test_the_latest_status_of_a_component_is_the_worst_that_is_going_on(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    store.insert("components", name="x", status=1)
    store.insert("incidents", name="x", status=1)
    store.insert("incident_components", incident_id=1, component_id=1, component_status=3)
    assert attributes(empty, "/components/1")["latest_status"]["value"] == 3
    assert attributes(empty, "/components/1")["status"]["value"] == 1
    store.update("components", 1, status=4)
    assert attributes(empty, "/components/1")["latest_status"]["value"] == 4
    store.update("components", 1, status=2)
    store.update("incidents", 1, status=4)
    assert attributes(empty, "/components/1")["latest_status"]["value"] == 2
    store.insert("schedules", name="x", scheduled_at=datetime(2026, 1, 1, tzinfo=UTC))
    store.insert("schedule_components", schedule_id=1, component_id=1, component_status=6)
    assert attributes(empty, "/components/1")["latest_status"]["value"] == 2
    store.update("components", 1, status=1)
    assert attributes(empty, "/components/1")["latest_status"]["value"] == 6


def test_the_page_has_a_status(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    assert empty.json("/status")["data"]["status"] == "operational"
    for _ in range(4):
        store.insert("components", name="x", status=1)
    store.update("components", 1, status=2)
    assert empty.json("/status")["data"]["status"] == "partial_outage"
    store.update("components", 1, status=4)
    store.update("components", 2, status=4)
    assert empty.json("/status")["data"]["status"] == "major_outage"


def test_decimals_and_bools_differ_by_database(empty: CachetClient) -> None:
    settings, store = empty.box.cachet.settings, empty.box.cachet.store
    store.insert("metrics", name="x", default_value=28.5)
    store.insert("metrics", name="y", default_value=None)
    store.insert("incidents", name="x", notifications=True)
    seen = []
    databases: Any = ("sqlite", "mariadb", "postgresql")
    for settings.database in databases:
        default = attributes(empty, "/metrics/1")["default_value"]
        seen.append((default, attributes(empty, "/incidents/1")["notifications"]))
        assert attributes(empty, "/metrics/2")["default_value"] is None
    assert [repr(pair) for pair in seen] == ["(28.5, 1)", "('28.500', 1)", "('28.500', True)"]


def test_whole_floats_are_printed_as_integers(empty: CachetClient) -> None:
    store = empty.box.cachet.store
    store.insert("metrics", name="x")
    store.insert("metric_points", metric_id=1, value=7.5, counter=2)
    text = empty.ask("/metrics/1/points").text
    assert '"calculated_value":15,"value":7.5' in text
