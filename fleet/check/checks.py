"""What must be true at the end: of the tables, of the runs, of the keys' limits, and of every secret."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import pairwise
from typing import TYPE_CHECKING

from fleet.check.sources import REVOKED, SHARING, THROTTLED, WHOLE
from tests.support.comparison import postgres_tables
from tests.support.leaks import left_behind, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from fleet.check.scenario import Story
    from fleet.check.sources import AccountAtSource
    from fleet.check.stack import Databases
    from fleet.check.watch import Watch

MINUTE = 60.0
MAY_TAKE = 10.0
"""Seconds that an account with a revoked key may hold a slot longer than any of its kind that is loaded."""


def rows_differ(accounts: Sequence[AccountAtSource], databases: Databases) -> Iterator[str]:
    """Yield accounts whose tables are not what their source holds."""
    for account in accounts:
        if account.trouble == REVOKED:
            continue
        tables = postgres_tables(databases.server, databases.warehouse, account.schema)
        try:
            account.compare(account.comparable(tables), account.comparable(account.expected(account.box)), account.keys)
        except AssertionError as error:
            yield f"{account.name}: the tables are not what the source holds: {str(error)[:500]}"


def rows_of(accounts: Sequence[AccountAtSource], databases: Databases) -> tuple[int, int]:
    """How many tables and rows the warehouse has of these accounts."""
    found = [postgres_tables(databases.server, databases.warehouse, account.schema) for account in accounts]
    return sum(map(len, found)), sum(len(rows) for tables in found for rows in tables.values())


def runs_ended_badly(accounts: Sequence[AccountAtSource], story: Story) -> Iterator[str]:
    """Yield accounts that are red and should not be, or the other way round; a bad one takes one try and no time."""
    for number, ended in enumerate(story.rounds, 1):
        usual = max(ended[account.name].seconds for account in accounts if account.trouble == WHOLE)
        for account in accounts:
            end = ended[account.name]
            wanted = "failed" if account.trouble == REVOKED else "success"
            if end.state != wanted:
                yield f"round {number}: {account.name} ended as {end.state} after {end.tries} tries"
            if account.trouble == REVOKED and (end.tries != 1 or end.seconds > usual + MAY_TAKE):
                yield f"round {number}: {account.name} took {end.tries} tries and {end.seconds:.0f} s"
    if story.rounds[-1][story.held].tries != 1:
        yield f"{story.held} had to wait for its lock, and that has used up a retry"
    for name, (end, _) in story.others.items():
        if end.state != "success":
            yield f"the DAG of the {name} ended as {end.state}"


def ran_twice_at_once(watch: Watch) -> Iterator[str]:
    """Yield accounts of which two runs were alive at a time."""
    for account, runs in watch.doubled.items():
        yield f"{account} had {len(runs)} runs at once"


def killed_runs_left_something(story: Story, watch: Watch, runs: Path) -> Iterator[str]:
    """Yield what is left of the runs of a killed worker, and runs that were not repeated."""
    for account, alive in watch.alive().items():
        yield f"{account}: {len(alive)} runs are alive after the end"
    for folder in runs.glob("run-*"):
        yield f"the folder of a dead run is left over: {folder.name}"
    first = story.rounds[0]
    for account in story.killed_with:
        if first[account].tries < 2 and len(watch.runs[account]) < 2:  # noqa: PLR2004 - the killed one and another
            yield f"{account} was being loaded by the killed worker, and was not loaded again"


def keys_over_their_limit(accounts: Sequence[AccountAtSource]) -> Iterator[str]:
    """Yield keys that asked more often than they may, by the sandboxes' own logs."""
    for account in accounts:
        asked = most_in_a_minute(account)
        # The throttled one is told of its limit when it has reached it.
        if asked > account.limit and account.trouble != THROTTLED:
            yield f"{account.name}: its key asked {asked} times in a minute, and may {account.limit} times"
    boxes = {id(account.box): account.box for account in accounts if account.trouble != THROTTLED}
    throttled = {id(account.box) for account in accounts if account.trouble == THROTTLED}
    for number, box in boxes.items():
        if number not in throttled and box.requests.throttled:
            yield f"a server refused {box.requests.throttled} requests for their number"


