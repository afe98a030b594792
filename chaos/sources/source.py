"""The interface between the campaign and a server."""

from __future__ import annotations

import abc
import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_fanout import ApiStream

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
    """Whether to select streams that are off by default, too."""
    mount: ClassVar[str]
    """Prefix of the streams' paths in the sandbox's routes."""
    stream_types: ClassVar[Sequence[type[ApiStream]]]
    """The streams of the tap."""
    parts_are_keys: ClassVar[bool] = False
    """Whether each part has a key of its own."""

    def __init__(self, seed: int) -> None:
        self.box = self.sandbox(seed)

    @abc.abstractmethod
    def sandbox(self, seed: int) -> Sandbox:
        """A sandbox, not started yet, with several pages of the longer lists and without a rate limit."""

    @property
    @abc.abstractmethod
    def settings(self) -> dict[str, Any]:
        """The tap's settings."""

    @property
    @abc.abstractmethod
    def store(self) -> Store:
        """The store that changes."""

    @property
    @abc.abstractmethod
    def table_names(self) -> Sequence[str]:
        """The tables of the store."""

    @abc.abstractmethod
    def changes(self) -> Sequence[Change]:
        """The kinds of change to the store."""

    @abc.abstractmethod
    def rows(self) -> Tables:
        """The rows that the server returns now: by stream, with the key and the columns to compare."""

    # What fails for a whole run

    @property
    def parts(self) -> Sequence[str]:
        """The texts by which a request for one of several pages or keys is recognised; empty if there is only one."""
        return ()

    def asks_for_parts(self, route: str) -> bool:  # noqa: ARG002
        """Whether a request of this route is about one part."""
        return bool(self.parts)

    @property
    def promised_by_nobody(self) -> frozenset[str]:
        """Streams whose responses are not documented, so that an unexpected or missing one counts as a refusal."""
        return frozenset()

    @cached_property
    def routes(self) -> dict[str, frozenset[str]]:
        """The routes, without the names of their parameters, and the streams made from their responses."""
        paths = {str(vars(stream)["name"]): stream for stream in self.stream_types}
        found: dict[str, frozenset[str]] = {}
        for name, stream in paths.items():
            asked: type[ApiStream] | None = stream
            while asked is not None:
                route = _nameless(self.mount + str(getattr(asked, "path")))  # noqa: B009 - the SDK calls it one of instances
                found[route] = found.get(route, frozenset()) | {name}
                asked = paths.get(getattr(asked, "parent_stream", ""))
        return found

    def streams_of(self, route: str) -> frozenset[str]:
        """The streams made from the responses of a route, and their children."""
        return self.routes.get(_nameless(route), frozenset())


@cache
def _nameless(route: str) -> str:
    return re.sub("{[^}]*}", "{}", route)


def plain(told: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> Row:
    """The columns of an object from an API: its scalar values, with names in snake case."""
    return {
        name: value
        for sent, value in told.items()
        if not isinstance(value, (dict, list)) and (name := snake_case(sent)) not in without
    }


@cache
def snake_case(name: str) -> str:
    """`createdAt` as `created_at`, `_id` as `id`."""
    return re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().lstrip("_")
