"""Runs under their guard: never two of an account at a time, and none outlives those that it belongs to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from status_fleet.folders import sweep
from status_fleet.job import Job
from status_fleet.lock import LOCK_CONNECTION, name_of_runs
from status_fleet.outcome import Ending, RunResult, Verdict
from status_fleet.processes import children_of
from status_fleet.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 30
RUNS = """
import os, pathlib, subprocess, sys, time
note = pathlib.Path(sys.argv[1])
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
note.write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
"""Stands for Meltano: it says its number and that of a child, which has a session of its own, and never ends."""
TASK = """
import sys
from status_fleet.job import Job
from status_fleet.runner import Runner
print(Runner(Job.from_json(sys.stdin.read()), lambda line: None).run().as_json())
"""
WORKER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], stdin=sys.stdin)"


@pytest.fixture
def job(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Job:
    """A run that never ends by itself."""
    return Job(
        account=request.node.name[:40],
        command=[sys.executable, "-c", RUNS, str(tmp_path / "note")],
        folder=str(tmp_path),
        environment={"PATH": os.environ["PATH"]},
        plugins=str(tmp_path / "plugins"),
        runs=str(tmp_path / "runs"),
        database=database,
        time_limit=600,
    )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Job, str], subprocess.Popen[str]]]:
    """Starts a program that runs a job, and waits until the run is under way; all of it is gone at the end."""
    started = []

    def begin(job: Job, program: str = TASK) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, *([TASK] if program == WORKER else [])]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        started.append(process)
        assert process.stdin is not None
        process.stdin.write(job.as_json())
        process.stdin.close()
        wait_until((tmp_path / "note").exists)
        return process

    yield begin
    for process in started:
        for pid in [*children_of(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def run(job: Job) -> RunResult:
    return Runner(job, print).run()


def quick(job: Job, program: str = "pass") -> Job:
    return replace(job, command=[sys.executable, "-c", program])


def wait_until(happens: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    return False


def noted(tmp_path: Path) -> list[int]:
    return [int(pid) for pid in (tmp_path / "note").read_text().split()]


def guard_of(task: subprocess.Popen[str]) -> int:
    return children_of(task.pid)[0]


def test_a_second_run_waits_while_the_first_is_alive(job: Job, start: Callable[..., subprocess.Popen[str]]) -> None:
    start(job)
    second = run(quick(job))
    assert (second.ending, second.verdict) == (Ending.BUSY, Verdict.WAIT)
    assert run(replace(quick(job), account="another")).verdict is Verdict.DONE


@pytest.mark.parametrize("program", [TASK, WORKER], ids=["the task", "the worker that started the task"])
def test_a_run_ends_with(program: str, job: Job, start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    started = start(job, program)
    os.kill(started.pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, noted(tmp_path))))
    wait_until(lambda: run(quick(job)).verdict is Verdict.DONE)
    assert not list((tmp_path / "runs").iterdir())


def test_what_outlives_a_killed_guard_is_ended_before_the_next_run_begins(
    job: Job, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    task = start(job)
    meltano, child = noted(tmp_path)
    os.kill(guard_of(task), signal.SIGKILL)
    task.wait(SECONDS)
    wait_until(lambda: not is_alive(meltano))
    assert is_alive(child)

    survivors = f"import os, sys; sys.exit(os.path.exists('/proc/{child}/exe'))"
    assert run(quick(job, survivors)).verdict is Verdict.DONE
    assert not list((tmp_path / "runs").iterdir())


def test_a_worker_that_starts_ends_and_removes_what_dead_runs_have_left(
    job: Job, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    task = start(job)
    assert sweep(tmp_path / "runs") == 0
    os.kill(guard_of(task), signal.SIGKILL)
    task.wait(SECONDS)
    assert sweep(tmp_path / "runs") == 1
    assert not any(map(is_alive, noted(tmp_path)))
    assert not list((tmp_path / "runs").iterdir())


def test_a_connection_that_a_dead_run_has_left_in_the_server_is_ended(job: Job) -> None:
    with psycopg.connect(job.database, application_name=name_of_runs(job.database, job.account)) as connection:
        assert run(quick(job)).verdict is Verdict.DONE
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_run_whose_lock_is_lost_ends_and_is_tried_again(
    job: Job, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    task = start(job)
    with psycopg.connect(job.database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [LOCK_CONNECTION]
        )
    assert task.stdout is not None
    result = RunResult.from_json(task.stdout.read())
    assert (result.ending, result.verdict) == (Ending.LOCK_LOST, Verdict.AGAIN)
    assert not any(map(is_alive, noted(tmp_path)))


def test_a_run_is_stopped_at_its_time_limit(job: Job, tmp_path: Path) -> None:
    result = run(replace(job, time_limit=1))
    assert (result.ending, result.verdict) == (Ending.TIME_LIMIT, Verdict.AGAIN)
    assert not any(map(is_alive, noted(tmp_path)))


def test_a_database_that_does_not_answer_ends_a_run_that_may_pass(job: Job) -> None:
    result = run(replace(job, database="postgresql://nobody@127.0.0.1:1/none"))
    assert (result.ending, result.verdict) == (Ending.LOCK_LOST, Verdict.AGAIN)


def test_a_run_sees_its_own_home_and_plugins_and_no_variable_of_the_worker(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_OF_ANOTHER_ACCOUNT", "CANARY")
    (tmp_path / "plugins" / "extractors" / "tap-x").mkdir(parents=True)
    program = f"""
import os, pathlib
home, system = pathlib.Path(os.environ["HOME"]), pathlib.Path(os.environ["MELTANO_SYS_DIR_ROOT"])
assert {str(tmp_path / "runs")!r} in str(home) and home.is_dir() and home.stat().st_uid == os.getuid()
assert (system / "extractors" / "tap-x").is_dir()
assert not [name for name, value in os.environ.items() if value == "CANARY"]
"""
    assert run(quick(job, program)).verdict is Verdict.DONE
    assert not list((tmp_path / "runs").iterdir())


def test_a_record_of_a_run_is_kept_without_its_secrets(job: Job) -> None:
    program = """
import json, os, pathlib
told = {"error": "the key hunter22 is refused", "exit_code": 1, "retryable": False, "rows": 7, "requests": 2}
pathlib.Path(os.environ["TAP_X_SUMMARY_FILE"]).write_text(json.dumps(told))
raise SystemExit(1)
"""
    result = run(replace(quick(job, program), summary_variable="TAP_X_SUMMARY_FILE", secrets=["hunter22"]))
    assert result.verdict is Verdict.MEND
    with psycopg.connect(job.database) as connection:
        kept = connection.execute(
            "SELECT verdict, line, rows, requests, summary::text, cpu_seconds > 0"
            " FROM status_fleet.run WHERE account = %s",
            [job.account],
        ).fetchall()
    ((verdict, line, rows, requests, summary, has_cost),) = kept
    assert (verdict, line, rows, requests, has_cost) == ("mend", "the key *** is refused", 7, 2, True)
    assert "hunter22" not in summary
