"""Loads accounts in a container of the image, where the only network is loopback: `make fleet-image` does so."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from fleet.check.checks import rows_differ, rows_of
from fleet.check.scenario import accounts_file, variables
from fleet.check.sources import accounts_of, sandboxes
from fleet.check.stack import create_databases, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fleet.check.sources import AccountAtSource
    from fleet.check.stack import Databases

PRODUCTS = ("sigryl", "boxwatch")
"""Of these everything is selected unless somebody says otherwise, so a run must find a catalog in the image."""
IDENTITY = "50000:0"
ENTRY = ("dumb-init", "--single-child", "--")
ACCOUNTS = "/etc/status-fleet/accounts.yml"
_ANSWER = "print(*open('/proc/net/dev').read().split(), sep='\\n')"


class Container:
    """A container of the image.

    Args:
        buildah: The command that knows it, with its options.
        name: Its name.
        accounts: The accounts file.
        environment: Variables of its processes.
    """

    def __init__(self, buildah: Sequence[str], name: str, accounts: Path, environment: Mapping[str, str]) -> None:
        given = [f"--env={variable}={value}" for variable, value in environment.items()]
        volume = f"--volume={accounts}:{ACCOUNTS}:ro"
        self._command = [
            *buildah,
            "run",
            "--isolation=chroot",
            f"--user={IDENTITY}",
            volume,
            *given,
            name,
            "--",
            *ENTRY,
        ]

    def __call__(self, *command: str) -> str:
        """Run a command in it.

        Args:
            command: The command.

        Raises:
            RuntimeError: It failed; the text is what it printed.
        """
        done = subprocess.run(  # noqa: S603 - buildah
            [*self._command, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} exited {done.returncode}:\n{done.stdout}")
        return done.stdout


def main() -> None:
    """Load, and end with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="fleet.check.image", description=__doc__)
    parser.add_argument("container", help="a container of the image")
    parser.add_argument("buildah", nargs="+", help="the command that knows it, with its options")
    arguments = parser.parse_args()
    problems = list(_problems(arguments.buildah, arguments.container))
    for problem in problems:
        print(f"WRONG: {problem}", flush=True)
    print("Something is wrong" if problems else "Nothing is wrong")
    sys.exit(bool(problems))


def _problems(buildah: Sequence[str], name: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, postgres() as server, sandboxes(1)[0] as box:
        databases = create_databases(server)
        accounts = [account for account in accounts_of([box], 99) if account.product in PRODUCTS]
        file = Path(folder) / "accounts.yml"
        file.write_text(_accounts(accounts, databases))
        # Whoever runs in the container may read it, and nobody else needs to.
        Path(folder).chmod(0o755)
        given = {**variables(accounts, databases), "STATUS_FLEET_DATABASE": databases.address(databases.fleet)}
        run = Container(buildah, name, file, given)
        yield from _surroundings(run)
        _say(run("status-fleet", "check", ACCOUNTS).strip())
        run("status-fleet", "migrate")
        for account in accounts:
            yield from _loaded(run, account)
        yield from rows_differ(accounts, databases)
        _say("{} tables with {} rows are compared with their source".format(*rows_of(accounts, databases)))


def _accounts(accounts: Sequence[AccountAtSource], databases: Databases) -> str:
    told = yaml.safe_load(accounts_file(accounts, databases))
    for entry in told["accounts"]:
        del entry["select"]
    told["pools"] = {}
    return yaml.safe_dump(told, sort_keys=False)


def _surroundings(run: Container) -> Iterator[str]:
    """What is around a run: no network, no rights, no way to change what runs, all DAGs."""
    devices = [word for word in run("python", "-c", _ANSWER).split() if word.endswith(":")]
    _say(f"Network: {' '.join(devices)}")
    if devices != ["lo:"]:
        yield f"there is more network than loopback: {devices}"
    identity = run("id", "-u").strip()
    _say(f"User: {identity}")
    if identity != IDENTITY.partition(":")[0]:
        yield f"the user is {identity}"
    changeable = run(
        "find", "/opt/status", "/opt/meltano", "/opt/airflow-venv", "-writable", "-not", "-type", "l"
    ).split()
    if changeable:
        yield f"whoever runs may change {len(changeable)} files, such as {changeable[0]}"
    _say(f"Airflow {run('airflow', 'version').strip()}, {run('/opt/meltano/bin/meltano', '--version').strip()}")
    dags = "from status_fleet.dags import fleet_dags; print(*fleet_dags())"
    _say(f"DAGs: {run('python', '-c', dags).split()[-4:]}")


def _loaded(run: Container, account: AccountAtSource) -> Iterator[str]:
    began = time.monotonic()
    told = run("status-fleet", "run", account.name)
    _say(f"{told.splitlines()[-1]} ({time.monotonic() - began:.0f} s)")
    if "Running catalog discovery" in told:
        yield f"{account.name}: no catalog was prepared for it"
    if any(secret in told for secret in account.secrets.values()):
        yield f"{account.name}: the log holds a secret"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
