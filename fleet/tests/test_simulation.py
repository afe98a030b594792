"""The simulation does what arithmetic says of queues that are simple enough."""

from __future__ import annotations

import pytest

from fleet.simulation.__main__ import Question, table
from fleet.simulation.model import HOUR, Cost, Fleet, Load, Outcome, Setup

ONE_CORE = Setup(workers=1, cores=1, slots=1, handed_on=1e9, failing=0)
BUSY = Cost(cpu=10, waiting=0)


def spread(accounts: int, cost: Cost = BUSY) -> list[Load]:
    return [Load(number * HOUR / accounts, HOUR, cost) for number in range(accounts)]


def test_cores_are_used_for_as_long_as_the_runs_need_them() -> None:
    outcome = Fleet(spread(180), ONE_CORE).run(10)
    assert outcome.busy == pytest.approx(180 * 10 / HOUR, rel=0.03)
    assert outcome.is_bounded


def test_of_runs_that_are_due_at_once_the_last_waits_for_all_others() -> None:
    outcome = Fleet([Load(0, HOUR, BUSY) for _ in range(60)], ONE_CORE).run(0.9)
    assert outcome.runs == 60
    assert outcome.waits(1) == pytest.approx(59 * 10, rel=0.1)
    assert outcome.most_waiting == 60


def test_more_work_than_cores_makes_times_pass_without_a_run() -> None:
    outcome = Fleet(spread(720), ONE_CORE).run(6)
    assert outcome.busy == pytest.approx(1, abs=0.01)
    assert outcome.missed > 0
    assert not outcome.is_bounded


def test_an_account_never_runs_twice_at_once() -> None:
    outcome = Fleet([Load(0, 60, Cost(cpu=0, waiting=600))], Setup(workers=3)).run(3)
    assert outcome.most_running == 1
    # Of the times that passed during a run, the last one gets a run.
    assert outcome.missed > outcome.runs


def test_runs_that_wait_for_their_source_leave_the_core_to_others() -> None:
    cost = Cost(cpu=2, waiting=8)
    alone = Fleet([Load(0, HOUR, cost) for _ in range(60)], ONE_CORE).run(0.9)
    together = Fleet([Load(0, HOUR, cost) for _ in range(60)], Setup(1, 1, 5, handed_on=1e9, failing=0)).run(0.9)
    assert alone.waits(1) > 4 * together.waits(1)


@pytest.mark.parametrize("setup", [Setup(4, parallelism=3), Setup(1, slots=3)], ids=["parallelism", "slots"])
def test_no_limit_is_passed(setup: Setup) -> None:
    assert Fleet([Load(0, HOUR, BUSY) for _ in range(50)], setup).run(0.5).most_running == 3


def test_a_slow_scheduler_makes_runs_wait_though_there_are_workers() -> None:
    loads = [Load(0, HOUR, BUSY) for _ in range(50)]
    assert Fleet(loads, Setup(workers=50, handed_on=0.5)).run(0.5).waits(1) == pytest.approx(100, rel=0.01)


def test_after_an_outage_the_queue_is_worked_off() -> None:
    setup = Setup(workers=2, outage=(2 * HOUR, 2.25 * HOUR))
    outcome = Fleet(spread(400), setup).run(6)
    assert outcome.most_waiting > 90
    assert outcome.waits(0.95, since=3 * HOUR) < 60
    assert outcome.is_bounded


def test_a_run_that_fails_is_tried_again_and_its_account_waits() -> None:
    outcome = Fleet([Load(0, HOUR, BUSY)], Setup(workers=1, failing=0.9, retry_delay=60)).run(8)
    assert outcome.runs > 1
    assert outcome.most_running == 1


def test_accounts_are_due_at_times_of_their_own() -> None:
    loads = list(Question("", 600, "H/30 * * * *", ONE_CORE).loads())
    assert {load.period for load in loads} == {1800}
    assert len({load.offset for load in loads}) == 30


def test_a_share_of_the_waits() -> None:
    outcome = Outcome(waited=[(float(due), float(due)) for due in range(100)])
    assert (outcome.waits(0.5), outcome.waits(0.95), outcome.waits(1), outcome.waits(0, since=40)) == (50, 95, 99, 40)


def test_the_table_is_markdown() -> None:
    assert table([("a", "bb"), ("ccc", "d")]) == "| a   | bb |\n|-----|----|\n| ccc | d  |"
