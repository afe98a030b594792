"""An Instatus server: the API behind a key, and the public hosts of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.instatus import public
from sandbox.instatus.core import MOUNT, InstatusApi
from sandbox.instatus.keys import Keys
from sandbox.instatus.public import PublicHosts
from sandbox.instatus.seed import InstatusSeed, sow
from sandbox.instatus.settings import InstatusSettings
from sandbox.instatus.store import InstatusStore
from sandbox.instatus.view import InstatusView
from sandbox.sowing import sown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.routing import Api
    from sandbox.tables import Row

__all__ = ["Instatus", "InstatusSeed", "InstatusSettings", "InstatusStore", "InstatusView"]


class Instatus:
    """The Instatus server of a sandbox.

    Args:
        size: How much data it holds.
        seed: The seed of the data.

    Attributes:
        store: The data.
        settings: What the documentation leaves open.
        canaries: Secrets that were planted and must never leave a client, the keys included; each contains `CANARY`.
        apis: The APIs, to be served.
        base_url: The address of the sandbox; empty until it runs.
    """

    def __init__(self, size: InstatusSeed, seed: int) -> None:
        self.base_url = ""
        self.settings = InstatusSettings()
        self.store = InstatusStore(seed)
        self._keys = Keys(seed)
        planted = sown(self.store.tables, lambda: sow(self.store, size, seed), size, seed)
        self.canaries: list[str] = [*planted, *self._keys.by_name.values()]
        self._api = InstatusApi(self.store, self.settings, self._keys)
        self._public = PublicHosts(self.store, self.settings)
        self.apis: tuple[Api, ...] = (self._api, self._public)

    @property
    def api_url(self) -> str:
        """The base URL of the API."""
        return self.base_url + MOUNT

    @property
    def api_key(self) -> str:
        """The key of the user who owns the pages."""
        return self._keys.by_name["owner"]

    @property
    def api_keys(self) -> Mapping[str, str]:
        """Keys as a client sends them, by name: owner, member (of the first page, without its subscribers), revoked."""
        return self._keys.by_name

    @property
    def public_url_pattern(self) -> str:
        """The base URL of a page's public host, with `{subdomain}` in it.

        It uses the loopback address's other name, so that it is a different host from the API's.
        """
        return f"{self.base_url.replace('127.0.0.1', 'localhost')}{public.MOUNT}/{{subdomain}}"

    def public_url(self, page: Row | str) -> str:
        """The base URL of a page's public host.

        Args:
            page: The page's row, or its subdomain or custom domain.
        """
        host = page if isinstance(page, str) else page["subdomain"]
        return self.public_url_pattern.format(subdomain=host)

    def refuse(
        self, page_id: str, status: int, resource: str = "*", *, key: str = "owner", listed: bool = True
    ) -> None:
        """Refuse the user of a key access to a page.

        Args:
            page_id: The page.
            status: 401: the page is not theirs; 403: they have no permission.
            resource: What is refused, such as `subscribers` or `audience_groups`; `*` is everything.
            key: The name of the key.
            listed: Whether the page stays in the list of pages.
        """
        self.store.insert("refusals", key=key, pageId=page_id, resource=resource, status=status, listed=listed)

    def allow(self, page_id: str, *, key: str = "owner") -> None:
        """Undo all refusals of a page for the user of a key."""
        for refusal in self.store.find("refusals", "pageId", page_id):
            if refusal["key"] == key:
                self.store.delete("refusals", refusal["id"])

    def view(self, key: str = "owner") -> InstatusView:
        """The responses to the user of a key."""
        return InstatusView(key, self.store, self._api, self._public)
