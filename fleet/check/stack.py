"""A whole Airflow on this machine: its processes, its broker, its database, and the fleet's."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.check.watch import NAME, OF_FLEET
from tests.support.postgresql import HOST, USER, PostgresServer, server_programs
from tests.support.project import SCRIPTS, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REPOSITORY = Path(__file__).resolve().parents[2]
FLEET = REPOSITORY / "fleet"
AIRFLOW = FLEET / ".venv" / "bin"
TAPS = ("tap-cachet", "tap-instatus", "tap-rootly", "tap-statuspages", "tap-sigryl", "tap-boxwatch")
WORKERS = ("worker-1", "worker-2")
SLOTS = 2
"""Tasks that a worker runs at a time."""
HEARTBEAT_TIMEOUT = 30
_STOP_SECONDS = 20


@dataclass(frozen=True)
class Databases:
    """Databases of one server; passwords are canaries, the server asks for none.

    Attributes:
        airflow: Airflow's own.
        fleet: Locks, states and records.
        warehouse: What is loaded.
    """

    server: PostgresServer
    airflow: str
    fleet: str
    warehouse: str
    canary: str

    def address(self, name: str) -> str:
        """Address of one of them."""
        return f"postgresql://{USER}:{self.canary}@{HOST}:{self.server.port}/{name}"


class Stack:
    """Airflow with a scheduler, a DAG processor, an API server and two Celery workers.

    Args:
        folder: An empty folder, for configuration and logs.
        databases: Where everything is kept.
        variables: More of the environment of all processes, such as the keys of accounts.
    """

    def __init__(self, folder: Path, databases: Databases, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.api_port = free_port()
        self._broker_port = free_port()
        self._databases = databases
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = clean_environment({**self._airflow(), **self._fleet(), **variables})

    # Configuration

    @property
    def logs(self) -> Path:
        """Where Airflow's tasks and processes log."""
        return self.folder / "logs"

    @property
    def accounts(self) -> Path:
        """The accounts file."""
        return self.folder / "accounts.yml"

    @property
    def runs(self) -> Path:
        """The folder of all runs."""
        return self.folder / "runs"

    def _airflow(self) -> dict[str, str]:
        fernet = urlsafe_b64encode(secrets.token_bytes(32)).decode()
        address = self._databases.address(self._databases.airflow)
        told = {
            "CORE__EXECUTOR": "CeleryExecutor",
            "CORE__DAGS_FOLDER": str(FLEET / "dags"),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__FERNET_KEY": fernet,
            "CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{self.api_port}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "CORE__PARALLELISM": "16",
            "DATABASE__SQL_ALCHEMY_CONN": address,
            "CELERY__BROKER_URL": f"redis://{HOST}:{self._broker_port}/0",
            "CELERY__RESULT_BACKEND": f"db+{address}",
            "CELERY__WORKER_CONCURRENCY": str(SLOTS),
            "CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
            "API__HOST": HOST,
            "API__PORT": str(self.api_port),
            "API__WORKERS": "1",
            "API__SECRET_KEY": secrets.token_hex(16),
            "API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "API__BASE_URL": f"http://{HOST}:{self.api_port}",
            "LOGGING__BASE_LOG_FOLDER": str(self.logs),
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "5",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_TIMEOUT),
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
            "USAGE_DATA_COLLECTION__ENABLED": "False",
        }
        return {"AIRFLOW_HOME": str(self.folder / "airflow"), **{f"AIRFLOW__{k}": v for k, v in told.items()}}

    def _fleet(self) -> dict[str, str]:
        return {
            "STATUS_FLEET_ACCOUNTS": str(self.accounts),
            "STATUS_FLEET_PROJECT": str(REPOSITORY),
            "STATUS_FLEET_MELTANO": str(SCRIPTS / "meltano"),
            "STATUS_FLEET_PLUGINS": str(plugins_folder()),
            "STATUS_FLEET_RUNS": str(self.runs),
            "STATUS_FLEET_DATABASE": self._databases.address(self._databases.fleet),
        }

    # Processes

    def prepare(self) -> None:
        """Prepare the databases, and make the pools: what a deployment does once before anything is started."""
        self.logs.mkdir(parents=True)
        self.fleet("check", self.accounts, "--project", REPOSITORY)
        self.fleet("migrate")
        self._call(AIRFLOW / "airflow", "db", "migrate")
        pools = self.folder / "pools.json"
        pools.write_text(self.fleet("pools", self.accounts))
        self._call(AIRFLOW / "airflow", "pools", "import", pools)

    def start(self) -> None:
        """Start everything."""
        redis = shutil.which("redis-server")
        if redis is None:
            raise RuntimeError("Redis is not installed: apt-get install redis-server")
        self._start(
            "redis", [redis, "--port", str(self._broker_port), "--bind", HOST, "--save", "", "--dir", str(self.folder)]
        )
        for name in ("api-server", "scheduler", "dag-processor"):
            self.start_part(name)
        for worker in WORKERS:
            self.start_worker(worker)

    def start_part(self, name: str) -> None:
        """Start a part of Airflow.

        Args:
            name: What it is called on the command line.
        """
        self._start(name, [AIRFLOW / "airflow", name])

    def start_worker(self, name: str) -> None:
        """Start a worker; whoever does so sweeps the machine first.

        Args:
            name: Its name.
        """
        self.fleet("sweep")
        pid_file = self.folder / f"{name}.pid"
        pid_file.unlink(missing_ok=True)
        options = (
            "--celery-hostname",
            name,
            "--pid",
            pid_file,
            "--skip-serve-logs",
            "--without-mingle",
            "--without-gossip",
        )
        self._start(name, [AIRFLOW / "airflow", "celery", "worker", *options])

    def kill(self, name: str, *, with_tasks: bool = False) -> None:
        """Kill a part with -9.

        Args:
            name: The part.
            with_tasks: Whether the processes of its tasks are killed, too, though not what they have started.
        """
        process = self._processes.pop(name)
        for pid in [process.pid, *(_tasks_of(process.pid) if with_tasks else ())]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def accounts_on(self, worker: str) -> set[str]:
        """The accounts that a worker is loading.

        Args:
            worker: Its name.
        """
        return {account for pid in _descendants(self._processes[worker].pid) if (account := _account_of(pid))}

    def stop(self) -> None:
        """Stop everything."""
        for name in reversed(list(self._processes)):
            process = self._processes[name]
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0.1))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def fleet(self, *arguments: object) -> str:
        """Run `status-fleet`."""
        return self._call(AIRFLOW / "status-fleet", *arguments)

    def dead(self) -> list[str]:
        """The parts that have ended though nobody stopped them."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def _start(self, name: str, command: Sequence[object]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - a program of Airflow's environment, or Redis
                [str(part) for part in command],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _call(self, *command: object) -> str:
        done = subprocess.run(  # noqa: S603 - the same
            [str(part) for part in command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))} exited {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout


def plugins_folder() -> Path:
    """Where the plugins of the check are installed: not where the user's are."""
    return REPOSITORY / "output" / "fleet" / "plugins"


