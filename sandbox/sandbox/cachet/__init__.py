"""A Cachet server: one set of data, served by three versions of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.cachet.core import Server
from sandbox.cachet.current import CurrentCore
from sandbox.cachet.older import OlderCore
from sandbox.cachet.seed import CachetSeed, sow
from sandbox.cachet.settings import CachetSettings
from sandbox.cachet.site import Site
from sandbox.cachet.status import LatestStatus
from sandbox.cachet.store import CachetStore
from sandbox.cachet.v2 import CachetV2
from sandbox.cachet.viewers import Tokens
from sandbox.sowing import sown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.cachet.view import View
    from sandbox.routing import Api

__all__ = ["Cachet", "CachetSeed", "CachetSettings", "CachetStore"]


class Cachet:
    """The Cachet server of a sandbox.

    Args:
        size: How much data it holds.
        seed: The seed of the data.

    Attributes:
        store: The data.
        settings: What an administrator can set.
        canaries: Secrets that were planted and must never leave a client; each contains `CANARY`.
        apis: The APIs, to be served.
        base_url: The address of the sandbox; empty until it runs.
    """

    def __init__(self, size: CachetSeed, seed: int) -> None:
        self.base_url = ""
        self.settings = CachetSettings()
        self.store = CachetStore()
        self._tokens = Tokens(seed)
        planted = sown(self.store.tables, lambda: sow(self.store, size, seed), size, seed)
        self.canaries: list[str] = [*planted, *self._tokens.by_name.values()]
        self._server = Server(self.store, self.settings, self._tokens, LatestStatus(self.store))
        self._current = CurrentCore(self._server)
        older, v2 = OlderCore(self._server), CachetV2(self._server)
        sites = (Site(self._current.mount, self._current), Site(older.mount, older), Site("/cachet-v2", v2))
        # If two prefixes match a path, the first one wins.
        self.apis: tuple[Api, ...] = (self._current, older, v2, *sites)

    @property
    def tokens(self) -> Mapping[str, str]:
        """Tokens as a client sends them, by name: full, readonly, subscribers, incidents, expired; v2."""
        return self._tokens.by_name

    @property
    def api_url(self) -> str:
        """The base URL of the current v3 core."""
        return f"{self.base_url}/cachet/api"

    @property
    def older_api_url(self) -> str:
        """The base URL of an older v3 core."""
        return f"{self.base_url}/cachet-older/api"

    @property
    def v2_api_url(self) -> str:
        """The base URL of v2."""
        return f"{self.base_url}/cachet-v2/api/v1"

    def view(self, viewer: str = "guest") -> View:
        """What a viewer currently sees of the current core; `viewer` is the name of a token, or `guest`."""
        return self._current.view(self._tokens.named(viewer))
