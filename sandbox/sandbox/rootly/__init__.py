"""A Rootly server: an organisation's incidents, served as its JSON:API serves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.rootly.core import PREFIX, RootlyApi
from sandbox.rootly.seed import RootlySeed, sow
from sandbox.rootly.settings import RootlySettings
from sandbox.rootly.store import RootlyStore
from sandbox.rootly.tokens import Tokens
from sandbox.rootly.view import RootlyView
from sandbox.sowing import sown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.routing import Api
    from sandbox.tables import Table

__all__ = ["Rootly", "RootlySeed", "RootlySettings", "RootlyStore", "RootlyView"]


class Rootly:
    """The Rootly server of a sandbox.

    Args:
        size: How much data it holds; None for the default, which is generated on first use.
        seed: The seed of the data.

    Attributes:
        store: The data.
        settings: The settings of the server.
        apis: The APIs, to be served.
        base_url: The address of the sandbox; empty until it runs.
    """

    def __init__(self, size: RootlySeed | None, seed: int) -> None:
        self.base_url = ""
        self.settings = RootlySettings()
        self._tokens = Tokens(seed)
        self._canaries: list[str] = list(self._tokens.by_name.values())
        self._size, self._seed = size or RootlySeed(), seed
        self.store = RootlyStore(seed, self._sow)
        self._api = RootlyApi(self.store, self.settings, self._tokens)
        self.apis: tuple[Api, ...] = (self._api,)
        if size is not None:
            self._grow()

    def _sow(self, tables: Mapping[str, Table]) -> None:
        self._canaries += sown(tables, lambda: sow(tables, self._size, self._seed), self._size, self._seed)

    def _grow(self) -> Mapping[str, Table]:
        return self.store.tables

    @property
    def canaries(self) -> list[str]:
        """Secrets that were planted and must never leave a client, keys included; each contains `CANARY`."""
        self._grow()
        return self._canaries

    @property
    def tokens(self) -> Mapping[str, str]:
        """API keys as a client sends them, by name: full, readonly, team, expired."""
        return self._tokens.by_name

    @property
    def token(self) -> str:
        """The API key with all permissions."""
        return self._tokens.by_name["full"]

    @property
    def api_url(self) -> str:
        """The base URL; paths below it start with `/v1`."""
        return f"{self.base_url}{PREFIX}"

    def view(self) -> RootlyView:
        """The rows of all collections as in responses."""
        return RootlyView(self.store, self._api)
