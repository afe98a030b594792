"""The server's responses to the user of a key without any request, to compare a warehouse with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.instatus.answers import plain
from sandbox.instatus.collections import COLLECTIONS

if TYPE_CHECKING:
    from sandbox.instatus.core import InstatusApi
    from sandbox.instatus.public import PublicHosts
    from sandbox.instatus.store import InstatusStore

_BY_NAME = {collection.name: collection for collection in reversed(COLLECTIONS)}


class InstatusView:
    """The current responses to the user of a key.

    Attributes:
        key: The name of the key.
    """

    def __init__(self, key: str, store: InstatusStore, api: InstatusApi, public: PublicHosts) -> None:
        self.key = key
        self._store = store
        self._api = api
        self._public = public

    def pages(self) -> list[dict[str, Any]]:
        """The listed pages, including those that refuse everything else."""
        return self.rows("pages")

    def page_ids(self, resource: str) -> list[str]:
        """The listed pages whose resource, such as `incidents`, may be read."""
        return [page["id"] for page in self.pages() if self._api.reads(self.key, page["id"], resource)]

    def rows(self, collection: str, page_id: str = "") -> list[dict[str, Any]]:
        """All rows of a list as in responses, in the order of its pages.

        Args:
            collection: `pages`, `workspaces`, or of a page: `components`, `incidents`, `maintenances`, `templates`,
                `team`, `subscribers`, `metrics`, `audience_groups`, `monitors`, `monitor_alerts`, `routing_rules`,
                `escalation_policies`.
            page_id: The page, if the list belongs to one.

        Raises:
            KeyError: There is no such list.
        """
        return self._api.told(self.key, _BY_NAME[collection], page_id)

    def all_rows(self, collection: str) -> list[tuple[str, dict[str, Any]]]:
        """The rows of a list over all pages where it may be read, each with the id of its page."""
        return [(page_id, row) for page_id in self.page_ids(collection) for row in self.rows(collection, page_id)]

    def user(self) -> dict[str, Any]:
        """The user of the key."""
        return self._api.user(self.key)

    def public_summary(self, page_id: str) -> dict[str, Any] | None:
        """The response of the page's public host; None for a private page.

        Raises:
            KeyError: There is no such page.
        """
        with self._store.lock:
            page = self._store.get("pages", page_id)
            if page is None:
                raise KeyError(page_id)
            return None if page["private"] else plain(self._public.summary(page))
