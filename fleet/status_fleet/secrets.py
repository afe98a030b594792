"""Where secrets come from: the worker's environment, or a connection of Airflow."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from status_fleet.accounts import Secret


class MissingSecretError(Exception):
    """A secret is not where the accounts file says."""


class Connections(Protocol):
    """Whatever knows Airflow's connections."""

    def __call__(self, connection: str, field: str) -> str | None:
        """A field of a connection; None where it is not there."""


def no_connections(connection: str, field: str) -> str | None:  # noqa: ARG001 - the answer to all of them
    """For command lines: there is no Airflow."""
    raise MissingSecretError(f"the connection '{connection}' is known to Airflow alone, and this run is not Airflow's")


def resolved(secrets: Mapping[str, Secret], connections: Connections) -> dict[str, str]:
    """The secrets themselves, by setting.

    Args:
        secrets: Where each comes from.
        connections: Knows Airflow's connections.

    Raises:
        MissingSecretError: One is not there.
    """
    return {setting: _resolved(setting, source, connections) for setting, source in secrets.items()}


def _resolved(setting: str, source: Secret, connections: Connections) -> str:
    if source.env is not None:
        if not (found := os.environ.get(source.env)):
            raise MissingSecretError(f"{setting}: this worker's environment has no variable {source.env}")
        return found
    name = source.connection or ""
    if not (told := connections(name, source.field)):
        raise MissingSecretError(f"{setting}: Airflow's connection '{name}' has no {source.field}, or does not exist")
    return told
