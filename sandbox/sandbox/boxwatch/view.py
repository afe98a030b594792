"""The server's responses without any request, to compare a warehouse with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.boxwatch import public
from sandbox.boxwatch.shapes import COLLECTIONS

if TYPE_CHECKING:
    from sandbox.boxwatch.shapes import Teller
    from sandbox.tables import Row

_BY_NAME = {collection.table: collection for collection in COLLECTIONS}


class BoxWatchView:
    """The current responses to the account's key, and the public ones."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def rows(self, collection: str) -> list[dict[str, Any]]:
        """The rows of a list as in its response.

        Args:
            collection: `status_pages`, `servers`, `cron_checks`, `uptime_checks` or `webhooks`.

        Raises:
            KeyError: There is no such list.
        """
        with self._teller.store.lock:
            return self._teller.listed(_BY_NAME[collection])

    def public_slugs(self) -> list[str]:
        """The slugs of the public status pages, in the order of their list."""
        with self._teller.store.lock:
            return [page["slug"] for page in self._public_pages()]

    def public_status(self, slug: str) -> dict[str, Any] | None:
        """The public response of a status page; None if there is none, or none in JSON."""
        with self._teller.store.lock:
            page = public.public_page(self._teller, slug)
            if page is None or self._teller.settings.public_shape == "html":
                return None
            return public.document(self._teller, page)

    def incidents(self) -> list[dict[str, Any]]:
        """The incidents in the public responses of all pages, without duplicates and without updates."""
        with self._teller.store.lock:
            return [row for page in self._public_pages() for row in public.incidents_of(self._teller, page)]

    def incident_updates(self) -> list[dict[str, Any]]:
        """The updates of those incidents."""
        with self._teller.store.lock:
            return [row for incident in self.incidents() for row in public.updates_of(self._teller, incident["id"])]

    def _public_pages(self) -> list[Row]:
        pages = (public.public_page(self._teller, row["slug"]) for row in self._teller.store.tables["status_pages"])
        return [page for page in pages if page is not None]
