"""Prints how many workers fleets need: `python -m fleet.simulation`.

python -m fleet.simulation                                     # 500 and 5,000 accounts
python -m fleet.simulation --accounts 1200 --schedule 'H/30 * * * *' --workers 3
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from croniter import croniter
from status_fleet.schedules import cron_of

from fleet.simulation.costs import DISCOVERING, RUN
from fleet.simulation.model import HOUR, Fleet, Load, Setup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fleet.simulation.model import Cost, Outcome

HOURLY = "H * * * *"
HOURS = 6.0
OUTAGE = (3 * HOUR, 3.25 * HOUR)
_MONDAY = datetime(2026, 1, 5, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Question:
    """A line of the table.

    Attributes:
        text: What is special about it.
        accounts: How many there are.
        schedule: When each is loaded.
        setup: Machines and limits.
        cost: What a run takes.
    """

    text: str
    accounts: int
    schedule: str
    setup: Setup
    cost: Cost = RUN

    def loads(self) -> Iterator[Load]:
        """The accounts, each at its own time."""
        for number in range(self.accounts):
            times = croniter(cron_of(self.schedule, f"account-{number}"), _MONDAY - timedelta(seconds=1))
            first, second = (times.get_next(datetime) for _ in range(2))
            yield Load((first - _MONDAY).total_seconds(), (second - first).total_seconds(), self.cost)

    def answer(self, hours: float = HOURS) -> Outcome:
        """What happens.

        Args:
            hours: How long to look.
        """
        return Fleet(list(self.loads()), self.setup).run(hours)


def questions() -> Iterator[Question]:
    """Those of the README."""
    yield Question("", 500, HOURLY, Setup(workers=1))
    yield Question("", 500, HOURLY, Setup(workers=2))
    yield Question("no worker for 15 minutes", 500, HOURLY, Setup(workers=2, outage=OUTAGE))
    yield Question("every 15 minutes", 500, "H/15 * * * *", Setup(workers=4))
    large = Question("", 5000, HOURLY, Setup(workers=8))
    for workers in (5, 6, 7, 8, 10):
        yield replace(large, setup=Setup(workers=workers))
    yield replace(large, text="no worker for 15 minutes", setup=Setup(workers=8, outage=OUTAGE))
    yield replace(large, text="all in minute 0", schedule="0 * * * *")
    yield replace(large, text="parallelism 32, Airflow's default", setup=Setup(workers=8, parallelism=32))
    yield replace(large, text="a scheduler that hands on one run a second", setup=Setup(workers=8, handed_on=1))
    yield replace(large, text="catalogs not prepared", cost=DISCOVERING)


HEAD = (
    "accounts",
    "workers",
    "cores used",
    "waits: half",
    "95 %",
    "most",
    "running",
    "waiting",
    "missed",
    "bounded",
    "",
)


def row(question: Question, outcome: Outcome) -> tuple[str, ...]:
    """A line of the table.

    Args:
        question: What was asked.
        outcome: What has happened.
    """
    return (
        f"{question.accounts:,}",
        str(question.setup.workers),
        f"{outcome.busy:.0%}",
        *(_time(outcome.waits(share)) for share in (0.5, 0.95, 1)),
        str(outcome.most_running),
        f"{outcome.most_waiting:,}",
        f"{outcome.missed:,}",
        "yes" if outcome.is_bounded else "NO",
        question.text,
    )


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - three digits are too many


def table(lines: Sequence[Sequence[str]]) -> str:
    """Lines as a table in Markdown.

    Args:
        lines: The first is the head.
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, and print the table.

    Args:
        arguments: The command line.
    """
    parser = argparse.ArgumentParser(prog="python -m fleet.simulation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, help="how many accounts")
    parser.add_argument("--schedule", default=HOURLY, help="when each is loaded")
    parser.add_argument("--workers", type=int, default=2, help="workers")
    parser.add_argument("--cores", type=int, default=2, help="cores of each worker")
    parser.add_argument("--slots", type=int, default=Setup.slots, help="runs that each worker has at a time")
    parser.add_argument("--parallelism", type=int, default=Setup.parallelism, help="Airflow's parallelism")
    parser.add_argument("--hours", type=float, default=HOURS, help="how long to look; at least 2")
    given = parser.parse_args(arguments)
    setup = Setup(given.workers, given.cores, given.slots, given.parallelism)
    asked = [Question("", given.accounts, given.schedule, setup)] if given.accounts else list(questions())
    lines = [HEAD, *(row(question, question.answer(given.hours)) for question in asked)]
    sys.stdout.write(table(lines) + "\n")


if __name__ == "__main__":
    main()
