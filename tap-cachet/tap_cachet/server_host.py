"""Which server a state belongs to: the numbers of its rows mean nothing on another one.

Each stream's own part of the state names the host that its rows came from. There it stays with the rest of what is
known of the stream, whatever merges states or takes a stream out of one; a stream that is selected later finds the
host at the others. A server on this machine has no name of its own, so it is neither written down nor compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_fanout import SettingsError, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "host"
"""What it is called in the state."""


class ServerHost:
    """The host that is read from.

    Args:
        api_url: The setting; a port or a path does not make another server.
    """

    def __init__(self, api_url: str) -> None:
        self._host = (urlsplit(api_url).hostname or "").rstrip(".")

    @property
    def has_name(self) -> bool:
        """Whether it can be told from others."""
        return bool(self._host) and not is_loopback(self._host)

    def check(self, state: Mapping[str, Any]) -> None:
        """Look whether the state belongs to this server.

        Raises:
            SettingsError: It belongs to another one.
        """
        for host in self._others(state).values():
            raise SettingsError(
                f"The state belongs to {host}, and api_url names {self._host}, where other rows have the same numbers. "
                "If the server has moved, set accept_new_address: true. For another server begin with a new state, and "
                "load into a schema of its own."
            )

    def take_over(self, state: Mapping[str, Any]) -> list[str]:
        """Let the state of a server that has moved belong to this address; returns the former ones."""
        others = self._others(state)
        for stream in others:
            state["bookmarks"][stream][HOST] = self._host
        return sorted(set(others.values()))

    def write_into(self, bookmark: dict[str, Any]) -> None:
        """Remember in a stream's part of the state where its rows come from."""
        if self.has_name:
            bookmark[HOST] = self._host

    def _others(self, state: Mapping[str, Any]) -> dict[str, str]:
        """The streams of another server, and which that is."""
        hosts = {stream: bookmark.get(HOST) for stream, bookmark in state.get("bookmarks", {}).items()}
        told = {stream: host for stream, host in hosts.items() if isinstance(host, str) and not is_loopback(host)}
        return {stream: host for stream, host in told.items() if self.has_name and host != self._host}
