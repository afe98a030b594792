"""The story: first runs, a worker that is killed, a scheduler that is killed, changes at the sources, second runs."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import yaml

from fleet.check.api import Api
from fleet.check.checks import asked_by
from fleet.check.sources import REVOKED, SHARING, SILENT, SILENT_SECONDS, WHOLE
from fleet.check.stack import WORKERS
from sandbox import Fault
from tests.support.postgresql import HOST, USER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fleet.check.api import Ended
    from fleet.check.sources import AccountAtSource
    from fleet.check.stack import Databases, Stack
    from fleet.check.watch import Clock, Watch

ACCOUNT_DAG = "status_account_"
START_SECONDS = 300
ROUND_SECONDS = 1500
LOOK_SECONDS = 2.0
SHARED_POOL = "shared-key"
WAREHOUSE_PASSWORD = "WAREHOUSE_PASSWORD"  # noqa: S105 - a variable's name
CONNECTION = "status-account"
KILL_AT_LEAST = 2
"""Runs that must be alive on the worker that is killed."""


@dataclass
class Story:
    """What has happened.

    Attributes:
        rounds: How the DAG runs of each round have ended, by account.
        runs: The ids of the DAG runs of each round, by account.
        others: How the models and the summary have ended, with the log of each.
        killed_with: Accounts that were being loaded on the worker that was killed.
        held: The account whose lock was held by somebody else when its second run began.
        seconds: How long each round took.
    """

    rounds: list[dict[str, Ended]] = field(default_factory=list)
    runs: list[dict[str, str]] = field(default_factory=list)
    others: dict[str, tuple[Ended, str]] = field(default_factory=dict)
    killed_with: set[str] = field(default_factory=set)
    held: str = ""
    seconds: list[float] = field(default_factory=list)


class Scenario:
    """Lets the story happen.

    Args:
        stack: Airflow, not started yet.
        databases: Its databases.
        accounts: The accounts.
        watch: Who looks at the machine.
        clock: Tells what happens.
    """

    def __init__(
        self, stack: Stack, databases: Databases, accounts: Sequence[AccountAtSource], watch: Watch, clock: Clock
    ) -> None:
        self._stack = stack
        self._databases = databases
        self._accounts = accounts
        self._watch = watch
        self._clock = clock
        self._api = Api(stack.api_port)
        self.story = Story()

    def run(self) -> Story:
        """Let it happen."""
        say = self._clock.say
        self._stack.accounts.write_text(accounts_file(self._accounts, self._databases))
        say(f"{len(self._accounts)} accounts; Airflow's database and pools are being made")
        self._stack.prepare()
        self._stack.start()
        self._api.wait(START_SECONDS)
        for account in self._accounts:
            if _has_a_connection(account):
                self._api.add_connection(f"{CONNECTION}-{account.name}", password=account.key)
        self._api.wait_for_dags([ACCOUNT_DAG + account.name for account in self._accounts], START_SECONDS)
        say("Airflow knows all accounts: first runs")
        self._silence()
        self._round(self._first_round_troubles)
        say("Changes at the sources, then second runs")
        for account in self._accounts:
            if not account.is_twin:
                account.live(account.box)
        with self._held_lock():
            self._round(self._second_round_troubles)
        for name in ("models", "summary"):
            say(f"The DAG of the {name}")
            self._other(name)
        return self.story

    # Rounds

    def _round(self, troubles: Any) -> None:
        began = time.monotonic()
        runs = {f"{ACCOUNT_DAG}{a.name}": self._api.trigger(f"{ACCOUNT_DAG}{a.name}") for a in self._accounts}
        causing = threading.Thread(target=troubles, name="troubles")
        causing.start()
        ended = self._wait(runs)
        causing.join()
        self.story.rounds.append({dag.removeprefix(ACCOUNT_DAG): end for dag, end in ended.items()})
        self.story.runs.append({dag.removeprefix(ACCOUNT_DAG): run for dag, run in runs.items()})
        self.story.seconds.append(time.monotonic() - began)

    def _wait(self, runs: Mapping[str, str]) -> dict[str, Ended]:
        deadline = time.monotonic() + ROUND_SECONDS
        told = 0
        while True:
            ended = self._api.ended(runs)
            if len(ended) != told:
                told = len(ended)
                self._clock.say(f"  {told} of {len(runs)} are over")
            if told == len(runs):
                return ended
            if dead := self._stack.dead():
                raise RuntimeError(f"{', '.join(dead)} ended by itself; its log is in {self._stack.folder}")
            if time.monotonic() > deadline:
                missing = ", ".join(sorted(set(runs) - set(ended)))
                raise TimeoutError(f"After {ROUND_SECONDS} s these are not over: {missing}")
            time.sleep(LOOK_SECONDS)

    def _silence(self) -> None:
        """One server answers 503 for some time, from its first request on."""
        for account in self._accounts:
            if account.trouble == SILENT:
                route = f"/{account.product}/"
                for fault in _silent_faults(account):
                    account.box.faults.add(fault)
                threading.Thread(target=self._end_silence, args=(account, route), daemon=True).start()

    def _end_silence(self, account: AccountAtSource, route: str) -> None:
        while not any(url.startswith(route) for url in account.box.requests.urls):
            time.sleep(LOOK_SECONDS)
        self._clock.say(f"  {account.name}: its server answers 503 for {SILENT_SECONDS} s")
        time.sleep(SILENT_SECONDS)
        account.box.faults.clear()
        self._clock.say(f"  {account.name}: its server answers again")

    def _first_round_troubles(self) -> None:
        """A worker is killed in the middle of its tasks, and started again."""
        victim = WORKERS[0]
        deadline = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < deadline:
            loading = self._stack.accounts_on(victim)
            if len(loading) >= KILL_AT_LEAST and all(map(self._is_under_way, loading)):
                break
            time.sleep(0.1)
        else:
            raise TimeoutError(f"{victim} never ran {KILL_AT_LEAST} accounts at a time")
        self.story.killed_with = loading
        self._stack.kill(victim, with_tasks=True)
        self._clock.say(f"  {victim} is killed with -9, while it loads {', '.join(sorted(loading))}")
        time.sleep(LOOK_SECONDS)
        self._stack.start_worker(victim)
        self._clock.say(f"  {victim} is started again")

    def _is_under_way(self, name: str) -> bool:
        """Whether an account's tap has asked its server, and gets answers: a revoked key takes one try and no other."""
        account = next(account for account in self._accounts if account.name == name)
        return account.trouble != REVOKED and any(asked_by(account))

    @contextmanager
    def _held_lock(self) -> Iterator[None]:
        """Hold an account's lock, as a run would that is alive elsewhere."""
        self.story.held = name = next(account.name for account in self._accounts if account.trouble == WHOLE)
        address = self._databases.address(self._databases.fleet)
        with psycopg.connect(address, autocommit=True) as self._lock:
            self._lock.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"status-fleet {name}"])
            self._clock.say(f"  {name}: somebody else holds its lock")
            yield

    def _give_lock_back(self) -> None:
        """Give it back as soon as the second run has met it, and waits."""
        deadline = time.monotonic() + ROUND_SECONDS
        dag = f"{ACCOUNT_DAG}{self.story.held}"
        while "up_for_reschedule" not in self._api.states(dag):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.story.held} never waited for its lock")
            time.sleep(LOOK_SECONDS)
        self._lock.close()
        self._clock.say(f"  {self.story.held} waits; its lock is given back")

    def _second_round_troubles(self) -> None:
        """The scheduler is killed and started again; an account waits for its lock."""
        while not self._watch.alive():
            time.sleep(LOOK_SECONDS)
        self._stack.kill("scheduler")
        self._clock.say("  The scheduler is killed with -9")
        time.sleep(LOOK_SECONDS)
        self._stack.start_part("scheduler")
        self._clock.say("  The scheduler is started again")
        self._give_lock_back()

    def _other(self, name: str) -> None:
        dag = f"status_{name}"
        run = self._api.trigger(dag)
        ended = self._wait({dag: run})[dag]
        task = {"models": "build", "summary": "tell"}[name]
        self.story.others[name] = (ended, self._api.log(dag, run, task, ended.tries))


