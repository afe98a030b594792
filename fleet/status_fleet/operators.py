"""The Airflow operators: for an account, the models, and the summary."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.sdk import BaseOperator, Connection
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowNotFoundException,
    AirflowRescheduleException,
)
from airflow.sdk.log import mask_secret

from status_fleet.accounts import Accounts
from status_fleet.jobs import Jobs
from status_fleet.outcome import Verdict
from status_fleet.place import Place, database
from status_fleet.plugins import UnknownPluginError
from status_fleet.records import latest
from status_fleet.runner import Runner
from status_fleet.secrets import MissingSecretError
from status_fleet.summary import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from status_fleet.job import Job

WAIT = timedelta(seconds=60)
"""How long a run waits if another run of its account is alive."""
_OWN_FIELDS = ("password", "login", "host", "schema")


def connection_field(connection: str, field: str) -> str | None:
    """A field of an Airflow connection; None if it does not exist.

    Args:
        connection: The connection's id.
        field: `password`, `login`, `host`, `schema`, or a field of the extras.
    """
    try:
        found = Connection.get(connection)
    except AirflowNotFoundException:
        return None
    told = getattr(found, field) if field in _OWN_FIELDS else found.extra_dejson.get(field)
    return None if told is None else str(told)


class MeltanoOperator(BaseOperator):
    """Runs Meltano under a guard, and succeeds or fails as the run does."""

    ui_color = "#e6f2ee"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(do_xcom_push=False, **kwargs)
        self._runner: Runner | None = None

    def job(self, accounts: Accounts, jobs: Jobs) -> Job:
        """The run to execute.

        Args:
            accounts: The accounts file.
            jobs: Its runs.
        """
        raise NotImplementedError

    def execute(self, context: Mapping[str, Any]) -> None:  # noqa: ARG002 - a run does not depend on its date
        """Run, and log the outcome in the last line."""
        try:
            place = Place.here()
            accounts = Accounts.read(place.accounts)
            job = self.job(accounts, Jobs(accounts, place, connection_field))
        except (MissingSecretError, UnknownPluginError) as error:
            raise AirflowFailException(str(error)) from None
        for secret in job.secrets:
            mask_secret(secret)
        self._runner = Runner(job, lambda line: self.log.info("%s", line))
        try:
            result = self._runner.run()
        finally:
            self._runner.stop()
        if result.verdict is Verdict.DONE:
            self.log.info("%s", result.line)
        elif result.verdict is Verdict.WAIT:
            self.log.info("%s", result.line)
            raise AirflowRescheduleException(datetime.now(timezone.utc) + WAIT)  # type: ignore[no-untyped-call]
        else:
            # Logged as well, because the exception is logged with a traceback.
            self.log.error("%s", result.line)
            raise (AirflowFailException if result.verdict is Verdict.MEND else AirflowException)(result.line)

    def on_kill(self) -> None:
        """End the run gracefully when the task is killed."""
        if self._runner is not None:
            self._runner.stop()


class LoadAccountOperator(MeltanoOperator):
    """Loads one account.

    Args:
        account: Its name.
        kwargs: Arguments of every operator.
    """

    def __init__(self, *, account: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.account = account

    def job(self, accounts: Accounts, jobs: Jobs) -> Job:
        """The account's run."""
        return jobs.load(accounts.account(self.account))


class BuildModelsOperator(MeltanoOperator):
    """Builds the models of all accounts."""

    def job(self, accounts: Accounts, jobs: Jobs) -> Job:  # noqa: ARG002 - the models know all accounts
        """The build."""
        return jobs.build()


class SummaryOperator(BaseOperator):
    """Reports how the last run of every account ended, and which accounts are left out of the fleet."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(do_xcom_push=False, **kwargs)

    def execute(self, context: Mapping[str, Any]) -> None:  # noqa: ARG002 - the report does not depend on its date
        """Log the summary."""
        accounts = Accounts.read(Place.here().accounts)
        names = [account.name for account in accounts]
        with psycopg.connect(database()) as connection:
            runs = {run["account"]: run for run in latest(connection)}
        for line in table(names, runs):
            self.log.info("%s", line)
        for name, problem in accounts.problems.items():
            self.log.error("Left out: %s (%s)", name, problem)
        if accounts.problems:
            raise AirflowFailException(
                f"{len(accounts.problems)} accounts of the file cannot be understood; status-fleet check tells where"
            )
