"""The command `status-fleet`: checks the accounts file, prepares what runs need, and runs accounts without Airflow."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import yaml

from status_fleet.accounts import Accounts
from status_fleet.catalogs import PreparedCatalogs, project_extractors
from status_fleet.check import check
from status_fleet.folders import RunFolder, sweep
from status_fleet.jobs import Jobs, selection
from status_fleet.outcome import Verdict
from status_fleet.place import MisplacedError, Place, database, meltano_database, passed_on
from status_fleet.plugins import Project, UnknownPluginError
from status_fleet.records import create_table
from status_fleet.runner import Runner
from status_fleet.secrets import MissingSecretError, no_connections

_TOLD = (
    *(MisplacedError, MissingSecretError, UnknownPluginError),
    *(OSError, yaml.YAMLError, psycopg.OperationalError),
)
"""Errors for the user to fix, which are reported in one line."""
_EXIT_CODES = {Verdict.DONE: 0, Verdict.AGAIN: 1, Verdict.MEND: 1, Verdict.WAIT: 75}
"""75 (EX_TEMPFAIL) is the customary exit code of programs that should be started again later."""


def main() -> None:
    """Run the command."""
    arguments = _parser().parse_args()
    try:
        sys.exit(arguments.do(arguments))
    except _TOLD as error:
        sys.exit(f"status-fleet: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="status-fleet", description=__doc__)
    commands = parser.add_subparsers(required=True)

    checking = commands.add_parser("check", help="say which line of the accounts file is wrong")
    checking.add_argument("file", type=Path)
    checking.add_argument("--project", type=Path, help="folder of the Meltano project, whose taps are compared")
    checking.set_defaults(do=_check)

    pools = commands.add_parser("pools", help="print the pools, for `airflow pools import`")
    pools.add_argument("file", type=Path)
    pools.set_defaults(do=_pools)

    migrating = commands.add_parser("migrate", help="prepare the fleet's database, once before any worker starts")
    migrating.set_defaults(do=_migrate)

    sweeping = commands.add_parser("sweep", help="remove what dead runs have left on this machine")
    sweeping.set_defaults(do=_sweep)

    preparing = commands.add_parser("prepare-catalogs", help="ask the taps what they read, so that no run has to")
    preparing.add_argument("--project", type=Path, default=Path(), help="folder of the Meltano project")
    preparing.add_argument("--into", type=Path, help="folder of the catalogs; `catalogs` in the project unless given")
    preparing.add_argument("--accounts", type=Path, help="an accounts file: prepare what its accounts select, too")
    preparing.add_argument("--meltano", default=os.environ.get("STATUS_FLEET_MELTANO") or "meltano")
    preparing.set_defaults(do=_prepare_catalogs)

    running = commands.add_parser("run", help="load one account now, without Airflow")
    running.add_argument("account")
    running.set_defaults(do=_run)
    return parser


def _check(arguments: argparse.Namespace) -> int:
    folder = arguments.project or os.environ.get("STATUS_FLEET_PROJECT")
    project = Project(Path(folder)) if folder else None
    try:
        text = arguments.file.read_text()
    except OSError as error:
        print(f"{arguments.file}: {error.strerror}", file=sys.stderr)
        return 1
    findings = check(text, project)
    for finding in findings:
        print(f"{arguments.file}:{finding.line}: {finding.text}", file=sys.stderr)
    if findings:
        return 1
    without = "" if project else " (taps and settings were not compared: no --project)"
    print(f"{arguments.file}: {len(Accounts.read(arguments.file).names)} accounts, nothing wrong{without}")
    return 0


def _pools(arguments: argparse.Namespace) -> int:
    pools = Accounts.read(arguments.file).pools
    told = {"description": "Accounts that share a key", "include_deferred": False}
    print(json.dumps({name: {"slots": slots, **told} for name, slots in pools.items()}, indent=2))
    return 0


def _migrate(_: argparse.Namespace) -> int:
    place = Place.here()
    with psycopg.connect(database()) as connection:
        create_table(connection)
    # Any command that reads states migrates the database first.
    command = [place.meltano, "--log-level=error", "state", "list"]
    with RunFolder(place.runs, place.plugins) as folder:
        environment = {
            **passed_on(),
            **folder.environment(),
            "MELTANO_DATABASE_URI": meltano_database(database()),
        }
        done = subprocess.run(command, cwd=place.project, env=environment, check=False)  # noqa: S603 - Meltano
    return done.returncode


def _sweep(_: argparse.Namespace) -> int:
    print(f"{sweep(Place.here().runs)} dead runs were removed")
    return 0


def _prepare_catalogs(arguments: argparse.Namespace) -> int:
    project = arguments.project.resolve()
    catalogs = PreparedCatalogs((arguments.into or project / "catalogs").resolve(), project)
    for file in catalogs.prepare_all(project_extractors(project), arguments.meltano):
        print(file, flush=True)
    for account in Accounts.read(arguments.accounts) if arguments.accounts else ():
        environment = selection(account, Project(project).taps[account.tap])
        print(catalogs.prepare(account.tap, environment, arguments.meltano), flush=True)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    place = Place.here()
    accounts = Accounts.read(place.accounts)
    found = {account.name: account for account in accounts}
    if arguments.account not in found:
        reason = accounts.problems.get(arguments.account, "there is no account of that name")
        print(f"status-fleet: {place.accounts}: {arguments.account}: {reason}", file=sys.stderr)
        return 1
    job = Jobs(accounts, place, no_connections).load(found[arguments.account])
    result = Runner(job, lambda line: print(line, flush=True)).run()
    print(f"{arguments.account}: {result.verdict.value}: {result.line}")
    return _EXIT_CODES[result.verdict]


if __name__ == "__main__":
    main()
