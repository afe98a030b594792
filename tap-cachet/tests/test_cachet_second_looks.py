"""2.x writes a null time as the moment of the answer: two looks more than a second apart tell which is which."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from cachet_runs import settings
from tap_cachet import client
from tap_cachet.records import told_times

from sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from cachet_runs import Row, Run, Tap

    from sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("quick_second_look")
SCHEDULES = "/cachet-v2/api/v1/schedules"
NOW = datetime(2026, 5, 24, 18, 42, 11, tzinfo=timezone.utc)
LATER = NOW + timedelta(seconds=2)


def local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z")


@pytest.fixture
def now(box: Sandbox) -> datetime:
    """The time at which schedule 1 begins, and it has no end."""
    moment = datetime.now(timezone.utc).replace(microsecond=0)
    box.cachet.store.update("schedules", 1, completed_at=None, scheduled_at=moment, deleted_at=None)
    return moment


def without(*ids: int) -> Callable[[bytes], bytes]:
    """Rewrites a list to one that lacks some rows, though its totals tell nothing of it."""

    def rewrite(body: bytes) -> bytes:
        document = json.loads(body)
        document["data"] = [row for row in document["data"] if row["id"] not in ids]
        return json.dumps(document).encode()

    return rewrite


def schedule(run: Run) -> Row:
    assert run.exit_code == 0, run.log
    (row,) = (row for row in run.rows["schedules"] if row["id"] == 1)
    return row


def test_a_row_that_is_missing_from_the_second_look_is_asked_for_again(box: Sandbox, tap: Tap, now: datetime) -> None:
    box.faults.add(Fault("rewrite", SCHEDULES, after=1, times=1, rewrite=without(1)))
    row = schedule(tap(settings(box, server="v2"), only=["schedules"]))
    assert (row["completed_at"], row["scheduled_at"]) == (None, utc(now))
    assert box.requests.count(f"{SCHEDULES}/{{id}}") == 1


def test_a_row_that_is_gone_by_then_keeps_no_moment_for_a_time(box: Sandbox, tap: Tap, now: datetime) -> None:
    box.faults.add(Fault("rewrite", SCHEDULES, after=1, times=1, rewrite=without(1)))
    box.faults.add(Fault("status", f"{SCHEDULES}/{{id}}", status=404))
    row = schedule(tap(settings(box, server="v2"), only=["schedules"]))
    assert (row["completed_at"], row["scheduled_at"]) == (None, None)
    assert now


def test_rows_without_such_times_are_not_asked_for_again(box: Sandbox, tap: Tap, now: datetime) -> None:
    done = box.cachet.store.update(
        "schedules", 2, completed_at=now - timedelta(days=1), updated_at=now - timedelta(days=1), deleted_at=None
    )
    box.faults.add(Fault("rewrite", SCHEDULES, after=1, times=1, rewrite=without(2)))
    run = tap(settings(box, server="v2"), only=["schedules"])
    assert schedule(run)["completed_at"] is None
    assert [row["completed_at"] for row in run.rows["schedules"] if row["id"] == 2] == [utc(done["completed_at"])]
    assert box.requests.count(f"{SCHEDULES}/{{id}}") == 0


def test_a_row_without_a_route_of_its_own_shows_no_moment_for_a_time(box: Sandbox, tap: Tap) -> None:
    points = "/cachet-v2/api/v1/metrics/{id}/points"
    moment = datetime.now(timezone.utc).replace(microsecond=0)
    key = box.cachet.store.rows("metric_points")[0]["id"]
    box.cachet.store.update("metric_points", key, created_at=moment, updated_at=moment)
    box.faults.add(Fault("rewrite", points, after=1, times=None, rewrite=without(key)))
    (metric,) = {row["metric_id"] for row in box.cachet.store.rows("metric_points") if row["id"] == key}
    for row in box.cachet.store.rows("metrics"):
        if row["id"] != metric:
            box.cachet.store.delete("metrics", row["id"])
    run = tap(settings(box, server="v2"), only=["metric_points"])
    assert [row["created_at"] for row in run.rows["metric_points"] if row["id"] == key] == [None]
    assert box.requests.count(f"{points}/{{child_id}}") == 1


def test_a_second_look_out_of_a_cache_decides_nothing(
    box: Sandbox, tap: Tap, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_moment", lambda _: now)
    row = schedule(tap(settings(box, server="v2"), only=["schedules"]))
    assert row["completed_at"] is None
    assert box.requests.count(SCHEDULES) == 4


@pytest.mark.parametrize("date", ["yesterday", "", "Sun, 99 Foo 2026 25:61:61 GMT"])
def test_a_date_that_is_none_costs_nothing(box: Sandbox, tap: Tap, now: datetime, date: str) -> None:
    box.faults.add(Fault("rewrite", SCHEDULES, times=None, rewrite=lambda body: body, headers={"Date": date}))
    row = schedule(tap(settings(box, server="v2"), only=["schedules"]))
    assert (row["completed_at"], row["scheduled_at"]) == (None, utc(now))


@pytest.mark.parametrize(
    ("first", "again", "told"),
    [
        (local(NOW), local(LATER), None),
        (local(NOW), local(NOW), local(NOW)),
        (local(NOW), local(NOW - timedelta(hours=1)), local(NOW - timedelta(hours=1))),
        (local(NOW), None, None),
        (local(NOW - timedelta(hours=1)), local(LATER), local(NOW - timedelta(hours=1))),
        ("soon", local(LATER), "soon"),
        (None, local(LATER), None),
        (5, local(LATER), 5),
    ],
)
def test_a_time_that_is_the_moment_of_both_looks_is_null(first: Any, again: Any, told: Any) -> None:
    row = {"id": 1, "completed_at": first, "components": [{"id": 2, "created_at": first}, None, "odd"]}
    twin = {"id": 1, "completed_at": again, "components": [None, {"id": 2, "created_at": again}]}
    expected = {"id": 1, "completed_at": told, "components": [{"id": 2, "created_at": told}, None, "odd"]}
    assert told_times(row, twin, NOW, LATER) == expected
