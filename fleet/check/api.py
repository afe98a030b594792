"""What is asked of Airflow through its REST API, as an operator's script would."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SECONDS = 60
OVER = frozenset({"success", "failed"})
PAGE = 100


@dataclass(frozen=True)
class Ended:
    """A run of a DAG that is over.

    Attributes:
        state: `success` or `failed`.
        tries: How often its task was tried.
        seconds: From its start to its end.
    """

    state: str
    tries: int
    seconds: float


class Api:
    """Airflow's API.

    Args:
        port: Where it listens.
    """

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._headers: dict[str, str] = {}

    def wait(self, seconds: float) -> None:
        """Wait until it answers.

        Args:
            seconds: How long at most.
        """
        deadline = time.monotonic() + seconds
        while not self._headers:
            with suppress(requests.RequestException, ValueError, KeyError):
                token = requests.get(f"{self._base}/auth/token", timeout=SECONDS).json()["access_token"]
                self._headers = {"Authorization": f"Bearer {token}"}
            if time.monotonic() > deadline:
                raise TimeoutError(f"Airflow's API does not answer at {self._base}")
            time.sleep(0.5)

    def wait_for_dags(self, wanted: Collection[str], seconds: float) -> None:
        """Wait until all these DAGs are known.

        Args:
            wanted: Their ids.
            seconds: How long at most.
        """
        deadline = time.monotonic() + seconds
        while missing := set(wanted) - self.dags():
            if time.monotonic() > deadline:
                errors = self("GET", "/importErrors")["import_errors"]
                raise TimeoutError(f"Airflow does not know {', '.join(sorted(missing))}: {errors}")
            time.sleep(1)

    def dags(self) -> set[str]:
        """The ids of all DAGs."""
        return {dag["dag_id"] for dag in self._pages("/dags", "dags")}

    def trigger(self, dag: str) -> str:
        """Start a DAG; returns the run's id."""
        run: str = self("POST", f"/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
        return run

    def ended(self, runs: Mapping[str, str]) -> dict[str, Ended]:
        """Those of some runs that are over.

        Args:
            runs: Ids of runs by DAG.
        """
        found = {}
        for task in self._pages("/dags/~/dagRuns/~/taskInstances", "task_instances"):
            is_wanted = runs.get(task["dag_id"]) == task["dag_run_id"]
            if is_wanted and task["state"] in OVER:
                found[task["dag_id"]] = Ended(task["state"], task["try_number"], task["duration"] or 0.0)
        return found

    def states(self, dag: str) -> set[str | None]:
        """The states of all tasks of a DAG.

        Args:
            dag: Its id.
        """
        return {task["state"] for task in self._pages(f"/dags/{dag}/dagRuns/~/taskInstances", "task_instances")}

    def add_connection(self, connection: str, **values: str) -> None:
        """Make a connection.

        Args:
            connection: Its id.
            values: What it holds.
        """
        self("POST", "/connections", {"connection_id": connection, "conn_type": "generic", **values})

    def log(self, dag: str, run: str, task: str, number: int) -> str:
        """The log of a task, as the page shows it."""
        told = self("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{number}?full_content=true")
        return "\n".join(_line(event) for event in told["content"])

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask."""
        answer = requests.request(
            method, f"{self._base}/api/v2{path}", json=body, headers=self._headers, timeout=SECONDS
        )
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def _pages(self, path: str, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self("GET", f"{path}?limit={PAGE}&offset={len(found)}")
            found += page[name]
            if not page[name] or len(found) >= page["total_entries"]:
                return found


def _line(event: Any) -> str:
    return str(event.get("event", "")) if isinstance(event, dict) else str(event)
