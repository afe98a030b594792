"""The server's responses to the key of a page without any request, to compare a warehouse with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.sigryl.shapes import Teller
    from sandbox.tables import Row


class SigrylView:
    """The current responses about a page.

    Attributes:
        page_id: The page's id, which the API never sends.
        slug: The page's slug.
    """

    def __init__(self, teller: Teller, page: Row) -> None:
        self.page_id: str = page["id"]
        self.slug: str = page["slug"]
        self._teller = teller

    def status_page(self) -> dict[str, Any]:
        """The page itself.

        Raises:
            KeyError: The page is gone.
        """
        with self._teller.store.lock:
            page = self._teller.store.get("pages", self.page_id)
            if page is None:
                raise KeyError(self.page_id)
            return self._teller.page(page)

    def components(self) -> list[dict[str, Any]]:
        """The components, in the order of the response."""
        with self._teller.store.lock:
            return self._teller.components(self.page_id)

    def incidents(self, *, active: bool = False) -> list[dict[str, Any]]:
        """The incidents, in the order of the response; `active` leaves out resolved ones."""
        with self._teller.store.lock:
            return self._teller.incidents(self.page_id, active=active)

    def updates(self, incident_id: str) -> list[dict[str, Any]]:
        """The updates of an incident, in the order of the response."""
        with self._teller.store.lock:
            return self._teller.updates(incident_id)

    def all_updates(self, *, active: bool = False) -> list[tuple[str, dict[str, Any]]]:
        """The updates of all incidents, each with the id of its incident."""
        with self._teller.store.lock:
            return [
                (incident["_id"], update)
                for incident in self.incidents(active=active)
                for update in self.updates(incident["_id"])
            ]
