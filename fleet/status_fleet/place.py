"""The paths and addresses that the fleet needs on a machine, from environment variables of Airflow's processes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from status_fleet.folders import runs_folder

PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)
"""The worker's variables that a run inherits. No others: neither keys of other accounts nor Airflow's own secrets."""


class MisplacedError(Exception):
    """A variable for one of the paths or addresses is missing."""


@dataclass(frozen=True)
class Place:
    """The paths on one machine.

    Attributes:
        accounts: The accounts file.
        project: Folder of the Meltano project.
        meltano: Path of the Meltano executable.
        plugins: Meltano's system folder, in which the plugins are installed.
        runs: Folder of all runs.
        catalogs: Folder of the prepared catalogs.
    """

    accounts: Path
    project: Path
    meltano: str
    plugins: Path
    runs: Path
    catalogs: Path

    @classmethod
    def here(cls) -> Place:
        """The paths set in this process's environment."""
        project = Path(_told("STATUS_FLEET_PROJECT"))
        return cls(
            accounts=Path(os.environ.get("STATUS_FLEET_ACCOUNTS") or project / "accounts.yml"),
            project=project,
            meltano=os.environ.get("STATUS_FLEET_MELTANO") or "meltano",
            plugins=Path(os.environ.get("STATUS_FLEET_PLUGINS") or project / ".meltano"),
            runs=runs_folder(),
            catalogs=Path(os.environ.get("STATUS_FLEET_CATALOGS") or project / "catalogs"),
        )


def database() -> str:
    """Address of the fleet's database, which holds locks, states and records."""
    return _told("STATUS_FLEET_DATABASE")


def meltano_database(address: str) -> str:
    """The same address in the form that Meltano expects."""
    return "postgresql+psycopg://" + address.partition("://")[2]


def passed_on() -> dict[str, str]:
    """The variables of this process that a run inherits."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _told(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise MisplacedError(f"the environment variable {name} is not set; fleet/README.md says what it is")
    return value
