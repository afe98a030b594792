"""What the campaign has to know of a server."""

from __future__ import annotations

import abc
import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chaos.churn import Change, Store
    from chaos.warehouse import Row, Tables
    from sandbox import Sandbox


class Source(abc.ABC):
    """A server of the sandbox, and the tap that reads it.

    Args:
        seed: The seed of the server's data.
    """

    tap: ClassVar[str]
    """Name of the tap."""
    all_streams: ClassVar[bool] = True
    """Whether streams that are off by default are selected too."""

    def __init__(self, seed: int) -> None:
        self.box = self.sandbox(seed)

    @abc.abstractmethod
    def sandbox(self, seed: int) -> Sandbox:
        """A sandbox, not started yet, with several pages of the longer lists and without a limit of its own."""

    @property
    @abc.abstractmethod
    def settings(self) -> dict[str, Any]:
        """The tap's settings."""

    @property
    @abc.abstractmethod
    def store(self) -> Store:
        """What changes."""

    @property
    @abc.abstractmethod
    def table_names(self) -> Sequence[str]:
        """The tables of the store."""

    @abc.abstractmethod
    def changes(self) -> Sequence[Change]:
        """What happens to the store."""

    @abc.abstractmethod
    def rows(self) -> Tables:
        """The rows that the server tells now: by stream, with the key and the columns that are compared."""


def plain(told: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> Row:
    """The columns of an object that an API tells: its plain values, under their names in snake case."""
    return {
        name: value
        for sent, value in told.items()
        if not isinstance(value, (dict, list)) and (name := snake_case(sent)) not in without
    }


def snake_case(name: str) -> str:
    """`createdAt` as `created_at`, `_id` as `id`."""
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().lstrip("_")
