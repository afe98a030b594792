"""Ties a state to its server: row ids mean nothing on another one.

Each stream's part of the state names the host that its rows came from. So the host stays with the rest of the stream's
state however states are merged or split; a stream that is selected later uses the host of the others. A server on this
machine has no distinct name, so it is neither recorded nor compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from singer_fanout import SettingsError, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "host"
"""Its key in the state."""


class ServerHost:
    """The host that the tap reads from.

    Args:
        api_url: The setting; a different port or path does not make a different server.
    """

    def __init__(self, api_url: str) -> None:
        self._host = (urlsplit(api_url).hostname or "").rstrip(".")

    @property
    def has_name(self) -> bool:
        """Whether it can be distinguished from other hosts."""
        return bool(self._host) and not is_loopback(self._host)

    def check(self, state: Mapping[str, Any]) -> None:
        """Check that the state belongs to this server.

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
        """Reassign the state of a server that has moved to this host; returns the former hosts."""
        others = self._others(state)
        for stream in others:
            state["bookmarks"][stream][HOST] = self._host
        return sorted(set(others.values()))

    def write_into(self, bookmark: dict[str, Any]) -> None:
        """Record in a stream's part of the state where its rows come from."""
        if self.has_name:
            bookmark[HOST] = self._host

    def _others(self, state: Mapping[str, Any]) -> dict[str, str]:
        """The streams whose state belongs to another server: stream -> host."""
        hosts = {stream: bookmark.get(HOST) for stream, bookmark in state.get("bookmarks", {}).items()}
        told = {stream: host for stream, host in hosts.items() if isinstance(host, str) and not is_loopback(host)}
        return {stream: host for stream, host in told.items() if self.has_name and host != self._host}
