"""The status pages: everything else hangs from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import RefusedError

from tap_instatus.client import InstatusListStream

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pages(InstatusListStream):
    """The status pages that the key sees, or those of them that the setting names."""

    name = "pages"
    path = "/v2/pages"

    def resources(self, page: Any) -> list[Any]:
        """The chosen ones."""
        chosen = self._tap.page_ids
        return [resource for resource in page if not chosen or resource["id"] in chosen]

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """The whole list, with a word about what is not in it, or left out of it."""
        listed = set()
        for page in super().pages(since):
            listed |= {resource["id"] for resource in page}
            yield page
        chosen = self._tap.page_ids
        if chosen:
            self._compare(chosen, listed)

    def _compare(self, chosen: frozenset[str], listed: set[str]) -> None:
        for page_id in sorted(chosen - listed):
            text = f"page_ids: the key sees no page {page_id!r}"
            if self._tap.strict:
                raise RefusedError(text)
            self.leave_out(text)
        if listed - chosen:
            self.leave_out("page_ids names some of the pages only")
