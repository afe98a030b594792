"""The DAGs made from the accounts file: one for each account, one for the models, one for the summary."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from airflow.sdk import DAG, get_parsing_context

from status_fleet.accounts import Accounts
from status_fleet.operators import BuildModelsOperator, LoadAccountOperator, SummaryOperator
from status_fleet.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from status_fleet.accounts import Account, Building

PREFIX = "status_"
MODELS, SUMMARY = "models", "summary"
"""Suffixes of the ids of the DAGs that belong to no account: the ids of accounts have another prefix."""
ACCOUNT_PREFIX = f"{PREFIX}account_"
LONGEST_RETRY_DELAY = timedelta(hours=1)
_BEGINNING = datetime(2024, 1, 1, tzinfo=timezone.utc)
_AFTER_THE_LIMIT = timedelta(minutes=5)
"""The guard ends a run at its limit; this later limit of Airflow applies if the guard has failed."""
_TAG = "status-fleet"


def fleet_dags() -> dict[str, DAG]:
    """The fleet's DAGs by id: all of them, or only the one whose task a worker is about to run."""
    accounts = Accounts.read(Place.here().accounts)
    wanted = get_parsing_context().dag_id
    return {dag.dag_id: dag for dag in _dags(accounts, wanted)}


def _dags(accounts: Accounts, wanted: str | None) -> Iterator[DAG]:
    if wanted is not None and (name := wanted.removeprefix(ACCOUNT_PREFIX)) in accounts.names:
        yield account_dag(accounts.account(name))
        return
    if wanted is None:
        yield from map(account_dag, accounts)
    if accounts.models is not None:
        yield models_dag(accounts.models)
    yield summary_dag(accounts.summary_schedule)


def account_dag(account: Account) -> DAG:
    """Make the DAG of an account.

    Args:
        account: The account.
    """
    with _dag(f"{ACCOUNT_PREFIX}{account.name}", None if account.paused else account.schedule, account.tap) as dag:
        LoadAccountOperator(
            task_id="load",
            account=account.name,
            pool=account.pool,
            retries=account.retries,
            retry_delay=timedelta(seconds=account.retry_delay),
            retry_exponential_backoff=True,
            max_retry_delay=LONGEST_RETRY_DELAY,
            execution_timeout=timedelta(seconds=account.time_limit) + _AFTER_THE_LIMIT,
        )
    return dag


def models_dag(building: Building) -> DAG:
    """Make the DAG of the models.

    Args:
        building: When and how they are built.
    """
    with _dag(f"{PREFIX}{MODELS}", building.schedule, MODELS) as dag:
        BuildModelsOperator(
            task_id="build",
            retries=1,
            retry_delay=timedelta(minutes=5),
            execution_timeout=timedelta(seconds=building.time_limit) + _AFTER_THE_LIMIT,
        )
    return dag


def summary_dag(schedule: str | None) -> DAG:
    """Make the DAG that reports how the last runs ended.

    Args:
        schedule: A cron expression; None for none.
    """
    with _dag(f"{PREFIX}{SUMMARY}", schedule, SUMMARY) as dag:
        SummaryOperator(task_id="tell", retries=1)
    return dag


def _dag(dag_id: str, schedule: str | None, tag: str) -> DAG:
    return DAG(
        dag_id,
        schedule=schedule,
        start_date=_BEGINNING,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags={_TAG, tag},
    )
