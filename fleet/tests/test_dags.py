"""One DAG for each account of the file, with what is its own; a mistake costs the account that it concerns."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowRescheduleException
from status_fleet import operators
from status_fleet.dags import fleet_dags
from status_fleet.operators import LoadAccountOperator
from status_fleet.outcome import Ending, RunResult

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from status_fleet.job import Job

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = """
defaults: {schedule: H * * * *, retries: 4, retry_delay: 3m}
loader: {settings: {host: db, user: loader, database: warehouse}, secrets: {password: {env: WAREHOUSE}}}
models: {schedule: 30 * * * *}
summary: {schedule: 0 6 * * *}
pools: {emea: 1}
accounts:
- {name: acme, tap: tap-rootly, time_limit: 30m, secrets: {api_token: {env: ACME}}}
- {name: emea-1, tap: tap-instatus, schedule: "*/10 * * * *", pool: emea, secrets: {api_key: {env: EMEA}}}
- {name: rests, tap: tap-cachet, paused: true}
"""
WRONG = """
- {name: wrong, tap: tap-cachet, schedule: hourly}
- {name: acme, tap: tap-cachet}
- {tap: tap-cachet}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The accounts file of this machine."""
    monkeypatch.setenv("STATUS_FLEET_PROJECT", str(REPOSITORY))
    monkeypatch.setenv("STATUS_FLEET_ACCOUNTS", str(tmp_path / "accounts.yml"))
    monkeypatch.setenv("STATUS_FLEET_DATABASE", "postgresql://fleet:secret-of-the-fleet@db/fleet")
    monkeypatch.setenv("WAREHOUSE", "secret-of-the-warehouse")
    monkeypatch.setenv("ACME", "secret-of-acme")
    monkeypatch.setenv("EMEA", "secret-of-emea")
    (tmp_path / "accounts.yml").write_text(FILE)
    return tmp_path / "accounts.yml"


def schedule(dag: DAG) -> str | None:
    return dag.schedule if isinstance(dag.schedule, str) else None


def test_each_account_has_a_dag_with_its_own_schedule_pool_retries_and_limit(place: Path) -> None:  # noqa: ARG001
    dags = fleet_dags()
    assert set(dags) == {
        *(f"status_account_{name}" for name in ("acme", "emea-1", "rests")),
        "status_models",
        "status_summary",
    }
    acme, emea = dags["status_account_acme"], dags["status_account_emea-1"]
    assert {dag.max_active_runs for dag in dags.values()} == {1}
    assert [schedule(emea), schedule(dags["status_models"]), schedule(dags["status_summary"])] == [
        "*/10 * * * *",
        "30 * * * *",
        "0 6 * * *",
    ]
    minute, *rest = str(schedule(acme)).split()
    assert (0 <= int(minute) < 60, rest) == (True, ["*"] * 4)
    assert schedule(dags["status_account_rests"]) is None
    load = acme.get_task("load")
    assert (load.retries, load.retry_delay, load.retry_exponential_backoff) == (4, timedelta(minutes=3), True)
    assert load.execution_timeout == timedelta(minutes=35)
    assert (load.pool, emea.get_task("load").pool) == ("default_pool", "emea")


def test_accounts_that_cannot_be_understood_cost_no_other_account_its_dag(place: Path) -> None:
    place.write_text(FILE + WRONG.removeprefix("\n"))
    assert {"status_account_acme", "status_account_emea-1", "status_models", "status_summary"} <= set(fleet_dags())
    assert "status_account_wrong" not in fleet_dags()


def test_a_worker_makes_the_one_dag_that_it_needs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "status_account_acme")
    assert set(fleet_dags()) == {"status_account_acme"}


class Recorded:
    """Stands for a run: it notes the job, and ends as it is told to."""

    def __init__(self, result: RunResult) -> None:
        self.result = result
        self.job: Job | None = None

    def __call__(self, job: Job, _: object) -> Recorded:
        self.job = job
        return self

    def run(self) -> RunResult:
        return self.result

    def stop(self) -> None:
        """Nothing is running."""


def execute(monkeypatch: pytest.MonkeyPatch, result: RunResult) -> Recorded:
    recorded = Recorded(result)
    monkeypatch.setattr(operators, "Runner", recorded)
    masked: list[str] = []
    monkeypatch.setattr(operators, "mask_secret", masked.append)
    LoadAccountOperator(task_id="load", account="acme").execute({})
    return recorded


def failed(*, retryable: bool) -> RunResult:
    told = {"exit_code": 1, "retryable": retryable, "error": "the key is refused"}
    return RunResult(Ending.ENDED, 1, told)


def test_a_run_that_somebody_has_to_mend_is_not_tried_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    with pytest.raises(AirflowFailException, match=r"^the key is refused$"):
        execute(monkeypatch, failed(retryable=False))


@pytest.mark.parametrize(
    "result",
    [
        failed(retryable=True),
        RunResult(Ending.ENDED, 1),
        RunResult(Ending.ENDED, -9),
        RunResult(Ending.ENDED, 1, {"exit_code": 0, "retryable": False, "error": None}),
        RunResult(Ending.TIME_LIMIT),
        RunResult(Ending.LOCK_LOST),
    ],
    ids=["passing failure", "no summary", "killed", "the loader failed", "time limit", "lock lost"],
)
def test_a_run_that_may_pass_is_tried_again(place: Path, monkeypatch: pytest.MonkeyPatch, result: RunResult) -> None:  # noqa: ARG001
    with pytest.raises(AirflowException) as raised:
        execute(monkeypatch, result)
    assert not isinstance(raised.value, (AirflowFailException, AirflowRescheduleException))


def test_a_run_that_meets_another_one_waits_and_uses_up_no_retry(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    with pytest.raises(AirflowRescheduleException):
        execute(monkeypatch, RunResult(Ending.BUSY))


def test_a_secret_that_is_missing_is_named_and_not_retried(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.delenv("ACME")
    with pytest.raises(AirflowFailException, match=r"has no variable ACME$"):
        execute(monkeypatch, RunResult(Ending.ENDED, 0))


def test_a_run_gets_the_secrets_of_its_account_and_of_no_other(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret-of-airflow")
    job = execute(monkeypatch, RunResult(Ending.ENDED, 0)).job
    assert job is not None
    assert job.environment["TAP_ROOTLY_API_TOKEN"] == "secret-of-acme"
    assert job.environment["TARGET_POSTGRES_PASSWORD"] == "secret-of-the-warehouse"
    assert job.environment["TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA"] == "rootly_acme"
    assert "--state-id-suffix=acme" in job.command
    assert set(job.secrets) == {"secret-of-acme", "secret-of-the-warehouse", "secret-of-the-fleet"}
    held = " ".join(job.environment.values())
    assert "secret-of-emea" not in held
    assert "secret-of-airflow" not in held
    assert "secret" not in " ".join([*job.command, *job.facts.values(), repr(job)])


def test_a_tap_that_the_project_lacks_is_named_and_not_retried(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write_text(FILE.replace("tap-rootly", "tap-rotly"))
    with pytest.raises(AirflowFailException, match="has no tap 'tap-rotly'"):
        execute(monkeypatch, RunResult(Ending.ENDED, 0))