def accounts_file(accounts: Sequence[AccountAtSource], databases: Databases) -> str:
    """The accounts file of the check.

    Args:
        accounts: The accounts.
        databases: Where they are loaded to.
    """
    told = {
        "defaults": {"schedule": None, "retries": 6, "retry_delay": "15s", "time_limit": "15m"},
        "loader": {
            "name": "target-postgres",
            "settings": {"host": HOST, "port": databases.server.port, "user": USER, "database": databases.warehouse},
            "secrets": {"password": {"env": WAREHOUSE_PASSWORD}},
        },
        "models": {"schedule": None},
        "summary": {"schedule": None},
        "pools": {SHARED_POOL: 1},
        "accounts": [_entry(account) for account in accounts],
    }
    return yaml.safe_dump(told, sort_keys=False)


def variables(accounts: Sequence[AccountAtSource], databases: Databases) -> dict[str, str]:
    """The variables in which the workers find secrets."""
    keys = {
        account.variable(setting): value
        for account in accounts
        for setting, value in account.secrets.items()
        if not (_has_a_connection(account) and value == account.key)
    }
    return {WAREHOUSE_PASSWORD: databases.canary, **keys}


def _entry(account: AccountAtSource) -> dict[str, Any]:
    secrets: dict[str, Any] = {setting: {"env": account.variable(setting)} for setting in account.secrets}
    if _has_a_connection(account):
        (setting,) = (name for name, value in account.secrets.items() if value == account.key)
        secrets[setting] = {"connection": f"{CONNECTION}-{account.name}"}
    entry = {
        "name": account.name,
        "tap": account.tap,
        "select": ["*.*"],
        "settings": dict(account.settings),
        "secrets": secrets,
    }
    if account.trouble == SHARING:
        entry["pool"] = SHARED_POOL
    return entry


def _has_a_connection(account: AccountAtSource) -> bool:
    """Whether the key is in a connection of Airflow: those of one product are."""
    return account.product == "cachet"


def _silent_faults(account: AccountAtSource) -> list[Fault]:
    return [Fault("status", about=f"/{account.product}/", times=None, status=503)]
