"""Makes the runs of an accounts file: each gets the settings and secrets of its own account only."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from status_fleet.catalogs import PreparedCatalogs
from status_fleet.job import Job
from status_fleet.place import database, meltano_database, passed_on
from status_fleet.plugins import Project
from status_fleet.secrets import resolved

if TYPE_CHECKING:
    from status_fleet.accounts import Account, Accounts
    from status_fleet.place import Place
    from status_fleet.plugins import Plugin
    from status_fleet.secrets import Connections

MODELS = "models:"
"""The lock name of a build of the models, which no account can have."""
BUILDERS = {"target-duckdb": "dbt-duckdb"}
"""What builds the models where a loader has filled the warehouse; dbt-postgres after all others."""
LAKE = "ducklake:"
UNSEEN = "unseen"
"""Placeholder for a secret, where only its presence matters."""


class Jobs:
    """The runs of one accounts file.

    Args:
        accounts: The file.
        place: The paths on this machine.
        connections: Looks up Airflow connections.
    """

    def __init__(self, accounts: Accounts, place: Place, connections: Connections) -> None:
        self._accounts = accounts
        self._place = place
        self._connections = connections

    @cached_property
    def _project(self) -> Project:
        return Project(self._place.project)

    @cached_property
    def _catalogs(self) -> PreparedCatalogs:
        return PreparedCatalogs(self._place.catalogs, self._place.project, self._place.plugins)

    def load(self, account: Account) -> Job:
        """Make a run that loads an account.

        Args:
            account: The account.

        Raises:
            MissingSecretError: A secret is not where the file says.
            UnknownPluginError: The Meltano project does not have its tap.
        """
        tap, loader = self._project.tap(account.tap), self._loader
        schema = account.schema_of(product_of(account, tap))
        own, shared = resolved(account.secrets, self._connections), self._loader_secrets()
        environment = {
            **self._common(),
            **self._loader_settings(shared),
            loader.variable("default_target_schema"): schema,
            **selection(account, tap),
            **{tap.variable(name): value for name, value in own.items()},
        }
        environment.update(self._catalogs.variables(tap.name, environment))
        return Job(
            account=account.name,
            command=self._run(f"--state-id-suffix={account.name}", account.tap, loader.name),
            environment=environment,
            time_limit=account.time_limit,
            summary_variable=tap.variable("summary_file"),
            secrets=[*own.values(), *shared.values(), *_passwords(database())],
            facts={"tap": account.tap, "schema": schema},
            **self._machine(),
        )

    def build(self) -> Job:
        """Make a run that builds the models of all accounts."""
        building = self._accounts.models
        if building is None:
            raise ValueError("The accounts file says nothing of models")
        shared = self._loader_secrets()
        builder = BUILDERS.get(self._loader.name, "dbt-postgres")
        variable = f"{builder}_".upper().replace("-", "_")
        settings = self._loader_settings(shared)
        environment = {
            **self._common(),
            **settings,
            f"{variable}VARS": json.dumps({**building.vars, "status_sources": self.sources()}),
        }
        if settings.get(self._loader.variable("filepath"), "").startswith(LAKE):
            environment[f"{variable}TARGET"] = "lake"
        return Job(
            account=MODELS,
            command=self._run(f"{builder}:build"),
            environment=environment,
            time_limit=building.time_limit,
            secrets=[*shared.values(), *_passwords(database())],
            **self._machine(),
        )

    def sources(self) -> list[dict[str, str]]:
        """The sources that the models are built from: the product, schema and name of each account."""
        found = []
        for account in self._accounts:
            if account.tap not in self._project.taps:
                # It has never been loaded.
                continue
            product = product_of(account, self._project.taps[account.tap])
            found.append({"product": product, "schema": account.schema_of(product), "account": account.name})
        return found

    @property
    def _loader(self) -> Plugin:
        return self._project.loader(self._accounts.loader.name)

    def _loader_secrets(self) -> dict[str, str]:
        return resolved(self._accounts.loader.secrets, self._connections)

    def _loader_settings(self, secrets: dict[str, str]) -> dict[str, str]:
        values = {**self._accounts.loader.settings, **secrets}
        return {self._loader.variable(name): _text(value) for name, value in values.items()}

    def _common(self) -> dict[str, str]:
        return {
            **passed_on(),
            "PYTHONUNBUFFERED": "1",
            "MELTANO_DATABASE_URI": meltano_database(database()),
            "MELTANO_CLI_LOG_FORMAT": "uncolored",
        }

    def _run(self, *arguments: str) -> list[str]:
        """A `meltano run` command; forced, as Meltano's own lock outlives a dead run by minutes: ours is enough."""
        return [self._place.meltano, "run", "--no-install", "--force", *arguments]

    def _machine(self) -> dict[str, Any]:
        return {
            "folder": str(self._place.project),
            "plugins": str(self._place.plugins),
            "runs": str(self._place.runs),
            "database": database(),
        }


def selection(account: Account, tap: Plugin) -> dict[str, str]:
    """Variables for selection and settings; secrets are replaced by a placeholder.

    Args:
        account: The account.
        tap: Its tap.
    """
    told = {tap.variable(name): _text(value) for name, value in account.settings.items()}
    if account.select is not None:
        told[tap.variable("_select")] = json.dumps(account.select)
    return {**{tap.variable(name): UNSEEN for name in account.secrets}, **told}


def product_of(account: Account, tap: Plugin) -> str:
    """The product whose API an account's rows come from, as the models call it.

    Args:
        account: The account.
        tap: Its tap.
    """
    return str(account.settings.get("provider") or tap.product)


def _text(value: Any) -> str:
    """A setting as the value of a variable; YAML parses anything that looks like a time as one."""
    return value if isinstance(value, str) else json.dumps(value, default=_time).strip('"')


def _time(value: Any) -> str:
    text: str = value.isoformat()
    return text.replace("+00:00", "Z")


def _passwords(address: str) -> list[str]:
    password = urlsplit(address).password
    return [] if not password else list({password, unquote(password)})
