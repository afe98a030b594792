"""A BoxWatch server: one account behind its key, and what everybody may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.boxwatch.core import MOUNT, BoxWatchApi
from sandbox.boxwatch.seed import BoxWatchSeed, account_key, sow
from sandbox.boxwatch.settings import BoxWatchSettings
from sandbox.boxwatch.shapes import Teller
from sandbox.boxwatch.store import BoxWatchStore
from sandbox.boxwatch.view import BoxWatchView

if TYPE_CHECKING:
    from sandbox.routing import Api

__all__ = ["BoxWatch", "BoxWatchSeed", "BoxWatchSettings", "BoxWatchStore", "BoxWatchView"]


class BoxWatch:
    """The BoxWatch server of a sandbox.

    Args:
        size: How much data the account holds.
        seed: The seed of the data.

    Attributes:
        api_key: The account's key.
        store: The data.
        settings: What the account is like, and what the documents leave open.
        canaries: Secrets that must never leave a client: slugs of cron checks, URLs and headers of webhooks, each
            with `CANARY` in it, and the key, whose form leaves no room for that.
        apis: The APIs, to be served.
        base_url: The address of the sandbox; empty until it runs.
    """

    def __init__(self, size: BoxWatchSeed, seed: int) -> None:
        self.base_url = ""
        self.api_key = account_key(seed)
        self.settings = BoxWatchSettings()
        self.store = BoxWatchStore(seed)
        self.canaries: list[str] = [*sow(self.store, size, seed), self.api_key]
        self.apis: tuple[Api, ...] = (BoxWatchApi(self.store, self.settings, self.api_key),)

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.base_url + MOUNT

    def public_url(self, slug: str) -> str:
        """Where everybody reads the status page of a slug."""
        return f"{self.api_url}/status/{slug}"

    def view(self) -> BoxWatchView:
        """What the server tells."""
        return BoxWatchView(Teller(self.store, self.settings))