def was_not_throttled(accounts: Sequence[AccountAtSource], databases: Databases) -> Iterator[str]:
    """Yield accounts that were to be held up by their server's limit, and were not."""
    with databases.server.connect(databases.fleet) as connection:
        told = connection.execute(
            "SELECT account, sum(seconds_waited) FROM status_fleet.run GROUP BY account"
        ).fetchall()
    waited = dict(told)
    for account in accounts:
        if account.trouble == THROTTLED and not waited.get(account.name):
            yield f"{account.name} was never held up by its server's limit"


def most_in_a_minute(account: AccountAtSource) -> int:
    """The most requests of an account's key in any minute."""
    window: deque[float] = deque()
    most = 0
    for moment in asked_by(account):
        window.append(moment)
        while window[0] <= moment - MINUTE:
            window.popleft()
        most = max(most, len(window))
    return most


def shared_key_was_used_at_once(
    accounts: Sequence[AccountAtSource], spans: Mapping[str, Sequence[tuple[float, float]]]
) -> Iterator[str]:
    """Yield accounts that share a key and were loaded at the same time."""
    sharing = [
        (begin, end, account.name)
        for account in accounts
        if account.trouble == SHARING
        for begin, end in spans[account.name]
    ]
    for (_, end, name), (begin, _, other) in pairwise(sorted(sharing)):
        if begin < end:
            yield f"{name} and {other} share a key and were loaded at the same time"


def overlapping(spans: Mapping[str, Sequence[tuple[float, float]]]) -> Iterator[str]:
    """Yield accounts two of whose recorded runs overlap."""
    for account, times in spans.items():
        ordered = sorted(times)
        if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
            yield f"{account}: two of its runs overlap, by the fleet's records"


def spans_of(databases: Databases) -> dict[str, list[tuple[float, float]]]:
    """When the runs of each account began and ended, by the fleet's records."""
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    with databases.server.connect(databases.fleet) as connection:
        rows = connection.execute(
            "SELECT account, extract(epoch FROM began_at), extract(epoch FROM ended_at) FROM status_fleet.run"
        )
        for account, began, ended in rows.fetchall():
            found[account].append((float(began), float(ended)))
    return found


def summary_lacks(accounts: Sequence[AccountAtSource], story: Story) -> Iterator[str]:
    """Yield what the summary does not tell."""
    _, log = story.others["summary"]
    for account in accounts:
        lines = [line for line in log.splitlines() if f"{account.name} " in line]
        if not lines:
            yield f"the summary does not tell of {account.name}"
        elif account.trouble == REVOKED and "to mend" not in lines[0]:
            yield f"the summary does not say that somebody has to mend {account.name}: {lines[0]}"


def secrets_got_out(accounts: Iterable[AccountAtSource], databases: Databases, folder: Path) -> Iterator[str]:
    """Yield places that hold a secret: logs, files, and every table of Airflow's and of the fleet's."""
    secrets = {databases.canary, *(value for account in accounts for value in account.secrets.values())}
    texts = [*left_behind(folder), *_tables(databases, databases.airflow), *_tables(databases, databases.fleet)]
    for place, text in texts:
        for found in told(secrets, text):
            yield f"{place} holds a secret: {found}"


def _tables(databases: Databases, database: str) -> Iterator[tuple[str, str]]:
    with databases.server.connect(database) as connection:
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, name in names:
            rows = connection.execute(f'SELECT t::text FROM "{schema}"."{name}" t'.encode()).fetchall()  # noqa: S608
            yield f"the table {name}", "\n".join(str(row[0]) for row in rows)


def asked_by(account: AccountAtSource) -> Iterator[float]:
    """When an account's key has asked."""
    log = account.box.requests
    for moment, url, headers in zip(log.times, log.urls, log.headers, strict=False):
        if url.startswith(f"/{account.product}/") and account.key in " ".join(headers.values()):
            yield moment