def install_plugins() -> None:
    """Install the plugins, unless they are there already."""
    environment = clean_environment({"MELTANO_SYS_DIR_ROOT": str(plugins_folder())})
    command = [str(SCRIPTS / "meltano"), "install", *TAPS, "target-postgres", "dbt-postgres"]
    subprocess.run(  # noqa: S603 - Meltano
        command, cwd=REPOSITORY, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def create_databases(server: PostgresServer) -> Databases:
    """Create the databases.

    Args:
        server: A running server.
    """
    canary = f"CANARY{secrets.token_hex(12)}"
    airflow, fleet, warehouse = (server.create_database() for _ in range(3))
    return Databases(server, airflow, fleet, warehouse, canary)


def postgres() -> PostgresServer:
    """A PostgreSQL server that is not running yet."""
    programs = server_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return PostgresServer(programs)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def _tasks_of(worker: int) -> Iterable[int]:
    """The processes of a worker and of its tasks; not the guards of the runs, which have sessions of their own."""
    for child in _children(worker):
        if os.getsid(child) == os.getsid(worker):
            yield child
            yield from _tasks_of(child)


def _descendants(pid: int) -> Iterable[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _account_of(pid: int) -> str:
    """The account that a process loads; an empty text for other processes."""
    with suppress(OSError):
        for variable in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            name, _, value = variable.decode(errors="replace").partition("=")
            if name == NAME:
                return value.partition(OF_FLEET)[0]
    return ""


def _children(pid: int) -> list[int]:
    found: Any = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += (task / "children").read_text().split()
    return [int(child) for child in found]
