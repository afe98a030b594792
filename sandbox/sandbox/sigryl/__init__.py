"""A Sigryl server: pages, each behind its own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.sigryl.core import MOUNT, SigrylApi
from sandbox.sigryl.seed import SigrylSeed, sow
from sandbox.sigryl.settings import SigrylSettings
from sandbox.sigryl.shapes import Teller
from sandbox.sigryl.store import SigrylStore
from sandbox.sigryl.view import SigrylView
from sandbox.sowing import sown

if TYPE_CHECKING:
    from sandbox.routing import Api

__all__ = ["Sigryl", "SigrylSeed", "SigrylSettings", "SigrylStore", "SigrylView"]


class Sigryl:
    """The Sigryl server of a sandbox.

    Args:
        size: How much data it holds.
        seed: The seed of the data.

    Attributes:
        store: The data; the table `pages` holds the keys.
        settings: What the documentation leaves open, and the limits.
        canaries: Secrets that must never leave a client: the keys; each contains `CANARY`.
        apis: The APIs, to be served.
        base_url: The address of the sandbox; empty until it runs.
    """

    def __init__(self, size: SigrylSeed, seed: int) -> None:
        self.base_url = ""
        self.settings = SigrylSettings()
        self.store = SigrylStore(seed)
        self.canaries: list[str] = sown(self.store.tables, lambda: sow(self.store, size, seed), size, seed)
        self.apis: tuple[Api, ...] = (SigrylApi(self.store, self.settings),)

    @property
    def api_url(self) -> str:
        """The base URL of the deployment, without `/api/v1`."""
        return self.base_url + MOUNT

    @property
    def api_keys(self) -> list[str]:
        """The key of each page."""
        return [page["apiKey"] for page in self.store.rows("pages")]

    @property
    def pages(self) -> list[dict[str, str]]:
        """Each page as configured in a client: `api_url` and `api_key`."""
        return [{"api_url": self.api_url, "api_key": key} for key in self.api_keys]

    def view(self, page: int | str = 0) -> SigrylView:
        """The responses to the key of a page.

        Args:
            page: The index of the page in `pages`, or its slug.

        Raises:
            LookupError: There is no such page.
        """
        rows = self.store.rows("pages")
        found = rows[page] if isinstance(page, int) else {row["slug"]: row for row in rows}[page]
        return SigrylView(Teller(self.store, self.settings), found)

    def views(self) -> list[SigrylView]:
        """The view of each page."""
        return [self.view(place) for place in range(len(self.store.tables["pages"]))]
