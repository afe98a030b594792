"""The contents of the accounts file as objects. `status_fleet.check` validates it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from status_fleet.plugins import load_yaml
from status_fleet.schedules import cron_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

UNITS = {"s": 1, "m": 60, "h": 3600}
DEFAULTS: Mapping[str, Any] = {
    "schedule": "H * * * *",
    "retries": 5,
    "retry_delay": "2m",
    "time_limit": "2h",
    "pool": "default_pool",
}


def seconds(text: str) -> int:
    """Convert a duration such as `30m` to seconds."""
    return int(text[:-1]) * UNITS[text[-1]]


@dataclass(frozen=True)
class Secret:
    """Where a secret comes from, never the secret itself.

    Attributes:
        env: An environment variable of the worker; None for a connection.
        connection: An Airflow connection; None for a variable.
        field: The field of the connection.
    """

    env: str | None = None
    connection: str | None = None
    field: str = "password"


@dataclass(frozen=True)
class Account:
    """An account.

    Attributes:
        name: Its name.
        tap: The extractor that reads it.
        schema: The schema of its tables; None for the default, made of the product and the name.
        schedule: A cron expression; None for none.
        settings: Settings of the tap.
        secrets: Sources of the secret settings.
        select: Selected streams and fields; None for the selection of the Meltano project.
        pool: The Airflow pool of its runs.
        retries: How often a run is retried.
        retry_delay: Seconds before the first retry; doubled for each further one.
        time_limit: Seconds after which a run is stopped.
        paused: Whether it is left out.
    """

    name: str
    tap: str
    schema: str | None
    schedule: str | None
    settings: Mapping[str, Any]
    secrets: Mapping[str, Secret]
    select: tuple[str, ...] | None
    pool: str
    retries: int
    retry_delay: int
    time_limit: int
    paused: bool

    def schema_of(self, product: str) -> str:
        """The schema of its tables.

        Args:
            product: The product whose API the tap reads.
        """
        return self.schema or f"{product}_{self.name}".replace("-", "_")


@dataclass(frozen=True)
class LoaderChoice:
    """The loader of all accounts.

    Attributes:
        name: Its name in the Meltano project.
        settings: Its settings.
        secrets: Sources of the secret settings.
    """

    name: str = "target-postgres"
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)


@dataclass(frozen=True)
class Building:
    """When and how the models are built.

    Attributes:
        schedule: A cron expression; None for none.
        vars: Variables of the models.
        time_limit: Seconds after which a build is stopped.
    """

    schedule: str | None
    vars: Mapping[str, Any]
    time_limit: int


class Accounts:
    """The contents of an accounts file.

    Args:
        told: The parsed file.

    Attributes:
        problems: Why invalid accounts are left out, by name or position. They do not affect the other accounts.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._defaults = {**DEFAULTS, **(told.get("defaults") or {})}
        self._entries: dict[str, Mapping[str, Any]] = {}
        self.problems: dict[str, str] = {}
        for number, entry in enumerate(told.get("accounts") or (), 1):
            self._take(number, entry)
        self.pools: dict[str, int] = dict(told.get("pools") or {})
        self.summary_schedule: str | None = (told.get("summary") or {"schedule": "0 * * * *"})["schedule"]
        self._loader = told.get("loader") or {}
        self._models = told.get("models")

    @classmethod
    def read(cls, file: Path) -> Accounts:
        """Read a file.

        Args:
            file: The file.
        """
        told = load_yaml(file.read_text())
        return cls(told if isinstance(told, dict) else {})

    @property
    def names(self) -> list[str]:
        """The names of all accounts, in the order of the file."""
        return list(self._entries)

    @property
    def loader(self) -> LoaderChoice:
        """The loader of all accounts."""
        told = self._loader
        return LoaderChoice(
            told.get("name", LoaderChoice.name), told.get("settings") or {}, _secrets(told.get("secrets") or {})
        )

    @property
    def models(self) -> Building | None:
        """How the models are built; None if they are not."""
        if self._models is None:
            return None
        told = self._models
        schedule = told["schedule"]
        return Building(
            schedule and cron_of(schedule, "models"),
            told.get("vars") or {},
            seconds(told.get("time_limit", self._defaults["time_limit"])),
        )

    def account(self, name: str) -> Account:
        """An account.

        Args:
            name: Its name.

        Raises:
            KeyError: There is no account of that name.
        """
        told = {**self._defaults, **self._entries[name]}
        return Account(
            name=name,
            tap=told["tap"],
            schema=told.get("schema"),
            schedule=told["schedule"] and cron_of(told["schedule"], name),
            settings=told.get("settings") or {},
            secrets=_secrets(told.get("secrets") or {}),
            select=None if told.get("select") is None else tuple(told["select"]),
            pool=told["pool"],
            retries=told["retries"],
            retry_delay=seconds(told["retry_delay"]),
            time_limit=seconds(told["time_limit"]),
            paused=told.get("paused", False),
        )

    def __iter__(self) -> Iterator[Account]:
        """Iterate over all valid accounts."""
        found = (self._understood(name) for name in self._entries)
        return (account for account in found if account is not None)

    def _understood(self, name: str) -> Account | None:
        try:
            return self.account(name)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.problems[name] = f"{type(error).__name__}: {error}"
            return None

    def _take(self, number: int, entry: Any) -> None:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            self.problems[f"number {number}"] = "it has no name"
        elif name in self._entries:
            self.problems[f"number {number}"] = f"its name, {name}, is that of another account"
        else:
            self._entries[name] = entry


def _secrets(told: Mapping[str, Mapping[str, str]]) -> dict[str, Secret]:
    return {name: Secret(**source) for name, source in told.items()}
