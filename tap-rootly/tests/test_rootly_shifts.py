"""Shifts are read window by window: each once, none missing, and none that seems to begin later than it did."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from rootly_runs import settings

from sandbox import Fault

if TYPE_CHECKING:
    from rootly_history import History
    from singer_fanout.testing import TapRunner

    from sandbox import Sandbox

SHIFTS = "/rootly/v1/shifts"
DAY = timedelta(days=1)
LOOK_BACK = timedelta(minutes=5)
NOW = datetime.now(timezone.utc).replace(microsecond=0)


@pytest.fixture
def plan(box: Sandbox) -> Sandbox:
    """A server without shifts."""
    for shift in box.rootly.store.rows("shifts"):
        box.rootly.store.delete("shifts", shift["id"])
    return box


def add(box: Sandbox, begin: float, end: float, **more: Any) -> str:
    """Add a shift; days are counted from now."""
    schedule = box.rootly.store.rows("schedules")[0]["id"]
    told = {"schedule_id": schedule, "starts_at": NOW + begin * DAY, "ends_at": NOW + end * DAY, **more}
    return str(box.rootly.store.insert("shifts", **told)["id"])


def began(rows: list[dict[str, Any]]) -> dict[str, float]:
    """On which day each shift begins."""
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: (datetime.fromisoformat(row["starts_at"]) - NOW) / DAY for row in rows}


def windows(box: Sandbox) -> list[tuple[datetime, datetime]]:
    """The times that were asked for, in order."""
    asked = [parse_qs(urlsplit(url).query) for url in box.requests.urls if url.startswith(f"{SHIFTS}?")]
    return sorted({tuple(datetime.fromisoformat(query[name][0]) for name in ("from", "to")) for query in asked})  # type: ignore[misc]


def assert_without_gaps(box: Sandbox) -> None:
    asked = windows(box)
    assert all(end - begin <= 30 * DAY for begin, end in asked)
    assert all(begin == end for (_, end), (begin, _) in itertools.pairwise(asked))


class TestTheFirstRun:
    """It walks back from now."""

    @pytest.mark.parametrize("requests_at_once", [1, 8])
    def test_it_ends_where_twelve_windows_are_empty(self, plan: Sandbox, tap: TapRunner, requests_at_once: int) -> None:
        shifts = {add(plan, -7 * number, 7 - 7 * number): -7 * number for number in range(1, 30)}
        behind_a_gap = add(plan, -203 - 350, -203 - 340)
        too_far = add(plan, -203 - 800, -203 - 790)
        run = tap(settings(plan, max_concurrency=requests_at_once), only=["shifts"])
        assert began(run.rows["shifts"]).keys() == {*shifts, behind_a_gap}
        assert too_far not in began(run.rows["shifts"])
        assert_without_gaps(plan)
        # The last shift begins in the nineteenth window.
        assert plan.requests.total == 19 + 12

    def test_it_ends_at_start_date(self, plan: Sandbox, tap: TapRunner) -> None:
        shifts = {add(plan, -10 * number, 10 - 10 * number): -10.0 * number for number in range(1, 30)}
        run = tap(settings(plan, start_date=(NOW - 95 * DAY).isoformat()), only=["shifts"])
        assert began(run.rows["shifts"]) == {key: day for key, day in shifts.items() if day >= -100}
        assert windows(plan)[0][0] == NOW - 95 * DAY
        assert_without_gaps(plan)

    @pytest.mark.parametrize("is_cut", [False, True])
    def test_a_shift_that_lies_in_many_windows_is_one_row(self, plan: Sandbox, tap: TapRunner, is_cut: bool) -> None:  # noqa: FBT001
        plan.rootly.settings.shift_clipping = is_cut
        longest, border, usual = add(plan, -200, 2), add(plan, -60, -50), add(plan, -45, -20)
        ahead = add(plan, 1, 3)
        run = tap(settings(plan), only=["shifts"])
        assert began(run.rows["shifts"]) == {longest: -200, border: -60, usual: -45}
        assert ahead not in began(run.rows["shifts"])
        assert max(row["ends_at"] for row in run.rows["shifts"]) > NOW.isoformat()


class TestLaterRuns:
    """They read the last month again, and keep what they know."""

    @pytest.mark.parametrize("is_cut", [False, True])
    def test_no_shift_seems_to_begin_later_than_it_did(self, plan: Sandbox, history: History, is_cut: bool) -> None:  # noqa: FBT001
        plan.rootly.settings.shift_clipping = is_cut
        shifts = {add(plan, -100, -20): -100, add(plan, -6, -5): -6, add(plan, -55, -45): -55}
        for _ in range(3):
            run = history(["shifts"])
            assert began(list(history.tables["shifts"].values())) == shifts
            assert run.activated == set()
        assert len(run.rows["shifts"]) < len(shifts)
        history.state = {}
        history(["shifts"])
        assert began(list(history.tables["shifts"].values())) == shifts

    def test_what_overrides_cut_into_is_seen_and_what_is_gone_stays(self, plan: Sandbox, history: History) -> None:
        cut, gone, old = add(plan, -10, 5), add(plan, -20, -15), add(plan, -90, -80)
        history(["shifts"])
        plan.rootly.store.update("shifts", cut, ends_at=NOW - DAY)
        plan.rootly.store.delete("shifts", gone)
        run = history(["shifts"])
        assert {row["id"] for row in run.rows["shifts"]} == {cut}
        assert history.tables["shifts"].keys() == {(cut,), (gone,), (old,)}
        assert history.tables["shifts"][cut,]["ends_at"] < NOW.isoformat()
        assert plan.requests.total == 2

    def test_a_table_and_a_state_of_0_1_are_taken_over(self, plan: Sandbox, history: History) -> None:
        old, recent, new = add(plan, -90, -83), add(plan, -10, -3), add(plan, -1, 6)
        gone = "a shift that Rootly tells no longer"
        history.load(
            {"type": "RECORD", "stream": "shifts", "record": {"id": shift}, "version": 7}
            for shift in (old, recent, gone)
        )
        known = {"replication_key": "starts_at", "replication_key_value": (NOW - 10 * DAY).isoformat()}
        history.state = {"bookmarks": {"shifts": {**known, "table_version": 7}}}
        run = history(["shifts", "upcoming_shifts"])
        assert began(run.rows["shifts"]) == {recent: -10, new: -1}
        assert history.tables["shifts"].keys() == {(old,), (recent,), (new,), (gone,)}
        assert run.activated == {"upcoming_shifts"}

    def test_a_bookmark_that_is_far_behind_leaves_no_gap(self, plan: Sandbox, history: History) -> None:
        early, later = add(plan, -200, -190), add(plan, -100, -95)
        history.state = {
            "bookmarks": {
                "shifts": {"replication_key": "starts_at", "replication_key_value": (NOW - 300 * DAY).isoformat()}
            }
        }
        run = history(["shifts"])
        assert began(run.rows["shifts"]) == {early: -200, later: -100}
        assert windows(plan)[0][0] == NOW - 331 * DAY - LOOK_BACK
        assert_without_gaps(plan)


class TestWhatIsToCome:
    """It changes until it comes."""

    def test_it_is_read_as_far_ahead_as_it_is_wanted_and_what_is_cancelled_is_deleted(
        self, plan: Sandbox, history: History
    ) -> None:
        plan.rootly.settings.shift_clipping = True
        under_way = add(plan, -3, 70)
        shifts = {add(plan, 10 * number, 10 * number + 35): 10.0 * number for number in range(1, 10)}
        add(plan, 95, 99)
        run = history(["shifts", "upcoming_shifts"], shift_horizon_days=92)
        assert began(run.rows["upcoming_shifts"]) == shifts
        assert began(run.rows["shifts"]) == {under_way: -3}
        assert run.activated == {"upcoming_shifts"}
        gone = next(iter(shifts))
        plan.rootly.store.delete("shifts", gone)
        history(["upcoming_shifts"], shift_horizon_days=92)
        assert {key for (key,) in history.tables["upcoming_shifts"]} == shifts.keys() - {gone}
        assert plan.requests.total == 4

    def test_a_window_that_fails_costs_its_shifts_and_nothing_is_deleted(self, plan: Sandbox, history: History) -> None:
        first, last = add(plan, 5, 6), add(plan, 65, 66)
        history(["upcoming_shifts"])
        plan.faults.add(Fault("status", SHIFTS, status=500, times=None, after=1))
        run = history(["upcoming_shifts"], max_concurrency=1, max_retries=0)
        assert run.exit_code == 1
        assert run.activated == set()
        assert history.tables["upcoming_shifts"].keys() == {(first,), (last,)}


class TestListsThatKnowNoPages:
    """Some versions of Rootly give the same list for every page."""

    def test_they_end_by_their_total(self, plan: Sandbox, tap: TapRunner) -> None:
        plan.rootly.settings.shift_paging = False
        shifts = {add(plan, -20 + number / 10, -19 + number / 10) for number in range(60)}
        run = tap(settings(plan, page_size=2), only=["shifts"])
        assert began(run.rows["shifts"]).keys() == shifts
        assert (run.exit_code, plan.requests.total) == (0, 1 + 12)

    @pytest.mark.parametrize("tells", ["nothing", "pages"])
    def test_they_end_where_nothing_is_new_if_they_tell_no_total(
        self, plan: Sandbox, tap: TapRunner, tells: str
    ) -> None:
        plan.rootly.settings.shift_paging = False
        shifts = {add(plan, -20 + number / 10, -19 + number / 10) for number in range(60)}
        plan.faults.add(Fault("rewrite", SHIFTS, times=None, rewrite=lambda body: without_total(body, tells)))
        run = tap(settings(plan), only=["shifts"])
        assert (run.exit_code, run.errors) == (0, [])
        assert began(run.rows["shifts"]).keys() == shifts

    def test_a_window_of_which_too_little_comes_is_cut_in_two(self, plan: Sandbox, tap: TapRunner) -> None:
        shifts = {add(plan, -29 + number, -28.5 + number) for number in range(28)}
        plan.faults.add(Fault("rewrite", SHIFTS, times=None, rewrite=lambda body: the_first(10, body)))
        run = tap(settings(plan), only=["shifts"])
        assert run.exit_code == 0, run.errors
        assert began(run.rows["shifts"]).keys() == shifts
        assert run.state["bookmarks"]["shifts"]["replication_key_value"]


def without_total(body: bytes, tells: str) -> bytes:
    page = msgspec.json.decode(body)
    page.pop("links", None)
    if tells == "nothing":
        del page["meta"]
    else:
        page["meta"] = {"current_page": 1, "next_page": 2, "total_pages": 9}
    return msgspec.json.encode(page)


def the_first(count: int, body: bytes) -> bytes:
    page = msgspec.json.decode(body)
    return msgspec.json.encode({**page, "data": page["data"][:count]})


def test_a_server_that_allows_less_than_a_month_is_asked_for_less(plan: Sandbox, tap: TapRunner) -> None:
    plan.faults.add(Fault("status", SHIFTS, status=422, times=3))
    shifts = {add(plan, -29, -28): -29, add(plan, -5, -3): -5}
    run = tap(settings(plan, max_concurrency=1), only=["shifts"])
    assert run.exit_code == 0
    assert began(run.rows["shifts"]) == shifts


def test_a_test_of_the_connection_asks_for_one_window(plan: Sandbox, tap: TapRunner) -> None:
    add(plan, -200, 200)
    assert tap(settings(plan), arguments=["--test"]).exit_code == 0
    assert plan.requests.count(SHIFTS) == len(["shifts", "upcoming_shifts"])


def test_shifts_are_refused_as_a_whole(plan: Sandbox, tap: TapRunner) -> None:
    plan.rootly.settings.refused = {"/v1/shifts": 403}
    run = tap(settings(plan), only=["shifts", "upcoming_shifts", "services"])
    assert run.exit_code == 0
    assert [text for text in run.warnings if "403" in text and "shifts" in text]
    assert run.rows["services"]
