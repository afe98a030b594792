"""A BoxWatch server: accounts, each behind its key, and public routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.boxwatch.core import MOUNT, BoxWatchApi
from sandbox.boxwatch.seed import BoxWatchSeed, account_key, sow
from sandbox.boxwatch.settings import BoxWatchSettings
from sandbox.boxwatch.shapes import Teller
from sandbox.boxwatch.store import BoxWatchStore
from sandbox.boxwatch.view import BoxWatchView
from sandbox.sowing import sown

if TYPE_CHECKING:
    from sandbox.routing import Api

__all__ = ["BoxWatch", "BoxWatchSeed", "BoxWatchSettings", "BoxWatchStore", "BoxWatchView"]

_COMPANIES = ("acme", "globex", "initech", "umbrella", "hooli")


class BoxWatch:
    """The BoxWatch server of a sandbox.

    Args:
        size: The number of accounts, and how much data each holds.
        seed: The seed of the data.

    Attributes:
        api_keys: The keys of the accounts.
        stores: The data of the accounts.
        settings: Properties of the accounts, and what the documentation leaves open.
        canaries: Secrets that must never leave a client: slugs of cron checks, URLs and headers of webhooks, keys of
            custom endpoints, each with `CANARY` in it, and the keys of the accounts, whose format leaves no room for
            that.
        apis: The APIs, to be served.
        base_url: The address of the sandbox; empty until it runs.
    """

    def __init__(self, size: BoxWatchSeed, seed: int) -> None:
        self.base_url = ""
        self.settings = BoxWatchSettings()
        numbers = range(max(size.accounts, 1))
        self.api_keys = [account_key(seed, number) for number in numbers]
        self.stores = [BoxWatchStore(seed + 1_000 * number) for number in numbers]
        planted = [secret for number in numbers for secret in self._sow(number, size, seed)]
        self.canaries: list[str] = [*planted, *self.api_keys]
        tellers = [Teller(store, self.settings) for store in self.stores]
        self.apis: tuple[Api, ...] = (BoxWatchApi(dict(zip(self.api_keys, tellers, strict=True)), self.settings),)

    def _sow(self, number: int, size: BoxWatchSeed, seed: int) -> list[str]:
        store = self.stores[number]
        return sown(
            store.tables, lambda: sow(store, size, seed + number, _COMPANIES[number]), size, seed + number, number
        )

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.base_url + MOUNT

    @property
    def api_key(self) -> str:
        """The key of the first account."""
        return self.api_keys[0]

    @property
    def store(self) -> BoxWatchStore:
        """The data of the first account."""
        return self.stores[0]

    def endpoint_keys(self, account: int = 0) -> list[str]:
        """The keys of an account's custom endpoints."""
        return [str(endpoint["api_key"]) for endpoint in self.stores[account].rows("endpoints")]

    def public_url(self, slug: str) -> str:
        """The public URL of the status page with a slug."""
        return f"{self.api_url}/status/{slug}"

    def view(self, account: int = 0) -> BoxWatchView:
        """The server's data as an account's responses show it."""
        return BoxWatchView(Teller(self.stores[account], self.settings))
