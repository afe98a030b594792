"""The report of a check: what has happened, what it has cost, what is wrong."""

from __future__ import annotations

from statistics import mean, median
from typing import TYPE_CHECKING, Any

from fleet.check.checks import most_in_a_minute, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fleet.check.scenario import Story
    from fleet.check.sources import AccountAtSource
    from fleet.check.stack import Databases
    from fleet.check.watch import Clock, Watch

_COLUMNS = (
    *("account", "runs", "tries", "s", "CPU s", "MB", "connections"),
    *("rows", "requests", "waited s", "most requests in a minute"),
)
_COSTS = "seconds", "cpu_seconds", "peak_megabytes"


def report(
    accounts: Sequence[AccountAtSource], databases: Databases, story: Story, watch: Watch, clock: Clock
) -> Iterator[str]:
    """Yield the lines of the report."""
    tables, rows = rows_of(accounts, databases)
    yield f"{len(accounts)} accounts, {tables} tables, {rows:,} rows; at most {watch.most_at_once} runs at a time"
    for number, seconds in enumerate(story.seconds, 1):
        yield f"round {number}: {seconds:.0f} s"
    yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|{'---|' * len(_COLUMNS)}"
    records = _records(databases)
    for account in accounts:
        yield _line(account, [record for record in records if record["account"] == account.name], story, watch)
    done = [record for record in records if record["verdict"] == "done" and record["rows"]]
    yield ""
    yield "An account run that was done, least / median / mean / most:"
    for cost in _COSTS:
        values = [record[cost] for record in done]
        yield f"  {cost}: {min(values):.1f} / {median(values):.1f} / {mean(values):.1f} / {max(values):.1f}"
    yield f"  connections at most: {max(watch.connections.values(), default=0)}, and one for the lock"
    yield ""
    yield from clock.said


def _line(account: AccountAtSource, records: Sequence[dict[str, Any]], story: Story, watch: Watch) -> str:
    cells = [
        account.name,
        len(records),
        " + ".join(str(ended[account.name].tries) for ended in story.rounds),
        *(f"{mean([record[cost] for record in records] or [0]):.1f}" for cost in _COSTS),
        watch.connections[account.name],
        sum(record["rows"] or 0 for record in records),
        sum(record["requests"] or 0 for record in records),
        f"{sum(record['seconds_waited'] or 0 for record in records):.0f}",
        most_in_a_minute(account),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _records(databases: Databases) -> list[dict[str, Any]]:
    columns = ("account", "verdict", "rows", "requests", "seconds_waited", *_COSTS)
    with databases.server.connect(databases.fleet) as connection:
        query = f"SELECT {', '.join(columns)} FROM status_fleet.run ORDER BY id"  # noqa: S608 - names of our own
        return [dict(zip(columns, row, strict=True)) for row in connection.execute(query.encode()).fetchall()]
