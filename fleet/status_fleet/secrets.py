"""Looks up secrets in the worker's environment or in Airflow connections."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from status_fleet.accounts import Secret


class MissingSecretError(Exception):
    """A secret is not where the accounts file says."""


class Connections(Protocol):
    """Looks up Airflow connections."""

    def __call__(self, connection: str, field: str) -> str | None:
        """A field of a connection; None if it does not exist."""


def no_connections(connection: str, field: str) -> str | None:  # noqa: ARG001 - there are none
    """For use without Airflow: finds no connection."""
    raise MissingSecretError(f"the connection '{connection}' is known to Airflow alone, and this run is not Airflow's")


def resolved(secrets: Mapping[str, Secret], connections: Connections) -> dict[str, str]:
    """Look up secrets, by setting.

    Args:
        secrets: The source of each secret.
        connections: Looks up Airflow connections.

    Raises:
        MissingSecretError: A secret does not exist.
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
